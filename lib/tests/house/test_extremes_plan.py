"""The plan of `make extremes` covers each parameter that a report has, without rendering anything."""

import pytest

from blina.collection import COLLECTION
from blina_base import project
from extremes import FREE, NO_NUMBER, extremes, own_parameters, renderings

NOTEBOOKS = sorted(project.notebooks().glob("*.ipynb"))
# Their value is a text, a folder or a file; test_own_data_pages and test_adam_* give them some.
WITHOUT_EXTREMES = {
    "data_dir", "mapping_file", "claims", "os_paramcd", "rfs_paramcd", "population", "analysis_flag",
}  # fmt: skip


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_minimum_maximum_and_choice_is_rendered(notebook):
    seen = [r.parameters for r in renderings() if r.notebook == notebook]
    assert seen
    for parameter in own_parameters(notebook):
        values = [setting[parameter.name] for setting in seen]
        assert [v for v in extremes(parameter) if v not in values] == [], parameter.name


def test_every_choice_of_the_shared_parameters_is_rendered_in_some_report():
    for parameter in COLLECTION.data_parameters:
        values = [r.parameters[parameter.name] for r in renderings() if parameter.name in r.parameters]
        assert [v for v in extremes(parameter) if v not in values] == [], parameter.name


def test_only_texts_and_places_have_no_extremes():
    every = [p for notebook in NOTEBOOKS for p in own_parameters(notebook)] + list(COLLECTION.data_parameters)
    assert {p.name for p in every if p.kind in FREE} == WITHOUT_EXTREMES


@pytest.mark.parametrize("text", ["nan", "-nan %", "(inf)", "None", "median None", "NaN to 3", "-0", "−nan"])
def test_what_is_no_number_is_recognised(text):
    assert NO_NUMBER.search(text)


@pytest.mark.parametrize("text", ["None of these", "infusion", "Fernando", "-0.5", "10-0.5", "nanogram"])
def test_words_are_no_broken_numbers(text):
    assert not NO_NUMBER.search(text)
