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

from blina_base import interrupts
from pseudoipd import engine

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


@pytest.mark.slow
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


class Numbers:
    """Draws the numbers of the draws."""

    def chunk(self, first, last):
        return (range(first, last),)


def test_an_interrupt_that_something_swallows_ends_the_drawing_all_the_same():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        interrupts.keep()
        assert len(list(engine.chunks(Numbers(), 10, None))) == 2
        # As C code does while it is imported.
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            list(engine.chunks(Numbers(), 10, None))
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        interrupts.keep()
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupts.keep()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
