"""The connection to a Dask cluster, for renderings and for draws."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from blina_base.errors import InputError

# With or without a protocol of Dask's; an IPv6 host stands in brackets.
_ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss|ucx)://)?(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})/?")


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """Yield the client of the scheduler at `address`, e.g. `tcp://host:8786`, and close it at the end.

    InputError if nothing answers there or can, or if the package `distributed` is not installed.
    """
    # A client that was never connected leaves a traceback behind when it is thrown away.
    shape = _ADDRESS.fullmatch(address)
    if shape is None or not 0 < int(shape[1]) < 65536:
        raise InputError.at("--cluster", value=address, expected="an address such as tcp://host:8786")
    try:
        import distributed
    except ImportError:
        raise InputError("--cluster needs the package distributed; install blina[cluster]") from None
    try:
        client = distributed.Client(address, timeout=5, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError.at("--cluster", value=address, expected=f"a running scheduler ({error})") from None
    with contextlib.closing(client):
        yield client
