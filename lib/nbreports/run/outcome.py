"""How each rendering of a run ended: the one type behind table, manifest, index and exit status."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nbreports.plan.plan import Rendering
from nbreports.run.job import EXIT_CODE, Kind, Result

WIDTH = 28


@dataclass(frozen=True)
class Outcome:
    """The end of one rendering; `rendered` is the time in UTC, "" if nothing was executed."""

    rendering: Rendering
    result: Result
    rendered: str = ""

    @property
    def kind(self) -> Kind:
        """How it ended."""
        return self.result.kind

    def line(self) -> str:
        """Return the outcome as one line for the terminal: which rendering, how it ended, after how long."""
        place = f" in cell {self.result.cell}" if self.result.cell and self.kind in _IN_CELL else ""
        seconds = f" {self.result.seconds:.1f} s" if self.result.seconds else ""
        detail = f": {self.result.detail}" if self.result.detail else ""
        return f"{self.rendering.key} … {self.kind}{place}{seconds}{detail}"

    def entry(self, old: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
        """Return the manifest's entry: this outcome, and what is known of the page that is there."""
        about = ("title", "question", "kind", "totals", "thumbnail", "answer", "words")
        known: dict[str, Any] = {name: record[name] for name in about if name in record}
        known |= self._ended(old)
        return {
            **known,
            "key": self.rendering.key,
            "profile": self.rendering.profile,
            "report": self.rendering.report,
            "parameters": self.rendering.parameters,
            "differs": self.rendering.given,
        }

    def _ended(self, old: dict[str, Any]) -> dict[str, Any]:
        """Return when and how it ended; where nothing ran, what the manifest says of the last time."""
        if not self.rendered:
            outcome = Kind.DONE if self.kind is Kind.FRESH else self.kind
            kept = old if old.get("outcome") == outcome else {"cell": None, "lines": [], "rendered": ""}
            return {"outcome": outcome, "detail": self.result.detail, "seconds": 0.0, **kept}
        return {
            "outcome": self.kind,
            "detail": self.result.detail,
            "cell": self.result.cell,
            "lines": list(self.result.lines),
            "rendered": self.rendered,
            "seconds": round(self.result.seconds, 2),
        }


_IN_CELL = (Kind.FAILED, Kind.DIED, Kind.TIMED_OUT)


def exit_status(outcomes: Iterable[Outcome]) -> int:
    """Return 0 if all is well, 1 if a report failed, else 2 (or 3) if data or parameters were refused."""
    codes = {outcome.result.exit_code or EXIT_CODE.get(outcome.kind, 0) for outcome in outcomes}
    return 1 if 1 in codes else max(codes, default=0)
