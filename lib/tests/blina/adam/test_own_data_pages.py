"""The pages of a user's own data, rendered by the command as a user would."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import adam_samples as sample
from chromium import LOOKS

pytestmark = pytest.mark.slow

DAYS_PER_MONTH = 30.4375
REPORTS = ["03_overall_survival", "04_relapse_free_survival", "11_scorecard"]
CLAIMS = """id,exhibit,endpoint,statistic,category,population,at,printed,unit,source,quote
size,os_curve,OS,n,,all,,90,patients,own,
reached,os_curve,OS,events,,all,,58,patients,own,
median,os_curve,OS,median,,all,,2.4,months,own,
upper,os_curve,OS,median_upper,,all,,9.9,months,own,
"""


class Rendered:
    """One run of the command line with a home, a cache and a temporary folder of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.output = folder / "output"
        self.elsewhere = folder / "elsewhere"
        places = {"HOME": "home", "XDG_CACHE_HOME": "cache", "BLINA_CACHE": "ensembles", "TMPDIR": "tmp"}
        for place in places.values():
            (self.elsewhere / place).mkdir(parents=True)
        self.run = subprocess.run(
            [
                sys.executable,
                "-m",
                "blina.cli",
                "render",
                *arguments,
                "--output",
                str(self.output),
                "--jobs",
                "2",
            ],
            env={**os.environ, **{name: str(self.elsewhere / place) for name, place in places.items()}},
            capture_output=True,
            text=True,
            check=False,
        )
        assert self.run.returncode == 0, self.run.stderr
        manifest = json.loads((self.output / "manifest.json").read_text(encoding="utf-8"))
        self.outcomes = {e["report"]: e for e in manifest["renderings"]}

    def folder(self, report: str) -> Path:
        return next(p for p in (self.output / "default").glob(f"{report}--*") if p.is_dir())

    def page(self, report: str) -> str:
        return (self.folder(report) / "index.html").read_text(encoding="utf-8")

    def value(self, report: str, population: str, statistic: str) -> object:
        rows = json.loads((self.folder(report) / "results.json").read_text(encoding="utf-8"))
        found = [r for r in rows if (r["population"], r["statistic"]) == (population, statistic)]
        return found[0]["value"]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    folder = sample.SHIPPED / "transport"
    return Rendered(
        tmp_path_factory.mktemp("shipped"), *REPORTS, "-p", f"data_dir={folder}", "-p", "time_unit=days"
    )


# a <- foreign::read.xport("adtte.xpt"); f <- Surv(AVAL, CNSR == 0) ~ TRTP  # R 4.2.2, foreign 0.8-84
# survfit(f, a, conf.type = "log-log"); survdiff(f, a)$chisq  # survival 3.5-3
@pytest.mark.parametrize(
    ("arm", "events", "days"),
    [
        ("Placebo", 8, ("NR", 167, "NR")),
        ("Active High Dose", 24, (34, 26, 57)),
        ("Active Low Dose", 26, (32, 17, 92)),
    ],
)
def test_the_page_finds_the_medians(shipped, arm, events, days):
    assert shipped.value("03_overall_survival", arm, "events") == events
    for statistic, expected in zip(("median", "median_lower", "median_upper"), days, strict=True):
        found = shipped.value("03_overall_survival", arm, statistic)
        assert found == (expected if expected == "NR" else pytest.approx(expected / DAYS_PER_MONTH))


def test_the_page_finds_the_logrank(shipped):
    found = shipped.value("03_overall_survival", "all", "log-rank chi-squared")
    assert found == pytest.approx(37.7246156405)
    assert "37.7" in shipped.page("03_overall_survival")


def test_the_page_says_whose_data_they_are(shipped):
    page = shipped.page("03_overall_survival")
    assert page.count("<strong>Your data.</strong>") == 1
    assert "PARAMCD TTDE" in page
    for name in ("adsl.xpt", "adtte.xpt"):
        assert hashlib.sha256((sample.SHIPPED / "transport" / name).read_bytes()).hexdigest() in page
    assert "reconstructed from published summaries" not in page
    assert str(sample.SHIPPED) not in page


def test_what_is_published_about_other_patients_is_left_out(shipped):
    assert "What is published</h2>" not in shipped.page("03_overall_survival")


def test_the_page_does_not_call_another_endpoint_survival(shipped):
    page = shipped.page("03_overall_survival")
    assert "median of “Time to First Skin Reaction” in" in page
    assert [words for words in ("median overall survival", "(death;", "Alive at") if words in page] == []


def test_no_published_number_stands_on_the_page(shipped):
    """The abstract's median, limits and follow-up; `8.5` alone could be a number of the user's own."""
    page = re.sub(r"<svg.*?</svg>", "", shipped.page("03_overall_survival"), flags=re.DOTALL)
    assert [n for n in ("13.0", "21.9", "32.6", "41.9", "claim-") if n in page] == []
    picture = (shipped.folder("03_overall_survival") / "figures" / "os_curve.svg").read_text()
    assert "13.0" not in re.sub(r'="[^"]*"', "", picture), "coordinates apart"


