"""Cohorts as a file, and back: one row per draw, patient and endpoint, written chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pa_compute
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
from numpy.typing import NDArray

from blina_base.errors import InputError
from blina_base.files import whole
from pseudoipd.ensemble import Ensemble

FORMATS = (".csv", ".parquet")
LONG = ("draw", "USUBJID", "PARAMCD", "AVAL", "AVALU", "CNSR", "STARTDY")
"""Columns that differ by endpoint, or say which row it is; the others are of ADSL."""


def check_path(out: Path) -> None:
    """Raise InputError for another ending than .csv or .parquet, or a folder that is not there."""
    if out.suffix not in FORMATS:
        raise InputError(f"--out {out}: expected a name that ends with .csv or .parquet")
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: the folder {out.parent} does not exist")


MARK = "RECONSTRUCTED"
"""What the column DTYPE says of each row, so that drawn patients are never taken for real ones."""


def table(ensemble: Ensemble, names: Mapping[str, str] | None = None, arm: str = "") -> pa.Table:
    """Return the rows of an ensemble: draw, USUBJID, PARAMCD, AVAL, AVALU, CNSR, STARTDY, the ADSL columns.

    STARTDY is the study day from which AVAL counts: 0 the start of treatment. With `names`, which say what
    the endpoints are called, each row is marked by DTYPE, and a named arm has ARM.
    """
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
        "PARAMCD": _coded(code, [(names or {}).get(name, name) for name in endpoints]),
        "AVAL": times[has].astype(np.int32),
        "AVALU": _coded(np.zeros(len(where), dtype=np.int64), ["DAYS"]),
        "CNSR": censored[has].astype(np.int8),
    }
    never = np.zeros(times.shape[:2], dtype=np.int32)
    since = np.stack([ensemble.origin.get(name, never) for name in endpoints], axis=2)
    columns["STARTDY"] = since[has].astype(np.int32)
    if names is not None:
        columns["DTYPE"] = _coded(np.zeros(len(where), dtype=np.int64), [MARK])
    if arm:
        columns["ARM"] = _coded(np.zeros(len(where), dtype=np.int64), [arm])
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


def read(path: Path) -> tuple[Ensemble, dict[str, str]]:
    """Return the ensemble that `write` wrote as Parquet, and what was noted with it.

    Every patient has the first endpoint. Raises OSError and pyarrow's ArrowInvalid for another file.
    """
    rows = pa_parquet.read_table(path)
    noted = {key.decode(): value.decode() for key, value in (rows.schema.metadata or {}).items()}
    codes = rows["PARAMCD"].to_numpy()
    first = rows.filter(pa.array(codes == codes[0]))
    draw, where = np.unique(rows["draw"].to_numpy(), return_inverse=True)
    shape = (len(draw), len(first) // len(draw))
    subjects = tuple(first["USUBJID"].slice(0, shape[1]).to_pylist())
    patient = pa_compute.index_in(rows["USUBJID"], value_set=pa.array(subjects)).to_numpy()
    time, event, origin = {}, {}, {}
    for code in dict.fromkeys(codes.tolist()):
        has = codes == code
        place = where[has], patient[has]
        time[code] = _spread(rows["AVAL"].to_numpy()[has], place, shape, -1, np.int32)
        event[code] = _spread(rows["CNSR"].to_numpy()[has] == 0, place, shape, False, np.bool_)
        if code != codes[0]:
            origin[code] = _spread(rows["STARTDY"].to_numpy()[has], place, shape, 0, np.int32)
    own = [name for name in rows.column_names if name not in LONG]
    columns = {name: _column(first[name], shape) for name in own}
    study = noted.pop("STUDYID", "")
    return Ensemble(subjects, time, event, columns, draw.astype(np.int64), origin, study), noted


def _spread(
    values: Any, place: tuple[NDArray[Any], NDArray[Any]], shape: tuple[int, int], empty: int, kind: Any
) -> NDArray[Any]:
    """Return values by draw and patient, `empty` where there is none."""
    full = np.full(shape, empty, dtype=kind)
    full[place] = values
    return full


def _column(values: pa.ChunkedArray, shape: tuple[int, int]) -> NDArray[Any]:
    """Return an ADSL column as the sampler gives it: text, empty for none; integers, -1 for none."""
    if pa.types.is_integer(values.type):
        return np.asarray(values.fill_null(-1).to_numpy(), dtype=np.int32).reshape(shape)
    return np.array(values.fill_null("").to_pylist(), dtype=np.str_).reshape(shape)


def write(
    parts: Iterable[Ensemble],
    out: Path,
    noted: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> int:
    """Write the parts in order to `out` and return the number of draws; at most one part is in memory.

    `noted` goes into the schema of a Parquet file, with the study. The file appears under its name only when
    it is complete.
    """
    written = 0
    with whole(out) as path:
        writer: pa_csv.CSVWriter | pa_parquet.ParquetWriter | None = None
        for part in parts:
            if not len(part):
                continue
            rows = table(part, names)
            if out.suffix == ".parquet":
                rows = rows.replace_schema_metadata({"STUDYID": part.study, **(noted or {})})
            if writer is None:
                writer = _writer(path, out.suffix, rows.schema)
            writer.write_table(rows)
            written += len(part)
        if writer is not None:
            writer.close()
    return written


def write_table(rows: pa.Table, out: Path) -> None:
    """Write all rows at once, as `write` does."""
    with whole(out) as path:
        writer = _writer(path, out.suffix, rows.schema)
        writer.write_table(rows)
        writer.close()


def _writer(path: Path, suffix: str, schema: pa.Schema) -> pa_csv.CSVWriter | pa_parquet.ParquetWriter:
    if suffix == ".csv":
        return pa_csv.CSVWriter(path, schema, write_options=pa_csv.WriteOptions(quoting_style="needed"))
    return pa_parquet.ParquetWriter(path, schema, compression="zstd")
