"""Drawing cohorts: exact by the statistics, diverse, from the prior if nothing is printed."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blina.facts import assumptions, read_assumptions, read_claims
from blina.vocabulary import CATEGORIES, DAYS_PER_MONTH, POPULATIONS, VOCABULARY, member
from blina_base.errors import ContradictionError
from claims_files import claims
from pseudoipd import IncompleteError, engine, judge, reconstruct
from pseudoipd.draw import RESTARTS, draw_chunk, request
from pseudoipd.model import prior
from pseudoipd.model.structs import CENS_NUMBERS, TABLE_ROWS
from pseudoipd.paper import command
from pseudoipd.survival import endpoint_statistic, reverse_kaplan_meier, survival_at
from pseudoipd.transitions import mantel_byar

pytestmark = pytest.mark.slow

OURS = read_claims()


@pytest.fixture(scope="module")
def drawn():
    return reconstruct(OURS, 30, 11, assumptions(), VOCABULARY)


def judged(ensemble, wanted, chosen=None):
    """Say which draws meet every claim, as the judge sees it."""
    asked = request(wanted, chosen, 1, vocabulary=VOCABULARY).problem
    return judge.verdicts(ensemble, asked.used, asked.assumptions, asked.vocabulary).all(axis=1)


@pytest.fixture
def outcome(drawn_once):
    """Say of cohorts whether all of them meet every claim, or why there are none; drawn if not known."""

    def asked(wanted, chosen, draws, seed):
        def whole():
            try:
                found = reconstruct(wanted, draws, seed, chosen, VOCABULARY)
            except ContradictionError as error:
                return str(error)
            assert len(found) == draws
            return bool(judged(found, wanted, chosen).all())

        return drawn_once((wanted, chosen, draws, seed), whole)

    return asked


def months(ensemble, draw, endpoint):
    days, event = ensemble.time[endpoint][draw], ensemble.event[endpoint][draw]
    return days[days >= 0] / DAYS_PER_MONTH, event[days >= 0], days >= 0


def test_every_draw_meets_every_claim_by_the_statistics_one_by_one(drawn):
    # Not by the vectorised judge: by the functions that are tested against R, claim by claim.
    for draw in range(0, 30, 3):
        adsl, _ = drawn.cohort(draw)
        for claim in OURS:
            if claim.qualitative or claim.endpoint not in ("OS", "RFS", "RESPONSE"):
                continue
            population = member(adsl, POPULATIONS[claim.population])
            if claim.statistic in ("count", "percent"):
                k = int((population & member(adsl, CATEGORIES[claim.category])).sum())
                value = k if claim.statistic == "count" else 100 * k / population.sum()
            elif claim.endpoint == "RESPONSE":
                continue
            elif claim.statistic == "mantel_byar_p":
                time, event, _ = months(drawn, draw, "OS")
                day = adsl["MRDRDY"].astype(float).to_numpy(na_value=np.nan) / DAYS_PER_MONTH
                value = mantel_byar(time, event, day).p
            else:
                time, event, has = months(drawn, draw, claim.endpoint)
                inside = population[has]
                value = endpoint_statistic(claim.statistic, time[inside], event[inside], claim.at)
            assert claim.interval.contains(value), (draw, claim.id, value)


def test_the_judge_refuses_a_cohort_with_one_number_altered(drawn):
    worst = int(np.argmax(drawn.time["OS"][0]))
    drawn.time["OS"][0, worst] += 30
    try:
        refused = ~judged(drawn, OURS, assumptions())
    finally:
        drawn.time["OS"][0, worst] -= 30
    assert refused[0]
    assert not refused[1:].any()


def test_draws_differ_in_most_times(drawn):
    times = np.sort(drawn.time["OS"], axis=1)
    pairs = [(a, b) for a in range(20) for b in range(a + 1, 20)]
    assert min(np.mean(times[a] != times[b]) for a, b in pairs) > 0.5
    assert len({row.tobytes() for row in times}) == len(times)


def test_structure_is_kept(drawn):
    flags, os, rfs = drawn.columns, drawn.time["OS"], drawn.time["RFS"]
    has = rfs >= 0
    origin = drawn.origin["RFS"]
    assert np.array_equal(has, np.isin(flags["BESTRESP"], ("CR", "CRh")))
    assert (rfs[has] + origin[has] <= os[has]).all()
    assert np.isin(flags["MRDRDY"][flags["MRDRESP"] == "Y"], (29, 71)).all()
    assert (flags["MRDRDY"][flags["MRDRESP"] == "N"] == -1).all()
    free = has & (flags["RLPFRFL"] == "Y")
    assert not drawn.event["RFS"][free].any()
    assert (flags["RETRTFL"][free] == "N").all()
    # Relapse-free survival ends with the last look, at most 92 days before the last contact.
    unseen = os[free] - rfs[free] - origin[free]
    assert ((unseen >= 0) & (unseen <= 92)).all()
    assert drawn.event["RFS"][has & ~free].all()
    assert np.array_equal(flags["LTSFL"] == "Y", os / DAYS_PER_MONTH >= 30)


def test_nothing_is_stated_where_the_claims_are_silent(drawn):
    flags = drawn.columns
    assert (flags["AEINTFL"][flags["LTSFL"] == "N"] == "").all()
    transplanted = flags["HSCTFL"] == "Y"
    assert np.isin(flags["BESTRESP"][transplanted], ("CR", "CRh", "HYPOCELLULAR")).all()


def expected_survival(days, horizon, law, sets, rng):
    """Return the prior's survival function averaged over sets of parameters, as the method note says."""
    total, first = np.zeros(len(days)), prior.edges(horizon, law.centre)
    for _ in range(sets):
        kind = law.second if rng.random() < law.weight else law.kind
        steps = rng.normal(0, kind.step_sd, len(first) - 1)
        steps += rng.normal(0, kind.trend_sd) * prior.log_time_steps(first, horizon)
        walk = rng.normal(0, kind.level_sd) + np.concatenate([[0.0], np.cumsum(steps)])
        log_hazard = kind.means(first, horizon, law.centre) + walk
        total += prior.survival(days, first, log_hazard, rng.beta(*kind.cured))
    return total / sets


