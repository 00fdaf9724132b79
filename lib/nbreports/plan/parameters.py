"""What each report accepts: read from the notebook's own parameters cell, its only declaration.

One line declares one parameter: `name = default  # type | unit | meaning`, which lines of comment below it
may carry on. The types are `one of a, b, c`, `number 24 to 36`, `integer 0 to 10000`, `text`, `folder`,
`file` and `flag`.
"""

from __future__ import annotations

import ast
import functools
import io
import json
import math
import re
import symtable
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blina_base.errors import InputError, near

Value = str | int | float | bool

_RANGE = re.compile(r"(number|integer)(?:\s+(-?[\d.]+)\s+to\s+(-?[\d.]+))?\Z")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_DECLARED = re.compile(r"^(\w+) = .*?  # (.*)$", re.MULTILINE)
# A line that declares a parameter, wherever it stands: name = default  # type | unit | meaning
_DECLARES = re.compile(
    r"^(\w+)\s*=\s*.*?#\s*(?:one of .*?|(?:number|integer)(?: .*?)?|text|folder|file|flag)\s+\|\s+\S+\s+\|\s",
    re.MULTILINE,
)
# What IPython reads as a command, as in `n = %pwd` and `n = !ls`.
_MAGIC = re.compile(r"=\s*[%!].*")
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
PLACES = ("folder", "file")
"""Kinds of parameter that name something on the user's disk."""

DATA_DIR = "data_dir"
"""The parameter by which a report reads tables that may be the user's own."""


class ParameterError(InputError):
    """A parameter of a report is unknown, ill-typed, out of range, off the list, or given twice."""


@dataclass(frozen=True)
class Parameter:
    """One declared parameter.

    `kind` is choice, number, integer, text, folder, file or flag; `choices` belong to a choice,
    `lower` and `upper` (both allowed values themselves) to a number or an integer; `unit` is "" if
    there is none; `line` counts from 1 within the parameters cell.
    """

    name: str
    kind: str
    default: Value
    unit: str
    meaning: str
    choices: tuple[Value, ...] = ()
    lower: float = -math.inf
    upper: float = math.inf
    line: int = 0

    @property
    def expected(self) -> str:
        """What would be right, in words that complete 'expected …'."""
        if self.kind == "choice":
            return "one of " + ", ".join(str(choice) for choice in self.choices)
        words = {
            "number": "a number",
            "integer": "a whole number",
            "text": "text",
            "folder": "the name of a folder",
            "file": "the name of a file",
            "flag": "true or false",
        }[self.kind]
        bounded = f" from {_short(self.lower)} to {_short(self.upper)}" if math.isfinite(self.lower) else ""
        unit = f" ({self.unit})" if self.unit else ""
        return words + bounded + unit

    def accept(self, value: object, where: str) -> Value:
        """Return `value` in its one canonical form, or raise ParameterError naming `where`."""
        found = _canonical(self, value)
        if found is None:
            raise ParameterError.at(f"{where}, parameter {self.name}", value=value, expected=self.expected)
        return found

    def from_text(self, text: str, where: str) -> Value:
        """Return the value that `text` (of a command line) stands for; text stays text."""
        value: object = text
        if self.kind in ("number", "integer") and _NUMBER.match(text):
            value = int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
        elif self.kind == "flag":
            value = _FLAGS.get(text.lower(), text)
        return self.accept(value, where)


def _short(bound: float) -> str:
    """Return a bound without decimals that say nothing."""
    return str(int(bound)) if float(bound).is_integer() else str(bound)


def _canonical(parameter: Parameter, value: object) -> Value | None:
    """Return the canonical value, or None if `value` is not allowed."""
    kind = parameter.kind
    if kind == "flag":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if kind == "choice":
        return next((choice for choice in parameter.choices if str(choice) == str(value)), None)
    if kind in ("number", "integer"):
        return _canonical_number(parameter, value)
    needed = kind != "text" and parameter.default != ""
    return value if isinstance(value, str) and (value or not needed) else None


def _canonical_number(parameter: Parameter, value: object) -> Value | None:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if not parameter.lower <= value <= parameter.upper:
        return None
    if parameter.kind == "integer":
        return int(value) if isinstance(value, int) else None
    return int(value) if isinstance(parameter.default, int) and float(value).is_integer() else float(value)


