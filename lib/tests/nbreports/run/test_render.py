"""Rendering: outcomes, freshness, publishing, determinism, on small collections of notebooks."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from blina_base.errors import BlinaError
from chromium import LOOKS
from nbreports.run.publish import clean
from sample_reports import Collection, copy_checkout, notebook

pytestmark = pytest.mark.slow

HOSTILE = "a\"'; import os; os._exit(3) #\n</script><script>alert(1)</script> {{ 7*7 }} {% raw %} <b>**x**\\"
SAY = (
    "from nbreports.html.markup import escape_markdown\n"
    'page.say("said: " + escape_markdown(page.parameters["label"]))'
)
FIGURE = (
    "from blina.figures import style\n"
    "figure, axes = style.new_figure(height=2)\n"
    'axes.plot([1, 2, 3], label="a")\n'
    'page.figure(figure, "line", alt="A line that rises", caption="Rising")'
)
TABLE = (
    "import pandas as pd\n"
    'frame = pd.DataFrame({"what": ["<i>x</i>"], "n": [1.5]})\n'
    'page.table(frame, "numbers", "A table")\n'
    'rows = {"analysis": "a", "population": "all", "statistic": "n", "value": [1.5, float("inf")]}\n'
    'page.results(pd.DataFrame({**rows, "unit": "", "claim": ""}))'
)
FAULTY = {
    "r01_good": notebook("01_good", SAY),
    "r02_raises": notebook("02_raises", "print('before')", "1 / 0"),
    "r03_exits": notebook("03_exits", "import sys; sys.exit(0)", "print('later')"),
    "r04_hard_exit": notebook("04_hard_exit", "import os; os._exit(1)"),
    "r05_endless": notebook("05_endless", "while True: pass"),
    "r06_killed": notebook("06_killed", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
    "r07_refused": notebook(
        "07_refused", "from blina_base.errors import InputError", "raise InputError('adsl.csv, row 3: wrong')"
    ),
    "r08_children": notebook(
        "08_children", "import subprocess; subprocess.Popen(['sleep', '600'])", "while True: pass"
    ),
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """One run over a good report and seven bad ones."""
    made = Collection(tmp_path_factory.mktemp("faulty"), **FAULTY)
    made.finished = made.run("render", "--timeout", "4", "--jobs", "4")
    return made


@pytest.mark.parametrize(
    ("report", "outcome", "cell", "said"),
    [
        ("01_good", "done", None, ""),
        ("02_raises", "failed", 4, "ZeroDivisionError: division by zero"),
        ("03_exits", "failed", 3, "SystemExit: 0"),
        ("04_hard_exit", "kernel died", 3, "the kernel ended before this cell was complete"),
        ("05_endless", "timed out", 3, "the report took longer than 4 s"),
        ("06_killed", "kernel died", 3, "the kernel ended before this cell was complete"),
        ("07_refused", "data refused", 4, "adsl.csv, row 3: wrong"),
        ("08_children", "timed out", 4, "the report took longer than 4 s"),
    ],
)
def test_each_end_is_one_outcome_everywhere(faulty, report, outcome, cell, said):
    entry = faulty.manifest()[f"default/{report}"]
    assert (entry["outcome"], entry["cell"], entry["detail"]) == (outcome, cell, said)
    place = f" in cell {cell}" if cell and outcome != "data refused" else ""
    assert re.search(rf"default/{report} … {outcome}{place}", faulty.finished.stdout, re.MULTILINE)
    index = (faulty.output / "index.html").read_text(encoding="utf-8")
    card = index.split(f'href="default/{report}/index.html"')[-1].split("</li>")[0]
    assert outcome in card
    assert said in card


@LOOKS
def test_axe_finds_nothing_to_complain_about_where_reports_failed(browser, faulty, scheme, width):
    assert browser.complaints(faulty.output / "index.html", scheme, width) == []


def test_one_failure_does_not_stop_the_others_but_the_status_says_it(faulty):
    assert faulty.finished.returncode == 1
    assert faulty.finished.stderr == ""
    assert faulty.finished.stdout.splitlines()[-1].endswith("index.html")


def test_a_failure_keeps_the_last_lines_of_the_traceback(faulty):
    lines = faulty.manifest()["default/02_raises"]["lines"]
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "----> 1 1 / 0" in lines


def test_at_the_limit_the_whole_process_group_is_gone(faulty):
    assert faulty.left_behind() == []


def test_a_report_without_a_page_has_a_page_that_says_so(faulty):
    page = (faulty.output / "default" / "02_raises" / "index.html").read_text(encoding="utf-8")
    assert "There is no page for this report: failed: ZeroDivisionError" in page
    assert not (faulty.output / "default" / "02_raises" / "notebook.ipynb").exists()


def test_what_failed_runs_again_and_what_is_done_does_not(faulty):
    finished = faulty.run("render", "01", "02")
    assert finished.stdout.splitlines()[0] == "1 to render, 1 fresh"
    assert finished.returncode == 1


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Two reports that are rendered once; tests that change them work on a copy."""
    made = Collection(
        tmp_path_factory.mktemp("pages"),
        r01_words=notebook("01_words", SAY),
        r02_picture=notebook("02_picture", FIGURE, TABLE),
    )
    made.finished = made.run("render", "--jobs", "2")
    assert made.finished.returncode == 0, made.finished.stdout
    return made


