"""The reports in words: what a command line prints to list and to describe them."""

from __future__ import annotations

from pathlib import Path

from nbreports.collection import Collection
from nbreports.plan.parameters import Parameter, headline, read_notebook
from nbreports.plan.plan import declarations, find_report


def listing(notebooks: Path, collection: Collection) -> str:
    """Return one line per report: its name, title and parameters."""
    known = declarations(notebooks, collection)
    width = max(len(report) for report in known)
    lines = []
    for report, parameters in known.items():
        title, _ = headline(read_notebook(notebooks / f"{report}.ipynb"))
        names = ", ".join(parameter.name for parameter in parameters)
        lines.append(f"{report:<{width}}  {title}" + (f"  ({names})" if names else ""))
    return "\n".join(lines)


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
