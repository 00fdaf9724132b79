"""The notebooks of this trial as the renderer sees them: the one value that is handed to it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from blina import __version__
from blina_base import project
from nbreports.collection import Apart, Collection, Totals

_DATA_CELL = """
time_unit = "as stated"  # one of as stated, days, weeks, months, years | - | unit of AVAL if the tables state none
os_paramcd = "OS|DEATH|TTDE"  # text | - | PARAMCD read as overall survival: the first of these that is there
rfs_paramcd = "RFS|DFS|PFS|EFS"  # text | - | PARAMCD read as relapse-free survival: the first that is there
population = "ITTFL|FASFL"  # text | - | flag of the patients to analyze: the first that is there; all: everyone
analysis_flag = "ANL01FL"  # text | - | flag of the records to analyze, where it is there; all: every record
mapping_file = ""  # file | - | other names and codes in your tables; empty: columns.yaml in data_dir, if any
claims = "published"  # file | - | printed numbers to compare with: the paper's, or a claims.csv of your own
mask_ids = False  # flag | - | show patients as P1, P2, … instead of their USUBJID
"""  # noqa: E501

# The cells of a new report after its title: a notebook that passes every check, to be changed from there.
_CELLS = (
    ("title", "markdown", "# {title}\n\nWhich question does this report answer?"),
    ("parameters-heading", "markdown", "## Parameters"),
    (
        "parameters",
        "code",
        'data_dir = "reference"  # folder | - | ADaM tables; "reference" is the reconstructed cohort',
    ),
    ("begin", "code", 'from blina.page import begin\n\npage = begin("{name}", globals())'),
    ("answer-heading", "markdown", "## Answer"),
    (
        "answer",
        "code",
        'page.answer("All of them are in the tables.", (str(page.tables.patients), "patients"))',
    ),
    ("result-heading", "markdown", "## Result\n\nPictures and tables, the main one first."),
    ("meaning", "markdown", "## What it means, and how sure\n\nWhat follows from it, and what does not."),
    (
        "published",
        "markdown",
        "## What is published\n\nWhat the sources print about it, each with its source.",
    ),
    ("made", "markdown", "## How it was made\n\nWhich data, which assumptions, which functions."),
    ("provenance", "code", "page.provenance()"),
)


_CITATION = f"""\
@misc{{blina_$report,
  author = {{{{The blina contributors}}}},
  title = {{$title. blina: a re-run of Zugmaier et al., Blood 2015, from its printed numbers}},
  note = {{version {__version__}}},
}}
@article{{zugmaier2015,
  author = {{Zugmaier, Gerhard and G{{\\"o}}kbuget, Nicola and Klinger, Matthias and others}},
  title = {{Long-term survival and {{T}}-cell kinetics in adult patients with relapsed/refractory
    {{B}}-precursor acute lymphoblastic leukemia who achieved minimal residual disease response following
    treatment with anti-{{CD}}19 {{BiTE}} antibody construct blinatumomab}},
  journal = {{Blood}}, year = {{2015}}, volume = {{126}}, number = {{24}}, pages = {{2578--2584}},
  note = {{PMID 26480933}},
}}"""


def _check() -> None:
    """Read the claims, and say in one line if nothing can be kept for the next run."""
    from blina.facts import read_claims

    read_claims()
    say_if_nothing_is_kept()


def say_if_nothing_is_kept() -> None:
    """Say on standard error if the cache folder is of no use: that costs time, and nothing else."""
    from pseudoipd.chain import kept

    if note := kept.note():
        print(note, file=sys.stderr, flush=True)


def _draw() -> None:
    """Draw once in the collection's style, which reads the fonts, and what writes each form of a picture."""
    from blina.figures import style
    from nbreports.html.picture import to_pdf, to_png, to_svg

    figure, axes = style.new_figure()
    style.label_axes(axes, "x", "y", "0123456789")
    for write in (to_svg, to_png, to_pdf):
        write(figure)


def _compile(given: Sequence[Mapping[str, Any]]) -> None:
    """Compile the sampler once, before processes that need it start side by side, and say so."""
    from blina.facts import assumptions

    # Claims of one's own stand beside data of one's own, of which nothing is drawn.
    decisive = {"seed", *assumptions()}
    if any(decisive & set(one) for one in given):
        from blina import ensemble

        ensemble.get_ready()


COLLECTION = Collection(
    address="blina.collection:COLLECTION",
    root=project.root(),
    name="blina",
    version=__version__,
    title="Blinatumomab in relapsed ALL: one paper, re-run",
    introduction=(
        "Zugmaier and colleagues, Blood 2015;126:2578. Each page answers one question about the 36 "
        "patients, beside what the publication prints.",
        "No patient-level data of the trial are public. Its patients on these pages are **reconstructed from "
        "published summaries**, and their cell counts are **simulated**; each page, picture and table says "
        "what its data are.",
    ),
    totals=Totals(
        table="scorecard",
        column="verdict",
        label="Scorecard",
        words={
            "reproduced": "printed numbers reproduced",
            "not checkable": "printed that no table can show",
            "qualitative": "statements in words",
        },
        note="Reconstructed patients were made to meet the printed numbers; the scorecard says of each "
        "number what its agreement is worth.",
    ),
    spelled={
        "t_cell": "T-cell",
        "b_cell": "B-cell",
        "relapse_free": "relapse-free",
        "long_term": "long-term",
        "mrd": "MRD",
        "os": "OS",
        "rfs": "RFS",
    },
    page="blina.page:TrialPage",
    kinds={
        "reconstructed": "Patient-level data: reconstructed from published summaries",
        "simulated": "Patient-level data: simulated",
        "yours": "Patient-level data: your data",
        "drawn": "Patient-level data: reconstructed from printed numbers",
        "public": "Patient-level data: public data set",
        "published": "Printed numbers only; no patient-level data",
    },
    unmarked="published",
    apart={
        "yours": Apart(
            "Your data",
            (
                "The reports of this collection on tables of yours. Pages that read no tables are about the "
                "paper's patients.",
            ),
            ("What is published",),
        ),
        "drawn": Apart(
            "Reconstructed patients",
            (
                "The reports of this collection on patients reconstructed from other printed numbers. What "
                "is printed about the patients of this paper is left out.",
            ),
            ("What is published",),
        ),
    },
    data_cell=_DATA_CELL,
    check=_check,
    prepare=_compile,
    inputs=("data/calibration", "data/cohort", "data/published", "data/trials"),
    packages=("blina", "pseudoipd"),
    lock="requirements.lock",
    versions=("lifelines", "matplotlib", "numpy", "pandas", "papermill", "scipy", "seaborn"),
    preload=(
        "lifelines",
        "lifelines.datasets",
        "pyarrow.dataset",
        "scipy.optimize",
        "scipy.stats",
        "seaborn",
        # With it comes of the engine what pages read with, and not the sampler, which waits for numba.
        "blina.*",
    ),
    rehearse=_draw,
    cells=_CELLS,
    citation=_CITATION,
)
