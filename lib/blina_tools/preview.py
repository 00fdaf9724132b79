"""The picture on the README's first screen: the survival curve as the checked-in notebook shows it.

Run as `python -m blina_tools.preview`, after the notebooks were refreshed (`make notebooks` does both).
"""

from __future__ import annotations

import json
from pathlib import Path

from blina_base import project

NOTEBOOK = "03_overall_survival.ipynb"


def path() -> Path:
    """Return where the picture is checked in."""
    return project.notebooks() / "preview" / "os_curve.svg"


def first_picture(notebook: Path) -> str:
    """Return the first SVG among the stored outputs of a notebook; ValueError if there is none."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if "image/svg+xml" in output.get("data", {}):
                return "".join(output["data"]["image/svg+xml"])
    raise ValueError(f"{notebook.name} stores no picture; run `make notebooks`")


def main() -> None:
    """Write the picture."""
    path().parent.mkdir(exist_ok=True)
    path().write_text(first_picture(project.notebooks() / NOTEBOOK).rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
