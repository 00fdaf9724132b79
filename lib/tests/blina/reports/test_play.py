"""The cohorts to choose among on report 09: what a browser keeps of them is what pandas keeps."""

import pandas as pd
import pytest

import live_pages
from blina import facts
from blina.reports.reconstruction import numbers, words
from blina_base import project

pytestmark = pytest.mark.slow

MONTH = 30.4375
# Controls in order: the month, survival at least and at most, that without relapse, deaths, relapses.
AT, OS_LEAST, OS_MOST, RFS_LEAST, RFS_MOST, DEATHS_LEAST, DEATHS_MOST, RELAPSES_LEAST = range(8)


@pytest.fixture(scope="module")
def cohorts():
    found = numbers.reconstruction(facts.read_claims(), facts.assumptions(), 20, 1)
    return numbers.playable(found, 1)


@pytest.fixture(scope="module")
def stored():
    """The file of the cohorts, one row per draw, patient and endpoint."""
    return pd.read_parquet(project.root() / "data" / "cohort" / "ensemble.parquet")


@pytest.fixture(scope="module")
def opened(browser, cohorts, tmp_path_factory):
    page = live_pages.written(words.played(cohorts), tmp_path_factory.mktemp("play"))
    browser.open(page)
    assert browser.quiet(page.parent), browser.events
    return browser


def survival(stored, endpoint, month):
    """S(t) of each cohort in percent: of each death, among those at risk, the share that is left."""
    rows = stored[stored["PARAMCD"] == endpoint].sort_values(["draw", "AVAL", "CNSR"])
    by_draw = rows.groupby("draw")
    at_risk = by_draw["AVAL"].transform("size") - by_draw.cumcount()
    counted = (rows["CNSR"] == 0) & (rows["AVAL"] <= month * MONTH)
    return 100 * (1 - counted / at_risk).groupby(rows["draw"]).prod()


def deaths(stored):
    rows = stored[stored["PARAMCD"] == "OS"]
    return (rows["CNSR"] == 0).groupby(rows["draw"]).sum()


def relapses(stored):
    """Relapses per cohort: events of the remission that are not the death."""
    both = stored.pivot(index=["draw", "USUBJID"], columns="PARAMCD", values=["AVAL", "CNSR", "STARTDY"])
    failed = both["CNSR", "RFS"] == 0
    died = (both["CNSR", "OS"] == 0) & (both["AVAL", "RFS"] + both["STARTDY", "RFS"] == both["AVAL", "OS"])
    return (failed & ~died).groupby("draw").sum()


def band(values):
    """Of n the largest k with at least 95 % of n + 1 between the k-th smallest and the k-th largest."""
    order, k = values.sort_values(), 1
    while len(order) + 1 - 2 * (k + 1) >= 0.95 * (len(order) + 1):
        k += 1
    return order.iloc[k - 1], order.iloc[len(order) - k]


def test_there_are_all_that_are_stored(cohorts, stored, opened):
    count = stored["draw"].nunique()
    assert len(cohorts.drawn) == count
    assert live_pages.left(opened) == f"{count} of {count} cohorts are left."


@pytest.mark.parametrize("month", [6, 18])
def test_what_is_left_and_its_band_are_those_of_pandas(opened, stored, month):
    s, dead, again = survival(stored, "OS", month), deaths(stored), relapses(stored)
    # Ends that leave some and not all, wherever the cohorts lie.
    least, fewest, most = round(s.quantile(0.3)), int(dead.quantile(0.2)), int(again.quantile(0.7))
    opened.evaluate("document.querySelector('.live button').click()")
    for place, value in ((AT, month), (OS_LEAST, least), (DEATHS_LEAST, fewest), (RELAPSES_LEAST + 1, most)):
        live_pages.put(opened, place, value)
    kept = (s.round(2) >= least) & (dead >= fewest) & (again <= most)
    assert 0 < kept.sum() < len(kept)
    assert live_pages.left(opened) == f"{kept.sum()} of {len(kept)} cohorts are left."
    rows = live_pages.table(opened)
    for name, values in {
        f"Overall survival at {month} months": s,
        f"Relapse-free survival at {month} months": survival(stored, "RFS", month),
    }.items():
        ends = [f"{low + 1e-9:.0f}–{high + 1e-9:.0f}%" for low, high in (band(values), band(values[kept]))]
        assert [cell.split("(")[1].rstrip(")") for cell in rows[name]] == ends
    for name, values in {"Deaths": dead, "Relapses": again}.items():
        low, high = band(values[kept])
        assert rows[name][1].split("(")[1] == f"{low}–{high})"


def test_a_printed_number_is_held_closer(opened, cohorts):
    places = {claim.id: place for place, (claim, _) in enumerate(cohorts.printed)}
    values = pd.Series(cohorts.printed[places["os_plateau_from"]][1][: len(cohorts.drawn)])
    opened.evaluate("document.querySelector('.live button').click()")
    boxes = "document.querySelectorAll('.live input[type=checkbox]')"
    opened.evaluate(f"{boxes}[{places['os_plateau_from']}].click()")
    # The middle half of 32.5 to 33.5.
    kept = int(values.between(32.75, 33.25).sum())
    assert live_pages.left(opened).startswith(f"{kept} of ")


def test_claims_that_leave_room_have_their_printed_interval(cohorts):
    for claim, of_every in cohorts.printed:
        values = of_every[: len(cohorts.drawn)]
        assert claim.interval.lower <= values.min() < values.max() <= claim.interval.upper, claim.id
    assert {"os_median", "rfs_median", "mantel_byar_p"} <= {claim.id for claim, _ in cohorts.printed}


def test_a_printed_number_is_dropped(opened, cohorts, stored):
    """The cohorts drawn without it take the place of the others, against which they are held."""
    drops = {claim.id: place for place, (claim, _) in enumerate(cohorts.left_out, start=1)}
    assert len(drops) == 11
    every = pd.read_parquet(project.root() / "data" / "cohort" / "left_out.parquet")
    # So many without each, one quantity after another.
    count = every["draw"].nunique() // len(drops)
    without = every[every["draw"] // count == drops["rfs_median"] - 1]
    opened.evaluate("document.querySelector('.live button').click()")
    live_pages.choose(opened, drops["rfs_median"])
    live_pages.put(opened, AT, 9)
    assert live_pages.left(opened) == f"{count} of {count} cohorts are left."
    rows = live_pages.table(opened)
    ends = [band(survival(frame, "RFS", 9)) for frame in (stored, without)]
    assert [cell.split("(")[1].rstrip(")") for cell in rows["Relapse-free survival at 9 months"]] == [
        f"{low + 1e-9:.0f}–{high + 1e-9:.0f}%" for low, high in ends
    ]
    # The median is printed; without it more is open.
    assert ends[1][1] - ends[1][0] > ends[0][1] - ends[0][0]
