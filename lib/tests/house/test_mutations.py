"""A test that cannot fail proves nothing: each slip below must turn a test red."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

import slips
from blina_base import project
from drawn_once import bare

pytestmark = pytest.mark.slow

LIBRARY = project.root() / "lib"
TESTS = LIBRARY / "tests"

# (module, what stands there, the slip, the test file that must notice)
MUTATIONS = [
    (
        "pseudoipd/survival/limits.py",
        "curve <= p + CROSSING_TOLERANCE",
        "curve <= p",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/limits.py",
        "(time[first] + time[below[0]]) / 2",
        "time[first]",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/limits.py",
        "survival**power, survival ** (1 / power)",
        "survival ** (1 / power), survival**power",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/kaplan_meier.py",
        "left = at_risk * (at_risk - events)",
        "left = at_risk * at_risk",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/kaplan_meier.py",
        'side="left")\n        still',
        'side="right")\n        still',
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/followup.py",
        "plain.at_risk - plain.censored",
        "plain.at_risk",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/followup.py",
        "left = n * (n - died)",
        "left = n * n",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/transitions/risk_sets.py",
        'else "right")',
        'else "left")',
        "pseudoipd/transitions/test_transitions.py",
    ),
    (
        "pseudoipd/transitions/risk_sets.py",
        'response < time if tie == "before" else response <= time\n    order',
        "response <= time\n    order",
        "pseudoipd/transitions/test_transitions.py",
    ),
    (
        "pseudoipd/claims/proportion.py",
        "beta.ppf(tail, count, n - count + 1)",
        "beta.ppf(tail, count + 1, n - count)",
        "blina/endpoint/test_response.py",
    ),
    (
        "blina/adam/endpoints.py",
        '(rows["CNSR"] == 0)',
        '(1 - rows["CNSR"] == 0)',
        "blina/adam/test_adam_reading.py",
    ),
    (
        "pseudoipd/claims/intervals.py",
        "value < self.upper - TOLERANCE",
        "value <= self.upper",
        "blina/test_published.py",
    ),
    (
        "pseudoipd/claims/intervals.py",
        "value - last / 2) * size",
        "value - last) * size",
        "blina/test_published.py",
    ),
    (
        "pseudoipd/claims/intervals.py",
        "value <= self.upper + TOLERANCE if",
        "value < self.upper - TOLERANCE if",
        "blina/test_published.py",
    ),
    (
        "pseudoipd/claims/claims.py",
        "return self.interval.contains(value)",
        "return self.interval.ends_after(value)",
        "blina/test_published.py",
    ),
    (
        "blina/adam/endpoints.py",
        "days / DAYS_PER_MONTH",
        "days * DAYS_PER_MONTH",
        "blina/adam/test_adam_reading.py",
    ),
    (
        "blina/adam/mapping.py",
        "days.astype(float) + 1",
        "days.astype(float)",
        "blina/adam/test_adam_mapping.py",
    ),
    (
        "pseudoipd/survival/limits.py",
        "np.exp(width / np.abs",
        "np.exp(-width / np.abs",
        "pseudoipd/survival/test_survival.py",
    ),
    ("pseudoipd/survival/kaplan_meier.py", ">= at - _SLACK", ">= at", "pseudoipd/survival/test_survival.py"),
    (
        "pseudoipd/survival/draws.py",
        "(times, censored, censored)",
        "(times, censored, ~censored)",
        "pseudoipd/survival/test_survival_draws.py",
    ),
    (
        "pseudoipd/transitions/curves.py",
        "stays = times > at",
        "stays = times >= at",
        "pseudoipd/transitions/test_transitions.py",
    ),
    (
        "pseudoipd/transitions/draws.py",
        "responses <= at",
        "responses < at",
        "pseudoipd/transitions/test_transitions.py",
    ),
    (
        "pseudoipd/claims/proportion.py",
        "tail = (1 - conf_level) / 2",
        "tail = 1 - conf_level",
        "blina/endpoint/test_response.py",
    ),
    (
        "blina/formats.py",
        "math.floor(value + 0.5 + _ROUNDING)",
        "round(value)",
        "blina/test_formats.py",
    ),
]


CHAIN = "pseudoipd/chain/"
REVERSIBLE = f"{CHAIN}test_moves.py::test_a_move_is_made_as_often_there_as_back"
NEIGHBORS = f"{CHAIN}test_moves.py::test_neighbors_are_shifted_apart_as_often_there_as_back"
KEEPS = f"{CHAIN}test_hyperprior.py::test_"
LAW = f"{KEEPS}parameters_keep_the_law_of_the_hyperprior"
AGREES = f"{KEEPS}parameters_keep_agreeing_with_the_times"
UP_AND_DOWN = f"{KEEPS}as_many_updates_lead_to_a_likelier_law_as_to_a_less_likely_one[events]"
GOES_OVER = f"{KEEPS}a_hazard_that_goes_over_has_the_law_of_the_other_kind[0]"
STOPS = f"{CHAIN}test_chains.py"
SAME_CHANCE = f"{STOPS}::test_each_exact_state_of_the_last_part_has_the_same_chance"
HOLDS = f"{CHAIN}test_losses.py::test_a_claim_holds_where_the_statistic_lies_in_its_interval"
BETWEEN = f"{CHAIN}test_between.py"
HYPER = "    change = 0.0 if keeps else log_hyperprior(process, p, settings) - before"

# The same of the sampler, whose functions the interpreter runs here: nothing is compiled.
LOOK = (
    f"{REVERSIBLE}[the-days-from-the-last-look-at-a-remission-to-the-last-contact-anew-half-of-the-time-"
    "with-the-last-look-kept]"
)
OTHER_END = (
    f"{REVERSIBLE}[a-death-in-remission-to-a-relapse-on-its-day-with-a-time-anew-from-the-prior-or-back]"
)
SAMPLER = [
    ("patients.py", "log -= log_time(x[i, RELAPSE], 0, table)", "log -= 0.0", OTHER_END),
    ("moves.py", "return -log_redrawn(x, i, p.table, p.cens_table, settings)", "return 0.0", OTHER_END),
    ("moves.py", "        x[i, RELAPSED] = x[i, RELAPSE] = 0\n        return back",
     "        x[i, RELAPSED] = x[i, RELAPSE] = 0\n        return 0.0", OTHER_END),
    ("parameters.py", HYPER, "    change = 0.0", f"{LAW}[censoring]"),
    ("parameters.py", HYPER, HYPER.replace("else ", "else 0.5 * (") + ")", f"{LAW}[events]"),
    ("parameters.py", HYPER, "    change = log_hyperprior(process, p, settings) - before",
     f"{LAW}[censoring]"),
    ("parameters.py", "change += logs[i] - chain.logs[i, process]", "change += 0.0", f"{AGREES}[censoring]"),
    ("parameters.py", "kept = math.sqrt(1.0 - scale * scale)", "kept = 1.0", UP_AND_DOWN),
    ("parameters.py", "+ beside * law[to + 1] / step_sd", "+ beside", GOES_OVER),
    ("parameters.py", "trend = along / precision + normal(random) / math.sqrt(precision)",
     "trend = along / precision", GOES_OVER),
    ("parameters.py", "        theta[LOGIT_CURED] = drawn[LOGIT_CURED]\n", "", UP_AND_DOWN),
    ("parameters.py", "pieces, kind = len(distance) + 1, kind_given(random, theta, distance, law)",
     "pieces, kind = len(distance) + 1, 0", f"{LAW}[events]"),
    ("hazards.py", "cens[LOGIT_LOST], hyper.lost_a, hyper.lost_b",
     "cens[LOGIT_LOST], hyper.lost_b, hyper.lost_a", f"{LAW}[censoring]"),
    ("moves.py", "return -math.log(cells[c + 1] - cells[c])", "return 0.0",
     f"{REVERSIBLE}[a-time-to-any-range-of-days-with-or-without-its-event]"),
    ("moves.py", "return -math.log(cells[c + 1] - cells[c])", "return 0.0",
     f"{REVERSIBLE}[a-relapse-to-any-range-of-days]"),
    ("moves.py", "return -math.log(cells[c + 1] - cells[c])", "return 0.0",
     f"{REVERSIBLE}[the-end-of-follow-up-to-any-range-of-days-since-the-response]"),
    ("moves.py", "return back - log_first(x, i, p.table, p.cens_table, settings)", "return 0.0",
     f"{REVERSIBLE}[a-time-anew-from-the-prior]"),
    ("moves.py", "return back - log_second(x, i, roles, settings, p.relapse_table)", "return 0.0",
     f"{REVERSIBLE}[a-relapse-or-none-anew-from-the-prior]"),
    ("moves.py", "return size if uniform(random) < 0.5 else", "return size if uniform(random) < 0.7 else",
     f"{REVERSIBLE}[shift-a-time]"),
    ("moves.py", "x[j, TIME] -= step", "x[j, TIME] -= abs(step)",
     f"{REVERSIBLE}[shift-two-times-against-each-other-of-neighbors-where-it-is-known-who-lives-long]"),
    ("moves.py", "next_alike(x, i) != j and next_alike(x, j) != i", "i < 0", NEIGHBORS),
    ("moves.py", "x[k, TIME] == x[i, TIME] and k > i", "x[k, TIME] == x[i, TIME]", NEIGHBORS),
    ("moves.py", "other = days[0] if x[i, RESPONSE] == days[1] else days[1]", "other = days[0]",
     f"{REVERSIBLE}[the-other-response-day]"),
    ("moves.py", "u = (u - SECOND_SHARE) / FIRST_SHARE", "u = u - SECOND_SHARE",
     f"{CHAIN}test_moves.py::test_moves_are_picked_as_often_as_their_weights_say"),
    ("metropolis.py", "log_ratio += log_prior_change(", "log_ratio = log_prior_change(",
     f"{REVERSIBLE}[a-time-anew-from-the-prior]"),
    ("metropolis.py", "        if total <= bound:\n", "        if total <= loss:\n",
     f"{REVERSIBLE}[exchange-two-patients-relapses]"),
    ("metropolis.py", "math.log(uniform(random))) / strictness", "math.log(uniform(random)))",
     f"{REVERSIBLE}[event-for-censoring-or-censoring-for-event]"),
    ("hazards.py", "return log_event(relapse - origin, table)",
     "return log_survival(relapse - origin, table)", f"{REVERSIBLE}[the-other-response-day]"),
    ("patients.py", "relapse < x[i, TIME] - unseen(x, i)", "relapse <= x[i, TIME] - unseen(x, i)",
     f"{REVERSIBLE}[shift-a-relapse]"),
    ("patients.py", "half / ((half + days - 1.0) * (half + days))", "half / (half + days)",
     f"{REVERSIBLE}[event-for-censoring-or-censoring-for-event]"),
    ("moves.py", "x[i, TIME] += x[i, UNSEEN] - before", "x[i, TIME] += abs(x[i, UNSEEN] - before)", LOOK),
    ("hazards.py", "return log_followed(day - 1.0, cens_table) if event == 1",
     "return log_followed(float(day), cens_table) if event == 1",
     f"{REVERSIBLE}[event-for-censoring-or-censoring-for-event]"),
    ("metropolis.py", "            loss < HOLDS\n", "            loss < math.inf\n", STOPS),
    ("metropolis.py", "step >= effort.moves and exact > 0", "exact > 0", STOPS),
    ("metropolis.py", "uniform(random) * exact < 1.0", "exact > 0", SAME_CHANCE),
    ("metropolis.py", "uniform(random) * exact < 1.0", "exact == 1", SAME_CHANCE),
    ("metropolis.py", "    if bound >= 0.0:\n        for k", "    if bound < 0.0:\n        for k", STOPS),
    ("chains.py", "        if moves != NOT_FOUND:\n            break", "        break", STOPS),
    ("repair.py", "== too_small:", "!= too_small:", STOPS),
    ("assignment.py", "    if loss >= MEETS:\n", "    if loss < MEETS:\n", STOPS),
    ("losses.py", "if value > high + DAY_TOLERANCE", "if value > high - 0.5", HOLDS),
    ("losses.py", "survival_at(keys, m, timing.at[c]), low, high, S_TOLERANCE",
     "survival_at(keys, m, timing.at[c]), low, high, 0.01", f"{HOLDS}[survival]"),
    ("keys.py", ">= moment - DAY_TOLERANCE", "> moment", f"{HOLDS}[count_at_or_beyond]"),
    ("keys.py", "return s >= 0.5 - HALF_TOLERANCE", "return False", f"{HOLDS}[median]"),
    ("keys.py", "return scaled >= 0.0 or z * z", "return scaled >= 0.0 and z * z", f"{HOLDS}[median_lower]"),
    ("keys.py", "left = risk - died\n", "left = risk\n", f"{HOLDS}[followup_median]"),
    ("keys.py", "expected += died * share", "expected += share", f"{HOLDS}[mantel_byar_p]"),
    ("between.py", "left = t / (d1 + d2)", "left = 0.0", BETWEEN),
    ("between.py", "beta + timing.at[c] * error", "beta - timing.at[c] * error", BETWEEN),
    ("between.py", "d1 - died * share", "d1 - share", BETWEEN),
]  # fmt: skip
MUTATIONS += [(CHAIN + module, sound, slip, test) for module, sound, slip, test in SAMPLER]
MUTATIONS += [
    ("pseudoipd/paper/together.py", "errors = sign * ERRORS", "errors = ERRORS", BETWEEN),
]


@pytest.fixture(scope="module")
def runner() -> Iterator[subprocess.Popen[str]]:
    """The process that runs a test file against a library with a slip in it."""
    plain = {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "NUMBA_DISABLE_JIT": "1"}
    environment = os.environ | plain | {"PYTHONPATH": str(LIBRARY)}
    command = [sys.executable, str(TESTS / "slips.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=project.root(), env=environment, **pipes) as process:
        yield process
        process.stdin.close()


def run_tests(runner: subprocess.Popen[str], module: str, text: str, test: str) -> tuple[int, str]:
    runner.stdin.write(json.dumps({"file": module, "text": text, "test": test}) + "\n")
    runner.stdin.flush()
    answer = json.loads(runner.stdout.readline())
    return answer["status"], answer["printed"]


@pytest.fixture
def ends(runner, drawn_once) -> Callable[[str, str, str], int]:
    """Return the status of tests with another text of a module; of the sampler's it may be known.

    There the interpreter takes seconds for each; what tests the others needs data, too, and is run anew.
    """

    def ends(module: str, text: str, test: str) -> int:
        def run() -> int:
            status, printed = run_tests(runner, module, text, test)
            failed = status == pytest.ExitCode.TESTS_FAILED
            assert status == pytest.ExitCode.OK or (failed and "FAILED" in printed), printed[-2000:]
            return status

        file = TESTS / test.partition("::")[0]
        return drawn_once((module, bare(text), test), run, file=file) if module.startswith(CHAIN) else run()

    return ends


@pytest.mark.parametrize(("module", "sound", "slip", "test"), MUTATIONS)
def test_a_slip_is_noticed(ends, module, sound, slip, test):
    text = (LIBRARY / module).read_text(encoding="utf-8")
    assert text.count(sound) == 1, f"{module} no longer holds exactly one {sound!r}"
    assert ends(module, text.replace(sound, slip), test) == pytest.ExitCode.TESTS_FAILED


SOUND = [
    ("pseudoipd/survival/draws.py", "pseudoipd/survival/test_survival_draws.py"),
    (f"{CHAIN}moves.py", f"{REVERSIBLE}[shift-a-time]"),
    (f"{CHAIN}parameters.py", f"{LAW}[censoring]"),
    (f"{CHAIN}chains.py", SAME_CHANCE),
    (f"{CHAIN}losses.py", HOLDS),
]


@pytest.mark.parametrize(("module", "test"), SOUND)
def test_without_a_slip_the_same_run_passes(ends, module, test):
    """Else red would prove nothing."""
    assert ends(module, (LIBRARY / module).read_text(encoding="utf-8"), test) == pytest.ExitCode.OK


def test_a_slip_that_no_test_imports_is_no_success(runner):
    status, _ = run_tests(
        runner, "nbreports/digits.py", "raise ImportError", "pseudoipd/survival/test_survival_draws.py"
    )
    assert status == slips.NOT_IMPORTED
