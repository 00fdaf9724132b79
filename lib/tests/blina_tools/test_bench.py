"""The table of measurements, and that each small measurement runs; how fast anything is, is not tested."""

import csv
import io
import resource

import pytest

from blina_tools.bench import __main__ as bench
from blina_tools.bench import adam, reconstruction
from blina_tools.bench.row import Row, own_peak
from pseudoipd.paper import drawing

ROW = Row("read it", 3.0, 2.0, "s", "another reader", 1.2)


def test_a_row_says_the_ratio_and_whether_it_keeps_the_limit():
    assert ROW.ratio == 1.5
    assert bench.line(ROW).endswith("1.500  read it, against another reader  (at most 1.2: NO)")
    assert bench.line(ROW._replace(limit=2.0)).endswith("(at most 2: yes)")
    assert bench.line(ROW._replace(limit=None)).endswith("against another reader")


def test_the_table_is_csv_with_a_row_for_each_measurement():
    (row,) = csv.DictReader(io.StringIO(bench.table([("adam", ROW)])))
    assert (row["subject"], row["ratio"], row["limit"]) == ("adam", "1.5", "1.2")
    assert bench.subjects() == ["adam", "reconstruction", "render"]


def test_peak_memory_is_that_of_this_process():
    # getrusage counts the same, but for what a larger parent handed on.
    assert 20 < own_peak() <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + 1


@pytest.mark.slow
def test_a_small_trial_is_measured():
    rows = adam.rows(patients=50, wide=200)
    assert [row.unit for row in rows] == ["s", "MiB", "s", "MiB", "s", "s", "MiB", "MiB"]
    assert all(row.ours > 0 and row.yardstick > 0 for row in rows)


@pytest.mark.slow
def test_few_draws_are_measured(monkeypatch):
    monkeypatch.setattr(reconstruction, "COHORTS", 2)
    monkeypatch.setattr(reconstruction, "FEW", 1)
    monkeypatch.setattr(reconstruction, "MANY", 2)
    monkeypatch.setattr(reconstruction, "SIZES", (12, 24))
    monkeypatch.setattr(reconstruction, "EACH", 2)
    monkeypatch.setattr(reconstruction, "TOGETHER", 2)
    monkeypatch.setattr(drawing, "LEAST_POOL", 2)
    monkeypatch.setattr(reconstruction, "TWO_ARMS", reconstruction.TWO_ARMS.replace("300", "30"))
    # One process of its own is enough to see that it runs.
    peak = reconstruction._peak(1)
    monkeypatch.setattr(reconstruction, "_run", lambda *_: str(peak))
    rows = list(reconstruction.rows())
    assert len(rows) == 6
    assert all(row.ours > 0 for row in rows)
    assert rows[2].what == "24 patients for 12, the same summary"


def test_all_subjects_are_written_to_one_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "reports").mkdir()
    monkeypatch.setattr(bench.project, "root", lambda: tmp_path)
    monkeypatch.setattr(adam, "rows", lambda: [ROW])
    bench.main(["adam"])
    assert "written to reports/bench.csv" in capsys.readouterr().out
    assert (tmp_path / "reports" / "bench.csv").read_text() == bench.table([("adam", ROW)])


def test_a_summary_scales_with_the_number_of_patients():
    by = {claim.statistic: claim.printed for claim in reconstruction._summary(36)}
    # The trial's own numbers: 10 of 36 patients lived 30 months.
    assert (by["n"], by["count_at_or_beyond"], by["median"]) == ("36", "10", "13.0")
