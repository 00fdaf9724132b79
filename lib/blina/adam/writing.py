"""Writing the tables: CSV that is the same byte for byte on every machine, and XPT and Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from blina.adam import schema
from blina.adam.cleaning import ordered

Format = Literal["csv", "xpt", "parquet"]


def write_tables(
    adsl: pd.DataFrame,
    adtte: pd.DataFrame,
    folder: Path,
    adlb: pd.DataFrame | None = None,
    format: Format = "csv",
) -> tuple[Path, ...]:
    """Write `adsl`, `adtte` and, if given, `adlb` into the folder; returns the paths.

    Columns stand in the schema's order, further ones after them. Whole numbers have no decimal point, others
    the shortest digits that read back the same; missing is empty; lines end with LF.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frames = {"adsl": adsl, "adtte": adtte, "adlb": adlb}
    return tuple(write_table(t, f, folder, format) for t, f in frames.items() if f is not None)


def write_table(table: str, frame: pd.DataFrame, folder: Path, format: Format = "csv") -> Path:
    """Write one of the tables into an existing folder, as `write_tables` does; returns its path."""
    path = folder / f"{table}.{format}"
    if format == "csv":
        path.write_bytes(csv_text(table, frame).encode())
    elif format == "parquet":
        ordered(table, frame).to_parquet(path, index=False)
    else:
        _write_xpt(table, ordered(table, frame), path)
    return path


def csv_text(table: str, frame: pd.DataFrame) -> str:
    """Return the table as the text of its CSV file."""
    shown = ordered(table, frame).apply(lambda column: column.map(_cell))
    return str(shown.to_csv(index=False, lineterminator="\n"))


def _cell(value: object) -> str:
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return str(value)


def _write_xpt(table: str, frame: pd.DataFrame, path: Path) -> None:
    """Write a version 5 transport file, the kind that is submitted."""
    import pyreadstat

    labels = {
        c.name: c.meaning[:40]
        for c in schema.TABLES[table]
        if c.name in frame.columns and c.meaning.isascii()
    }
    dates = frame.select_dtypes("datetime64").apply(_sas_days)
    pyreadstat.write_xport(
        frame.assign(**dates), path, table_name=table.upper(), file_format_version=5, column_labels=labels
    )


def _sas_days(dates: pd.Series) -> pd.Series:
    return (dates - pd.Timestamp(schema.SAS_EPOCH)).dt.days.astype(float)
