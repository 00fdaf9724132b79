"""`blina reconstruct` that is interrupted or killed leaves no process, and no file that stays."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid

import psutil
import pytest

pytestmark = pytest.mark.slow

CLAIMS = "id,endpoint,statistic,at,printed,unit\nsize,OS,n,,60,patients\nmiddle,OS,median,,10.4,months\n"


def left(mark):
    """Return the processes that inherited the mark of a run."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("BLINA_TEST_RUN") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def at_work(mark):
    """Return how many processes of a run have drawn for a while."""
    busy = 0
    for process in left(mark):
        with contextlib.suppress(psutil.NoSuchProcess):
            busy += process.cpu_times().user > 0.5
    return busy


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_two_seconds_after_the_end(tmp_path, how):
    (tmp_path / "claims.csv").write_text(CLAIMS)
    mark = uuid.uuid4().hex
    command = ["reconstruct", "claims.csv", "--draws", "200000", "--jobs", "2", "--out", "o.csv"]
    run = subprocess.Popen(
        [sys.executable, "-m", "blina.cli", *command], cwd=tmp_path, stderr=subprocess.PIPE,
        env={**os.environ, "BLINA_TEST_RUN": mark},
        # What a shell starts in the background ignores the interrupt, and so would this.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    # The command itself, and both that draw for it: its first line on how far they are takes ten seconds.
    while at_work(mark) < 3:
        assert run.poll() is None, run.stderr.read()
        time.sleep(0.05)
    run.send_signal(how)
    run.communicate(timeout=10)
    time.sleep(2)
    assert left(mark) == []
    assert not (tmp_path / "o.csv").exists()
    again = [sys.executable, "-m", "blina.cli", "reconstruct", "claims.csv", "--draws", "2", "--jobs", "1"]
    finished = subprocess.run([*again, "--out", "o.csv"], cwd=tmp_path, check=True, capture_output=True)
    assert b"2 of 2 draws found" in finished.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["claims.csv", "o.csv"]


SWALLOWS = """
import importlib.abc, signal, sys
from blina import cli

class Swallows(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "pandas._libs.json":
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                print("swallowed", file=sys.stderr)

sys.meta_path.insert(0, Swallows())
cli.main()
"""


def test_an_interrupt_that_is_swallowed_ends_the_drawing_all_the_same(tmp_path):
    # As C code does with what is raised while it is imported: here the table is opened, and others draw.
    (tmp_path / "claims.csv").write_text(CLAIMS)
    command = ["reconstruct", "claims.csv", "--draws", "200000", "--jobs", "2", "--out", "o.csv"]
    finished = subprocess.run(
        [sys.executable, "-c", SWALLOWS, *command], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert finished.returncode == 130
    assert "swallowed" in finished.stderr
    assert "interrupted" in finished.stderr.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["claims.csv"]
