"""Profiles: the product of what is swept, and errors that name file and line."""

import re

import pytest

from blina.collection import COLLECTION
from blina_base import project
from blina_base.errors import InputError
from nbreports.plan.parameters import parse
from nbreports.plan.plan import Request, declarations, plan
from nbreports.plan.profiles import read_profile
from sample_reports import PARAMETERS, Collection, notebook

DECLARED = {"01_one": parse(PARAMETERS, "x"), "02_two": parse("m = 2.5  # number 0 to 9 | - | x", "x")}
SHIPPED = project.root() / "reports" / "profiles"


def read(folder, text):
    (folder / "p.yaml").write_text(f"name: p\n{text}", encoding="utf-8")
    return read_profile(folder, "p", DECLARED)


def test_a_profile_holds_typed_values(tmp_path):
    profile = read(tmp_path, "reports: all\nfixed: {m: 3}\nsweep:\n  kind: [plain, log]\n  n: [1, 2]\n")
    assert profile.reports == ("01_one", "02_two")
    assert profile.fixed == {"m": 3.0}
    assert profile.sweep == {"kind": ("plain", "log"), "n": (1, 2)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reports: [01_one, 01_onee]", "p.yaml, line 2: no report '01_onee'; did you mean 01_one?"),
        ("report: all", "p.yaml, line 2: unknown key 'report'"),
        ("fixed:\n  kinds: log", "p.yaml, line 3: this profile has no parameter 'kinds'; did you mean kind?"),
        ("fixed:\n  n: 3\n  n: 4", "p.yaml, line 4: n is given twice"),
        ("fixed: {n: 3}\nsweep:\n  n: [1]", "p.yaml, line 4: parameter n is given twice"),
        ("sweep:\n  kind:\n    - log\n    - cubic", "p.yaml, line 5: 01_one, parameter kind: 'cubic' found"),
        ("sweep:\n  kind: [log, log]", "p.yaml, line 3: kind: log is listed twice"),
        ("sweep:\n  kind: log", "p.yaml, line 3: expected a list of values for kind"),
        ("fixed:\n  n: 2020-01-01", "p.yaml, line 3: 01_one, parameter n: datetime.date"),
        ("fixed:\n  n: true", "p.yaml, line 3: 01_one, parameter n: True found"),
        ("fixed:\n\tn: 1", "p.yaml, line 3: not YAML"),
        ("fixed: [1]", "p.yaml, line 2: expected fixed: parameters and their values"),
        ("name: p", "p.yaml, line 2: name is given twice"),
        ("sweep:\n  m: []", "p.yaml, line 3: expected a list of values for m"),
    ],
)
def test_an_error_names_file_and_line(tmp_path, text, said):
    with pytest.raises(InputError) as refused:
        read(tmp_path, text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_name_is_that_of_the_file(tmp_path):
    (tmp_path / "p.yaml").write_text("name: q\nreports: all\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"p.yaml, line 1: expected name: p"):
        read_profile(tmp_path, "p", DECLARED)


def test_each_report_is_rendered_for_the_product_of_its_own_parameters(tmp_path):
    one, two = notebook("01_one"), notebook("02_two", parameters="m = 2.5  # number 0 to 9 | - | x")
    made = Collection(tmp_path, r01_one=one, r02_two=two)
    made.profile("p", "sweep: {kind: [log, plain], n: [1, 2, 3], m: [2.5, 4]}")
    found = plan(Request(COLLECTION, made.notebooks, made.profiles, (), "p"))
    assert [r.folder for r in found][:4] == [
        "01_one",
        "01_one--n=2",
        "01_one--n=3",
        "01_one--kind=plain",
    ]
    assert len(found) == 2 * 3 + 2
    assert found[-1].folder == "02_two--m=4.0"
    assert found[5].differs == {"kind": "plain", "n": 3}


def test_the_command_line_comes_on_top_of_a_profile(tmp_path):
    made = Collection(tmp_path, r01_one=notebook("01_one"))
    made.profile("p", "fixed: {n: 3}\nsweep: {kind: [log, plain]}")
    found = plan(Request(COLLECTION, made.notebooks, made.profiles, (), "p", ("kind=plain", "share=0.1,0.2")))
    assert [r.folder for r in found] == ["01_one--kind=plain,share=0.1", "01_one--kind=plain,share=0.2"]
    assert all(r.parameters["n"] == 3 for r in found)
    assert found[0].given == {"n": 3, "kind": "plain", "share": 0.1}


@pytest.mark.parametrize("value", ["../../up", "a b", "x" * 300, "", "\n</script>", "ß"])
def test_a_folder_name_is_safe_and_differs_for_different_values(tmp_path, value):
    made = Collection(tmp_path, r01_one=notebook("01_one"))
    found = [
        plan(Request(COLLECTION, made.notebooks, made.profiles, (), "default", (f"label={text}",)))[0].folder
        for text in (value, f"{value}!")
    ]
    assert found[0] != found[1]
    for folder in found:
        assert re.fullmatch(r"01_one--label=[A-Za-z0-9._-]*", folder)
        assert len(folder) < 200


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.yaml")))
def test_a_shipped_profile_can_be_planned(name):
    assert plan(Request(COLLECTION, project.notebooks(), SHIPPED, (), name))


def test_the_default_profile_is_every_report_at_its_defaults():
    found = plan(Request(COLLECTION, project.notebooks(), SHIPPED))
    assert [r.report for r in found] == list(declarations(project.notebooks(), COLLECTION))
    assert all(r.given == {} for r in found)


def test_the_sensitivity_profile_has_at_least_forty_renderings():
    assert len(plan(Request(COLLECTION, project.notebooks(), SHIPPED, (), "sensitivity"))) >= 40
