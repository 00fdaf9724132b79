"""Where the printed numbers exclude an assumption, a page says so, and shows what it can without cohorts."""

from types import SimpleNamespace

import pytest

from blina.adam import read_tables
from blina.facts import assumptions, read_claims
from blina.reports.relapse_free_survival import numbers
from blina_base.errors import ContradictionError


def test_events_are_divided_without_ranges_where_no_cohort_is_allowed(monkeypatch):
    def refused(*_args, **_more):
        raise ContradictionError("claims: these contradict one another")

    monkeypatch.setattr(numbers.ensemble, "load", refused)
    chosen = dict(assumptions())
    page = SimpleNamespace(
        kind="reconstructed", tables=read_tables(), claims=tuple(read_claims()), assumptions=chosen
    )
    # Under the default assumptions it would be a failure of the report.
    with pytest.raises(ContradictionError):
        numbers.incidences(page, 5, 1)
    page.assumptions = {**chosen, "followup_method": "observed"}
    found = numbers.incidences(page, 5, 1)
    assert len(found) > 0
    assert found[["lower", "upper"]].isna().all(axis=None)
