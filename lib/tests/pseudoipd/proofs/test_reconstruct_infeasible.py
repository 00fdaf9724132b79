"""Contradictory claims: exit status 3, the claims by name, and whether it is proved."""

import itertools

import numpy as np
import pytest

from blina.facts import read_claims
from blina.vocabulary import DAYS_PER_MONTH, VOCABULARY
from blina_base.errors import ContradictionError, InputError
from claims_files import claims
from pseudoipd import reconstruct
from pseudoipd.model import constraints as counts
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.proofs import by_counts as paths
from pseudoipd.proofs import infeasible


def conflict(*rows):
    with pytest.raises(ContradictionError) as raised:
        reconstruct(claims(*rows), 5, 1, vocabulary=VOCABULARY)
    assert raised.value.exit_code == 3
    return set(raised.value.claim_ids), str(raised.value)


# Of one number no cohort has two values; `13` and `13.0` are one number in two precisions.
@pytest.mark.parametrize(("other", "apart"), [("10.4", True), ("10", False), ("10.1", True), ("10.0", False)])
def test_two_prints_of_one_number_contradict_one_another(other, apart):
    printed = claims(("OS", "n", "60"), ("OS", "median", "10.0"), ("OS", "median", other))
    assert paths.refuted(printed[1:], 60, Assumptions()) is apart


# Each worked by hand. A CI that ends at 9.0 needs about 23 of 36 deaths by then; 30 alive leave six.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        (
            [("OS", "n", "36"), ("OS", "median_lower", "8.5"), ("OS", "median_upper", "9.0"),
             ("OS", "count_at_or_beyond", "30", 30.0), ("OS", "followup_median", "40.1")],
            {"n_0", "median_upper_2", "count_at_or_beyond_3"},
        ),
        (
            [("OS", "n", "36"), ("OS", "median", "13.0"), ("OS", "followup_max", "12.0")],
            {"n_0", "median_1", "followup_max_2"},
        ),
        (
            [("OS", "n", "100"), ("OS", "survival", "80", 12.0), ("OS", "median", "9.0"),
             ("OS", "followup_max", "30")],
            {"n_0", "survival_1", "median_2"},
        ),
        ([("OS", "n", "20"), ("OS", "events", "7"), ("OS", "survival", "60", 6.0),
          ("OS", "count_at_or_beyond", "19", 6.0)], {"n_0", "survival_2", "count_at_or_beyond_3"}),
        ([("OS", "n", "36"), ("RESPONSE", "count", "40", None, "all", "cr")], {"n_0", "count_1"}),
        (
            [("OS", "n", "36"), ("RESPONSE", "count", "20", None, "all", "cr"),
             ("RESPONSE", "count", "17", None, "all", "crh"),
             ("RESPONSE", "count", "3", None, "all", "refractory")],
            {"n_0", "count_1", "count_2"},
        ),
        ([("OS", "n", "36"), ("RESPONSE", "percent", "71", None, "all", "cr")], {"n_0", "percent_1"}),
        (
            [("OS", "n", "36"), ("RESPONSE", "count", "20", None, "all", "cr"),
             ("RESPONSE", "percent", "52", None, "all", "cr")],
            {"n_0", "count_1", "percent_2"},
        ),
    ],
)  # fmt: skip
def test_the_smallest_set_is_named(rows, ids, monkeypatch):
    # What is drawn before a proof is sought finds nothing, however often it is tried.
    monkeypatch.setattr(infeasible, "FIRST_RESTARTS", 1)
    found, message = conflict(*rows)
    assert found == ids
    assert "\n" not in message
    assert "search" not in message


@pytest.mark.slow
def test_a_failed_search_is_not_called_a_proof(monkeypatch, drawn_once):
    # However long it searches, it finds none.
    for often in ("PROBES", "FIRST_RESTARTS", "RESTARTS", "LAST_RESTARTS"):
        monkeypatch.setattr(infeasible, often, 2)
    rows = (
        ("OS", "n", "12"),
        ("RESPONSE", "count", "6", None, "all", "mrd_response"),
        ("OS", "mantel_byar_p", ".0000001"),
    )

    def whole():
        ids, message = conflict(*rows)
        return sorted(ids), message

    found, message = drawn_once(rows, whole)
    assert found == ["mantel_byar_p_2", "n_0"]
    assert "this is not a proof" in message
    assert "at most 30" in message


def test_one_digit_wrong_in_the_table_is_found():
    ours = [c for c in read_claims() if c.id != "table_os_ge_30_cr_count"]
    wrong = next(c for c in read_claims() if c.id == "table_os_ge_30_cr_count")
    from dataclasses import replace

    with pytest.raises(ContradictionError) as raised:
        reconstruct([*ours, replace(wrong, printed="8")], 5, 1, vocabulary=VOCABULARY)
    assert "table_os_ge_30_cr_count" in raised.value.claim_ids


def test_without_the_number_of_patients_it_is_the_request_that_is_wrong():
    with pytest.raises(InputError, match="number of patients"):
        reconstruct(claims(("OS", "median", "13.0")), 5, 1)


def test_no_proof_against_a_cohort_that_exists():
    # Every cohort of four with times 1..3 months, each with its own printed summary: never refuted.
    from pseudoipd.survival import endpoint_statistic

    names = (
        "median",
        "median_lower",
        "median_upper",
        "followup_median",
        "followup_min",
        "followup_max",
        "plateau_from",
    )
    for times in itertools.combinations_with_replacement((1, 2, 3), 4):
        for event in itertools.product((False, True), repeat=4):
            days = np.array(times) * 30
            rows = [("OS", "events", str(sum(event)))]
            for name in names:
                value = endpoint_statistic(name, days / DAYS_PER_MONTH, event)
                if not np.isnan(value):
                    rows.append(("OS", name, f"{value:.1f}" if np.isfinite(value) else "NR"))
            assert not paths.refuted(claims(*rows), 4, Assumptions()), (times, event)


def test_smallest_conflict_spares_nothing():
    pairs = claims(*[("OS", "events", str(i)) for i in range(9)])
    bad = {pairs[2], pairs[7]}
    assert set(counts.smallest_conflict(pairs, lambda trial: not bad <= set(trial))) == bad
