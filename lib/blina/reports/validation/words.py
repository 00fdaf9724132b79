"""What the validation report says: how near the ensembles come to the truth, and to what was aimed at."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from blina.endpoint.options import PCT
from blina.facts import read_claims
from blina.reports.validation.numbers.report import (
    AIM_COVERAGE,
    AIM_RMSE,
    AIM_RMST,
    METHODS,
    means,
    thousandths,
)


def answer(table: pd.DataFrame, held: pd.DataFrame) -> str:
    """Return the answer to the report's question in a few sentences."""
    mean = means(table)
    plain, more, peer = (mean[name] for name in ("ensemble", "ensemble_s", "interpolation"))
    inside = int((held["predicted"] == "Y").sum())
    return (
        f"Over {table['cohort'].nunique()} public cohorts the mean curve of the ensemble lies within "
        f"**{thousandths(plain['rmse'])}** of the truth (root mean square, up to the last printed time), "
        f"where its own spread leads one to expect {thousandths(plain['expected'])}; within "
        f"**{thousandths(more['rmse'])}** where one survival rate is printed as well. Interpolation "
        f"through the printed numbers, that rate among them, reaches {thousandths(peer['rmse'])}. The truth "
        f"lies in the 95{PCT} band at **{100 * plain['coverage']:.0f}{PCT}** of the points "
        f"({100 * more['coverage']:.0f}{PCT} with the rate). Of this trial's {len(held)} printed numbers on "
        f"survival, each left out in turn, **{inside}** fall into the 95{PCT} band that the others predict."
    )


def against_the_aim(table: pd.DataFrame) -> str:
    """Say what was aimed at and what is reached, with the cohorts that are worst."""
    mean = means(table)
    lines = []
    for name in ("ensemble", "ensemble_s", "interpolation"):
        row = mean[name]
        cover = "" if math.isnan(row["coverage"]) else (
            f", truth inside at {100 * row['coverage']:.1f}{PCT} of the points "
            f"({_met(row['coverage'] >= AIM_COVERAGE)}; standard error over the cohorts "
            f"{100 * row['coverage_error']:.1f}), mean width of the band {thousandths(row['width'])}"
        )  # fmt: skip
        lines.append(
            f"- **{METHODS[name]}**: mean RMSE {row['rmse']:.4f} ({_met(row['rmse'] < AIM_RMSE)}), mean "
            f"error of RMST {row['rmst_error']:.2f} months, {100 * row['share']:.1f}{PCT} of the horizon "
            f"({_met(row['rmst_error'] < AIM_RMST)}){cover}{_expected(row)}."
        )
    return (
        f"Aimed at: RMSE below {thousandths(AIM_RMSE)}, RMST error below {AIM_RMST} months, truth inside "
        f"at {100 * AIM_COVERAGE:.0f}{PCT} of the points or more.\n\n" + "\n".join(lines) + "\n\n"
        + _no_longer_than_ours(table) + _worst(table)
    )  # fmt: skip


def _no_longer_than_ours(table: pd.DataFrame) -> str:
    """Say the errors of RMST of the cohorts with no later horizon than this trial; nothing without any."""
    longest = next(claim.value for claim in read_claims() if claim.id == "os_followup_max")
    near = table[table["horizon"] <= longest]
    if near.empty:
        return ""
    mean = means(near)
    plain, more, peer = (mean[name]["rmst_error"] for name in ("ensemble", "ensemble_s", "interpolation"))
    return (
        "Where the last printed time is no later than the longest follow-up of this trial, "
        f"{longest:g} months ({near['cohort'].nunique()} of {table['cohort'].nunique()} cohorts), the mean "
        f"error of RMST is {plain:.2f} months, {more:.2f} with the rate; that of interpolation {peer:.2f}."
        "\n\n"
    )


def _expected(row: dict[Any, Any]) -> str:
    """Say which errors the ensemble's own spread leads one to expect; nothing for a method without spread."""
    if math.isnan(row["expected"]):
        return ""
    return (
        f"; its own spread leads one to expect RMSE {row['expected']:.4f} and an error of RMST of "
        f"{row['expected_rmst']:.2f} months"
    )


def _met(yes: bool) -> str:
    return "met" if yes else "not met"


def _worst(table: pd.DataFrame) -> str:
    plain = table[table["method"] == "ensemble"]
    low = plain.nsmallest(3, "coverage").to_dict("records")
    listed = ", ".join(f"{row['cohort']} ({100 * row['coverage']:.0f}{PCT})" for row in low)
    return f"The share of points with the truth inside the band is smallest for {listed}."


def held_out_words(held: pd.DataFrame) -> str:
    """Say which printed numbers the others predict, and which not."""
    out = held[held["predicted"] != "Y"].reset_index().to_dict("records")
    inside = len(held) - len(out)
    parts = [f"**{inside} of {len(held)}** printed numbers lie in the 95{PCT} band that the others predict."]
    parts += [
        f"Outside: {row['what']}, printed {row['printed']}, predicted "
        f"{row['lower']:.1f} to {row['upper']:.1f} {row['unit']}."
        for row in out
    ]
    return " ".join(parts)
