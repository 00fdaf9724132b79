"""Small collections of notebooks for the tests of the renderer, and the command line to render them."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import nbformat
import psutil

from blina_base import project

PARAMETERS = (
    "n = 1  # integer 0 to 9 | patients | a number\n"
    'label = "x"  # text | - | a label\n'
    'kind = "log"  # one of log, plain | - | a choice\n'
    "share = 0.5  # number 0 to 1 | - | a share\n"
    "deep = False  # flag | - | a flag"
)


def notebook(name: str, *cells: str, parameters: str = PARAMETERS, needs: tuple[str, ...] = ()) -> str:
    """Return the text of a notebook with the usual first and last cells."""
    v4 = nbformat.v4
    begin = f'from blina.page import begin\n\npage = begin("{name}", globals())'
    parts = [
        v4.new_markdown_cell(f"# Sample {name[3:]}\n\nDoes it run?", id="title"),
        v4.new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]}),
        v4.new_code_cell(begin, id="begin"),
        *(v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(cells)),
        v4.new_code_cell("page.provenance()", id="end"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    blina = {"needs": list(needs), "exhibits": []}
    made = v4.new_notebook(cells=parts, metadata={"blina": blina, "kernelspec": kernel})
    return nbformat.writes(made) + "\n"


@functools.cache
def snapshot() -> Path:
    """Return a copy of the library and the data, so that an edit during the tests makes no page stale."""
    folder = Path(tempfile.mkdtemp(prefix="blina-tests-"))
    copy_checkout(folder, project.root())
    return folder


def forget_snapshot() -> None:
    """Remove the copy, if there is one."""
    if snapshot.cache_info().currsize:
        shutil.rmtree(snapshot(), ignore_errors=True)


def copy_checkout(folder: Path, source: Path) -> None:
    """Copy what rendering reads of a checkout."""
    for name in ("lib", "data"):
        # What is compiled is taken along, but not what another process is just writing.
        ignored = shutil.ignore_patterns("*.egg-info", "*.pyc.*", "tests")
        shutil.copytree(source / name, folder / name, ignore=ignored)
    shutil.copy(source / "requirements.lock", folder)


class Collection:
    """A folder of notebooks, one of profiles and one of pages, and the command line on them.

    `root` is the copy of the checkout that the commands run from.
    """

    def __init__(self, folder: Path, root: Path | None = None, **notebooks: str) -> None:
        self.folder = folder
        self.root = root or snapshot()
        self.notebooks = folder / "notebooks"
        self.profiles = folder / "profiles"
        self.output = folder / "pages"
        self.notebooks.mkdir()
        self.profiles.mkdir()
        # Whatever a run starts inherits this mark, by which what it left behind can be found.
        self.mark = uuid.uuid4().hex
        self.profile("default", "reports: all")
        for name, text in notebooks.items():
            self.put(name.removeprefix("r"), text)

    def put(self, name: str, text: str) -> Path:
        path = self.notebooks / f"{name}.ipynb"
        path.write_text(text, encoding="utf-8")
        return path

    def profile(self, name: str, text: str) -> None:
        (self.profiles / f"{name}.yaml").write_text(f"name: {name}\n{text}\n", encoding="utf-8")

    def command(self, verb: str, *arguments: str) -> list[str]:
        places = ["--notebooks", str(self.notebooks)]
        if verb in ("render", "status"):
            places += ["--profiles", str(self.profiles), "--output", str(self.output)]
        # For a few reports of a few lines, importing for all takes longer than all of them.
        places += ["--no-preload"] if verb == "render" else []
        return [sys.executable, "-m", "blina.cli", verb, *places, *arguments]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.root / "lib"), "BLINA_TEST_MARK": self.mark}

    def start(self, verb: str, *arguments: str, **environment: str) -> subprocess.Popen:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        # A shell that runs the tests in the background has them ignore interrupts, and so their children.
        return subprocess.Popen(
            self.command(verb, *arguments),
            env={**self.environment(), **environment},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            **pipes,
        )

    def run(self, verb: str, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.command(verb, *arguments),
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def manifest(self) -> dict[str, dict]:
        listed = json.loads((self.output / "manifest.json").read_text(encoding="utf-8"))
        return {entry["key"]: entry for entry in listed["renderings"]}

    def outcomes(self) -> dict[str, str]:
        return {key: entry["outcome"] for key, entry in self.manifest().items()}

    def files(self) -> dict[str, bytes]:
        """Everything below the pages' folder that is deterministic, by relative name."""
        found = {p for p in (self.output / "default").rglob("*") if p.is_file()}
        return {str(path.relative_to(self.output)): path.read_bytes() for path in sorted(found)}

    def left_behind(self, seconds: float = 15) -> list[psutil.Process]:
        """Return the processes that a run started and that are still there after some seconds."""
        end = time.monotonic() + seconds
        while (found := self._marked()) and time.monotonic() < end:
            time.sleep(0.1)
        return found

    def _marked(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("BLINA_TEST_MARK") == self.mark:
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found
