"""The picture of the house in CONTRIBUTING, drawn from the contracts of `pyproject.toml` and from docstrings.

Run as `python -m blina_tools.house`, after a contract, a room or the first line of its docstring has changed.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from blina_base import project

BEGIN, END = "<!-- the house: begin -->", "<!-- the house: end -->"
_WIDTH = 110


def path() -> Path:
    """Return the file that holds the picture."""
    return project.root() / "CONTRIBUTING.md"


def drawn(text: str) -> str:
    """Return the text with what stands between the marks drawn anew."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{picture()}\n{END}{rest.split(END)[1]}"


def picture() -> str:
    """Return the floors, what each room never imports, and what each room is, from its docstring."""
    settings = tomllib.loads((project.root() / "pyproject.toml").read_text(encoding="utf-8"))
    linter = settings["tool"]["importlinter"]
    packages, contracts = linter["root_packages"], linter["contracts"]
    stack = floors(packages, forbidden(contracts))
    parts = [
        _code(_stack_lines(stack)),
        "Imports point down, never up or sideways, and in no circle of files. Beyond that:",
        "\n".join(f"- {line}" for line in _rule_lines(contracts, packages)),
        "The rooms, from the top, each with the first line of its docstring:",
        _code(line for floor in stack for package in floor for line in _room_lines(package)),
    ]
    return "\n\n".join(parts)


def forbidden(contracts: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Return the pairs (importer, imported) that the contracts forbid by name."""
    return {
        (importer, imported)
        for contract in contracts
        if contract["type"] == "forbidden"
        for importer in contract["source_modules"]
        for imported in contract["forbidden_modules"]
    }


def floors(packages: Sequence[str], never: set[tuple[str, str]]) -> list[list[str]]:
    """Return the packages floor by floor from the top: each may import any that stands below it.

    ValueError if the contracts let packages import one another in a circle.
    """
    left, found = list(packages), list[list[str]]()
    while left:
        floor = [one for one in left if all((one, other) in never for other in left if other != one)]
        if not floor:
            raise ValueError(f"no contract keeps {', '.join(left)} from importing one another in a circle")
        found.insert(0, floor)
        left = [one for one in left if one not in floor]
    return found


def _stack_lines(stack: Sequence[Sequence[str]]) -> Iterator[str]:
    rows = ["    ".join(floor) for floor in stack]
    width = max(map(len, rows))
    for number, row in enumerate(rows):
        if number:
            yield "▼".center(width).rstrip()
        yield row.center(width).rstrip()


def _rule_lines(contracts: Sequence[Mapping[str, Any]], packages: Sequence[str]) -> Iterator[str]:
    """Yield one line for each contract that the floors do not show."""
    for contract in contracts:
        if contract["type"] == "independence":
            yield f"{_named(contract['modules'])}: never one another. {contract['name']}."
        elif not set(contract["source_modules"]) <= set(packages):
            never = _named(contract["forbidden_modules"])
            yield f"{_named(contract['source_modules'])}: never {never}. {contract['name']}."


def _named(modules: Sequence[str]) -> str:
    return ", ".join(f"`{module}`" for module in modules)


def _room_lines(package: str) -> Iterator[str]:
    """Yield a package, then its rooms: folders first, then single modules."""
    folder = project.root() / "lib" / package
    yield _line(package, folder / "__init__.py")
    inside = [entry for entry in folder.iterdir() if not entry.name.startswith("_")]
    for entry in sorted(inside, key=lambda entry: (entry.is_file(), entry.name)):
        if (entry / "__init__.py").is_file():
            yield _line(f"  {entry.name}/", entry / "__init__.py")
        elif entry.suffix == ".py":
            yield _line(f"  {entry.stem}", entry)


def _line(name: str, source: Path) -> str:
    docstring = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    meaning = re.split(r"\. |\.$|: `", docstring.partition("\n")[0])[0]
    return f"{name:<16}" + textwrap.shorten(meaning, _WIDTH - 16, placeholder=" …")


def _code(lines: Iterator[str]) -> str:
    return "\n".join(["```", *lines, "```"])


def main() -> None:
    """Draw the picture anew."""
    path().write_text(drawn(path().read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
