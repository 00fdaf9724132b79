"""Drawing exact cohorts beside fitting them, and how time and memory grow."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from blina.facts import assumptions, read_claims
from blina.vocabulary import DAYS_PER_MONTH, VOCABULARY
from blina_base import project
from blina_tools.bench.row import Row, own_peak
from pseudoipd.claims import Claim

COHORTS = 1000
FEW, MANY = 60, 600
"""Cohorts of which only is measured how time and memory grow with their number."""
SIZES, EACH, TOGETHER = (36, 300), 200, 20
TWO_ARMS = """id,arm,endpoint,statistic,at,printed,unit
n1,new,OS,n,,300,patients
n2,old,OS,n,,300,patients
m1,new,OS,median,,18.4,months
m2,old,OS,median,,13.9,months
f1,new,OS,followup_median,,30.2,months
f2,old,OS,followup_median,,29.8,months
p1,new,PFS,median,,9.1,months
p2,old,PFS,median,,6.7,months
hr,,OS,hazard_ratio,,0.78,
"""


def rows() -> Iterator[Row]:
    """Measure the reconstruction; some minutes. One process each unless the row says otherwise."""
    from pseudoipd import reconstruct

    claims, chosen = read_claims(), assumptions()
    reconstruct(claims, 1, 1, chosen, VOCABULARY)  # compiles, or reads what is compiled
    yield _beside_lifelines(claims, chosen)
    yield _in_draws(claims, chosen)
    yield _in_patients()
    yield _in_arms()
    yield _in_jobs()
    yield _in_memory()


def _beside_lifelines(claims: tuple[Claim, ...], chosen: dict[str, str]) -> Row:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times

    from pseudoipd import reconstruct

    begin = time.process_time()
    drawn = reconstruct(claims, COHORTS, 1, chosen, VOCABULARY)
    ours = time.process_time() - begin
    months, event = drawn.time["OS"] / DAYS_PER_MONTH, drawn.event["OS"]

    def fit() -> None:
        for time_, event_ in zip(months, event, strict=True):
            fitted = KaplanMeierFitter().fit(time_, event_)
            median_survival_times(fitted.confidence_interval_)

    what = f"{COHORTS} exact cohorts with all claims, drawn and judged"
    return Row(what, ours, _cpu(fit), "s", "lifelines' fit and median limits on the same cohorts", 1.0)


def _in_draws(claims: tuple[Claim, ...], chosen: dict[str, str]) -> Row:
    from pseudoipd import reconstruct

    few = _cpu(lambda: reconstruct(claims, FEW, 2, chosen, VOCABULARY))
    many = _cpu(lambda: reconstruct(claims, 4 * FEW, 2, chosen, VOCABULARY))
    return Row("four times as many draws", many, 4 * few, "s", "four times the time", 1.3)


def _in_patients() -> Row:
    import math

    from pseudoipd import reconstruct

    small, large = (_summary(n) for n in SIZES)
    first = _cpu(lambda: reconstruct(small, EACH, 3))
    second = _cpu(lambda: reconstruct(large, EACH, 3))
    growth = SIZES[1] * math.log(SIZES[1]) / (SIZES[0] * math.log(SIZES[0]))
    what = f"{SIZES[1]} patients for {SIZES[0]}, the same summary"
    return Row(what, second, growth * first, "s", "n log n times the time", 1.0)


def _summary(n: int) -> tuple[Claim, ...]:
    """Return what is printed about a trial of n patients, scaled with n."""
    printed = [
        ("n", None, str(n)), ("median", None, "13.0"), ("count_at_or_beyond", 30.0, str(round(n / 3.6))),
        ("followup_median", None, "32.6"), ("followup_max", None, "41.9"),
    ]  # fmt: skip
    return tuple(
        Claim(f"{name}_{n}", "bench", "OS", name, "", "all", at, text, "", "bench", "")
        for name, at, text in printed
    )


def _in_arms() -> Row:
    """Draw two arms of 300 patients with two endpoints, then the same with a hazard ratio to be met."""
    from dataclasses import replace

    from pseudoipd.paper import drawing
    from pseudoipd.paper.reading import read_paper

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "two_arms.csv"
        path.write_text(TWO_ARMS, encoding="utf-8")
        paper = read_paper(path, VOCABULARY)
    wanted = drawing.requests(paper, {}, 5)
    alone = replace(paper, comparisons=())
    base = _cpu(lambda: drawing.draw(alone, wanted, drawing.LEAST_POOL))
    ours = _cpu(lambda: drawing.draw(paper, wanted, TOGETHER))
    what = f"600 patients in two arms, two endpoints and a hazard ratio, {TOGETHER} cohorts"
    return Row(what, ours, base, "s", f"{drawing.LEAST_POOL} cohorts of each arm without the ratio", 1.5)


def _in_jobs() -> Row:
    one, two = (_elapsed(str(MANY), str(jobs)) for jobs in (1, 2))
    return Row(f"{MANY} draws with --jobs 2, written to CSV", two, one, "s", "one process (elapsed)", 1 / 1.7)


def _in_memory() -> Row:
    few, many = (_peak(draws) for draws in (FEW, MANY))
    return Row(
        f"peak memory for {MANY} draws, written to CSV", many, few, "MiB", f"peak for {FEW} draws", 1.5
    )


def _cpu(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def _elapsed(*arguments: str) -> float:
    begin = time.perf_counter()
    _run(*arguments)
    return time.perf_counter() - begin


def _peak(draws: int) -> float:
    return float(_run(str(draws), "1"))


def _run(*arguments: str) -> str:
    """Run this module as a process of its own and return what it prints."""
    command = [sys.executable, "-m", "blina_tools.bench.reconstruction", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(draws: int, jobs: int) -> None:
    """Write `draws` cohorts to a file that is thrown away; print the peak memory of this process in MiB."""
    from pseudoipd.paper import command

    with tempfile.TemporaryDirectory() as folder:
        order = command.Order(draws, 4, Path(folder) / "out.csv", jobs)
        command.run(project.published("claims.csv"), order, assumptions(), VOCABULARY)
    print(own_peak())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
