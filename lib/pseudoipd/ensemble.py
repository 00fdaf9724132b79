"""Many reconstructed cohorts as one object: arrays by draw and patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pseudoipd.claims.grammar import ENDPOINT_NAMES, FIRST, SECOND

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Cohorts by draw and patient. Arrays are [draws, patients].

    `time` holds whole days, -1 where a patient lacks the endpoint; `event` is true for the event.
    `columns` holds the ADSL columns that the claims describe: text, and study days as integers, -1 for none.
    `draw` numbers the draws: the same number and seed give the same cohort, however many are asked for.
    `origin` holds the study day from which an endpoint counts, where that is not the start of treatment.
    """

    subjects: tuple[str, ...]
    time: Mapping[str, NDArray[np.int32]]
    event: Mapping[str, NDArray[np.bool_]]
    columns: Mapping[str, NDArray[Any]]
    draw: NDArray[np.int64]
    origin: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)
    study: str = ""

    def __len__(self) -> int:
        """Return the number of draws."""
        return len(self.draw)

    def subset(self, rows: NDArray[np.int64]) -> Ensemble:
        """Return the ensemble of some of the draws, by their positions here."""
        return self._each(lambda arrays: arrays[0][rows], ())

    def concatenate(self, others: Sequence[Ensemble]) -> Ensemble:
        """Return these draws and then those of `others`, which are of the same problem."""
        return self._each(np.concatenate, others)

    def _each(
        self, combine: Callable[[list[NDArray[Any]]], NDArray[Any]], others: Sequence[Ensemble]
    ) -> Ensemble:
        """Return the ensemble whose arrays are made from each of ours and its namesakes in `others`."""
        parts = (self, *others)

        def made(field_name: str) -> dict[str, NDArray[Any]]:
            return {
                name: combine([getattr(part, field_name)[name] for part in parts])
                for name in getattr(self, field_name)
            }

        return replace(
            self, time=made("time"), event=made("event"), columns=made("columns"),
            draw=combine([part.draw for part in parts]), origin=made("origin"),
        )  # fmt: skip

    def cohort(self, i: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return draw number `i` of this ensemble as ADSL and ADTTE tables."""
        return self._adsl(i), self._adtte(i)

    def _adsl(self, i: int) -> pd.DataFrame:
        import pandas as pd

        table = pd.DataFrame({"STUDYID": self.study, "USUBJID": list(self.subjects)})
        for name, values in self.columns.items():
            table[name] = values[i]
            if values.dtype.kind == "i":
                table[name] = table[name].astype("Int64").where(values[i] >= 0)
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
                        "STUDYID": self.study,
                        "USUBJID": np.array(self.subjects)[has],
                        "PARAMCD": code,
                        "PARAM": ENDPOINT_NAMES.get(code, code).capitalize(),
                        "AVAL": days[i][has],
                        "AVALU": "DAYS",
                        "CNSR": np.where(event, 0, 1),
                        "EVNTDESC": _described(code, event, self._death(i, code, has)),
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def _death(self, i: int, code: str, has: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say for whom the event of a second endpoint is death: it falls on the day of death."""
        if code == FIRST or FIRST not in self.time:
            return np.ones(int(has.sum()), dtype=bool)
        zero = np.zeros_like(self.time[code])
        since_start = self.time[code][i][has] + self.origin.get(code, zero)[i][has]
        return np.asarray(self.event[FIRST][i][has] & (since_start == self.time[FIRST][i][has]))


def _described(code: str, event: NDArray[np.bool_], death: NDArray[np.bool_]) -> NDArray[np.str_]:
    """Return the words of EVNTDESC."""
    happened = np.where(death, "Death", "Relapse") if code == SECOND else np.where(event, "Death", "")
    return np.where(event, happened, "Last contact")
