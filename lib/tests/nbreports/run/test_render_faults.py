"""What goes wrong around a run: kills, interrupts, a full disk, a second run, a lost worker."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from nbreports.run.publish import Output
from sample_reports import Collection, notebook

pytestmark = pytest.mark.slow

SAY = "page.say('n is **{}**'.format(page.parameters['n']))"
SLOW = "import time; time.sleep(0.4)"


def three(folder) -> Collection:
    names = ["01_one", "02_two", "03_three"]
    return Collection(folder, **{f"r{name}": notebook(name, SAY, SLOW) for name in names})


def assert_whole(made: Collection) -> None:
    """Assert that every page that is there is as it was recorded, and that nothing else is there."""
    for folder in (made.output / "default").glob("*"):
        key = f"default/{folder.name}"
        record = Output(made.output).record(key)
        stub = [path.name for path in folder.iterdir()] == ["index.html"]
        assert record or stub, key
        if record:
            beside = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
            assert beside == {*record["files"], "rendering.json"}


def test_killed_at_any_moment_no_page_is_torn_and_the_next_run_completes(tmp_path):
    made = three(tmp_path)
    moments = random.Random(20150824)
    for _ in range(20):
        run = made.start("render", "--jobs", "2", "--force")
        time.sleep(moments.uniform(0.1, 2.6))
        run.kill()
        run.communicate()
        if made.output.exists():
            assert_whole(made)
    assert made.left_behind() == []
    finished = made.run("render")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert set(made.outcomes().values()) == {"done"}
    assert_whole(made)
    assert not (made.output / ".staging").exists()


PUBLISH = """
import itertools
import sys
from pathlib import Path
from nbreports.run.publish import Output

output = Output(Path(sys.argv[1]))
with output.writing(lambda: None):
    for number, letter in enumerate(itertools.cycle(b"abc")):
        files = {f"{name}.html": bytes([letter]) * 20000 for name in range(8)}
        output.put("default/01_one", files, {"letter": letter})
        # However slow the machine, there is a version before the process is killed.
        if number == 0:
            print("ready", flush=True)