@pytest.fixture
def copy(pages, tmp_path):
    """A copy of both reports with their pages."""
    made = Collection(tmp_path)
    for name in ("notebooks", "profiles", "pages"):
        shutil.copytree(pages.folder / name, tmp_path / name, dirs_exist_ok=True)
    return made


def test_beside_a_page_stand_pictures_tables_results_and_the_notebook(pages):
    beside = pages.output / "default" / "02_picture"
    assert sorted(str(p.relative_to(beside)) for p in beside.rglob("*") if p.is_file()) == [
        "figures/line.pdf",
        "figures/line.png",
        "figures/line.svg",
        "index.html",
        "notebook.ipynb",
        "rendering.json",
        "results.json",
        "tables.xlsx",
        "tables/numbers.csv",
        "tables/numbers.docx",
        "tables/numbers.rtf",
        "thumbnail.png",
    ]
    assert (beside / "tables" / "numbers.csv").read_text() == "what,n\n<i>x</i>,1.5\n"
    rows = json.loads((beside / "results.json").read_text())
    assert [row["value"] for row in rows] == [1.5, "NR"]
    assert set(rows[0]) == {"report", "analysis", "population", "statistic", "value", "unit", "claim"}


def test_two_builds_are_byte_identical(pages, copy):
    shutil.rmtree(copy.output)
    assert copy.run("render", "--jobs", "1").returncode == 0
    assert copy.files() == pages.files()


def test_nothing_changed_means_nothing_is_executed(copy):
    before = copy.files(), (copy.output / "manifest.json").read_bytes()
    finished = copy.run("render")
    assert finished.stdout.splitlines()[0] == "0 to render, 2 fresh"
    assert (copy.files(), (copy.output / "manifest.json").read_bytes()) == before


def test_editing_a_notebook_renders_that_one(copy):
    path = copy.notebooks / "01_words.ipynb"
    path.write_text(path.read_text().replace("said: ", "told: "))
    assert copy.run("status").stdout.splitlines() == [
        "default/01_words: the notebook changed",
        "default/02_picture: fresh",
    ]
    assert copy.run("render").stdout.splitlines()[0] == "1 to render, 1 fresh"
    assert "told: x" in (copy.output / "default" / "01_words" / "index.html").read_text()


def test_stored_outputs_are_no_change_of_a_notebook(copy):
    path = copy.notebooks / "01_words.ipynb"
    content = json.loads(path.read_text())
    content["cells"][1]["execution_count"] = 7
    path.write_text(json.dumps(content))
    assert "default/01_words: fresh" in copy.run("status").stdout


@pytest.mark.parametrize("damage", ["remove", "cut", "alter"])
def test_a_page_that_is_not_whole_is_made_again(copy, pages, damage):
    page = copy.output / "default" / "01_words" / "index.html"
    content = page.read_bytes()
    page.unlink() if damage == "remove" else page.write_bytes(
        content[:99] if damage == "cut" else content + b" "
    )
    assert "default/01_words: not rendered yet" in copy.run("status").stdout
    assert copy.run("render").returncode == 0
    assert copy.files() == pages.files()


def test_a_new_report_makes_the_others_stale_as_they_lead_to_it(copy):
    copy.put("03_new", notebook("03_new", SAY))
    assert copy.run("status").stdout.splitlines() == [
        "default/01_words: the list of reports changed",
        "default/02_picture: the list of reports changed",
        "default/03_new: not rendered yet",
    ]


def test_a_failing_run_leaves_the_last_good_page(copy, pages):
    path = copy.notebooks / "01_words.ipynb"
    path.write_text(path.read_text().replace("page.say(", "page.sway("))
    assert copy.run("render").returncode == 1
    assert copy.files() == pages.files()
    card = (copy.output / "index.html").read_text().split('href="default/01_words/index.html"')[-1]
    assert "failed in cell 3" in card.split("</li>")[0]