@pytest.mark.parametrize("kind", ["trials", "flat", "trials_printed"])
def test_draws_follow_the_prior_where_only_the_number_of_patients_is_printed(kind, drawn_once):
    # The prior's survival function by its own formula, averaged over parameters by numpy's generator.
    asked = request(claims(("OS", "n", "40")), {"prior": kind}, 5).problem
    rng = np.random.default_rng(1)
    days = np.array([90.0, 180.0, 365.0, 730.0])
    expected = expected_survival(days, asked.horizon, asked.hyper.first, 20_000, rng)

    def whole():
        found = reconstruct(claims(("OS", "n", "40")), 400, 5, {"prior": kind})
        time, event = found.time["OS"].ravel(), found.event["OS"].ravel()
        return [endpoint_statistic("survival", time, event, day) / 100 for day in days]

    pooled = drawn_once(days.tolist(), whole)
    # Pooled Kaplan-Meier of 400 cohorts: parameters are common to a cohort, so 400 is the sample size.
    assert np.abs(np.array(pooled) - expected).max() < 0.05


@pytest.mark.parametrize(
    "printed",
    [
        [("OS", "median", "3"), ("OS", "followup_max", "6"), ("RFS", "median", "2"), ("RFS", "n", "20")],
        [("OS", "median", "90"), ("OS", "followup_max", "200"), ("RFS", "median", "NR"), ("RFS", "n", "20")],
        [("OS", "followup_median", "NR"), ("RFS", "plateau_from", "300"), ("RFS", "n", "20")],
    ],
)
def test_nothing_printed_enters_the_prior_unless_its_scale_is_the_printed_one(printed):
    # By hand from data/trials/prior.csv: a third of the longest follow-up, and the spread of its level.
    asked = request(claims(("OS", "n", "40"), *printed), {"prior": "flat"}, 5).problem
    assert (asked.horizon, asked.hyper.longest, asked.hyper.longest_sd) == (1579.8696, 1579.8696, 0.6005)
    for law, centre, level_sd in (
        (asked.hyper.first, 526.6232, 1.2594),
        (asked.hyper.second, 963.0506, 1.2973),
    ):
        assert law == prior.Law(pytest.approx(centre), replace(prior.FLAT, level_sd=level_sd))
    learned = request(claims(("OS", "n", "40"), *printed), None, 5).problem
    assert replace(learned.hyper, first=asked.hyper.first, second=asked.hyper.second) == asked.hyper
    for law, group in ((learned.hyper.first, "survival"), (learned.hyper.second, "relapse")):
        assert (law.kind, law.visits) == (prior.learned(group, "followup"), prior.visit_law(group))
    centred = request(claims(("OS", "n", "40"), *printed), {"prior": "flat_printed"}, 5).problem
    assert (centred.horizon, centred.hyper.first.centre) != (asked.horizon, asked.hyper.first.centre)


