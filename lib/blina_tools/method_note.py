"""The tables of the method note `lib/README.md`, written from the code: `python -m blina_tools.method_note`.

The rest of the note is kept by hand; between the markers stands what the sampler reads itself.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path

from blina.vocabulary import DAYS_PER_MONTH, VOCABULARY
from blina_base import project
from pseudoipd.chain import metropolis, moves, parameters
from pseudoipd.claims.vocabulary import Rule
from pseudoipd.model import prior
from pseudoipd.model.trials import CLASSES

WORDS = {2: "two", 3: "three", 4: "four", 5: "five"}


def main() -> None:
    """Write the tables into the note."""
    path = note()
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")


def note() -> Path:
    """Return the path of the method note."""
    return project.root() / "lib" / "README.md"


def renewed(text: str) -> str:
    """Return the note with what stands between its markers written anew; ValueError if one is missing."""
    for name, part in (("prior", prior_table()), ("rules", rules_part()), ("moves", moves_part())):
        begin, end = f"<!-- {name}: written by blina_tools.method_note -->\n", f"<!-- end of {name} -->\n"
        if not (text.count(begin) == text.count(end) == 1):
            raise ValueError(f"lib/README.md: expected one part '{name}'")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{part}\n{end}{rest.partition(end)[2]}"
    return text


def prior_table() -> str:
    """Return what the parameters of a cohort are drawn from, by class of endpoint, and what `flat` is."""
    groups = tuple(dict.fromkeys(CLASSES.values()))
    flat, hyper = prior.FLAT, prior.Hyperprior(prior.Law(1), prior.Law(1), longest=1)
    kinds = [prior.learned(group, "followup") for group in groups]
    followed = [prior.typical_followup(group) for group in groups]
    centres, medians = WORDS[int(prior.CENTRES)], [days / prior.CENTRES for days, _ in followed]
    always = [
        (
            f"pieces begin at, of {centres} centers",
            "fixed; beyond, each as long as all before it",
            listed(prior.PIECES),
        ),
        ("shortest follow-up, of the longest", "beta", listed(hyper.shortest)),
        ("shape of accrual, 1 where it is steady", "log-normal around 1", f"sd {hyper.accrual_sd:g}"),
        ("lost before the cut-off, by the horizon", "beta", listed(hyper.lost)),
    ]
    by_class = [
        (
            "center, in days",
            "a third of the median longest follow-up",
            *(f"{one:.0f}" for one in medians),
            "the same",
        ),
        (
            "first log hazard",
            "normal around that of the trials (`flat`: of an exponential with the center as its median)",
            *(f"sd {kind.level_sd:g}" for kind in kinds),
            "the same",
        ),
        (
            "log hazard, piece to piece",
            "random walk around the trials' (`flat`: level) and the trend",
            *(f"sd {kind.step_sd:g}" for kind in (*kinds, flat)),
        ),
        (
            "trend of the log hazard over log time (a Weibull shape less 1)",
            "normal around 0",
            *(f"sd {kind.trend_sd:g}" for kind in (*kinds, flat)),
        ),
        ("cured fraction", "beta", *(listed(kind.cured) for kind in (*kinds, flat))),
        (
            "longest follow-up, in days",
            "log-normal",
            *(f"{days:.0f}, sd {spread:g}" for days, spread in followed),
            "the same",
        ),
    ]
    same = [(what, law, value, *["the same"] * len(groups)) for what, law, value in always]
    return table(("what", "law", *groups, "`flat`"), [*by_class, *same])


def rules_part() -> str:
    """Return who can have been in this trial, and what is known of its course of time."""
    rows = [(rule.words, _least(rule), rule.source) for rule in VOCABULARY.rules]
    known = VOCABULARY.course
    half = known.after_relapse / DAYS_PER_MONTH
    told = (
        f"A cohort has at least {known.relapses} relapses. Last and first treatment lie {known.accrual} "
        "days apart by the printed dates, so with one cut-off the shortest follow-up is shorter than the "
        "longest by so many days at most; who is last seen before that was lost, at a constant rate. A "
        f"remission was last looked at 0 to {known.visits} days before the last contact, each as likely. "
        "After a relapse half die "
        f"within {half:g} months: S = {half:g} / ({half:g} + months)."
    )
    return f"{table(('who', 'must', 'source'), rows)}\n{textwrap.fill(told, 140, break_on_hyphens=False)}\n"


def _least(rule: Rule) -> str:
    parts = [f"be observed to day {rule.least}"] if rule.least > 1 else []
    parts += [f"be observed for {rule.after_response} days from the response"] if rule.after_response else []
    return " and ".join([*parts, "have relapsed"] if rule.relapsed else parts)


def moves_part() -> str:
    """Return the moves with their shares and probabilities, and how the parameters are updated."""
    rows = [
        (
            move.name,
            "–" if move.second else f"{move.weight} %",
            f"{move.weight if move.second else moves.FIRST_SHARE * move.weight:.3g} %",
            move.needs,
            move.there,
            move.back,
        )
        for move in moves.MOVES
    ]
    head = ("move", "of one endpoint", "of two", "needs", "probability there", "and back")
    every, patients = WORDS[metropolis.UPDATE_EVERY], metropolis.PATIENTS_PER_MOVE
    explained = (
        "R is the number of ranges of days, whose borders are the printed times and pieces of the hazard; "
        f"s(d) the law of a step, half of the steps exponential with mean {moves.FEW_DAYS:g} days and half "
        f"with mean {moves.MONTHS:g}, rounded up, in either direction. Patients are chosen with the same "
        f"probability there and back. Every {every} moves (one for each {patients} patients, if that is "
        "more) the parameters of one process are updated, the processes in turn. "
        f"Of the steps of a hazard {formatted(parameters.TOWARDS_NEW)} go towards a new draw from the "
        f"hyperprior (preconditioned Crank-Nicolson), {formatted(parameters.OTHER_ANEW)} draw the cured "
        f"fraction, or a parameter of the visits, anew, {formatted(parameters.STRETCH)} raise or lower a "
        f"stretch of pieces, {formatted(parameters.OTHER_STEP)} shift one of these and the rest one "
        f"piece; of the steps of censoring {formatted(parameters.CENSORING_ANEW)} draw one parameter anew "
        "and the rest shift it. "
        f"Shifts are normal with sd {parameters.FINE:g} or {parameters.COARSE:g} on the log or logit scale."
    )
    return f"{table(head, rows)}\n{textwrap.fill(explained, 140)}\n"


def formatted(share: float) -> str:
    """Return a share in per cent."""
    return f"{100 * share:.3g} %"


def listed(values: Iterable[float]) -> str:
    """Return numbers one after another."""
    return ", ".join(f"{value:g}" for value in values)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(line) + " |\n" for line in (head, *rows)]
    return "".join([lines[0], "|" + "---|" * len(head) + "\n", *lines[1:]])


if __name__ == "__main__":
    main()