def test_hostile_text_neither_runs_nor_renders_as_markup(copy):
    finished = copy.run("render", "01", "-p", f"label={HOSTILE}")
    assert finished.returncode == 0, finished.stdout
    (folder,) = (copy.output / "default").glob("01_words--label*")
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count("<script>") == 1
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "<strong>x" not in page
    assert "{{ 7*7 }}" in page
    executed = json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8"))
    (said,) = [
        o for cell in executed["cells"] for o in cell.get("outputs", ()) if "text/markdown" in o["data"]
    ]
    assert "alert" in "".join(said["data"]["text/markdown"])


@pytest.mark.parametrize(
    ("edited", "why"),
    [
        ("lib/pseudoipd/survival/limits.py", "the library changed"),
        ("lib/nbreports/html/templates/base.css", "the library changed"),
        ("data/published/claims.csv", "data/published/claims.csv changed"),
        ("data/cohort/adsl.csv", "data/cohort/adsl.csv changed"),
        ("requirements.lock", "the lock changed"),
    ],
)
def test_an_edit_of_library_data_or_lock_makes_pages_stale(copy, pages, tmp_path, edited, why):
    root = tmp_path / "checkout"
    root.mkdir()
    copy_checkout(root, pages.root)
    copy.root = root
    assert copy.run("status").stdout.splitlines()[0] == "default/01_words: fresh"
    with (root / edited).open("a") as file:
        file.write("\n")
    assert copy.run("status").stdout.splitlines()[0] == f"default/01_words: {why}"


def test_a_swept_value_gets_a_page_of_its_own(copy):
    assert copy.run("render", "01", "-p", "n=2,3").returncode == 0
    assert {"default/01_words--n=2", "default/01_words--n=3"} < set(copy.manifest())
    page = (copy.output / "default" / "01_words--n=2" / "index.html").read_text(encoding="utf-8")
    assert '<span class="chip">n = 2</span>' in page
    assert 'aria-current="page">01 Words, n 2</a>' in page


def test_clean_removes_pages_and_keeps_sources(copy):
    (copy.output / "README.md").write_text("kept")
    (copy.output / "profiles").mkdir()
    assert "default" in clean(copy.output)
    assert sorted(path.name for path in copy.output.iterdir()) == ["README.md", "profiles"]


def test_clean_stops_at_what_rendering_did_not_make(copy):
    (copy.output / "thesis").mkdir()
    (copy.output / "thesis" / "chapter.txt").write_text("dear")
    with pytest.raises(BlinaError, match="thesis was not made by rendering; it stays"):
        clean(copy.output)
    assert (copy.output / "thesis" / "chapter.txt").exists()


def test_plain_papermill_makes_the_same_check(pages, tmp_path):
    command = [sys.executable, "-m", "papermill", "01_words.ipynb", str(tmp_path / "out.ipynb"), "--cwd", "."]
    for given, said in [
        ("labell x", "01_words has no parameter 'labell'; did you mean label?"),
        ("n 10", "10 found"),
    ]:
        finished = subprocess.run(
            [*command, "-p", *given.split()],
            cwd=pages.notebooks,
            env=pages.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode != 0
        assert said in finished.stderr


def test_a_report_that_the_data_are_not_enough_for_does_not_apply_and_is_no_failure(tmp_path):
    tables = 'data_dir = "reference"  # folder | - | tables'
    text = notebook("01_needs", "1 / 0", parameters=tables, needs=("ADSL.SHOESIZE",))
    made = Collection(tmp_path, r01_needs=text)
    finished = made.run("render")
    assert finished.returncode == 0
    assert "default/01_needs … not applicable" in finished.stdout
    (entry,) = made.manifest().values()
    assert (entry["outcome"], entry["detail"]) == ("not applicable", "needs ADSL.SHOESIZE")
    assert "needs ADSL.SHOESIZE" in (made.output / "index.html").read_text(encoding="utf-8")
    assert made.run("render").stdout.splitlines()[0] == "0 to render, 1 fresh"
    assert made.run("status").stdout == "default/01_needs: fresh\n"


def test_data_that_are_refused_are_one_line_before_a_kernel_starts(tmp_path):
    tables = 'data_dir = "reference"  # folder | - | tables'
    made = Collection(tmp_path, r01_data=notebook("01_data", parameters=tables))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "adsl.csv").write_text("USUBJID\n1\n")
    for folder, said in [("mine", "adtte"), ("nowhere", "a folder that exists")]:
        finished = made.run("render", "-p", f"data_dir={tmp_path / folder}")
        assert finished.returncode == 2
        assert said in finished.stderr
        assert len(finished.stderr.splitlines()) == 1
        assert "done" not in finished.stdout