def test_what_cannot_be_rendered_is_listed_and_no_failure(shipped):
    found = {r: (e["outcome"], e.get("detail", "")) for r, e in shipped.outcomes.items()}
    assert found["04_relapse_free_survival"] == ("not applicable", "needs ADTTE.RFS")
    assert found["11_scorecard"] == ("not applicable", "needs CLAIMS")
    assert "needs ADTTE.RFS" in shipped.run.stdout + shipped.run.stderr
    index = (shipped.output / "index.html").read_text(encoding="utf-8")
    assert "needs ADTTE.RFS" in index


def test_nothing_of_the_data_is_written_outside_the_output_folder(shipped):
    left = [p for p in shipped.elsewhere.rglob("*") if p.is_file()]
    assert [
        p.name for p in left if b"99-701-1001" in p.read_bytes() or b"Active High Dose" in p.read_bytes()
    ] == []


def test_no_page_holds_a_patients_row(shipped):
    """The curve's report shows no single patient: no id of one is in what it wrote."""
    written = [p for p in shipped.folder("03_overall_survival").rglob("*") if p.is_file()]
    assert len(written) > 5
    assert [p.name for p in written if b"99-701-1001" in p.read_bytes()] == []


@pytest.fixture(scope="module")
def with_claims(tmp_path_factory):
    base = tmp_path_factory.mktemp("claims")
    (base / "ours.csv").write_text(CLAIMS, encoding="utf-8")
    data = ["-p", f"data_dir={sample.SHIPPED / 'transport'}", "-p", "time_unit=days"]
    return Rendered(base, "03", "11", *data, "-p", f"claims={base / 'ours.csv'}")


def test_a_users_own_claims_are_on_their_scorecard(with_claims):
    card = (with_claims.folder("11_scorecard") / "tables" / "scorecard.csv").read_text(encoding="utf-8")
    lines = card.splitlines()
    assert len(lines) == 1 + 4
    verdicts = {
        line.split(",")[0]: "not reproduced" if "not reproduced" in line else "reproduced"
        for line in lines[1:]
    }
    # survfit(Surv(AVAL, CNSR == 0) ~ 1, a, conf.type = "log-log"): 58 events of 90, median 73 days, which are
    # 2.4 months, upper limit 129 days, which are not 9.9.
    assert verdicts == {
        "size": "reproduced", "reached": "reproduced", "median": "reproduced", "upper": "not reproduced"
    }  # fmt: skip
    page = with_claims.page("11_scorecard")
    assert "those of your own claims file" in page
    assert "compiling" not in with_claims.run.stderr, "nothing is drawn"
    assert hashlib.sha256(CLAIMS.encode()).hexdigest() in page


def test_a_users_own_claims_are_beside_their_numbers(with_claims):
    summary = (with_claims.folder("03_overall_survival") / "tables" / "os_summary.csv").read_text(
        encoding="utf-8"
    )
    assert "9.9" in summary


HOSTILE = ("<script>alert(1)</script>", "$x^{$")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    base = tmp_path_factory.mktemp("hostile")
    adsl = "USUBJID,TRT01P,SUBJID,BESTRESP,MRDRESP,MRDRDY,HSCTFL,RETRTFL,RLPFRFL,AEINTFL,ADDCYC\n" + "".join(
        f"ID-{i:02d},{HOSTILE[i % 2]},S{i},CR,Y,29,N,N,N,N,\n" for i in range(12)
    )
    adtte = "USUBJID,PARAMCD,PARAM,AVAL,AVALU,CNSR\n" + "".join(
        f"ID-{i:02d},{code},{{{{x}}}} & <b>,{100 * i + 40},DAYS,{i % 3}\n"
        for i in range(12)
        for code in ("OS", "PFS")
    )
    sample.write(base / "mine", adsl, adtte)
    return Rendered(base, "03", "04", "06", "-p", f"data_dir={base / 'mine'}", "-p", "mask_ids=true")


def test_names_in_the_data_are_text_and_nothing_else(hostile):
    for report in ("03_overall_survival", "04_relapse_free_survival"):
        page = hostile.page(report)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert "$x^{$" in page
        assert hostile.outcomes[report]["outcome"] == "done"


@LOOKS
def test_axe_finds_nothing_to_complain_about_on_pages_of_one_s_own(browser, shipped, hostile, scheme, width):
    # Three arms, two with names that no page expects, a report that has no page, the index.
    pages = [
        shipped.folder("03_overall_survival"), shipped.folder("11_scorecard"), shipped.output,
        hostile.folder("04_relapse_free_survival"),
    ]  # fmt: skip
    found = {page.name: browser.complaints(page / "index.html", scheme, width) for page in pages}
    assert [page for page, wrong in found.items() if wrong] == [], found


def test_masked_ids_are_nowhere_in_what_is_written(hostile):
    assert {e["outcome"] for e in hostile.outcomes.values()} == {"done"}
    assert "P12" in hostile.page("06_long_term_survivors")
    written = [p for p in hostile.output.rglob("*") if p.is_file()]
    assert [p.name for p in written if b"ID-03" in p.read_bytes()] == []
