"""Renderings side by side: which numbers move when a parameter does."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from nbreports.collection import Collection
from nbreports.html.markup import shown
from nbreports.plan.plan import report_label, shortened
from nbreports.run.job import Kind

TEMPLATES = Path(__file__).with_name("templates")
NAME = "comparison.html"
MOST_COLUMNS = 10
"""Numbers that stand in a row; the others are in each page's results.json."""
_NEAR = 1e-9

Number = tuple[str, str, str]
"""Analysis, population and statistic: what a number of results.json is."""


def sweeps(entries: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the renderings of each report of a profile of which there is more than one.

    The one nearest the notebook's defaults stands first.
    """
    done = [dict(entry) for entry in entries if entry["outcome"] in (Kind.DONE, Kind.FRESH)]
    order = sorted(done, key=lambda e: (e["profile"], e["report"], len(e["differs"]), e["key"]))
    groups = itertools.groupby(order, key=lambda e: (e["profile"], e["report"]))
    found = {name: list(group) for name, group in groups}
    return {name: group for name, group in found.items() if len(group) > 1}


def values(results: Iterable[Mapping[str, Any]]) -> dict[Number, Any]:
    """Return the numbers of a page by what they are; of one that stands twice, the first."""
    found: dict[Number, Any] = {}
    for row in results:
        found.setdefault((row["analysis"], row["population"], row["statistic"]), row["value"])
    return found


def differ(one: Any, other: Any) -> bool:
    """Say whether two values of results.json are different, more than by rounding."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return not math.isclose(one, other, rel_tol=_NEAR, abs_tol=_NEAR)
    return bool(one != other)


def moving(numbers: Sequence[Mapping[Number, Any]]) -> list[Number]:
    """Return the numbers that are not the same in all renderings, in the order of the first."""
    first = numbers[0]
    return [name for name in first if any(differ(first[name], other.get(name)) for other in numbers[1:])]


def side_by_side(one: Mapping[Number, Any], other: Mapping[Number, Any]) -> list[tuple[Number, Any, Any]]:
    """Return the numbers of two pages that differ, with both values; None where one has no such number."""
    names = dict.fromkeys([*one, *other])
    pairs = [(name, one.get(name), other.get(name)) for name in names]
    return [(name, a, b) for name, a, b in pairs if differ(a, b)]


def page(
    entries: Iterable[Mapping[str, Any]], results: Mapping[str, list[dict[str, Any]]], collection: Collection
) -> str:
    """Return the page that compares the renderings of each sweep; `results` are their numbers by key."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    style = [(TEMPLATES / name).read_text("utf-8") for name in ("base.css", "index/comparison.css")]
    groups = [
        _group(profile, report, renderings, results, collection)
        for (profile, report), renderings in sweeps(entries).items()
    ]
    html = environment.get_template("index/comparison.html.j2").render(
        title=f"Renderings compared: {collection.title}", groups=groups, style="".join(style)
    )
    return html.strip() + "\n"


def _group(
    profile: str,
    report: str,
    renderings: list[dict[str, Any]],
    results: Mapping[str, list[dict[str, Any]]],
    collection: Collection,
) -> dict[str, Any]:
    """Return what the page shows of the renderings of one report."""
    parameters = list(
        dict.fromkeys(
            name
            for name in renderings[0]["parameters"]
            if len({str(rendering["parameters"].get(name)) for rendering in renderings}) > 1
        )
    )
    numbers = [values(results.get(rendering["key"], [])) for rendering in renderings]
    moved = moving(numbers)
    rows = [
        {
            "key": rendering["key"],
            "default": place == 0,
            "thumbnail": f"{rendering['key']}/{rendering['thumbnail']}" if rendering.get("thumbnail") else "",
            "parameters": [shortened(rendering["parameters"].get(name)) for name in parameters],
            "numbers": [
                (shown(found.get(name)), differ(found.get(name), numbers[0].get(name)))
                for name in moved[:MOST_COLUMNS]
            ],
        }
        for place, (rendering, found) in enumerate(zip(renderings, numbers, strict=True))
    ]
    return {
        "title": f"{report_label(report, collection.spelled)}, profile {profile}",
        "anchor": f"{profile}-{report}",
        "parameters": parameters,
        "heads": [_head(name) for name in moved[:MOST_COLUMNS]],
        "more": max(0, len(moved) - MOST_COLUMNS),
        "same": len(numbers[0]) - len(moved),
        "rows": rows,
    }


def _head(name: Number) -> str:
    analysis, population, statistic = name
    words = f"{analysis}, {statistic}" + (f" ({population})" if population and population != "all" else "")
    return words.replace("_", " ")