def test_follow_up_is_that_of_the_prior_where_only_the_number_of_patients_is_printed(drawn_once):
    # Drawn with numpy as the prior's module says it: P(C > t) = ((b - t) / (b - a)) ^ shape, and early loss.
    asked = request(claims(("OS", "n", "40")), None, 6).problem
    hyper, rng, sets = asked.hyper, np.random.default_rng(2), 40_000
    longest = hyper.longest * np.exp(hyper.longest_sd * rng.normal(size=sets))
    shortest = longest * rng.beta(*hyper.shortest, size=sets)
    shape = np.exp(hyper.accrual_sd * rng.normal(size=sets))
    rate = -np.log1p(-rng.beta(*hyper.lost, size=sets)) / asked.horizon
    cutoff = longest - (longest - shortest) * rng.uniform(size=sets) ** (1 / shape)
    last = np.minimum(cutoff, rng.exponential(size=sets) / rate)
    days = np.array([90.0, 180.0, 365.0, 730.0])
    expected = [(last > day).mean() for day in days]

    def whole():
        found = reconstruct(claims(("OS", "n", "40")), 400, 6)
        pooled = reverse_kaplan_meier(found.time["OS"].ravel(), found.event["OS"].ravel())
        return np.asarray(survival_at(pooled, days)).tolist()

    assert np.abs(np.array(drawn_once(days.tolist(), whole)) - expected).max() < 0.05


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0])
def test_compiled_follow_up_is_its_formula(shape):
    from pseudoipd.chain import hazards

    # Longest 1000 days, shortest 250, one in ten lost by day 900.
    table = np.empty(CENS_NUMBERS)
    hazards.tabulate_censoring(
        np.array([np.log(1000), np.log(0.25 / 0.75), np.log(0.1 / 0.9), np.log(shape)]), 900.0, np.inf, table
    )
    days = np.array([1.0, 250.0, 400.0, 999.0])
    accrual = np.where(days <= 250, 1.0, ((1000 - days) / 750)) ** shape
    compiled = [hazards.under_observation(day, table) for day in days]
    assert compiled == pytest.approx(accrual * 0.9 ** (days / 900), rel=1e-12)
    assert hazards.under_observation(1000.0, table) == 0
    state = np.array([1, 2, 3, 4], dtype=np.uint64)
    drawn = np.array([hazards.draw_censoring_day(state, table) for _ in range(20_000)])
    # Four standard errors of a share of 20,000 draws.
    assert [(drawn > day).mean() for day in days] == pytest.approx(accrual * 0.9 ** (days / 900), abs=0.015)


def test_the_prior_survival_is_that_of_its_compiled_form():
    from pseudoipd.chain import hazards

    rng = np.random.default_rng(3)
    first = prior.edges(1100.0, 200.0)
    log_hazard, cured = rng.normal(-6, 0.5, len(first)), 0.2
    table = np.zeros((TABLE_ROWS, len(first)))
    hazards.tabulate(first, np.append(log_hazard, np.log(cured / (1 - cured))), table)
    days = np.array([1.0, 44.0, 45.0, 400.0, 2000.0])
    compiled = [hazards.survival_probability(day, table) for day in days]
    assert compiled == pytest.approx(prior.survival(days, first, log_hazard, cured), rel=1e-12)


@pytest.mark.parametrize(
    "rows",
    [
        [("OS", "n", "10"), ("OS", "median", "6.1"), ("OS", "median_upper", "NR")],
        [("OS", "n", "11"), ("OS", "median", "NR")],
        [
            ("OS", "n", "300"), ("OS", "median", "13.0"), ("OS", "median_lower", "11.2"),
            ("OS", "events", "210"),
            ("OS", "median_upper", "14.9"), ("OS", "survival", "28", 24.0), ("OS", "followup_max", "60.1"),
        ],
        [("RFS", "n", "50"), ("RFS", "median", "8.8"), ("RFS", "plateau_from", "~18")],
        [("OS", "n", "50"), ("OS", "median", "13"), ("RFS", "n", "30"), ("RFS", "median", "8.8")],
        [
            ("OS", "n", "60"), ("RESPONSE", "percent", "50", None, "all", "mrd_response"),
            ("OS", "median", "NR", None, "mrd_responder"), ("OS", "median", "6.5", None, "mrd_non_responder"),
            ("OS", "mantel_byar_p", ".002"),
        ],
    ],
)  # fmt: skip
def test_any_claims_file_in_the_grammar(rows, outcome):
    assert outcome(claims(*rows), None, 6, 2) is True


