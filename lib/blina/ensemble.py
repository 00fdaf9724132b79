"""Many reconstructed cohorts as one object, kept in the cache so that a report pays for them once."""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from blina import project

if TYPE_CHECKING:
    import pandas as pd

    from blina.published import Claim

STUDY = "NCT01209286"
PARAMETERS = {"OS": "Overall survival", "RFS": "Relapse-free survival"}


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Cohorts by draw and patient. Arrays are [draws, patients].

    `time` holds whole days, -1 where a patient lacks the endpoint; `event` is true for the event.
    `columns` holds the ADSL columns that the claims describe: text, and MRDRDY as study day, -1 for none.
    `draw` numbers the draws: the same number and seed give the same cohort, however many are asked for.
    `origin` holds the study day from which an endpoint counts, where that is not the start of treatment.
    """

    subjects: tuple[str, ...]
    time: Mapping[str, NDArray[np.int32]]
    event: Mapping[str, NDArray[np.bool_]]
    columns: Mapping[str, NDArray[Any]]
    draw: NDArray[np.int64]
    origin: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of draws."""
        return len(self.draw)

    def cohort(self, i: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return draw number `i` of this ensemble as ADSL and ADTTE tables."""
        return self._adsl(i), self._adtte(i)

    def _adsl(self, i: int) -> pd.DataFrame:
        import pandas as pd

        table = pd.DataFrame({"STUDYID": STUDY, "USUBJID": list(self.subjects)})
        for name, values in self.columns.items():
            column = values[i]
            table[name] = [None if v < 0 else int(v) for v in column] if name == "MRDRDY" else column
            if name == "MRDRDY":
                table[name] = table[name].astype("Int64")
        return table

    def _adtte(self, i: int) -> pd.DataFrame:
        import pandas as pd

        parts = []
        for code, days in self.time.items():
            has = days[i] >= 0
            event = self.event[code][i][has]
            parts.append(
                pd.DataFrame(
                    {
                        "STUDYID": STUDY,
                        "USUBJID": np.array(self.subjects)[has],
                        "PARAMCD": code,
                        "PARAM": PARAMETERS.get(code, code),
                        "AVAL": days[i][has],
                        "AVALU": "DAYS",
                        "CNSR": np.where(event, 0, 1),
                        "EVNTDESC": describe(code, event, self._death(i, code, has)),
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def _death(self, i: int, code: str, has: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say for whom the event of a second endpoint is death: it falls on the day of death."""
        if code == "OS" or "OS" not in self.time:
            return np.ones(int(has.sum()), dtype=bool)
        zero = np.zeros_like(self.time[code])
        since_start = self.time[code][i][has] + self.origin.get(code, zero)[i][has]
        return np.asarray(self.event["OS"][i][has] & (since_start == self.time["OS"][i][has]))


def describe(code: str, event: NDArray[np.bool_], death: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Return the words of EVNTDESC."""
    happened = np.where(death, "Death", "Relapse") if code == "RFS" else np.where(event, "Death", "")
    return np.where(event, happened, "Last contact")


def load(
    claims: Sequence[Claim],
    assumptions: Mapping[str, str] | None,
    draws: int,
    seed: int,
    jobs: int = 1,
    moves: int | None = None,
) -> Ensemble:
    """Return the ensemble of these claims, from the cache if its content is the same.

    The content is claims, assumptions, number of draws, seed and the source of the library that makes them.
    `moves` is the least number of moves of each chain; None leaves it to the engine.
    Raises as `reconstruct.reconstruct` does.
    """
    from blina.reconstruct.engine import reconstruct

    key = content_key(claims, assumptions, draws, seed, *(() if moves is None else (moves,)))
    path = project.cache() / "ensembles" / f"{key}.npz"
    kept = _read(path)
    if kept is None:
        kept = reconstruct(claims, draws, seed, assumptions, jobs=jobs, moves=moves)
        _write(path, kept)
    return kept


def content_key(
    claims: Sequence[Claim], assumptions: Mapping[str, str] | None, draws: int, seed: int, *more: object
) -> str:
    """Return the name under which a result of these inputs is kept."""
    stated = (tuple(claims), sorted((assumptions or {}).items()), draws, seed, more, _source_digest())
    return hashlib.sha256(repr(stated).encode()).hexdigest()[:32]


@functools.cache
def _source_digest() -> str:
    """Return the digest of every module that has a say in the result."""
    package = Path(__file__).parent
    sources = [package / "ensemble.py", package / "vocabulary.py"]
    for part in ("published", "reconstruct", "survival", "transitions"):
        sources += sorted((package / part).glob("*.py"))
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _write(path: Path, kept: Ensemble) -> None:
    """Write aside and rename, so that another process sees the whole file or none."""
    arrays: dict[str, NDArray[Any]] = {"draw": kept.draw, "subjects": np.array(kept.subjects)}
    for field_name in ("time", "event", "columns", "origin"):
        for name, array in getattr(kept, field_name).items():
            arrays[f"{field_name}/{name}"] = array
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as aside:
        np.savez_compressed(aside, allow_pickle=False, **arrays)
    os.replace(aside.name, path)


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
    return Ensemble(subjects, part("time"), part("event"), part("columns"), arrays["draw"], part("origin"))
