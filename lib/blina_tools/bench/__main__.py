"""`python -m blina_tools.bench [SUBJECT …]`: measure side by side; ratios go to `reports/bench.csv` too."""

from __future__ import annotations

import csv
import importlib
import io
import pkgutil
import sys
from collections.abc import Sequence

import blina_tools.bench
from blina_base import project
from blina_base.files import write_atomically
from blina_tools.bench.row import Row

_COLUMNS = ("subject", "what", "ours", "yardstick", "unit", "ratio", "limit", "yardstick_is")


def subjects() -> list[str]:
    """Return the modules of the package that measure something."""
    return [
        m.name for m in pkgutil.iter_modules(blina_tools.bench.__path__) if m.name not in ("__main__", "row")
    ]


def line(row: Row) -> str:
    """Return one row for the terminal."""
    limit = (
        "" if row.limit is None else f"  (at most {row.limit:g}: {'yes' if row.ratio <= row.limit else 'NO'})"
    )
    figures = f"{row.ours:9.3g} {row.unit} / {row.yardstick:9.3g} {row.unit} = {row.ratio:7.3f}"
    return f"{figures}  {row.what}, against {row.yardstick_is}{limit}"


def table(rows: Sequence[tuple[str, Row]]) -> str:
    """Return all rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for subject, row in rows:
        limit = "" if row.limit is None else f"{row.limit:.3g}"
        figures = [f"{value:.4g}" for value in (row.ours, row.yardstick)]
        writer.writerow([subject, row.what, *figures, row.unit, f"{row.ratio:.4g}", limit, row.yardstick_is])
    return text.getvalue()


def main(names: Sequence[str]) -> None:
    """Measure the subjects named, or all."""
    found: list[tuple[str, Row]] = []
    for subject in names or subjects():
        for row in importlib.import_module(f"blina_tools.bench.{subject}").rows():
            print(line(row), flush=True)
            found.append((subject, row))
    folder = project.root() / "reports"
    write_atomically(folder / "bench.csv", table(found).encode("utf-8"))
    print(f"written to {folder.name}/bench.csv")


if __name__ == "__main__":
    main(sys.argv[1:])
