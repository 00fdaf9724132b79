"""How alike cohorts of one chain are, and what the pages of another paper say of it."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import block_diag
from scipy.stats import f_oneway

from blina.reports.another_paper import dependence, numbers, words
from blina.vocabulary import VOCABULARY
from pseudoipd.paper import command, files, together

# Shrout and Fleiss, Psychol Bull 1979;86:420-8: six targets, each rated four times (their table 2).
RATINGS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_the_correlation_is_that_of_shrout_and_fleiss():
    # Their table 3: mean squares 11.24 between targets and 6.26 within; their table 4: ICC(1,1) = .17.
    found = dependence.intraclass(np.ravel(RATINGS), [4] * 6)
    assert found == pytest.approx(0.17, abs=0.005)
    assert found == pytest.approx((11.24 - 6.26) / (11.24 + 3 * 6.26), abs=0.0005)


def test_groups_of_several_sizes_are_those_of_an_analysis_of_variance():
    # By hand, as in the docstring: 14.7 between, 8.5 / 3 within, size 2.4.
    by_hand = (14.7 - 8.5 / 3) / (14.7 + 1.4 * 8.5 / 3)
    assert dependence.intraclass([1, 2, 3, 5, 7], [2, 3]) == pytest.approx(by_hand, rel=1e-12)
    sizes = [10, 4, 7, 10, 1]
    values = np.random.default_rng(5).normal(size=32) + np.repeat([0, 1, 2, 1, 4], sizes)
    # (F - 1) / (F + n0 - 1), F by scipy.
    ratio = f_oneway(*np.split(values, np.cumsum(sizes)[:-1])).statistic
    size = np.mean(sizes) - np.var(sizes, ddof=1) / 32
    assert dependence.intraclass(values, sizes) == pytest.approx((ratio - 1) / (ratio + size - 1))


@pytest.mark.parametrize(("values", "sizes"), [([1, 2, 3], [3]), ([1, 2], [1, 1]), ([2, 2, 2, 2], [2, 2])])
def test_without_groups_or_without_spread_nothing_is_known(values, sizes):
    assert np.isnan(dependence.intraclass(values, sizes))


def test_dependent_cohorts_are_worth_as_many_as_give_their_mean_the_same_variance():
    for sizes, rho in (([10, 10], 0.3), ([10, 4, 7], 0.8), ([1, 1, 1], 0.5)):
        covariance = block_diag(*(rho + (1 - rho) * np.eye(size) for size in sizes))
        n = sum(sizes)
        assert 1 / dependence.independent(sizes, rho) == pytest.approx(covariance.sum() / n**2)
    # Less alike than by chance: no more than they are.
    assert dependence.independent([10, 10], -0.1) == 20


def written(days, chains):
    """Cohorts of three patients, days [draws, patients], all with the event but the first; one arm."""
    rows = [
        (draw, "", "OS", f"RECON-{i}", day, day / 30.4375, int(i > 0))
        for draw, cohort in enumerate(days, start=1)
        for i, day in enumerate(cohort)
    ]
    columns = ["draw", "arm", "endpoint", "id", "days", "time", "status"]
    printed = pd.DataFrame([("", "OS", "survival", 2.0, 50.0)],
                           columns=["arm", "endpoint", "statistic", "at", "ours"])  # fmt: skip
    notes = {"endpoints": [{"arm": "", "code": "OS", "chains": chains}]}
    return numbers.Written(printed, pd.DataFrame(rows, columns=columns), notes)


def test_quantities_are_compared_within_the_chains_that_are_noted():
    # Longest times 100, 100 and 200, 210; of four deaths two, in each, come by two months: S is the same.
    days = [[100, 10, 90], [100, 20, 90], [200, 10, 90], [210, 20, 90]]
    table = dependence.of_chains(written(days, [2, 2])).set_index("quantity")
    # By hand: means 100 and 205 around 152.5: B = 11,025, W = (0 + 50) / 2.
    rho = (11_025 - 25) / (11_025 + 25)
    assert table.loc["longest time observed", "correlation"] == pytest.approx(rho)
    assert table.loc["longest time observed", "independent"] == pytest.approx(4 / (1 + rho))
    assert set(table["chains"]) == {2}
    # The number of events does not vary, nor does survival at two or three months.
    assert set(table.index) == {"longest time observed"}
    assert not len(dependence.of_chains(written(days, [])))


def test_pages_say_what_the_cohorts_are_worth():
    days = [[100, 10, 90], [100, 20, 90], [200, 10, 90], [210, 20, 90]]
    of_two = written(days, [2, 2])
    said = words.alike(of_two, dependence.of_chains(of_two))
    assert said.startswith("Here 4 cohorts come from 2 chains. Most alike within a chain: OS")
    assert "longest time observed. By an" in said
    assert "correlation of 1.00" in said
    assert "**2 independent ones**" in said
    shown = words.alike_table(dependence.of_chains(of_two)).iloc[0].to_dict()
    assert shown["Independent cohorts"] == "2"
    of_one, alone = written(days, [4]), written(days, [])
    assert "there is only one" in words.alike(of_one, dependence.of_chains(of_one))
    assert "each cohort comes from a chain of its own" in words.alike(alone, dependence.of_chains(alone))
    assert words.alike_table(dependence.of_chains(alone)) is None


def test_which_cohorts_are_of_one_chain_is_noted(tmp_path, monkeypatch):
    monkeypatch.setattr(together, "LONG", 0)
    path = tmp_path / "claims.csv"
    path.write_text("id,endpoint,statistic,printed,unit\nn,OS,n,30,patients\nm,OS,median,9.0,months\n")
    drawn = command.draw_paper(command.read_paper(path, VOCABULARY), command.Order(12, 1, None, moves=1000))
    files.write(drawn, tmp_path)
    (tmp_path / files.NOTES).write_text(json.dumps(files.notes(drawn)))
    found = numbers.read(tmp_path)
    assert [one["chains"] for one in found.notes["endpoints"]] == [[10, 2]]
    table = dependence.of_chains(found)
    assert "longest time observed" in set(table["quantity"])
    monkeypatch.undo()
    alone = command.draw_paper(command.read_paper(path, VOCABULARY), command.Order(2, 1, None, moves=1000))
    assert [one["chains"] for one in files.notes(alone)["endpoints"]] == [[]]
