"""What a run shows while it goes on: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import Any

from nbreports.plan.plan import Rendering
from nbreports.run.job import Kind
from nbreports.run.outcome import Outcome
from nbreports.run.run import Listener


class Progress(Listener):
    """One line on standard output for each rendering that ends; beside a bar, only for what went wrong."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.total = self.count = 0
        self.running: list[str] = []

    def waiting(self) -> None:
        """Say that another run holds the folder."""
        print("another run is writing to this folder; waiting for it to end", file=sys.stderr, flush=True)

    def begin(self, total: int, fresh: int) -> None:
        """Say how much there is to do; show the bar if there is anything, and a terminal to show it on."""
        self.total = total
        print(f"{total} to render, {fresh} fresh", flush=True)
        if total and sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=total, unit="report", leave=False, file=sys.stderr, dynamic_ncols=True)

    def started(self, rendering: Rendering) -> None:
        """Name the rendering beside the bar while it runs."""
        self.running.append(rendering.folder)
        self._name_running()

    def ended(self, outcome: Outcome) -> None:
        """Print the outcome with its place in the run, or advance the bar."""
        self.count += 1
        if outcome.rendering.folder in self.running:
            self.running.remove(outcome.rendering.folder)
        width = len(str(self.total))
        line = f"[{self.count:>{width}}/{self.total}] {outcome.line()}"
        if self.bar is None:
            print(line, flush=True)
            return
        self._name_running()
        self.bar.update()
        if outcome.kind is not Kind.DONE:
            self.bar.write(line, file=sys.stdout)

    def _name_running(self) -> None:
        if self.bar is not None:
            self.bar.set_postfix_str(", ".join(self.running))

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()
