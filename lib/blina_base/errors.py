"""Errors that a user can act on: each is one line, and carries the exit status of the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class BlinaError(Exception):
    """Base of every error that the collection raises on purpose; exit status 1: a report failed."""

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """Show one line in a notebook, where IPython asks an exception for its traceback."""
        return [f"{type(self).__name__}: {self}"]


class InputError(BlinaError):
    """The request or the data are wrong; exit status 2; one line: where, what, what would be right."""

    exit_code = 2

    @classmethod
    def at(
        cls, file: str | Path, *, row: int | str | None = None, column: str | None = None,
        value: object = None, expected: str,
    ) -> InputError:  # fmt: skip
        """Compose the one line from the place and the value found there.

        `row` counts as a reader of the file does: the header is row 1, the first record row 2.
        `file` is shown by its name as given, `value` by its repr, cut after 60 characters.
        """
        known = {"row": row, "column": column}
        place = [str(file), *(f"{name} {at}" for name, at in known.items() if at is not None)]
        found = "" if value is None else f"{_shown(value)} found; "
        return cls(_one_line(f"{', '.join(place)}: {found}expected {expected}"))


class ContradictionError(BlinaError):
    """The claims contradict one another; exit status 3. `claim_ids` is the smallest set found."""

    exit_code = 3

    def __init__(self, message: str, claim_ids: tuple[str, ...] = ()) -> None:
        super().__init__(_one_line(message))
        self.claim_ids = claim_ids


def near(word: str, known: Iterable[str]) -> str:
    """Return the known word that was probably meant, whatever its case; "" if none is near."""
    words = {name.upper(): name for name in known}
    found = difflib.get_close_matches(word.upper(), words, n=1)
    return words[found[0]] if found else ""


def one_of(word: str, known: Iterable[str]) -> str:
    """Return the 'expected' half of an error for a word off a list, with the nearest known one if any."""
    words = sorted(known)
    if not words:
        return "none, as none is known"
    meant = near(word, words)
    return f"one of {', '.join(words)}" + (f" (did you mean {meant}?)" if meant else "")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _one_line(text: str) -> str:
    return " ".join(text.split())