def declared(notebook: Path, data_cell: str = "") -> tuple[Parameter, ...]:
    """Return the parameters that `notebook` declares in its cell tagged `parameters`.

    A report that declares `data_dir` also has those that `data_cell` declares.
    """
    content = read_notebook(notebook)
    own = parse(parameters_source(content, notebook.name), notebook.name, data_cell)
    names = {parameter.name for parameter in own}
    if DATA_DIR not in names:
        return own
    implied = parse(data_cell, "data parameters")
    return own + tuple(parameter for parameter in implied if parameter.name not in names)


def read_notebook(notebook: Path) -> dict[str, Any]:
    """Return the notebook's JSON, not to be changed; InputError if the file is missing or is no notebook."""
    try:
        return _read_version(notebook, notebook.stat().st_mtime_ns)
    except OSError:
        raise InputError(f"{notebook.name}: no such notebook") from None


@functools.lru_cache(maxsize=64)
def _read_version(notebook: Path, changed: int) -> dict[str, Any]:
    """Read a notebook once for each time that it changed."""
    try:
        content: Any = json.loads(notebook.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{notebook.name}: not a notebook ({error})") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list) or not all(isinstance(c, dict) and "cell_type" in c for c in cells):
        raise InputError(f"{notebook.name}: not a notebook (no cells)")
    if not all(isinstance(one.get("metadata", {}), dict) for one in (content, *cells)):
        raise InputError(f"{notebook.name}: not a notebook (metadata without names)")
    return dict(content)


def parameters_source(notebook: Mapping[str, Any], where: str = "notebook") -> str:
    """Return the source of the cell tagged `parameters`, or "" if there is none.

    ParameterError, naming `where`, if several are tagged, of which papermill knows the first, or if none is
    and a cell declares parameters all the same: its values could not be set from outside.
    """
    tagged = [i for i, cell in enumerate(notebook["cells"]) if _is_tagged(cell)]
    if len(tagged) > 1:
        listed = ", ".join(str(i + 1) for i in tagged)
        raise ParameterError(f"{where}: cells {listed} are tagged `parameters`; expected one such cell")
    if tagged:
        return _source(notebook["cells"][tagged[0]])
    for number, cell in enumerate(notebook["cells"], 1):
        if cell.get("cell_type") == "code" and (found := _DECLARES.findall(_source(cell))):
            raise ParameterError(
                f"{where}: cell {number} declares {', '.join(found)} and is not tagged `parameters`; "
                "expected the tag, without which no value can be set"
            )
    return ""


def _is_tagged(cell: Mapping[str, Any]) -> bool:
    tags = cell.get("metadata", {}).get("tags", ())
    return isinstance(tags, list | tuple) and "parameters" in tags


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(map(str, source))


def check_not_assigned_again(notebook: Mapping[str, Any], where: str) -> None:
    """Refuse a notebook in which a later cell assigns to a parameter: what it was given would not count.

    Looked for at the top level of cells, where a name is the notebook's. ParameterError names cell and name.
    """
    known, after = _assigned(parameters_source(notebook, where)), False
    for number, cell in enumerate(notebook["cells"], 1):
        if after and cell.get("cell_type") == "code":
            again = sorted(known & _assigned(_source(cell)))
            if again:
                raise ParameterError(
                    f"{where}: cell {number} assigns to {', '.join(again)} again, which is a parameter; "
                    "expected another name"
                )
        after = after or _is_tagged(cell)


def _assigned(source: str) -> set[str]:
    """Return the names that a cell binds for the notebook, or a function in it that declares them global."""
    plain = "\n".join(
        "pass" if line.lstrip().startswith(("%", "!")) else _MAGIC.sub("= 0", line)
        for line in source.splitlines()
    )
    try:
        tables = [symtable.symtable(plain, "cell", "exec")]
    except (SyntaxError, ValueError):
        return set()
    found: set[str] = set()
    while tables:
        table = tables.pop()
        own = table.get_type() == "module"
        for name in table.get_symbols():
            if (name.is_assigned() or name.is_imported()) and (own or name.is_declared_global()):
                found.add(name.get_name())
        tables += table.get_children()
    return found


def headline(notebook: Mapping[str, Any]) -> tuple[str, str]:
    """Return title and question: heading and words of the first Markdown cell; "" where there are none."""
    first = next((_source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"), "")
    lines = [line.strip() for line in first.splitlines() if line.strip()]
    return (lines[0].lstrip("# "), " ".join(lines[1:])) if lines else ("", "")


def parse(source: str, where: str, data_cell: str = "") -> tuple[Parameter, ...]:
    """Return the parameters that a parameters cell declares; `where` names the cell in errors.

    A data parameter without a declaration of its own, `time_unit = "days"`, has that of `data_cell`.
    """
    where = f"{where}, parameters cell"
    comments, implied = _comments(source, where), dict(_DECLARED.findall(data_cell))
    parameters = [_declaration(statement, comments, implied, where) for statement in ast.parse(source).body]
    names = [parameter.name for parameter in parameters]
    for parameter in parameters:
        if names.count(parameter.name) > 1:
            raise ParameterError(f"{where}, line {parameter.line}: {parameter.name} is declared twice")
    return tuple(parameters)


def _comments(source: str, where: str) -> dict[int, str]:
    """Return the comment of each line that has one, with those below it that stand alone on their line.

    ParameterError if the cell is no Python.
    """
    try:
        ast.parse(source)
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError) as error:
        raise ParameterError(f"{where}: not Python ({error})") from None
    found: dict[int, str] = {}
    last = 0
    for token in (token for token in tokens if token.type == tokenize.COMMENT):
        row, alone = token.start[0], token.line.lstrip().startswith("#")
        if alone and last and row == last + 1:
            first = max(line for line in found if line < row)
            found[first] += " " + token.string.lstrip("# ")
        elif not alone:
            found[row] = token.string
        last = row
    return found


def _declaration(
    statement: ast.stmt, comments: Mapping[int, str], implied: Mapping[str, str], where: str
) -> Parameter:
    place = f"{where}, line {statement.lineno}"
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=expression):
            pass
        case _:
            raise ParameterError(f"{place}: expected name = default  # type | unit | meaning")
    try:
        default = ast.literal_eval(expression)
    except ValueError:
        raise ParameterError(f"{place}: the default of {name} is not a plain value") from None
    comment = comments.get(statement.end_lineno or statement.lineno, "").removeprefix("#").strip()
    fields = re.split(r"\s+\|\s+", comment or implied.get(name, ""), maxsplit=2)
    if len(fields) != 3:
        raise ParameterError(f"{place}: expected the comment '# type | unit | meaning' after {name}")
    declared_type, unit, meaning = fields
    kind = _kind(declared_type, default, place)
    unit = "" if unit == "-" else unit
    parameter = Parameter(name, default=default, unit=unit, meaning=meaning, line=statement.lineno, **kind)
    parameter.accept(default, f"{place}, default")
    return parameter


def _kind(declared_type: str, default: object, place: str) -> dict[str, Any]:
    """Return kind, choices and bounds that the words of a declaration stand for."""
    if declared_type in ("text", "flag", *PLACES):
        return {"kind": declared_type}
    if declared_type.startswith("one of "):
        words = [word.strip() for word in declared_type.removeprefix("one of ").split(",")]
        return {"kind": "choice", "choices": tuple(_choice(word, default, place) for word in words)}
    found = _RANGE.match(declared_type)
    if found is None:
        raise ParameterError.at(
            place,
            value=declared_type,
            expected="one of …, number A to B, integer A to B, text, folder, file or flag",
        )
    kind, lower, upper = found.groups()
    bounds = {"lower": float(lower), "upper": float(upper)} if lower else {}
    return {"kind": kind, **bounds}


def _choice(word: str, default: object, place: str) -> Value:
    """Return one choice, a number if the default is one."""
    if isinstance(default, bool) or not isinstance(default, int | float):
        return word
    if not _NUMBER.match(word):
        raise ParameterError.at(place, value=word, expected="numbers as choices, as the default is one")
    return int(word) if re.fullmatch(r"[+-]?\d+", word) else float(word)


def check(parameters: Sequence[Parameter], given: Mapping[str, object], where: str) -> dict[str, Value]:
    """Return the value of every parameter, defaults filled in; ParameterError for the first wrong one.

    `given` maps names to values that have their type already; `where` is the report's name.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise unknown(name, known, where)
    return {
        name: parameter.accept(given.get(name, parameter.default), where) for name, parameter in known.items()
    }


def unknown(name: str, known: Iterable[str], where: str) -> ParameterError:
    """Return the error for a name that `where` does not declare, with the nearest that it does."""
    known = list(known)
    meant = near(name, known)
    hint = f"did you mean {meant}?" if meant else f"it has {', '.join(known) or 'none'}"
    return ParameterError(" ".join(f"{where} has no parameter {name!r}; {hint}".split()))


def assignments(texts: Iterable[str]) -> dict[str, str]:
    """Split `NAME=VALUE` texts of a command line; ParameterError if one is given twice or has no `=`."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise ParameterError.at("-p", value=text, expected="NAME=VALUE")
        if name.strip() in found:
            raise ParameterError(f"-p: parameter {name.strip()} is given twice")
        found[name.strip()] = value
    return found
