"""The words of this trial's claims and tables, in the grammar of claims (`pseudoipd.claims.grammar`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pseudoipd.claims.grammar import (
    DAYS_PER_MONTH,
    DESIGN_STATISTICS,
    ENDPOINT_NAMES,
    ENDPOINTS,
    RESPONSE_STATISTICS,
    STATISTICS,
    TIME_STATISTICS,
    Predicate,
    columns,
    member,
    where,
)
from pseudoipd.claims.vocabulary import FLAG, Course, LongTerm, Response, Rule, Vocabulary

__all__ = [
    "BEST_RESPONSES", "CATEGORIES", "CATEGORY_LABELS", "COHORTS", "DAYS_PER_MONTH", "DESIGN_STATISTICS",
    "ENDPOINTS", "ENDPOINT_NAMES", "FIRST_ASSESSMENT", "LONG_TERM_MONTHS", "POPULATIONS",
    "POPULATION_LABELS", "RESPONSE_STATISTICS", "STATISTICS", "TIME_STATISTICS",
    "TWO_CYCLE_RESPONSES", "VOCABULARY", "Predicate", "columns", "member",
]  # fmt: skip

LONG_TERM_MONTHS = 30.0
"""Overall survival, in months, from which the paper calls a patient a long-term survivor."""

BEST_RESPONSES = ("CR", "CRh", "PR", "HYPOCELLULAR", "REFRACTORY", "NE")
TWO_CYCLE_RESPONSES = ("CR", "CRh", "NONE")
COHORTS = ("1", "2a", "2b", "3")

FIRST_ASSESSMENT = 29
"""Study day of the first marrow assessment on treatment, the earliest a response can be seen."""

# 'Within two cycles' and 'best response' are two analyses of the same patients: 15 CR + 10 CRh became 17 + 8.
CATEGORIES: Mapping[str, Predicate] = {
    "cr": where(BESTRESP="CR"),
    "crh": where(BESTRESP="CRh"),
    "cr_or_crh": where(BESTRESP=("CR", "CRh")),
    "hypocellular": where(BESTRESP="HYPOCELLULAR"),
    "partial_remission": where(BESTRESP="PR"),
    "refractory": where(BESTRESP="REFRACTORY"),
    "not_evaluable": where(BESTRESP="NE"),
    # The text's 'normocellular bone marrow, low counts' is the one MRD responder that the table can
    # only list under partial remission.
    "normocellular_low_counts": where(BESTRESP="PR", MRDRESP="Y"),
    "allohct": where(HSCTFL="Y"),
    "allohct_after_cr_crh": where(HSCTFL="Y", BESTRESP=("CR", "CRh")),
    "allohct_after_hypocellular": where(HSCTFL="Y", BESTRESP="HYPOCELLULAR"),
    "retreated": where(RETRTFL="Y"),
    "relapse_free": where(RLPFRFL="Y"),
    "relapse_free_blinatumomab_only": where(RLPFRFL="Y", HSCTFL="N"),
    "relapse_free_allohct": where(RLPFRFL="Y", HSCTFL="Y"),
    "mrd_response": where(MRDRESP="Y"),
    "long_term_survivor": where(LTSFL="Y"),
    "neurologic_event_or_crs": where(AEINTFL="Y"),
    "three_additional_cycles": where(ADDCYC="3"),
    "cr_2_cycles": where(BOR2C="CR"),
    "crh_2_cycles": where(BOR2C="CRh"),
    "cr_or_crh_2_cycles": where(BOR2C=("CR", "CRh")),
    **{f"cohort_{name}": where(COHORT=name) for name in COHORTS},
}

POPULATIONS: Mapping[str, Predicate] = {
    "all": where(),
    "mrd_responder": CATEGORIES["mrd_response"],
    "mrd_non_responder": where(MRDRESP="N"),
    "mrd_responder_os_ge_30": where(MRDRESP="Y", LTSFL="Y"),
    "mrd_responder_os_lt_30": where(MRDRESP="Y", LTSFL="N"),
    "long_term_survivor": CATEGORIES["long_term_survivor"],
    "not_long_term_survivor": where(LTSFL="N"),
    "cr_or_crh": CATEGORIES["cr_or_crh"],
    "cr_or_crh_2_cycles": CATEGORIES["cr_or_crh_2_cycles"],
    "relapse_free": CATEGORIES["relapse_free"],
    "relapse_free_blinatumomab_only": CATEGORIES["relapse_free_blinatumomab_only"],
    "relapse_free_allohct": CATEGORIES["relapse_free_allohct"],
    **{f"cohort_{name}": CATEGORIES[f"cohort_{name}"] for name in COHORTS},
}

FIRST_TREATMENT, LAST_TREATMENT = date(2010, 10, 6), date(2012, 6, 19)
"""First and last day of treatment in the trial, as printed (claims first_treatment, last_treatment)."""
CYCLE_DAYS = 42
"""Six weeks, as printed (claim cycle_weeks)."""
TO_TRANSPLANT = 35
"""Days from the marrow that shows a remission, on day 29, to the earliest day after an allogeneic transplant.

