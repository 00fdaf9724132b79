"""Ensembles of reconstructed cohorts, kept in the cache so that a report pays for them once."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from blina_base.files import whole
from pseudoipd.chain import kept as kept_in
from pseudoipd.claims.vocabulary import MINIMAL, Vocabulary
from pseudoipd.engine import reconstruct
from pseudoipd.ensemble import Ensemble
from pseudoipd.model import prior
from pseudoipd.model.assumptions import Assumptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pseudoipd.claims import Claim

__all__ = ["Ensemble", "asked", "load"]


def load(
    claims: Sequence[Claim],
    assumptions: Mapping[str, str] | None,
    draws: int,
    seed: int,
    jobs: int = 1,
    moves: int | None = None,
    vocabulary: Vocabulary = MINIMAL,
) -> Ensemble:
    """Return the ensemble of these claims, from the cache if its content is the same.

    The content is claims, vocabulary, assumptions, draws, seed, moves, and the source that makes of them.
    `moves` is the least number of moves of each chain; None leaves it to the engine.
    Raises as `reconstruct.reconstruct` does.
    """
    key = content_key(asked(claims, assumptions, seed, moves, vocabulary), draws, _source_digest())
    path = kept_in.folder() / "ensembles" / f"{key}.npz"
    kept = _read(path)
    if kept is None:
        kept = reconstruct(claims, draws, seed, assumptions, vocabulary, jobs=jobs, moves=moves)
        # A full disk or a folder that went away costs the next one the time, and this one nothing.
        with contextlib.suppress(OSError):
            _write(path, kept)
    return kept


def asked(
    claims: Sequence[Claim],
    assumptions: Mapping[str, str] | None,
    seed: int,
    moves: int | None = None,
    vocabulary: Vocabulary = MINIMAL,
) -> str:
    """Return a digest of all that decides which cohort a number stands for, but for the library's source.

    Of the claims that is what they print of what, not where it stands.
    """
    printed = [
        (c.endpoint, c.statistic, c.category, c.population, c.at, c.printed, c.unit)
        for c in claims
        if not c.qualitative
    ]
    return content_key(printed, Assumptions.of(assumptions, vocabulary), seed, moves, vocabulary.text())


def content_key(*content: object) -> str:
    """Return the name under which a result is kept that this content, whose repr tells all, decides."""
    return hashlib.sha256(repr(content).encode()).hexdigest()[:32]


@functools.cache
def _source_digest() -> str:
    """Return the digest of every module that has a say in the result, and of the learned prior."""
    digest = hashlib.sha256()
    for source in (*sorted(Path(__file__).parent.rglob("*.py")), prior.path()):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _write(path: Path, kept: Ensemble) -> None:
    """Write so that another process sees the whole file or none."""
    arrays: dict[str, NDArray[Any]] = {
        "draw": kept.draw, "subjects": np.array(kept.subjects), "study": np.array(kept.study),
    }  # fmt: skip
    for field_name in ("time", "event", "columns", "origin"):
        for name, array in getattr(kept, field_name).items():
            arrays[f"{field_name}/{name}"] = array
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as aside, aside.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _read(path: Path) -> Ensemble | None:
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        # Not there yet, or cut short by a full disk: made anew.
        return None

    def part(field_name: str) -> dict[str, NDArray[Any]]:
        start = f"{field_name}/"
        return {name[len(start) :]: array for name, array in arrays.items() if name.startswith(start)}

    subjects = tuple(str(one) for one in arrays["subjects"])
    return Ensemble(
        subjects, part("time"), part("event"), part("columns"), arrays["draw"], part("origin"),
        str(arrays["study"]),
    )  # fmt: skip
