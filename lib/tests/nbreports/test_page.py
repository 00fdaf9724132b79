"""What a notebook may do: begin, show, say; and executing notebooks in place."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from blina.collection import COLLECTION
from blina.page import TrialPage, begin
from blina_base.errors import BlinaError, InputError
from nbreports import page as nbpage
from nbreports import refresh
from nbreports.collection import Collection, load
from nbreports.html import markup
from nbreports.page import HANDED, MIME, Page, Setting
from nbreports.plan.parameters import ParameterError
from nbreports.process import worker
from sample_reports import notebook


@pytest.fixture
def shown(monkeypatch):
    """The MIME bundles that a page displays."""
    found: list[dict] = []
    monkeypatch.setattr(nbpage, "_display", found.append)
    return found


@pytest.fixture
def page(tmp_path):
    kinds = {"": "", "invented": "These data are invented"}
    return Page(Collection("none:NONE", tmp_path, kinds=kinds), "07_sample", {"n": 3})


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """A notebooks folder that is the current one."""
    (tmp_path / "07_sample.ipynb").write_text(notebook("07_sample"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return {"n": 1, "label": "x", "kind": "log", "share": 0.5, "deep": False}


def test_begin_checks_what_the_notebook_declares(sample):
    assert begin("07_sample", {**sample, "n": 5}).parameters["n"] == 5
    with pytest.raises(ParameterError, match="parameter n: 50 found"):
        begin("07_sample", {**sample, "n": 50})


def test_begin_refuses_an_injected_name_that_is_not_declared(sample):
    cells = ["", "n = 1", "# Parameters\nkindd = 'log'\n"]
    with pytest.raises(ParameterError, match="no parameter 'kindd'; did you mean kind"):
        begin("07_sample", {**sample, "kindd": "log", "In": cells})


def test_begin_by_hand_takes_no_offence_at_the_readers_own_names(sample):
    assert begin("07_sample", {**sample, "mine": 3, "In": ["", "mine = 3"]}).name == "07_sample"


def test_begin_before_the_parameters_cell_says_so(sample):
    with pytest.raises(ParameterError, match="run the parameters cell first"):
        begin("07_sample", {})


@pytest.mark.parametrize("folder", ["notebooks", "."])
def test_begin_works_from_the_notebooks_folder_and_from_the_root(folder):
    from blina_base import project

    given = {"body_surface_area": 1.876, "step_dose": "first_cycle"}
    code = f"from blina.page import begin; print(begin('01_study_design', {given}).name)"
    command = [sys.executable, "-c", code]
    where = project.root() / folder
    printed = subprocess.run(command, cwd=where, capture_output=True, text=True, check=True).stdout
    assert printed == "01_study_design\n"


def test_the_page_that_the_renderer_handed_over_is_the_one_that_begin_returns(sample, tmp_path):
    setting = Setting(tmp_path / "07_sample.ipynb", {"mine": "/data/mine"})
    handed = TrialPage(COLLECTION, "07_sample", sample, setting)
    assert begin("07_sample", {**sample, HANDED: handed}) is handed
    # A cell that set a parameter anew has another page, which knows the same places.
    other = begin("07_sample", {**sample, "n": 2, HANDED: handed})
    assert other is not handed
    assert (other.parameters["n"], other.place("mine")) == (2, handed.place("mine"))


def test_begin_takes_the_name_of_its_own_notebook(sample, tmp_path):
    handed = Page(COLLECTION, "07_sample", sample, Setting(tmp_path / "07_sample.ipynb"))
    (tmp_path / "08_other.ipynb").write_text(notebook("08_other"), encoding="utf-8")
    with pytest.raises(InputError, match="the name of its own file"):
        begin("08_other", {**sample, HANDED: handed})


@pytest.mark.parametrize("stem", ["07_sample-Copy1", "Survival (final)", "Überleben", "07"])
def test_a_notebook_may_be_renamed_whatever_its_cell_says(sample, tmp_path, stem):
    (tmp_path / "07_sample.ipynb").rename(tmp_path / f"{stem}.ipynb")
    handed = TrialPage(COLLECTION, stem, sample, Setting(tmp_path / f"{stem}.ipynb"))
    assert begin("07_sample", {**sample, HANDED: handed}) is handed


def test_the_renderer_finds_the_collection_and_its_page_where_they_say():
    assert load(COLLECTION.address) is COLLECTION
    assert load(COLLECTION.page) is TrialPage


def test_a_figure_says_what_its_data_are_where_it_shows_any(page, shown):
    for kind in (None, "invented"):
        page.figure(Figure(), "curve", alt="A curve", kind=kind)
    marks = ["These data are invented" in bundle["image/svg+xml"] for bundle in shown]
    assert marks == [False, True]


def test_a_figure_needs_an_alt_text_and_a_name_that_can_name_a_file(page, shown):
    with pytest.raises(ValueError, match="alt text"):
        page.figure(Figure(), "curve", alt=" ")
    with pytest.raises(ValueError, match="cannot name an exhibit"):
        page.figure(Figure(), "../curve", alt="A curve")
    assert shown == []


def test_what_the_data_do_not_give_is_not_shown(page, shown):
    page.figure(None, "curve", alt="A curve")
    page.table(None, "t", "A table")
    assert shown == []


def test_a_figure_is_svg_with_its_alt_text_and_the_same_each_time(page, shown):
    for _ in range(2):
        figure = Figure()
        figure.subplots().plot([1, 2])
        page.figure(figure, "curve", alt='Survival "falls" & <stays>')
    page.setting = Setting(export=True)
    page.figure(figure, "curve", alt="x")
    assert shown[0] == shown[1]
    svg = shown[0]["image/svg+xml"]
    assert '<title>Survival "falls" &amp; &lt;stays&gt;</title>' in svg
    assert 'role="img"' in svg
    assert "matplotlib.org" not in svg
    assert "image/png" not in shown[0]
    assert "image/png" in shown[2]


def test_a_table_is_escaped_and_has_header_cells(page, shown):
    page.table(pd.DataFrame({"what": ["<b>x</b>"], "n": [float("inf")]}), "t", "A & B")
    html = shown[0]["text/html"]
    assert "<caption>A &amp; B</caption>" in html
    assert '<th scope="row">&lt;b&gt;x&lt;/b&gt;</th>' in html
    assert "not reached" in html
    assert shown[0][MIME]["csv"] == "what,n\n<b>x</b>,inf\n"


def test_results_are_rows_that_json_can_hold(page, shown):
    values = [1 / 3, float("inf"), float("nan"), 7]
    columns = {"analysis": "a", "population": "all", "statistic": "s", "unit": "", "claim": ""}
    page.results(pd.DataFrame({"value": pd.Series(values, dtype=object), **columns}))
    rows = shown[0][MIME]["rows"]
    assert [row["value"] for row in rows] == [0.3333333333, "NR", None, 7]
    json.dumps(rows, allow_nan=False)
    with pytest.raises(ValueError, match="results need the column claim"):
        page.results(pd.DataFrame(columns | {"value": [1]}).drop(columns="claim"))


def test_text_of_a_user_is_shown_letter_by_letter():
    assert markup.escape_markdown("**a** <b>\n[x](y)") == r"\*\*a\*\* \<b\> \[x\]\(y\)"


def test_an_error_that_a_user_can_act_on_is_one_line_in_a_notebook():
    assert InputError("adsl.csv, row 3: wrong")._render_traceback_() == ["InputError: adsl.csv, row 3: wrong"]


@pytest.mark.slow
def test_refreshing_twice_changes_nothing_the_second_time(tmp_path):
    path = tmp_path / "07_sample.ipynb"
    path.write_text(notebook("07_sample", "print(1 + 1)"), encoding="utf-8")
    # Whoever rendered before in this process has stopped the server.
    worker.stop()
    assert refresh.refresh(path, COLLECTION)
    once = path.read_bytes()
    assert not refresh.refresh(path, COLLECTION)
    assert path.read_bytes() == once
    assert b'"execution_count": 3' in once
    assert b'"2\\n"' in once
    ours = f'"version": "{platform.python_version()}"'.encode()
    elsewhere = once.replace(ours, b'"version": "3.99.1"')
    path.write_bytes(elsewhere)
    assert not refresh.refresh(path, COLLECTION)
    assert path.read_bytes() == elsewhere != once
    path.write_bytes(elsewhere.replace(b'"2\\n"', b'"3\\n"'))
    assert refresh.refresh(path, COLLECTION)
    assert path.read_bytes() == once
    script = tmp_path / "source" / "07_sample.py"
    assert "# %%\nprint(1 + 1)\n" in script.read_text(encoding="utf-8")
    script.unlink()
    assert refresh.refresh(path, COLLECTION)
    assert script.is_file()


@pytest.mark.slow
def test_a_notebook_that_fails_keeps_its_stored_outputs(tmp_path):
    path = tmp_path / "07_sample.ipynb"
    path.write_text(notebook("07_sample", "1 / 0"), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(BlinaError, match="failed in cell 3: ZeroDivisionError"):
        refresh.refresh(path, COLLECTION)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_refreshing_an_unknown_notebook_is_refused(capsys):
    assert refresh.main([COLLECTION.address, "77_none"]) == 2
    assert capsys.readouterr().err == "77_none: no such notebook in notebooks\n"


@pytest.mark.slow
def test_what_each_notebook_came_to_is_said_and_one_failure_is_the_status(tmp_path, monkeypatch, capsys):
    (tmp_path / "notebooks").mkdir()
    for name, code in (("07_good", "print(1)"), ("08_bad", "1 / 0")):
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text(notebook(name, code), encoding="utf-8")
    monkeypatch.setattr(refresh, "load", lambda _: replace(COLLECTION, root=tmp_path))
    assert refresh.main(["x"]) == 1
    shown = capsys.readouterr()
    assert shown.out == "07_good: changed\n"
    assert shown.err.startswith("08_bad: failed in cell 3: ZeroDivisionError")
    assert refresh.main(["x", "07_good.ipynb"]) == 0
    assert capsys.readouterr().out == "07_good: unchanged\n"
    monkeypatch.setattr(refresh, "refresh", interrupted)
    assert refresh.main(["x"]) == 130
    assert capsys.readouterr().err == "interrupted; the stored notebooks are as they were\n"


def interrupted(*_):
    raise KeyboardInterrupt


def test_a_new_report_that_cannot_run_is_not_left_behind(tmp_path, monkeypatch):
    from nbreports.scaffold import create

    monkeypatch.setattr(refresh, "refresh", interrupted)
    with pytest.raises(KeyboardInterrupt):
        create("12_my_report", tmp_path, COLLECTION)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_new_report_passes_as_it_is(tmp_path):
    from nbreports.scaffold import create

    path = create("12_my_report", tmp_path, COLLECTION)
    script = (tmp_path / "source" / "12_my_report.py").read_text(encoding="utf-8")
    assert "# Which question does this report answer?" in script
    stored = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    with pytest.raises(InputError, match="exists already"):
        create("12_my_report", tmp_path, COLLECTION)
    with pytest.raises(InputError, match="two digits"):
        create("my_report", tmp_path, COLLECTION)
