"""The reports in words: what a command line prints to list and to describe them."""

from __future__ import annotations

import textwrap
from pathlib import Path

from nbreports.collection import Collection
from nbreports.plan.parameters import DATA_DIR, Parameter, headline, read_notebook
from nbreports.plan.plan import declarations, find_report

WIDTH = 80
"""Characters of a line on a terminal."""


def listing(notebooks: Path, collection: Collection, *, long: bool = False) -> str:
    """Return number, title and own parameters of each report, in lines of 80 characters.

    In the `long` form with its name and its question, and with the parameters that all reports share.
    """
    known = declarations(notebooks, collection)
    shared = {DATA_DIR, *(parameter.name for parameter in collection.data_parameters)}
    blocks = []
    for report, parameters in known.items():
        title, question = headline(read_notebook(notebooks / f"{report}.ipynb"))
        names = [p.name for p in parameters if long or p.name not in shared]
        lines = [f"{report.partition('_')[0]}  {title}", *_wrapped(question if long else "")]
        lines[0] += f"  ({report})" if long else ""
        blocks.append("\n".join([*lines, *_wrapped(", ".join(names))]))
    return "\n".join(blocks)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)


def description(report: str, notebooks: Path, collection: Collection) -> str:
    """Return title, question, parameters with type, unit, default and meaning, and needs of one report."""
    known = declarations(notebooks, collection)
    report = find_report(report, known)
    title, question = headline(read_notebook(notebooks / f"{report}.ipynb"))
    lines = [f"{report}: {title}", question, ""]
    lines += [line for parameter in known[report] for line in _lines(parameter)] or ["no parameters"]
    wanted = collection.needs(notebooks / f"{report}.ipynb")
    return "\n".join(
        [*lines, "", f"needs {', '.join(wanted)}" if wanted else "needs nothing in particular of the data"]
    )


def _lines(parameter: Parameter) -> list[str]:
    unit = f", unit {parameter.unit}" if parameter.unit else ""
    return [
        f"  {parameter.name} = {parameter.default!r}",
        f"      {parameter.expected}{'' if unit and unit[7:] in parameter.expected else unit}",
        f"      {parameter.meaning}",
    ]
