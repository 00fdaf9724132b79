"""The connection to a Dask cluster, for renderings and for draws."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from blina_base.errors import InputError


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """Yield the client of the scheduler at `address`, e.g. `tcp://host:8786`, and close it at the end.

    InputError if nothing answers there, or if the package `distributed` is not installed.
    """
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
