# ---
# jupyter:
#   blina:
#     exhibits:
#     - os_by_mrd_response
#     needs:
#     - ADSL.MRDRDY
#     - ADTTE.OS
#     - ADTTE.DEATH
# ---

# %% [markdown]
# # MRD response and survival
#
# Did patients with an MRD response live longer, and how much of that is only the time that they had to live to respond?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
data_dir = "reference"  # folder | - | ADaM tables; "reference" is the reconstructed cohort
landmark_months = 2.5  # number 0.5 to 24 | months | landmark from which survival is compared; the
#     default follows the second marrow assessment
sweep_months = 18  # number 1 to 36 | months | last landmark of the sweep, which takes every half
#     month
mantel_byar_tie = "before"  # one of before, at | - | responder at t if the response came before t,
#     or already if it came at t
mrd_days = "29|71"  # one of 29|71, 29, 71 | - | study days on which the reconstructed cohorts may
#     place MRD response
conf_type = "log-log"  # one of log-log, log, plain | - | scale on which the limits of the curves
#     are symmetric
conf_level = 0.95  # number 0.5 to 0.999 | - | confidence level of all limits
draws = 200  # integer 0 to 500 | cohorts | cohorts behind ranges and gray band; 0: none
seed = 1  # integer 0 to 1000000 | - | seed of the reconstructed cohorts

# %%
from blina.page import begin
from blina.reports.mrd_response_and_survival import numbers, pictures, words

page = begin("05_mrd_response_and_survival", globals())

# %%
choices = numbers.options(page.parameters, page.assumptions)
trial = numbers.response_report(numbers.trial_patients(page.tables), choices, mantel_byar_tie)
heart = numbers.response_report(numbers.stanford_heart(), choices, mantel_byar_tie)
marked = numbers.landmark_report(trial.patients, choices, landmark_months, sweep_months)

# %%
cohorts = numbers.allowed(page.ensemble, page.assumptions, draws, seed)
drawn = numbers.compared_in_draws(cohorts.ensemble, landmark_months, mantel_byar_tie)
swept = numbers.sweep_of_draws(cohorts.ensemble, sweep_months)
witnessed = numbers.compared_in_draws(
    numbers.witnesses_of(page.claims, page.assumptions), landmark_months, mantel_byar_tie
)
ranges = numbers.ranges(trial, marked, drawn, witnessed)
concluded = words.stated(
    numbers.conclusions(trial, marked, drawn, witnessed, page.claims), trial, marked
)

# %% [markdown]
# ## Answer

# %%
page.answer(words.finding(trial), *words.key_numbers(trial, page.claims))

# %%
page.figure(
    pictures.by_state(trial), name="os_by_mrd_response", main=True,
    alt=words.by_state_alt(trial), caption=words.CAPTIONS["os_by_mrd_response"],
)
page.say(words.answer(trial, page.claims, ranges))

# %% [markdown]
# ## Result
#
# ### Survival by current state (Simon-Makuch)

# %%
page.table(
    words.state_table(trial), name="os_by_state", data=trial.state_curves,
    caption=words.CAPTIONS["os_by_state"],
)

# %% [markdown]
# ### Why responders must not be compared with non-responders from day 0

# %%
page.say(words.comparison(trial, heart))

# %%
page.figure(
    pictures.immortal_time(trial), name="immortal_time",
    alt=words.immortal_time_alt(trial), caption=words.CAPTIONS["immortal_time"],
)
page.figure(
    pictures.immortal_time(heart), name="immortal_time_stanford", kind="public",
    alt=words.immortal_time_alt(heart), caption=words.CAPTIONS["immortal_time_stanford"],
)

# %% [markdown]
# ### Mantel-Byar: observed and expected deaths

# %%
page.table(
    words.test_table(trial), name="mantel_byar", data=numbers.tests(trial),
    caption=words.CAPTIONS["mantel_byar"],
)
page.table(
    words.test_table(heart), name="mantel_byar_stanford", data=numbers.tests(heart), kind="public",
    caption=words.CAPTIONS["mantel_byar_stanford"],
)

# %% [markdown]
# ### From a landmark

# %%
page.say(words.landmark(marked))
page.figure(
    pictures.from_landmark(trial, marked), name="landmark",
    alt=words.landmark_alt(marked), caption=words.CAPTIONS["landmark"],
)

# %% [markdown]
# ### All landmarks

# %% [markdown] tags=["own"]
# Who responded on day 29 and who on day 71 is not printed. In reconstructed cohorts a landmark before the second assessment therefore compares early responders with later ones as the reconstruction happens to split them; read it there as no finding about the trial.

# %% [markdown]
# Where few patients of one group are left, a ratio would rest on single patients; there none is shown.

# %%
page.figure(
    pictures.sweep(marked, trial, swept, draws), name="landmark_sweep",
    alt=words.sweep_alt(marked), caption=words.CAPTIONS["landmark_sweep"],
)
page.table(
    words.sweep_table(marked), name="landmarks", data=marked.sweep, caption=words.CAPTIONS["landmarks"]
)

# %% [markdown]
# ### What holds, and each number

# %%
page.table(
    words.conclusion_table(concluded, drawn), name="conclusions", data=concluded,
    caption=words.CAPTIONS["conclusions"],
)
page.table(
    words.range_table(ranges, drawn, landmark_months), name="ranges", data=ranges,
    caption=words.range_caption(ranges),
)

# %%
page.results(numbers.results(heart, ranges, page.claims))

# %% [markdown]
# ### Turn the parameters yourself, in JupyterLab

# %%
page.explore(numbers.explored, pictures.by_state, "conf_type", "conf_level")

# %%
page.explore(numbers.explored_landmark, pictures.from_landmark, "landmark_months", "conf_type", "conf_level")

# %% [markdown]
# ## What it means, and how sure

# %%
page.say(words.certainty(concluded, drawn, page.kind, cohorts.note))

# %% [markdown]
# None of these methods makes response a cause. They remove one error, the credit for time that a patient had to live anyway; they do not remove that patients whose disease responds may differ from the others in ways that were not recorded.
#
# The landmark analysis answers a question that a patient at the landmark can ask, at the price of those who did not get there. Mantel-Byar and the time-dependent Cox model use everyone, and assume that the effect of response begins at once and that the hazards stay proportional.

# %% [markdown]
# ## What is published
#
# - The abstract prints that MRD response was associated with longer overall survival, with the P value of a Mantel-Byar test.
# - The news page says that every long-term survivor had an MRD response; its table counts responders and non-responders by survival.
# - When each patient responded, the curves by response, and a hazard ratio were not available. Marrow was assessed on day 29 of each cycle, and responses fell into the first two cycles.
#
# The claim, its source and quote: `data/published/claims.csv`, exhibit `os_by_mrd_response`. The Stanford heart-transplant data, used beside this trial, are public (Crowley and Hu 1977).

# %% [markdown]
# ## How it was made
#
# Mantel-Byar is the log-rank test with patients changing sides at the response (hypergeometric variance, one degree of freedom). Simon-Makuch curves are Kaplan-Meier curves per current state with delayed entry, started at the first response. The landmark test is the log-rank test among patients followed beyond the landmark. The time-dependent Cox model has one covariate, current response, and Efron's ties. All are our own functions, tested against R's survival package, lifelines and statsmodels; on the Stanford data they give R's numbers.
#
# If two arms or more are in the data they are pooled here. The response day is `ADSL.MRDRDY`, counted like the survival times from the start of treatment.

# %%
page.provenance()