"""


@pytest.mark.parametrize("at_once", [True, False], ids=["exchange", "two renames"])
def test_killed_while_publishing_the_page_is_one_of_the_versions(tmp_path, at_once):
    # Some file systems cannot exchange two folders at once; there, the next run puts the old page back.
    without = "import nbreports.run.publish as p; p.exchange = lambda *_: False\n"
    program = PUBLISH if at_once else without + PUBLISH
    moments = random.Random(7)
    for _ in range(20):
        run = subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, text=True)
        run.stdout.readline()
        time.sleep(moments.uniform(0.005, 0.1))
        run.kill()
        run.communicate()
        output = Output(tmp_path)
        if not at_once:
            with output.writing(lambda: pytest.fail("the lock outlived its process")):
                pass
        assert output.record("default/01_one")["letter"] in b"abc"


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_the_pages_are_as_they_were(tmp_path, sign):
    made = three(tmp_path)
    assert made.run("render").returncode == 0
    before = made.files()
    made.put("02_two", notebook("02_two", SAY, "import time; time.sleep(60)"))
    run = made.start("render")
    assert run.stdout.readline() == "1 to render, 2 fresh\n"
    time.sleep(3)
    run.send_signal(sign)
    _, err = run.communicate(timeout=20)
    assert made.files() == before
    assert made.left_behind() == []
    if sign == signal.SIGINT:
        assert run.returncode == 130
        assert err.strip() == "interrupted; every page is as it was or as it should be"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 600 kB, where the tests may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can make a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_on_a_full_disk_the_last_page_stays(tmp_path, small_disk):
    made = three(tmp_path)
    made.output = small_disk / "pages"
    assert made.run("render").returncode == 0
    before = made.files()
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(bytes(4096)):
            pass
    finished = made.run("render", "--force")
    assert finished.returncode == 1
    assert "default/01_one … failed: the page could not be written" in finished.stdout
    assert "No space left on device" in finished.stdout + finished.stderr
    assert "Traceback" not in finished.stderr
    assert made.files() == before
    assert_whole(made)
    assert not list(small_disk.rglob("*.part"))
    (small_disk / "filler").unlink()
    assert made.run("render", "--force").returncode == 0
    assert set(made.outcomes().values()) == {"done"}


def test_of_two_runs_at_once_the_second_waits(tmp_path):
    made = three(tmp_path)
    first, second = made.start("render"), None
    assert first.stdout.readline() == "3 to render, 0 fresh\n"
    second = made.start("render")
    first.communicate(timeout=60)
    out, err = second.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0)
    assert err == "another run is writing to this folder; waiting for it to end\n"
    assert out.splitlines()[0] == "0 to render, 3 fresh"
    assert_whole(made)


@pytest.fixture
def dask(tmp_path):
    """A Dask scheduler with two workers, each a process of its own."""
    address_file = tmp_path / "scheduler.json"
    (tmp_path / "collection").mkdir()
    made = Collection(tmp_path / "collection")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": made.environment()}
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(address_file)]
    scheduler = subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_scheduler", *options], **quiet)
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(address_file)]
    worker += ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(tmp_path)]
    made.workers = [subprocess.Popen(worker, **quiet) for _ in range(2)]
    while not (address_file.exists() and address_file.read_text()):
        time.sleep(0.1)
    made.address = json.loads(address_file.read_text())["address"]
    yield made
    for process in [*made.workers, scheduler]:
        process.kill()
        process.wait()


def test_reports_of_a_cluster_worker_that_is_killed_run_again(dask):
    for number in range(1, 7):
        name = f"{number:02}_report"
        dask.put(name, notebook(name, SAY, "import time; time.sleep(1)"))
    run = dask.start("render", "--cluster", dask.address)
    assert run.stdout.readline() == "6 to render, 0 fresh\n"
    assert " … done " in run.stdout.readline()
    dask.workers[0].kill()
    out, _ = run.communicate(timeout=90)
    assert run.returncode == 0, out
    assert list(dask.outcomes().values()) == ["done"] * 6
    assert_whole(dask)
    assert fork_servers(dask, 0) != []
    dask.workers[1].kill()
    assert fork_servers(dask, 10) == []


def fork_servers(made: Collection, seconds: float) -> list[psutil.Process]:
    return [p for p in made.left_behind(seconds) if "nbreports.process.fork_server" in p.cmdline()]


def test_a_cluster_that_does_not_answer_is_one_line(tmp_path):
    made = Collection(tmp_path, r01_one=notebook("01_one", SAY))
    finished = made.run("render", "--cluster", "tcp://127.0.0.1:9")
    assert finished.returncode == 2
    assert finished.stderr.splitlines()[-1].startswith(
        "--cluster: 'tcp://127.0.0.1:9' found; expected a running"
    )


def test_a_killed_worker_process_is_an_outcome_and_leaves_no_kernel(tmp_path):
    made = Collection(
        tmp_path, r01_one=notebook("01_one", "import os, signal; os.kill(os.getppid(), signal.SIGKILL)")
    )
    assert made.run("render").returncode == 1
    assert made.outcomes() == {"default/01_one": "kernel died"}
    assert made.left_behind() == []


@pytest.fixture
def temporary():
    """A folder for temporary files with a path as short as a Unix socket in it needs."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as name:
        yield Path(name)


@pytest.mark.parametrize("end", ["the limit", "a kill"])
def test_the_private_folders_of_a_run_are_gone(tmp_path, temporary, end):
    made = Collection(tmp_path, r01_one=notebook("01_one", "while True: pass"))
    run = made.start("render", "--timeout", "3", TMPDIR=str(temporary))
    private = "nbreports-*/*/01_one.ipynb"
    while not list(temporary.glob(private)):
        assert run.poll() is None, "the report ended without a folder of its own"
        time.sleep(0.02)
    if end == "a kill":
        run.kill()
    run.communicate()
    assert made.left_behind() == []
    assert list(temporary.glob("nbreports-*")) == []


def test_parent_memory_does_not_grow_with_the_number_of_renderings(tmp_path):
    parameters = "n = 1  # integer 0 to 99 | - | a number"
    long = notebook("01_one", "page.say('x' * 2_000_000)", parameters=parameters)
    made = Collection(tmp_path, r01_one=long)
    peaks = [_peak(made, ",".join(map(str, range(count)))) for count in (8, 16)]
    # Page and notebook are 8 MB together: a parent that kept them would hold 64 MB more. The first few
    # renderings fill buffers that are used again, so none of the two runs is that short.
    assert peaks[1] - peaks[0] < 20e6


def _peak(made: Collection, values: str) -> int:
    run = made.start("render", "--force", "-p", f"n={values}", "--jobs", "2")
    peak = 0
    while run.poll() is None:
        try:
            peak = max(peak, psutil.Process(run.pid).memory_info().rss)
        except psutil.Error:
            break
        time.sleep(0.02)
    run.communicate()
    assert run.returncode == 0
    return peak
