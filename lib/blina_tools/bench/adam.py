"""How the own-data path takes a large trial: 100,000 patients, and a table of a million rows and 24 columns.

`rows()` gives the table of `make bench`; the yardsticks are pandas reading the same bytes, and the limits
that the project sets itself (a minute, 2 GiB; of the wide table 1.5 GiB).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from blina_tools.bench.row import Row

PATIENTS = 100_000
WIDE = 1_000_000
"""Rows of the wide table: five endpoints of 200,000 patients, 24 columns, 380 MB."""
SEED = 1
SECONDS_LIMIT = 60.0
MEBIBYTES_LIMIT = 2048.0
_READ_PANDAS = "import pandas as pd; pd.read_csv(f + '/adsl.csv'); pd.read_csv(f + '/adtte.csv')"
_USED = "['USUBJID', 'PARAMCD', 'PARAM', 'AVAL', 'AVALU', 'CNSR', 'EVNTDESC', 'STARTDT', 'ADT', 'TRTP']"
_READ_USED = f"import pandas as pd; pd.read_csv(f + '/adtte.csv', usecols={_USED}, dtype=str)"
_READ_ONE = (
    "from pathlib import Path; from blina.adam import reading, schema; "
    "reading.read(Path(f) / 'adtte.csv', 'adtte', schema.used('adtte'))"
)
_READ_OURS = "from blina.adam import read_tables; read_tables(f).endpoint('OS')"


def rows(patients: int = PATIENTS, wide: int = WIDE) -> list[Row]:
    """Measure reading and rendering a trial of so many patients in two arms, and of a table so long."""
    return [*_trial(patients), *_wide(wide)]


def _wide(rows: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_wide(folder / "data", rows)
        theirs, _ = _python(_READ_USED, folder / "data")
        ours, _ = _python(_READ_ONE, folder / "data")
        checked, memory = _python(_READ_OURS, folder / "data")
        _, largest = _render(folder / "data", folder / "pages")
    of, pandas = f"{rows:,} rows × 24 columns", "pandas.read_csv of the columns that are used"
    return [
        Row(f"read {of}", ours, theirs, "s", pandas, 2.0),
        Row(f"read and check {of}", checked, theirs, "s", pandas, 2.0),
        Row(f"read and check {of}, peak memory", memory, 1536.0, "MiB", "1.5 GiB", 1.0),
        Row(f"render the OS report of {of}, largest process", largest, 1536.0, "MiB", "1.5 GiB", 1.0),
    ]


def write_wide(folder: Path, rows: int) -> None:
    """Write a trial whose ADTTE has five endpoints a patient, 24 columns, and text that nobody reads."""
    import numpy as np
    import pandas as pd

    endpoints = ("OS", "PFS", "TTP", "DOR", "TTR")
    write_trial(folder, max(rows // len(endpoints), 1))
    adtte = pd.read_csv(folder / "adtte.csv", dtype=str)
    wide = adtte.loc[np.repeat(adtte.index, len(endpoints))].reset_index(drop=True)
    wide["PARAMCD"] = np.tile(endpoints, len(adtte))
    wide["PARAM"] = np.tile([f"Time to the event of {code}" for code in endpoints], len(adtte))
    wide.loc[wide["PARAMCD"] == "OS", "PARAM"] = "Overall survival"
    wide["EVNTDESC"] = np.where(wide["CNSR"] == "0", "Event", "Censored at the last contact")
    wide["TRTP"] = "one arm"
    more = {f"X{i}": f"words of a study, {i:02d}" for i in range(24 - wide.shape[1])}
    wide.assign(**more).to_csv(folder / "adtte.csv", index=False)


def _trial(patients: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_trial(folder / "data", patients)
        theirs, pandas_memory = _python(_READ_PANDAS, folder / "data")
        ours, memory = _python(_READ_OURS, folder / "data")
        seconds, largest = _render(folder / "data", folder / "pages")
    of = f"{patients:,} patients"
    return [
        Row(f"read and check {of}", ours, theirs, "s", "pandas.read_csv of the same files"),
        Row(f"read and check {of}, peak memory", memory, pandas_memory, "MiB", "pandas.read_csv of them"),
        Row(f"render the OS report of {of}", seconds, SECONDS_LIMIT, "s", "the limit of one minute"),
        Row(f"render the OS report of {of}, largest process", largest, MEBIBYTES_LIMIT, "MiB", "2 GiB"),
    ]


def write_trial(folder: Path, patients: int) -> None:
    """Write ADSL and ADTTE of a simulated two-arm trial: exponential survival, uniform censoring."""
    import numpy as np
    import pandas as pd

    from blina.adam import write_tables

    draw = np.random.default_rng(SEED)
    ids = [f"S-{i:06d}" for i in range(patients)]
    death = np.floor(draw.exponential(400, patients)) + 1
    last_seen = np.floor(draw.uniform(200, 1500, patients))
    days = np.minimum(death, last_seen)
    start = pd.Timestamp("2011-01-01")
    adtte = pd.DataFrame(
        {
            "STUDYID": "BENCH",
            "USUBJID": ids,
            "PARAMCD": "OS",
            "PARAM": "Overall survival",
            "AVAL": days,
            "AVALU": "DAYS",
            "CNSR": (death > last_seen).astype(int),
            "STARTDT": start,
            "ADT": start + pd.to_timedelta(days, unit="D"),
        }
    )
    arm = np.where(draw.random(patients) < 0.5, "Standard", "New")
    write_tables(pd.DataFrame({"USUBJID": ids, "TRT01P": arm}), adtte, folder)


def _python(code: str, data: Path) -> tuple[float, float]:
    """Run the code in a process of its own; seconds without imports of the interpreter, peak MiB."""
    measured = (
        f"import time, resource, pandas; f = {str(data)!r}; t = time.perf_counter(); {code}; "
        "print(time.perf_counter() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", measured], capture_output=True, text=True, check=True)
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def _render(data: Path, pages: Path) -> tuple[float, float]:
    """Render the report as a user would; seconds, and the MiB of the largest process that took part."""
    import resource

    command = [sys.executable, "-m", "blina.cli", "render", "03_overall_survival", "--output", str(pages)]
    started = time.perf_counter()
    subprocess.run(
        [*command, "-p", f"data_dir={data}"], check=True, capture_output=True, env=dict(os.environ)
    )
    seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
