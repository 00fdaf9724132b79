"""Two rendered pages in words: which of their numbers differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from blina_base.errors import InputError
from nbreports.html.comparison import Number, side_by_side, values
from nbreports.html.markup import shown


def lines(one: Path, other: Path) -> list[str]:
    """Return the numbers of two pages side by side where they differ, under the folders as they were named.

    InputError for what is no page.
    """
    first, second = _numbers(one), _numbers(other)
    found = side_by_side(first, second)
    same = f"{len(set(first) & set(second)) - sum(a is not None and b is not None for _, a, b in found)}"
    if not found:
        return [f"no difference: all {same} numbers are the same"]
    rows = [("", str(one), str(other))]
    rows += [(", ".join(part for part in name if part), shown(a), shown(b)) for name, a, b in found]
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    table = [f"{what:<{widths[0]}}  {a:>{widths[1]}}  {b:>{widths[2]}}" for what, a, b in rows]
    moved = "1 number differs" if len(found) == 1 else f"{len(found)} numbers differ"
    return [*table, f"{moved}, {same} are the same"]


def _numbers(folder: Path) -> dict[Number, Any]:
    path = folder / "results.json" if folder.is_dir() else folder
    try:
        return values(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        expected = "the folder of a rendered page, as reports/default/03_overall_survival"
        raise InputError.at("compare", value=str(folder), expected=expected) from None
