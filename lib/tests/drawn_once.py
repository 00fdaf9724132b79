"""Results of many draws, kept in `data/drawn_once.json` for as long as the same would be drawn again.

A test hands over what it asks for, how the first cohorts are drawn, and how all of them are. What all gave
is taken from the file where all that decides it is as it was: the code of the test and of every file of ours
that it imports, what is asked, and the first cohorts, which another machine may draw otherwise. Else all are
drawn.

`make drawn` draws what has changed and notes it.
"""

from __future__ import annotations

import ast
import fcntl
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numba
import numpy as np

from blina_base.files import write_atomically
from blina_tools.sampler.exact import CASES
from exact_cases import drawn
from pseudoipd.model import prior

TESTS = Path(__file__).parent
ROOTS = (TESTS.parent, TESTS)
STORED = TESTS / "data" / "drawn_once.json"


def result(
    name: str, file: Path, asked: object, whole: Callable[[], Any],
    first: Callable[[], Iterable[np.ndarray]] | None = None, note: bool = False,
) -> Any:  # fmt: skip
    """Return what `whole` returns: as noted, if it would come out again, else drawn, and noted if wanted.

    `asked` tells by its repr what decides the draws beside the code of `file`; `first` draws a few of them.
    """
    now = {
        "file": str(file.relative_to(TESTS)),
        "code": code(file),
        "asked": digest(repr(asked)),
        "first": digest(np.__version__, numba.__version__, *(first or some_cohorts)()),
    }
    known = stored().get(name, {})
    if now.items() <= known.items():
        return known["result"]
    # Read back, so that a test sees the same whether it was drawn now or then.
    found = json.loads(json.dumps(whole()))
    if note:
        _note(name, {**now, "result": found})
    return found


@functools.cache
def some_cohorts() -> tuple[np.ndarray, ...]:
    """Draw a few cohorts, whatever is asked: another machine may compute otherwise."""
    return tuple(drawn(CASES[0], 5, 1, 5_000).values())


def stored() -> dict[str, dict[str, Any]]:
    """Return what is noted, by name."""
    return json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}


def _note(name: str, entry: dict[str, Any]) -> None:
    with Path(__file__).open("rb") as turn:
        # Several processes may draw at once.
        fcntl.flock(turn, fcntl.LOCK_EX)
        # What is left of other code of the same file is noted anew, or no longer asked for.
        of_old = {
            one
            for one, its in stored().items()
            if its["file"] == entry["file"] and its["code"] != entry["code"]
        }
        found = {one: its for one, its in stored().items() if one not in of_old} | {name: entry}
        lines = [f"{json.dumps(one)}: {json.dumps(found[one])}" for one in sorted(found)]
        write_atomically(STORED, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def digest(*parts: np.ndarray | str) -> str:
    """Return one digest of all parts."""
    found = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes()
        found.update(hashlib.sha256(content).digest())
    return found.hexdigest()[:16]


def code(file: Path, instead: Mapping[Path, str] | None = None) -> str:
    """Return the digest of a file's code, of all it leads to, some texts from `instead`, and of the prior.

    That is the one table from which the sampler learns; other data are asked for.
    """
    instead = instead or {}
    sources = (bare(instead[one]) if one in instead else _bare(one) for one in closure(file))
    return digest(prior.path().read_text(encoding="utf-8"), *sources)


def closure(file: Path) -> list[Path]:
    """Return a file and all files of ours that it imports, and these, in order."""
    found, waiting = set(), [file]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += _imported(one)
    return sorted(found)


@functools.cache
def _imported(file: Path) -> list[Path]:
    return [found for name in _names(ast.parse(file.read_text(encoding="utf-8"))) if (found := _file(name))]


def _names(tree: ast.Module) -> Iterator[str]:
    """Yield what is imported anywhere, also within a function: modules, and names that may be such."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(name: str) -> Path | None:
    """Return the file of ours that a dotted name leads to, that of its package if it is no module."""
    for parts in (name.split("."), name.split(".")[:-1]):
        for root in ROOTS if parts else ():
            place = root.joinpath(*parts)
            for file in (place.with_suffix(".py"), place / "__init__.py"):
                if file.is_file():
                    return file
    return None


@functools.cache
def _bare(file: Path) -> str:
    return bare(file.read_text(encoding="utf-8"))


def bare(text: str) -> str:
    """Return a source in one layout, without docstrings and comments."""
    return ast.unparse(_Code().visit(ast.parse(text)))


class _Code(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node
