# ---
# jupyter:
#   blina:
#     exhibits: []
#     needs: []
# ---

# %% [markdown]
# # Reconstruction
#
# Which cohorts of patients agree with every printed number, how are they drawn, and what do the printed numbers leave open?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
conf_type = "log-log"  # one of log-log, log, plain | - | scale of the printed limits
followup_method = "reverse-km"  # one of reverse-km, observed, survivors | - | printed follow-up
followup_range = "all"  # one of all, alive | - | whose follow-up the printed range is
rfs_population = "cr_crh"  # one of cr_crh, mrd_responder | - | who has relapse-free survival
rfs_origin = "response"  # one of response, start | - | from when relapse-free survival counts
rfs_censoring = "last_assessment"  # one of last_assessment, last_contact | - | end of a remission
remission_day = "mrd_response"  # one of mrd_response, first_assessment | - | begin of a remission
mrd_days = "29|71"  # one of 29|71, 29, 71 | - | study days on which MRD response can be seen
relapse_free = "in_remission"  # one of in_remission, never_relapsed | - | is it about death too
hypocellular_relapse_free = "possible"  # one of possible, impossible | - | if marrow is empty
death_after_relapse = "own"  # one of own, same | - | law of death after a relapse
plateau_rule = "last_event"  # one of last_event, no_event_after | - | meaning of a plateau
mantel_byar_tie = "before"  # one of before, at | - | a death on the day of response
prior = "trials"  # one of trials, flat, trials_printed, flat_printed | - | what hazards are
#     drawn from
draws = 150  # integer 20 to 300 | cohorts | how many cohorts are drawn
seed = 1  # integer 0 to 1000000 | - | seed of the cohorts
sensitivity_draws = 0  # integer 0 to 100 | cohorts | for each alternative; 0: the stored table

# %%
from blina.page import begin
from blina.reports.reconstruction import chain_length, numbers, pictures, sensitivity, words

page = begin("09_reconstruction", globals())

# %%
found = numbers.reconstruction(page.claims, page.assumptions, draws, seed)
proved = numbers.proof(found)
known = words.named(numbers.identified(found))

# %% [markdown]
# ## Answer

# %%
page.answer(words.finding(found, proved, known), *words.key_numbers(known))

# %%
bands = numbers.curve_bands(found)
page.figure(
    pictures.cohorts(found, bands), name="cohorts", main=True, alt=words.cohorts_alt(bands),
    kind="reconstructed", caption=words.CAPTIONS["cohorts"],
)

# %% [markdown]
# ## Result
#
# ### Every cohort meets every printed number

# %%
page.say(words.proof(found, proved))

# %%
page.table(
    words.proof_table(found, proved), name="claims_met", data=proved, kind="reconstructed",
    caption=words.CAPTIONS["claims_met"],
)

# %% [markdown]
# ### Identified, bounded, open

# %%
page.figure(
    pictures.identified(known), name="identified", alt=words.identified_alt(known),
    kind="reconstructed", caption=words.CAPTIONS["identified"],
)

# %%
page.table(
    words.identified_table(known), name="quantities", data=known, kind="reconstructed",
    caption=words.CAPTIONS["quantities"],
)

# %% [markdown]
# ### Choose among the cohorts

# %%
cohorts = numbers.playable(found, seed)
page.say(words.play(found, cohorts))

# %%
page.live(
    pictures.play(cohorts), words.played(cohorts), name="play", alt=words.play_alt(cohorts),
    kind="reconstructed", caption=words.CAPTIONS["play"],
)

# %% [markdown]
# ### What the assumptions are worth

# %%
alternatives = sensitivity.table(page.claims, page.assumptions, sensitivity_draws, seed)
page.say(words.sensitivity(alternatives))

# %%
page.table(
    words.sensitivity_table(alternatives), name="sensitivity", data=alternatives, kind="reconstructed",
    caption=words.CAPTIONS["sensitivity"],
)

# %% [markdown]
# ### Patients and print together

# %%
totals = numbers.totals(found)
page.table(
    words.totals_table(totals), name="totals", data=totals, kind="reconstructed", caption=words.CAPTIONS["totals"],
)

# %% [markdown]
# ### Do the draws differ, and have the chains run long enough?

# %%
page.say(words.diversity(found, numbers.diversity(found), numbers.distinct(found.drawn)))

# %%
settled = words.named(numbers.settled(found))
page.say(words.settled(found, settled))

# %%
page.say(words.chain_length(chain_length.compared(chain_length.stored())))

# %%
page.figure(
    pictures.longer(bands), name="longer_chains", alt=words.longer_alt(bands), kind="reconstructed",
    caption=words.CAPTIONS["longer"],
)
page.table(
    words.settled_table(settled), name="longer_bands", data=settled, kind="reconstructed",
    caption=words.CAPTIONS["longer_bands"],
)

# %%
page.results(numbers.results(found, proved, known))

# %% [markdown]
# ## What it means, and how sure

# %%
page.say(words.certainty(found, known))

# %% [markdown]
# **Agreement with the printed numbers is no evidence for these cohorts**: they were made to agree. What the ensemble shows is the reverse, how far the printed numbers decide what was not printed. Whether the method finds the truth where the truth is known, and whether this trial's numbers predict one another, is the subject of report 10.
#
# The rule goes by the width of what print allows, in the quantity's own unit: *identified* up to 10 points, 1.5 months, 2 patients or a ratio of 1.25; *bounded* up to 25 points, 6 months, 6 patients or a ratio of 2; *open* beyond.
#
# The bands rest on three things: the printed numbers, the assumptions in force, and the prior's idea that hazards change smoothly. They are no confidence intervals: how a new trial of 36 patients would vary is not in them. The table of patients and print together has both: each cohort's own variance, and that between cohorts.

# %% [markdown]
# ## What is published
#
# - About survival the sources print a handful of numbers: median with limits, median follow-up, range of follow-up, the month from which the curve is flat, the number alive at 30 months, and one P value.
# - About the patients they print counts and percentages: response, transplantation, retreatment, relapse.
# - No patient-level data, no curve and no numbers at risk were available.
#
# All of them, each with source and quote: `data/published/claims.csv`. What the sources leave open and the collection had to choose: `data/published/assumptions.csv`.

# %% [markdown]
# ## How it was made
#
# Structure first: every patient is given a combination of response, transplantation, retreatment, relapse and long-term survival, so that all printed counts hold (integer programming finds one such assignment or proves that there is none; a random walk then draws one). Times follow a prior that is drawn anew for each cohort: a hazard that is constant on pieces, its logarithm a random walk from piece to piece around what published trials had and a line in log time, and a cured fraction; follow-up with one cut-off after an accrual that is steady, grows or slows, and a few lost early; relapse with a hazard of the same form from the response on, found at visits. A Markov chain moves times, events, relapses and response days, weighs the prior against the distance from the printed intervals, and stops at a cohort that meets them all. The cohort is kept only if the statistics functions of the collection agree. Details, limits and references: `lib/README.md`.
#
# What print allows is found by a search that begins at cohorts drawn, changes one or two patients at a time, and keeps to the printed numbers and to possible patients, but not to the prior (`lib/blina_tools/cohort/climb.py`). Months are days divided by 30.4375.

# %%
page.provenance(kind="reconstructed")
