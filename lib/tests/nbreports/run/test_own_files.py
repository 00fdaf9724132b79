"""What a user has in the output folder stays, and so do pages of two sources of one name."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from blina_base.errors import InputError
from nbreports.html.index import stub
from nbreports.plan.plan import Rendering
from nbreports.run.publish import Output
from nbreports.run.run import settled

PAGE = {"index.html": b"<meta Content-Security-Policy>", "tables/a.csv": b"x"}


@pytest.fixture
def output(tmp_path):
    made = Output(tmp_path / "pages")
    with made.writing(lambda: None):
        made.put("default/01_a", PAGE, {"fingerprint": {}, "origin": "one"})
        made.put_manifest({"default/01_a": {"key": "default/01_a", "origin": "one"}})
        made.put_index("<meta Content-Security-Policy>")
    return made


def begin(output):
    with output.writing(lambda: None):
        output.check_ours("default/01_a")


def test_what_rendering_made_is_replaced(output):
    begin(output)
    (output.folder / "manifest.json").unlink()
    begin(output)


@pytest.mark.parametrize(
    "content", ['{"name": "my site"}', "[]", "3", '{"renderings": 3}', '{"renderings": [{}]}', "not json", ""]
)
def test_a_manifest_of_other_origin_stops_the_run(output, content):
    (output.folder / "manifest.json").write_text(content)
    with pytest.raises(InputError, match=r"^pages/manifest\.json: expected nothing there"):
        begin(output)
    assert (output.folder / "manifest.json").read_text() == content
    assert output.manifest() == {}


def test_an_index_of_other_origin_stops_the_run(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<h1>My site</h1>")
    with pytest.raises(InputError, match=r"^site/index\.html: "):
        begin(Output(tmp_path / "site"))


@pytest.mark.parametrize("name", ["notes.txt", "tables/mine.csv", "deep/er/x.md", ".hidden"])
def test_a_users_file_beside_a_page_stops_the_run(output, name):
    path = output.folder / "default" / "01_a" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    with pytest.raises(InputError) as caught:
        begin(output)
    assert str(caught.value).startswith(f"pages/default/01_a/{name}: ")
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["notes.txt", "index.html", "rendering.json"])
def test_a_users_folder_under_a_pages_name_stops_the_run(tmp_path, name):
    output = Output(tmp_path / "pages")
    folder = output.folder / "default" / "01_a"
    folder.mkdir(parents=True)
    (folder / name).write_text("[1]")
    with pytest.raises(InputError, match=rf"default/01_a/{name}"):
        begin(output)


def test_a_stub_is_ours(tmp_path):
    output = Output(tmp_path / "pages")
    rendering = Rendering("01_a", Path("01_a.ipynb"), "default", "01_a", {}, {}, {}, title="01 A")
    with output.writing(lambda: None):
        output.put_stub("default/01_a", stub(rendering, "not rendered so far"))
        output.check_ours("default/01_a")


def test_an_output_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match=r"^--output: .* found; expected a folder for pages"):
            begin(Output(place))


@pytest.mark.parametrize(
    "places",
    [
        ({"claims.csv": "/a/claims.csv"}, {"claims.csv": "/b/claims.csv"}),
        ({"study": "/a/study"}, {"study": "/a/b/study"}),
        # The same folder of data with the mapping file of another.
        ({"study": "/a/study", "m.yaml": "/a/m.yaml"}, {"study": "/a/study", "m.yaml": "/b/m.yaml"}),
    ],
)
def test_neither_claims_nor_mappings_of_one_name_replace_each_other(output, places):
    base = Rendering("01_a", Path("01_a.ipynb"), "default", "01_a", {}, {}, {})
    one, other = (replace(base, places=named) for named in places)
    output.put("default/01_a", PAGE, {"fingerprint": {}, "origin": one.origin})
    assert settled(one, output).folder == "01_a"
    assert settled(other, output).folder == f"01_a--{other.origin[:8]}"


def test_two_sources_of_one_name_have_two_folders(output):
    base = Rendering("01_a", Path("01_a.ipynb"), "default", "01_a", {}, {}, {}, {"study": "/a/study"})
    other = replace(base, places={"study": "/b/study"})
    assert base.origin != other.origin
    output.put("default/01_a", PAGE, {"fingerprint": {}, "origin": base.origin})
    assert settled(base, output) == base
    moved = settled(other, output)
    assert moved.folder == f"01_a--{other.origin[:8]}"
    output.put(moved.key, PAGE, {"fingerprint": {}, "origin": other.origin})
    assert settled(other, output) == moved
    record = json.loads((output.folder / moved.key / "rendering.json").read_text())
    assert "/b/study" not in json.dumps(record), "no path of the user's in what is written"
