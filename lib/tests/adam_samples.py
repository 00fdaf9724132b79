"""Small patient-level tables for tests: written by hand, so that nothing of the library made them.

Larger ones, of the shape in which ADaM is shipped, lie in `SHIPPED`, beside the script that made them up.
"""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

SHIPPED = Path(__file__).resolve().parent / "data" / "adam"

ADSL = """USUBJID,TRT01P,MRDRESP,MRDRDY,HSCTFL,SITE
A-1,Low,Y,29,Y,Köln
A-2,Low,N,,N,Ulm
A-3,High,Y,36,N,Ulm
A-4,High,,,NA,Berlin
"""
ADTTE = """USUBJID,PARAMCD,PARAM,AVAL,AVALU,CNSR,STARTDT,ADT
A-1,OS,Overall survival,100,DAYS,0,2011-01-01,2011-04-11
A-2,OS,Overall survival,250,DAYS,1,2011-01-01,2011-09-08
A-3,OS,Overall survival,40,DAYS,0,2011-01-01,2011-02-09
A-4,OS,Overall survival,31,DAYS,2,2011-01-01,2011-02-01
A-1,RFS,Relapse-free survival,60,DAYS,0,,
A-3,RFS,Relapse-free survival,40,DAYS,1,,
"""


def write(folder: Path, adsl: str = ADSL, adtte: str = ADTTE, adlb: str | None = None) -> Path:
    """Write the tables as UTF-8 CSV into the folder (made if need be)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adsl.csv").write_text(adsl, encoding="utf-8")
    (folder / "adtte.csv").write_text(adtte, encoding="utf-8")
    if adlb is not None:
        (folder / "adlb.csv").write_text(adlb, encoding="utf-8")
    return folder


def adtte(**columns: list[object]) -> str:
    """Return the four OS records with the given columns put in place."""
    frame = pd.read_csv(io.StringIO(ADTTE), dtype=str, keep_default_na=False).head(4)
    return frame.assign(**columns).to_csv(index=False)
