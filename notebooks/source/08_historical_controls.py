# ---
# jupyter:
#   blina:
#     exhibits:
#     - historical_controls
#     needs:
#     - ADTTE.OS
#     - ADTTE.DEATH
# ---

# %% [markdown]
# # Historical controls and sister trials
#
# Did these patients live longer than patients on chemotherapy in published series would have, and what can such a comparison tell?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
data_dir = "reference"  # folder | - | ADaM tables to read; "reference" is the checked-in
#     reconstructed cohort
comparator = "gokbuget"  # one of gokbuget, oriol, fielding, obrien, tower_blinatumomab,
#     tower_chemotherapy, mt103_211 | - | series shown beside the cohort; the default is the one
#     from the same country
delay_months = 0.0  # number 0 to 12 | months | time by which the comparator's clock is ahead:
#     series count from relapse, the trial from start of treatment
conf_type = "log-log"  # one of log-log, log, plain | - | transformation behind the limits of the
#     cohort's median
draws = 200  # integer 0 to 500 | cohorts | reconstructed cohorts over which each test is repeated;
#     0 leaves them out
seed = 1                   # integer 0 to 1000000 | - | seed of the reconstructed cohorts

# %%
from blina.page import begin
from blina.reports.historical_controls import numbers, pictures, words

page = begin("08_historical_controls", globals())

# %%
os = page.tables.endpoint("OS")
known = list(numbers.comparators().values())
cohorts = page.ensemble(draws, seed)
tests = numbers.compare(os.time_months, os.event, known, delay=delay_months)
tests = numbers.over_ensemble(tests, cohorts, known, delay=delay_months)

# %% [markdown]
# ## Answer

# %%
page.answer(words.answer(tests), *words.key_numbers(tests, comparator))

# %% [markdown]
# ## Result
#
# ### What the series print

# %%
forest = words.forest_table(numbers.forest(known, page.claims, os.time_months, os.event, conf_type))
page.figure(
    pictures.medians(forest), name="medians", alt=words.medians_alt(forest), caption=words.CAPTIONS["medians"]
)

# %%
printed = words.printed_table(known)
page.table(
    printed, name="comparators", kind="published",
    data=numbers.comparator_table(known), caption=words.CAPTIONS["comparators"],
)
page.table(
    numbers.cited(printed["Source"]), name="sources", kind="published", caption=words.CAPTIONS["sources"]
)

# %% [markdown]
# ### Deaths observed and expected

# %%
page.figure(
    pictures.ratios(tests), name="observed_over_expected", main=True, alt=words.ratios_alt(tests),
    caption=words.ratios_caption(tests),
)

# %%
page.table(words.tests_table(tests), name="one_sample_tests", data=tests, caption=words.CAPTIONS["tests"])
page.say(words.expected(tests, len(os), cohorts))

# %% [markdown]
# ### One comparator, more closely

# %%
beside = numbers.beside(tests, comparator, os, delay=delay_months)
page.say(words.chosen(beside))

# %%
page.figure(
    pictures.beside(beside), name="beside_comparator", alt=words.beside_alt(beside),
    caption=words.CAPTIONS["beside"],
)

# %%
sensitivity = numbers.sensitivity(os.time_months, os.event, beside.comparator, delay=delay_months)
page.table(
    words.sensitivity_table(sensitivity), name="sensitivity", data=sensitivity,
    caption=words.sensitivity_caption(beside),
)

# %%
page.results(numbers.results(tests))

# %% [markdown]
# ### Turn the parameters yourself, in JupyterLab

# %%
page.explore(numbers.explored, pictures.ratios, "delay_months")

# %% [markdown]
# ## What it means, and how sure
#
# **This is no randomized comparison, and no test can make it one.**
#
# - *Who is compared.* A trial takes patients who lived long enough after relapse to be enrolled, were fit for it, and had none of the exclusions (central nervous system disease, active infection, recent transplantation); a series counts every relapse. `delay_months` and the table of other assumptions show what a head start of a few months does.
# - *What is compared.* Many of these patients were transplanted after their response. The survival is that of a strategy, not of the drug alone.
# - *Against what.* A median and one rate do not make a curve. An exponential through a short median expects nearly everyone to die early; a curve through a five-year rate alone has far too long a median. The mixture through both is the least bad; Gökbuget 2012 and Oriol 2010 print both, and their answers differ.
# - *The comparator's error.* The test takes the printed survival as known. For a series of several hundred patients that matters little; for the choice of the series it matters a lot, as the forest shows: the answers range from clearly fewer deaths to no difference.
# - *Sister trials.* In larger trials of the same drug in the same setting median survival was shorter than here; small single-arm trials in a few centres often look better than the larger trials after them. BLAST treated patients in remission with residual disease: no yardstick for this setting, and not tested.

# %%
page.say(words.randomized())

# %% [markdown]
# ## What is published
#
# The report sets its results against chemotherapy by quoting a range of median survival and of five-year survival, without naming the series. Series whose printed figures make up these ranges were found (Gökbuget 2012, Oriol 2010, Fielding 2007); that they are the ones meant is an inference. Beside them stand a series in second salvage, the control arm of the randomized TOWER trial, the other blinatumomab trials, and earlier cuts of this same trial, which are not independent of it.
#
# Each figure with its quote and source: `data/published/comparators.csv`; those on overall survival that no later cut replaces are listed under *Result*.

# %% [markdown]
# ## How it was made
#
# For each comparator a survival function S₀ is made from its printed numbers: exponential through the median; exponential through a rate; or, where both are printed, a fraction that never dies and an exponential for the others, through both. The one-sample log-rank test (Breslow 1975) compares the deaths observed with E = Σ −log S₀(tᵢ) over all patients; chi² = (O − E)²/E. The limits of O/E are those of a Poisson count O, approximate since E depends on the times observed. The two ends of the range that the report quotes are shown and not tested: they mix the series behind them and belong to no patients. Test and limits are held against `survdiff` with an offset and `poisson.test` of R. With `delay_months` = d the function S₀(t + d)/S₀(d) is used. Over the reconstructed cohorts the same test is repeated for each: the number of deaths and their times are not printed, so the span says how far the printed numbers leave the result open.

# %%
page.provenance()
