"""How long rendering takes, beside the loop that a user would write, and how it scales.

All runs share one cache of ensembles, filled beforehand, so that start-up and rendering are compared.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from blina_base import project
from blina_tools.bench.row import Row

_BLINA = [sys.executable, "-m", "blina.cli", "render"]


def rows() -> Iterator[Row]:
    """Measure rendering; some minutes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _render(folder / "warm")
        loop = _loop(folder / "loop")
        cold = _render(folder / "cold", "--jobs", "2")
        yield Row(
            "default profile, cold, two jobs", cold, loop, "s", "papermill and nbconvert in a loop", 0.30
        )
        fresh = _render(folder / "cold")
        yield Row("default profile, nothing changed", fresh, cold, "s", "the cold run", 0.03)
        executed, total = _after_an_edit(folder)
        yield Row("one notebook edited: reports executed", executed, 1, "reports", f"the one of {total}", 1.0)
        yield from _sweeps(folder)


def _sweeps(folder: Path) -> Iterator[Row]:
    sensitivity = ["--profile", "sensitivity"]
    one = _render(folder / "one", *sensitivity, "--jobs", "1")
    two = _render(folder / "two", *sensitivity, "--jobs", "2")
    yield Row("sensitivity profile on two jobs", two, one, "s", "on one job", 1 / 1.7)
    with _Cluster(folder) as address:
        spread = _render(folder / "cluster", *sensitivity, "--cluster", address)
    yield Row("sensitivity profile on a Dask cluster of two", spread, two, "s", "two local jobs", 1.3)
    few, many = _peak(folder / "few", [2]), _peak(folder / "many", range(1, 17))
    yield Row("peak memory of the parent, 16 renderings", many, few, "MiB", "of one rendering", 1.25)


def _seconds(command: Sequence[str], **options: str | Path) -> float:
    """Return how long a command takes; RuntimeError with its last words if it fails."""
    started = time.perf_counter()
    finished = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if finished.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:4])}: {(finished.stdout + finished.stderr)[-2000:]}")
    return time.perf_counter() - started


def _render(output: Path, *arguments: str) -> float:
    return _seconds([*_BLINA, "--output", str(output), *arguments])


def _loop(folder: Path) -> float:
    """Return the time of `papermill` and `jupyter nbconvert` for each notebook, one after the other."""
    folder.mkdir()
    seconds = 0.0
    for notebook in sorted(project.notebooks().glob("*.ipynb")):
        made = folder / notebook.name
        execute = [
            "-m",
            "papermill",
            "--no-progress-bar",
            str(notebook),
            str(made),
            "--cwd",
            str(notebook.parent),
        ]
        convert = ["-m", "jupyter", "nbconvert", "--to", "html", "--log-level", "ERROR", str(made)]
        seconds += sum(_seconds([sys.executable, *step]) for step in (execute, convert))
    return seconds


def _after_an_edit(folder: Path) -> tuple[int, int]:
    """Return how many reports run after an edit of one notebook, and how many there are."""
    notebooks, output = folder / "notebooks", folder / "edited"
    shutil.copytree(project.notebooks(), notebooks)
    arguments = ["--notebooks", str(notebooks)]
    _render(output, *arguments)
    before = _times(output)
    edited = sorted(notebooks.glob("*.ipynb"))[0]
    edited.write_text(
        edited.read_text("utf-8").replace("## How it was made", "## How it was made\\n\\nEdited."), "utf-8"
    )
    time.sleep(1.1)
    _render(output, *arguments)
    after = _times(output)
    return sum(before[key] != after[key] for key in after), len(after)


def _times(output: Path) -> dict[str, str]:
    listed = json.loads((output / "manifest.json").read_text(encoding="utf-8"))["renderings"]
    return {entry["key"]: entry["rendered"] for entry in listed}


def _peak(output: Path, landmarks: Sequence[int]) -> float:
    """Return the peak memory, in MiB, of the parent of a run over these landmarks."""
    program = (
        "import sys; from blina_tools.bench.row import own_peak; from blina.cli import cli\n"
        "try: cli.main(sys.argv[1:], standalone_mode=False)\n"
        "except SystemExit: pass\n"
        "print(own_peak())"
    )
    swept = f"landmark_months={','.join(map(str, landmarks))}"
    report = ["render", "05", "--output", str(output), "-p", swept, "-p", "draws=0"]
    command = [sys.executable, "-c", program, *report]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(finished.stdout.splitlines()[-1])


class _Cluster:
    """A Dask scheduler with two workers of one thread each."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> str:
        """Start it and return its address, once both workers are there."""
        self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        while not (self.file.exists() and self.file.read_text()):
            time.sleep(0.05)
        for _ in range(2):
            self._start("dask_worker", "--no-nanny", "--nthreads", "1", "--no-dashboard",
                        "--local-directory", str(self.folder))  # fmt: skip
        address = str(json.loads(self.file.read_text())["address"])
        import distributed

        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2)
        return address

    def _start(self, program: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", str(self.file)]
        silent = subprocess.DEVNULL
        self.processes.append(subprocess.Popen([*command, *arguments], stdout=silent, stderr=silent))

    def __exit__(self, *_: object) -> None:
        """End it."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
