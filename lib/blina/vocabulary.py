"""Words shared by the published claims and the patient-level tables.

A predicate is a mapping from ADSL column to the values that are allowed there; a patient belongs
to a category or population if every named column holds one of its values. An empty predicate is everyone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from nbreports.page import RESULT_COLUMNS as RESULT_COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

Predicate = Mapping[str, frozenset[str]]

DAYS_PER_MONTH = 30.4375
"""Mean length of a month in days (365.25 / 12); whole days are kept and divided last."""

LONG_TERM_MONTHS = 30.0
"""Overall survival, in months, from which the paper calls a patient a long-term survivor."""

BEST_RESPONSES = ("CR", "CRh", "PR", "HYPOCELLULAR", "REFRACTORY", "NE")
TWO_CYCLE_RESPONSES = ("CR", "CRh", "NONE")
COHORTS = ("1", "2a", "2b", "3")

FIRST_ASSESSMENT = 29
"""Study day of the first marrow assessment on treatment, the earliest a response can be seen."""

ENDPOINT_NAMES: Mapping[str, str] = MappingProxyType(
    {"OS": "overall survival", "RFS": "relapse-free survival"}
)
ENDPOINTS = tuple(ENDPOINT_NAMES)

TIME_STATISTICS = (
    "n",
    "events",
    "median",
    "median_lower",
    "median_upper",
    "survival",
    "count_at_or_beyond",
    "followup_median",
    "followup_min",
    "followup_max",
    "plateau_from",
    "mantel_byar_p",
)
RESPONSE_STATISTICS = ("count", "percent", "percent_lower", "percent_upper")
DESIGN_STATISTICS = ("dose", "weeks", "day")
QUALITATIVE = "qualitative"
STATISTICS = (*TIME_STATISTICS, *RESPONSE_STATISTICS, *DESIGN_STATISTICS, QUALITATIVE)

EXACT_STATISTICS = frozenset({"n", "events", "count", "count_at_or_beyond", *DESIGN_STATISTICS})
"""Statistics whose printed number is the number itself and not a rounding of it."""

NEEDS_TIME = frozenset({"survival", "count_at_or_beyond"})
"""Time-to-event statistics that are meaningless without `at` (months)."""


def _where(**allowed: str | tuple[str, ...]) -> Predicate:
    return MappingProxyType(
        {
            column: frozenset((values,) if isinstance(values, str) else values)
            for column, values in allowed.items()
        }
    )


# 'Within two cycles' and 'best response' are two analyses of the same patients: 15 CR + 10 CRh became 17 + 8.
CATEGORIES: Mapping[str, Predicate] = MappingProxyType(
    {
        "cr": _where(BESTRESP="CR"),
        "crh": _where(BESTRESP="CRh"),
        "cr_or_crh": _where(BESTRESP=("CR", "CRh")),
        "hypocellular": _where(BESTRESP="HYPOCELLULAR"),
        "partial_remission": _where(BESTRESP="PR"),
        "refractory": _where(BESTRESP="REFRACTORY"),
        "not_evaluable": _where(BESTRESP="NE"),
        # The text's 'normocellular bone marrow, low counts' is the one MRD responder that the table can
        # only list under partial remission.
        "normocellular_low_counts": _where(BESTRESP="PR", MRDRESP="Y"),
        "allohct": _where(HSCTFL="Y"),
        "allohct_after_cr_crh": _where(HSCTFL="Y", BESTRESP=("CR", "CRh")),
        "allohct_after_hypocellular": _where(HSCTFL="Y", BESTRESP="HYPOCELLULAR"),
        "retreated": _where(RETRTFL="Y"),
        "relapse_free": _where(RLPFRFL="Y"),
        "relapse_free_blinatumomab_only": _where(RLPFRFL="Y", HSCTFL="N"),
        "relapse_free_allohct": _where(RLPFRFL="Y", HSCTFL="Y"),
        "mrd_response": _where(MRDRESP="Y"),
        "long_term_survivor": _where(LTSFL="Y"),
        "neurologic_event_or_crs": _where(AEINTFL="Y"),
        "three_additional_cycles": _where(ADDCYC="3"),
        "cr_2_cycles": _where(BOR2C="CR"),
        "crh_2_cycles": _where(BOR2C="CRh"),
        "cr_or_crh_2_cycles": _where(BOR2C=("CR", "CRh")),
        **{f"cohort_{name}": _where(COHORT=name) for name in COHORTS},
    }
)

POPULATIONS: Mapping[str, Predicate] = MappingProxyType(
    {
        "all": _where(),
        "mrd_responder": CATEGORIES["mrd_response"],
        "mrd_non_responder": _where(MRDRESP="N"),
        "mrd_responder_os_ge_30": _where(MRDRESP="Y", LTSFL="Y"),
        "mrd_responder_os_lt_30": _where(MRDRESP="Y", LTSFL="N"),
        "long_term_survivor": CATEGORIES["long_term_survivor"],
        "not_long_term_survivor": _where(LTSFL="N"),
        "cr_or_crh": CATEGORIES["cr_or_crh"],
        "cr_or_crh_2_cycles": CATEGORIES["cr_or_crh_2_cycles"],
        "relapse_free": CATEGORIES["relapse_free"],
        "relapse_free_blinatumomab_only": CATEGORIES["relapse_free_blinatumomab_only"],
        "relapse_free_allohct": CATEGORIES["relapse_free_allohct"],
        **{f"cohort_{name}": CATEGORIES[f"cohort_{name}"] for name in COHORTS},
    }
)

CATEGORY_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "cr": "CR",
        "crh": "CRh",
        "cr_or_crh": "CR or CRh",
        "hypocellular": "Hypocellular bone marrow",
        "partial_remission": "Partial remission",
        "refractory": "Refractory",
        "not_evaluable": "Not evaluable",
        "normocellular_low_counts": "Normocellular bone marrow, low counts",
        "allohct": "AlloHCT",
        "allohct_after_cr_crh": "AlloHCT after CR/CRh",
        "allohct_after_hypocellular": "AlloHCT after hypocellular bone marrow",
        "retreated": "Retreatment with blinatumomab",
        "relapse_free": "Relapse-free after blinatumomab",
        "relapse_free_blinatumomab_only": "Blinatumomab treatment only",
        "relapse_free_allohct": "Blinatumomab and AlloHCT",
        "mrd_response": "MRD response",
        "long_term_survivor": "Long-term survivor",
        "neurologic_event_or_crs": "Temporary stop for neurologic event or CRS",
        "three_additional_cycles": "Three additional cycles",
        "cr_2_cycles": "CR within two cycles",
        "crh_2_cycles": "CRh within two cycles",
        "cr_or_crh_2_cycles": "CR or CRh within two cycles",
        **{f"cohort_{name}": f"Cohort {name}" for name in COHORTS},
    }
)

POPULATION_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "all": "All patients",
        "mrd_responder": "MRD responders",
        "mrd_non_responder": "MRD non-responders",
        "mrd_responder_os_ge_30": "MRD responders, OS ≥30 months",
        "mrd_responder_os_lt_30": "MRD responders, OS <30 months",
        "long_term_survivor": "Long-term survivors",
        "not_long_term_survivor": "OS <30 months",
        "cr_or_crh": "CR or CRh",
        "cr_or_crh_2_cycles": "CR or CRh within two cycles",
        "relapse_free": "Relapse-free",
        "relapse_free_blinatumomab_only": "Relapse-free after blinatumomab only",
        "relapse_free_allohct": "Relapse-free after alloHCT",
        **{f"cohort_{name}": f"Cohort {name}" for name in COHORTS},
    }
)


def columns(predicate: Predicate) -> tuple[str, ...]:
    """Return the ADSL columns that a predicate looks at, in its own order."""
    return tuple(predicate)


def member(table: Any, predicate: Predicate) -> NDArray[np.bool_]:
    """Say for each patient whether all conditions of `predicate` hold.

    `table` is a DataFrame or a mapping of column name to array; arrays may have any common shape, for
    instance [draws, patients]. The empty predicate is true for everyone. Numbers compare by their whole
    value, so that 3, 3.0 and "3" are the same; a missing value is never a member.
    A column that the predicate names and the table lacks raises KeyError.
    """
    shape = np.shape(table[next(iter(table))])
    inside = np.ones(shape, dtype=bool)
    for column, allowed in predicate.items():
        inside &= np.isin(_as_text(np.asarray(table[column])), sorted(allowed))
    return inside


def _as_text(values: NDArray[Any]) -> NDArray[np.str_]:
    """Return `values` as text; numeric columns as whole numbers, what is missing as the empty text."""
    if values.dtype.kind == "U":
        return values
    if values.dtype.kind in "iuf":
        known = np.isfinite(values)
        whole = np.where(known, values, 0).astype(np.int64).astype(str)
        return np.where(known & (np.where(known, values, 0) % 1 == 0), whole, "")
    flat = [_text_of(value) for value in values.ravel()]
    return np.asarray(flat, dtype=str).reshape(values.shape)


def _text_of(value: object) -> str:
    if value is None or value != value:  # NaN is the one value that differs from itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
