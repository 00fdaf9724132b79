"""Every value at the edge of what the reports accept, and a plan that covers them in few renderings."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from blina.collection import COLLECTION
from blina.ensemble import problem
from blina.facts import assumptions, read_claims
from blina_base import project
from nbreports.plan import plan
from nbreports.plan.parameters import (
    Parameter,
    Value,
    parameters_source,
    parse,
    read_notebook,
)
from nbreports.plan.plan import Rendering, Request
from pseudoipd.proofs.infeasible import proved_conflict

FREE = ("text", "folder", "file")
"""Kinds of parameters without extremes: a text, or the place of a folder or file."""

NO_NUMBER = re.compile(r"(?<![\w.-])-?(nan|NaN|NaT|inf|<NA>)(?![\w-])|\bNone\b(?! of)|(?<![\d.])-0(?![\d.])")
"""What stands for a number and is none, as a page would show it."""

Values = dict[str, Value]


def extremes(parameter: Parameter) -> list[Value]:
    """Return the values at the edge: both ends of a range, every choice, both states of a flag."""
    if parameter.kind in FREE:
        return []
    if parameter.kind == "choice":
        return list(parameter.choices)
    if parameter.kind == "flag":
        return [False, True]
    whole = int if parameter.kind == "integer" else float
    return [whole(parameter.lower), whole(parameter.upper)]


def refuted(values: Values) -> bool:
    """Say whether it is proved that the printed numbers exclude these readings of the sources together."""
    known = assumptions()
    chosen = {name: str(value) for name, value in values.items() if name in known}
    return _refuted(frozenset(chosen.items() - known.items()))


@functools.cache
def _refuted(chosen: frozenset[tuple[str, str]]) -> bool:
    return bool(chosen and proved_conflict(problem(read_claims(), assumptions() | dict(chosen))))


def settings(own: tuple[Parameter, ...]) -> list[Values]:
    """Return settings in which each extreme of each parameter occurs.

    Setting i takes the i-th extreme of every parameter that has so many, and the first of the others. A
    reading that the claims refute gets a setting of its own, as it leaves no cohorts to look at; readings
    that they refute only together are parted.
    """
    edges = {parameter.name: extremes(parameter) for parameter in own}
    alone = [{name: v} for name, values in edges.items() for v in values if refuted({name: v})]
    together = {name: [v for v in values if {name: v} not in alone] for name, values in edges.items()}
    together = {name: values for name, values in together.items() if values}
    most = max((len(values) for values in together.values()), default=0)
    joint = [
        {name: values[i if i < len(values) else 0] for name, values in together.items()} for i in range(most)
    ]
    return [*(part for one in joint for part in _parted(one)), *alone]


def _parted(joint: Values) -> Iterator[Values]:
    """Yield settings that have all these values between them, none of them refuted."""
    while joint and refuted(joint):
        part: Values = {}
        for name, value in joint.items():
            if not refuted(part | {name: value}):
                part[name] = value
        yield part
        joint = {name: value for name, value in joint.items() if name not in part}
    if joint:
        yield joint


def own_parameters(notebook: Path) -> tuple[Parameter, ...]:
    """Return what the notebook's parameters cell declares."""
    return parse(parameters_source(read_notebook(notebook)), notebook.name)


def covering() -> list[tuple[Path, Values]]:
    """Return (notebook, values) that cover every report's parameters, and those that all share.

    The data parameters mean the same in every report; their extremes go round over all renderings.
    """
    around = itertools.count()
    return [
        (notebook, values | _next_data(around) if _reads_tables(notebook) else values)
        for notebook in sorted(project.notebooks().glob("*.ipynb"))
        for values in settings(own_parameters(notebook))
    ]


def _reads_tables(notebook: Path) -> bool:
    return "data_dir" in {parameter.name for parameter in own_parameters(notebook)}


def _next_data(around: Iterator[int]) -> Values:
    turn = next(around)
    edges = {parameter.name: extremes(parameter) for parameter in COLLECTION.data_parameters}
    return {name: values[turn % len(values)] for name, values in edges.items() if values}


@functools.cache
def renderings() -> list[Rendering]:
    """Return the renderings of the covering plan and of the sweeping profile, as the command plans them."""
    places = (project.notebooks(), project.root() / "reports" / "profiles")
    return [
        *plan.plan(Request(COLLECTION, *places, profile="sensitivity")),
        *(
            rendering
            for notebook, values in covering()
            for rendering in plan.plan(
                Request(COLLECTION, *places, (notebook.stem,), "default", _assigned(values))
            )
        ),
    ]


def _assigned(values: Values) -> tuple[str, ...]:
    return tuple(f"{name}={str(v).lower() if isinstance(v, bool) else v}" for name, v in values.items())
