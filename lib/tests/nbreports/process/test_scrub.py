"""What is taken out of an executed notebook: folders of this machine, nothing that only looks like one."""

from pathlib import Path

import nbformat

from nbreports.process.notebook import scrub, without_paths


def notebook_showing(data):
    output = nbformat.v4.new_output("display_data", data=data)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output])])


def test_the_home_folder_is_shortened(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    assert without_paths("/somewhere/file.py:3", Path("/checkout")) == "~/file.py:3"


def test_a_longer_name_is_another_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    assert (
        without_paths("/somewhere2/file.py and /somewhere-else", Path("/checkout"))
        == "/somewhere2/file.py and /somewhere-else"
    )


def test_the_letters_of_a_picture_stay_even_where_they_spell_a_folder(monkeypatch):
    # In base64 a slash is a letter: a picture of 300 kB spells a folder of five letters now and then.
    monkeypatch.setenv("HOME", "/abc")
    shown = notebook_showing({"image/png": "iVBOR/abc=", "text/plain": f"{Path('/abc')}/x"})
    scrub(shown, Path("/checkout"))
    data = shown.cells[0].outputs[0].data
    assert data["image/png"] == "iVBOR/abc="
    assert data["text/plain"] == "~/x"
