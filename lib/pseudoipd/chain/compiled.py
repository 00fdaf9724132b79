"""How functions are compiled: at their first call, kept on disk under the digest of all their sources.

numba keeps a compiled function as long as its own file is unchanged, even when a function that it calls was
edited in another file, and keeps it anew for every path at which the same file lies. The folder here is named
for what is in all files with compiled functions, wherever they lie: a second checkout compiles nothing.
"""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numba
import numpy as np

from pseudoipd.chain import kept

HERE = Path(__file__).parent
SOURCES = (
    *sorted(HERE.glob("*.py")),
    HERE.with_name("model") / "structs.py",
    HERE.with_name("claims") / "grammar.py",
)
"""Whatever may be compiled lies in this folder, or gives it the places in its arrays and its constants."""


@functools.cache
def digest() -> str:
    """Return the digest of the sources and of numba's version."""
    found = hashlib.sha256(numba.__version__.encode())
    for path in SOURCES:
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


FOLDER = kept.folder() / "compiled" / digest()
"""Where compiled functions are kept, fixed when the first of them is imported."""


COMPILING = "compiling the sampler, once for this version of it: some 40 seconds on one core"
_DONE = "compiled"


def is_new() -> bool:
    """Say whether nothing has been drawn yet with what is kept for these sources."""
    return not (FOLDER / _DONE).exists()


@contextmanager
def announced() -> Iterator[None]:
    """Say in one line on standard error that the first draw compiles, and note when it has."""
    new = is_new()
    if new:
        print(COMPILING, file=sys.stderr, flush=True)
    yield
    if new:
        # Where nothing can be kept, the next process compiles again, and says so.
        with suppress(OSError):
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / _DONE).touch()


class ByContent:
    """Where numba keeps a function of this package; the methods are those of numba's own locators."""

    def __init__(self, line: int) -> None:
        self.line = line

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> ByContent | None:
        """Return the place of a function of this package, None for another's."""
        return cls(function.__code__.co_firstlineno) if Path(file).parent == HERE else None

    def get_cache_path(self) -> str:
        """Return the folder."""
        return str(FOLDER)

    def ensure_cache_path(self) -> None:
        """Make the folder."""
        FOLDER.mkdir(parents=True, exist_ok=True)

    def get_source_stamp(self) -> str:
        """Return what must be the same for a kept function to be used."""
        return digest()

    def get_disambiguator(self) -> str:
        """Return what tells functions of one name in one file apart."""
        return str(self.line)


def _keep_in_cache() -> None:
    """Let numba keep what it compiles in the user's cache folder, unless it was told another place."""
    if not numba.config.CACHE_DIR:
        # Versions of numba that know no locators of ours go by the path within this folder.
        numba.config.CACHE_DIR = str(FOLDER)
        numba.config.CACHE_LOCATOR_CLASSES = f"{__name__}.{ByContent.__name__},UserProvidedCacheLocator"


_keep_in_cache()
# Loops here are over some dozens of patients. As vectors, which draw the same, a chain took two thirds longer
# on the processor on which it was measured (AVX-512).
numba.config.LOOP_VECTORIZE = 0
# More of LLVM's passes make a chain no faster, and take longer.
numba.config.OPT = type(numba.config.OPT)(1)


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator of a compiled function, with more of numba's options.

    None makes an array, as numba then checks: their callers do. Otherwise numba counts the references to
    every array that is looked at, which took three fifths of a chain's time. Nor can C code call any of them.
    Each combination of argument types is compiled by itself: once for calls from Python, once for calls from
    compiled code.
    """
    options |= {"error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True}

    def decorate(function: Callable[..., Any]) -> Any:
        made = numba.njit(function, cache=True, **options)
        if not numba.config.DISABLE_JIT:
            _call_as_part(made, numba.njit(function, no_cpython_wrapper=True, **options))
        return made

    return decorate


def _call_as_part(made: Any, part: Any) -> None:
    """Let compiled code call a function as `part`, which lacks what Python needs to call it.

    Nor is a part kept: whatever calls it is kept with it. A literal is passed as a value: numba takes it for
    a type of its own, for which it compiles the function once more, if only because a variable begins at 0
    and its type is yet to be found.
    """

    def of_values(args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        values = {name: numba.types.unliteral(one) for name, one in kws.items()}
        return part.get_call_template(tuple(map(numba.types.unliteral, args)), values)

    # The methods by which numba, at a call in compiled code, finds a function's types and its code.
    made.get_call_template, made.get_overload, made.part = of_values, part.get_overload, part


inlined = functools.partial(compiled, inline="always")
"""Decorator of a step that is written apart for reading: its source is compiled as a part of its callers.

A function costs about a tenth of a second to compile, however short it is; a part costs nothing of its own.
"""


@inlined()
def copy_into(target: np.ndarray, source: np.ndarray) -> None:
    """Copy an array of one dimension: assignment to a slice would make another one in between."""
    for k in range(len(source)):
        target[k] = source[k]
