"""Every exhibit has its notebook, and every notebook says which exhibits it reproduces."""

import json

from blina.facts import read_claims, read_exhibits
from blina_base import project


def declared():
    found = {}
    for notebook in project.notebooks().glob("*.ipynb"):
        metadata = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]
        for exhibit in metadata["blina"]["exhibits"]:
            found.setdefault(exhibit, []).append(notebook.stem)
    return found


def test_exhibits_and_notebooks_name_each_other():
    assert declared() == {name: [exhibit.notebook] for name, exhibit in read_exhibits().items()}


def test_no_exhibit_with_claims_is_without_a_title():
    exhibits = read_exhibits()
    assert {claim.exhibit for claim in read_claims()} <= set(exhibits)
    assert all(exhibit.title and exhibit.evidence and exhibit.kind for exhibit in exhibits.values())
