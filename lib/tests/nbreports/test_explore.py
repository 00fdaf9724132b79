"""Controls made from declared parameters; the widgets themselves only where ipywidgets is installed."""

import pytest
from matplotlib.figure import Figure

from blina_base.errors import InputError
from nbreports import explore
from nbreports.plan.parameters import ParameterError, parse

DECLARED = parse(
    "n = 1  # integer 0 to 9 | patients | a number\n"
    'kind = "log"  # one of log, plain | - | a choice\n'
    "share = 0.5  # number 0 to 1 | - | a share\n"
    "deep = False  # flag | - | a flag",
    "sample",
)
VALUES = {"n": 1, "kind": "log", "share": 0.5, "deep": False}


def test_what_differs_from_the_defaults_can_be_pasted():
    assert explore.assignment(VALUES, DECLARED) == "# as declared"
    assert explore.assignment({**VALUES, "kind": "plain", "n": 3}, DECLARED) == (
        "n = 3; kind = 'plain'\n# blina render … -p n=3 -p kind=plain"
    )


def test_each_kind_of_parameter_has_its_control():
    pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
    made = [type(explore.control(p, VALUES[p.name])).__name__ for p in DECLARED]
    assert made == ["IntSlider", "Dropdown", "FloatSlider", "Checkbox"]


def test_a_control_that_is_moved_draws_anew_and_a_refused_value_says_so():
    pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
    drawn = []

    def redraw(values):
        if values["kind"] == "plain":
            raise InputError("no such patients")
        drawn.append(values)
        return Figure()

    box = explore.panel(DECLARED, VALUES, redraw)
    controls, said, picture = box.children
    controls.children[0].value = 4
    assert [values["n"] for values in drawn] == [1, 4]
    assert picture.value.startswith("<svg")
    assert "n = 4" in said.value
    controls.children[1].value = "plain"
    assert "no such patients" in said.value
    assert len(drawn) == 2


def test_a_slider_has_round_steps_within_the_range_declared():
    pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
    slider = explore.control(DECLARED[2], 0.5)
    assert (slider.min, slider.max, slider.step) == (0.0, 1.0, 0.01)


def test_a_value_is_checked_as_the_cell_s_is():
    with pytest.raises(ParameterError, match="expected a whole number"):
        DECLARED[0].accept(10, "controls")