@st.composite
def summaries(draw):
    """Return the claims that a random cohort's summary prints, so that at least one cohort meets them."""
    n = draw(st.integers(10, 80))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    died, seen = np.ceil(rng.weibull(rng.uniform(0.6, 1.6), n) * 400), np.ceil(rng.uniform(200, 1500, n))
    time, event = np.minimum(died, seen) / DAYS_PER_MONTH, died <= seen
    names = draw(st.lists(st.sampled_from(
        ["median", "median_lower", "median_upper", "followup_median", "followup_min", "followup_max",
         "events"]
    ), unique=True, max_size=5))  # fmt: skip
    rows = [("OS", "n", str(n))]
    for name in names:
        value = endpoint_statistic(name, time, event)
        text = "NR" if not np.isfinite(value) else f"{value:.0f}" if name == "events" else f"{value:.1f}"
        rows.append(("OS", name, text))
    return claims(*rows)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(summaries())
def test_whatever_a_real_cohort_prints_is_reconstructed(wanted):
    found = reconstruct(wanted, 2, 3)
    assert judged(found, wanted).all()


# The plain median of all observed times cannot lie beyond the upper limit of the median OS.
RULED_OUT = {("followup_method", "observed")}


@pytest.mark.parametrize(
    ("name", "value"),
    [(a.id, v) for a in read_assumptions().values() for v in a.alternatives if v != a.default],
)
def test_each_alternative_gives_cohorts_or_a_proof(name, value, outcome):
    found = outcome(OURS, assumptions() | {name: value}, 5, 1)
    if (name, value) in RULED_OUT:
        assert re.search(r"under .*followup_method = observed", found)
    else:
        assert found is True


@pytest.mark.parametrize(
    ("name", "value", "method"),
    [
        ("rfs_origin", "start", "reverse-km"), ("mrd_days", "29", "survivors"),
        ("remission_day", "first_assessment", "reverse-km"),
    ],
)  # fmt: skip
def test_a_remission_followed_to_the_last_contact_contradicts_and_is_not_called_a_proof(
    name, value, method, outcome
):
    # The six relapse-free survivors would be followed for longer than the printed 28.9 months; looked at up
    # to three months before the last contact they need not be.
    chosen = assumptions() | {name: value, "followup_method": method}
    said = outcome(OURS, chosen | {"rfs_censoring": "last_contact"}, 5, 1)
    assert "rfs_censoring = last_contact" in said
    assert "proved" not in said
    assert "no cohort was found" not in said
    assert outcome(OURS, chosen, 2, 1) is True


def test_a_request_for_fewer_draws_gives_the_same_draws():
    few, many = (
        reconstruct(OURS, draws, 4, assumptions(), VOCABULARY, moves=6000) for draws in (3, engine.CHUNK + 2)
    )
    assert np.array_equal(few.time["OS"], many.time["OS"][:3])


def test_too_few_draws_are_said_and_not_hidden(tmp_path, monkeypatch):
    file = tmp_path / "claims.csv"
    file.write_text(
        "id,exhibit,endpoint,statistic,category,population,at,printed,unit,source,quote\n"
        "n,x,OS,n,,all,,12,,s,q\nm,x,OS,median,,all,,6.0,months,s,q\n"
    )
    whole = draw_chunk

    def half(wanted, first, last, restarts=RESTARTS):
        found = whole(wanted, first, last, restarts)
        return found.subset(np.arange(len(found) // 2)) if last - first > 1 else found

    monkeypatch.setattr("pseudoipd.draw.draw_chunk", half)
    with pytest.raises(IncompleteError, match="3 of 6 draws written") as raised:
        command.run(file, command.Order(6, 1, tmp_path / "out.csv"))
    assert raised.value.exit_code == 1
    assert (tmp_path / "out.csv").read_text().count("\n") == 1 + 3 * 12
