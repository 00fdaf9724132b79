"""Cohorts as a file: one row per draw, patient and endpoint, written chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from blina_base.errors import InputError
from blina_base.files import whole
from pseudoipd.ensemble import Ensemble

FORMATS = (".csv", ".parquet")


def check_path(out: Path) -> None:
    """Raise InputError for another ending than .csv or .parquet, or a folder that is not there."""
    if out.suffix not in FORMATS:
        raise InputError(f"--out {out}: expected a name that ends with .csv or .parquet")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: the folder {out.parent} does not exist")


def table(ensemble: Ensemble) -> pa.Table:
    """Return the rows of an ensemble: draw, USUBJID, PARAMCD, AVAL, AVALU, CNSR, then the ADSL columns."""
    endpoints = list(ensemble.time)
    times = np.stack([ensemble.time[name] for name in endpoints], axis=2)
    has = times >= 0
    n = times.shape[1]
    where = np.broadcast_to(np.arange(n)[None, :, None], times.shape)[has]
    censored = np.stack([~ensemble.event[name] for name in endpoints], axis=2)
    code = np.broadcast_to(np.arange(len(endpoints)), times.shape)[has]
    columns: dict[str, Any] = {
        "draw": np.broadcast_to(ensemble.draw[:, None, None], times.shape)[has],
        "USUBJID": _coded(where, ensemble.subjects),
        "PARAMCD": _coded(code, endpoints),
        "AVAL": times[has].astype(np.int32),
        "AVALU": _coded(np.zeros(len(where), dtype=np.int64), ["DAYS"]),
        "CNSR": censored[has].astype(np.int8),
    }
    for name, values in ensemble.columns.items():
        spread = np.broadcast_to(values[:, :, None], times.shape)[has]
        if values.dtype.kind == "i":
            columns[name] = pa.array(spread, mask=spread < 0)
        else:
            levels, index = np.unique(spread, return_inverse=True)
            columns[name] = _coded(index, levels.tolist())
    return pa.table(columns)


def _coded(index: Any, levels: Iterable[str]) -> pa.Array:
    """Return text from codes; an empty text stays empty, not quoted."""
    words = [word if word else None for word in levels]
    return pa.array(words, type=pa.string()).take(pa.array(np.asarray(index)))


def write(parts: Iterable[Ensemble], out: Path) -> int:
    """Write the parts in order to `out` and return the number of draws; at most one part is in memory.

    The file appears under its name only when it is complete.
    """
    written = 0
    with whole(out) as path:
        writer: pa_csv.CSVWriter | pa_parquet.ParquetWriter | None = None
        for part in parts:
            if not len(part):
                continue
            rows = table(part)
            if writer is None:
                writer = _writer(path, out.suffix, rows.schema)
            writer.write_table(rows)
            written += len(part)
        if writer is not None:
            writer.close()
    return written


def _writer(path: Path, suffix: str, schema: pa.Schema) -> pa_csv.CSVWriter | pa_parquet.ParquetWriter:
    if suffix == ".csv":
        return pa_csv.CSVWriter(path, schema, write_options=pa_csv.WriteOptions(quoting_style="needed"))
    return pa_parquet.ParquetWriter(path, schema, compression="zstd")