Two treatment-free weeks end the cycle (claim treatment_free_weeks); admission, work-up and conditioning, of
about a week, take the rest. A bound of this collection: the sources print no day of a transplant.
"""
VISITS = 92
"""Most days between two looks at a remission after treatment: three months. No source prints the visits."""
AFTER_RELAPSE_MONTHS = (4.5 + 8.4) / 2
"""Months within which half die after a relapse: the middle of the medians that the paper quotes for relapsed
ALL (4.5 to 8.4). The law, half / (half + t), leaves 10 % at five years, where the paper quotes 7 to 10 %."""

RULES = (
    Rule(
        where(BESTRESP=("CR", "CRh", "PR", "HYPOCELLULAR", "REFRACTORY")),
        "whose marrow was judged lived to the first assessment",
        "news2015: marrow was assessed on day 29; only who was not evaluable may have died before",
        least=FIRST_ASSESSMENT,
    ),
    Rule(
        where(RETRTFL="Y"),
        "who was treated again lived to the second cycle",
        "news2015: a cycle takes six weeks, and non-response is known on its day 29 at the earliest",
        least=CYCLE_DAYS + 1,
    ),
    Rule(
        where(RETRTFL="Y", BESTRESP=("CR", "CRh")),
        "who was treated again after CR or CRh had relapsed",
        "medicine: retreatment is for relapse or non-response",
        relapsed=True,
    ),
    Rule(
        where(RETRTFL="Y", MRDRESP="Y"),
        "who was treated again after an MRD response had relapsed",
        "as above; who lacks the second endpoint, which alone records a relapse, was not treated again",
        relapsed=True,
    ),
    Rule(
        where(HSCTFL="Y"),
        "who was transplanted lived for the time that it takes",
        "this collection: five weeks from the marrow that showed remission; two end the cycle",
        after_response=TO_TRANSPLANT,
    ),
)
"""Who can have been: what the sampler keeps to and the drawn tables are held against."""

_FLAGS = ("MRDRESP", "HSCTFL", "RETRTFL", "RLPFRFL", "LTSFL", "AEINTFL")

VOCABULARY = Vocabulary(
    study="NCT01209286",
    # Relapsed leukaemia kills early. With this share the early rates of public leukaemia cohorts lie within
    # the prior's 95 % range (a test names them); less would leave some out, more would drown the trials.
    early_deaths=0.5,
    codings={
        "BESTRESP": BEST_RESPONSES,
        "BOR2C": TWO_CYCLE_RESPONSES,
        "COHORT": COHORTS,
        "ADDCYC": ("3",),
        **dict.fromkeys(_FLAGS, FLAG),
    },
    categories=CATEGORIES,
    populations=POPULATIONS,
    # Only 'three additional cycles' is printed; how many the others had is not.
    partial=frozenset({"ADDCYC"}),
    impossible=(
        # Nobody is treated again while free of relapse, and nobody is free of relapse without a remission,
        # which hypocellular marrow with an MRD response may be (`choices`).
        where(RLPFRFL="Y", RETRTFL="Y"),
        where(RLPFRFL="Y", BESTRESP=("PR", "REFRACTORY", "NE")),
        where(RLPFRFL="Y", BESTRESP="HYPOCELLULAR", MRDRESP="N"),
        # The best response is at least that within two cycles.
        where(BOR2C="CR", BESTRESP=("CRh", "PR", "HYPOCELLULAR", "REFRACTORY", "NE", "")),
        where(BOR2C="CRh", BESTRESP=("PR", "HYPOCELLULAR", "REFRACTORY", "NE", "")),
        where(MRDRESP="Y", BESTRESP="NE"),
    ),
    second={"cr_crh": "cr_or_crh", "mrd_responder": "mrd_responder"},
    # Marrow was assessed at the end of each four weeks of infusion in a cycle of six weeks.
    response=Response("MRDRESP", "MRDRDY", (FIRST_ASSESSMENT, 71), assumption="mrd_days"),
    long_term=LongTerm("LTSFL", LONG_TERM_MONTHS),
    relapse_free="RLPFRFL",
    rules=RULES,
    choices={
        "hypocellular_relapse_free": {
            "possible": (),
            "impossible": (where(RLPFRFL="Y", BESTRESP="HYPOCELLULAR"),),
        },
        # No patient depends on the dose; report 01 does.
        "step_dose": {"first_cycle": (), "every_cycle": ()},
    },
    course=Course(
        dates={"first_treatment": "October 6, 2010", "last_treatment": "June 19, 2012"},
        accrual=(LAST_TREATMENT - FIRST_TREATMENT).days,
        visits=VISITS,
        after_relapse=AFTER_RELAPSE_MONTHS * DAYS_PER_MONTH,
        # Six had been recorded when 25 of the 36 had been treated (ASCO 2012, abstract 6500).
        relapses=6,
    ),
)
"""What the words of this trial's claims mean, as the engine is told."""

CATEGORY_LABELS: Mapping[str, str] = {
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

POPULATION_LABELS: Mapping[str, str] = {
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
