"""How near ensembles come to trials' curves: `python -m blina_tools.prior.trial_report PART [--draws N] …`.

PART is `planned`, the arms of `data/trials/planned.csv`, run on what has settled, each time into a file of
its own (`protocol.md`, `protocol_second.md`); or `fitting`, one arm of each trial from which the prior was
learned, to design with. Each arm is printed as a summary (`summary.printed_claims`), drawn from that alone,
and held against its own curve. A cohort without an ensemble within the time stays in the table, as failed.
With several priors, each is asked in turn:

    python -m blina_tools.prior.trial_report fitting --plain --classes survival \\
        --prior trials flat trials_printed flat_printed --out data/trials/priors.csv
"""

from __future__ import annotations

import argparse
import itertools
import math
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from blina.reports.validation.numbers import accuracy, summary
from blina.vocabulary import DAYS_PER_MONTH
from blina_tools.prior import trials as carried
from pseudoipd.claims.vocabulary import MINIMAL
from pseudoipd.engine import reconstruct
from pseudoipd.model import trials
from pseudoipd.model.assumptions import ALTERNATIVES, Assumptions
from pseudoipd.model.problem import LEAST_MOVES, compile_problem
from pseudoipd.survival import draws as over
from pseudoipd.survival import endpoint_statistic, kaplan_meier, survival_at

SEED, DRAWS = 20151, 40


def chosen(part: str) -> list[trials.Arm]:
    """Return the arms of a part, in the order of the table."""
    arms = trials.read()
    if part == "planned":
        keys = {"/".join(map(str, row[:4])) for row in carried.planned(arms)}
        return [arm for arm in arms if arm.key in keys]
    first: dict[tuple[str, str], trials.Arm] = {}
    for arm in arms:
        fits = carried.FEWEST <= arm.n <= carried.MOST and math.isfinite(arm.median)
        if fits and not arm.reported:
            first.setdefault((arm.trial, arm.group), arm)
    return list(first.values())


def assess(arm: trials.Arm, with_survival: bool, draws: int, prior: str) -> dict[str, float]:
    """Return the errors of one arm: of the ensemble's mean and of interpolation, and shares in the bands."""
    days = np.repeat(np.tile(arm.day, 2), np.concatenate([arm.events, arm.censored]))
    died = np.repeat([True, False], [arm.events.sum(), arm.censored.sum()])
    name = "OS" if arm.group == "survival" else "RFS"
    claims = summary.printed_claims(days, died, name, with_survival=with_survival)
    months = np.linspace(0, accuracy.horizon(claims), accuracy.POINTS + 1)[1:]
    truth = np.asarray(survival_at(kaplan_meier(days, died), months * DAYS_PER_MONTH))
    usual = compile_problem(claims, Assumptions.of({"prior": prior}, MINIMAL)).effort().moves
    moves = max(LEAST_MOVES[0], int(accuracy.LENGTH * usual))
    drawn = reconstruct(claims, draws, SEED, {"prior": prior}, moves=moves)
    curves = over.curves(drawn.time[name], drawn.event[name])
    values = np.asarray(over.survival_on_grid(curves, months * DAYS_PER_MONTH))
    at = next(claim.at for claim in claims if claim.statistic == "count_at_or_beyond")
    percent = round(endpoint_statistic("survival", days / DAYS_PER_MONTH, died, at))
    other = summary.interpolation(summary.printed_points(claims, percent), months)
    own, peer = accuracy.of_ensemble(values, truth, months), accuracy.of_curve(other, truth, months)
    peer["crps"] = float(np.abs(other - truth).mean())
    both = {**own, **{f"peer_{name}": value for name, value in peer.items()}, "horizon": float(months[-1])}
    return {name.replace("rmst_error", "rmst"): value for name, value in both.items()}


def rows(
    part: str, draws: int, priors: Sequence[str], seconds: float, groups: Sequence[str], plain: bool
) -> Iterator[dict[str, object]]:
    """Yield one row per arm, for survival one more with S printed; `failed` says why one has no errors.

    Where there are several priors, each has its rows, and `prior` says which; `plain` leaves S unprinted.
    """
    for prior, arm in itertools.product(priors, chosen(part)):
        if arm.group not in groups:
            continue
        for with_survival in (False,) if plain or arm.group != "survival" else (False, True):
            stated: dict[str, object] = {"prior": prior} if len(priors) > 1 else {}
            stated |= {"arm": arm.key, "class": arm.group, "n": arm.n, "s_printed": with_survival}
            yield {**stated, **_within(seconds, arm, with_survival, draws, prior)}


def _within(seconds: float, *asked: object) -> dict[str, object]:
    """Assess in a process of its own, ended after so many seconds."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_tell, args=(there, *asked))
    process.start()
    try:
        if not here.poll(seconds):
            return {"failed": f"no ensemble within {seconds:g} s"}
        answer: dict[str, object] = here.recv()
        return answer
    finally:
        process.terminate()
        process.join()


def _tell(there: object, arm: trials.Arm, with_survival: bool, draws: int, prior: str) -> None:
    group, send = arm.group, there.send  # type: ignore[attr-defined]
    # The grammar calls what ends at progression or relapse RFS; the law is that of the arm's own class.
    trials.CLASSES["RFS"] = group if group != "survival" else trials.CLASSES["RFS"]
    try:
        send(assess(arm, with_survival, draws, prior))
    except Exception as error:  # any failure counts, and is said
        send({"failed": f"{type(error).__name__}: {error}"})


def means(table: pd.DataFrame) -> pd.DataFrame:
    """Return means over arms, by prior and class: errors, with and without sign; shares inside; failures."""
    table = table.assign(
        failed=table.get("failed", pd.Series(index=table.index, dtype=object)).notna(),
        rmst_abs=table["rmst"].abs(), peer_rmst_abs=table["peer_rmst"].abs(),
    )  # fmt: skip
    by = [name for name in ("prior", "class", "s_printed") if name in table]
    of = table.drop(columns=["arm"]).groupby(by, sort=False)
    return of.mean(numeric_only=True).assign(planned=of.size())


def main() -> None:
    """Write the table and print its summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("planned", "fitting"))
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument(
        "--prior", choices=ALTERNATIVES["prior"], nargs="+", default=ALTERNATIVES["prior"][:1]
    )
    parser.add_argument("--plain", action="store_true", help="from the summary alone")
    parser.add_argument("--seconds", type=float, default=480)
    parser.add_argument("--classes", default="survival,progression,relapse")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found = []
    groups = asked.classes.split(",")
    for row in rows(asked.part, asked.draws, asked.prior, asked.seconds, groups, asked.plain):
        print(*row.values(), file=sys.stderr, flush=True)
        found.append(row)
        # After each row, so that a run that is cut short has not been for nothing.
        if asked.out:
            pd.DataFrame(found).to_csv(asked.out, index=False, lineterminator="\n", float_format="%.4f")
    table = pd.DataFrame(found)
    print(means(table).T.round(4).to_string())


if __name__ == "__main__":
    main()
