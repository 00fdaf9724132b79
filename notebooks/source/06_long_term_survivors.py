# ---
# jupyter:
#   blina:
#     exhibits:
#     - long_term_survivors
#     needs:
#     - ADTTE.OS
#     - ADTTE.DEATH
# ---

# %% [markdown]
# # Long-term survivors
#
# Who lived for 30 months or longer, what treatment had they, and how much does the answer depend on the choice of 30 months?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
data_dir = "reference"  # folder | - | ADaM tables; "reference" is the reconstructed cohort
long_term_months = 30  # number 24 to 36 | months | survival that counts as long-term; the paper: 30
relapse_from = "response"  # one of start, response | - | from when relapse-free survival counts in
#     the tables
conf_type = "log-log"  # one of log-log, log, plain | - | transformation behind the limits of
#     survival
draws = 200  # integer 0 to 500 | cohorts | reconstructed cohorts to compare with; 0 for none

# %%
from blina.page import begin
from blina.reports.long_term_survivors import numbers, pictures, words

page = begin("06_long_term_survivors", globals())

# %%
course = numbers.courses(page.tables, long_term_months, relapse_from)
sweep = numbers.threshold_sweep(course["months"], course["died"], numbers.THRESHOLDS, conf_type)
cohorts = numbers.ensemble_counts(page.ensemble(draws), numbers.THRESHOLDS)

# %% [markdown]
# ## Answer

# %%
page.answer(words.finding(course, long_term_months), *words.key_numbers(course, long_term_months))

# %%
page.figure(
    pictures.swimmer(course, long_term_months), name="swimmer", main=True,
    alt=words.swimmer_alt(course, long_term_months), caption=words.swimmer_caption(course, page.kind),
)
page.say(words.answer(course, long_term_months))

# %% [markdown]
# ## Result
#
# ### How to read the picture
#
# Full color: long-term survivors. The columns at the left hold what is known without a time: best response, allogeneic transplantation (alloHCT), and treatment with blinatumomab for a second time (retr.). Relapse is known only for patients who have relapse-free survival.

# %% [markdown]
# ### The long-term survivors one by one

# %%
page.say(words.courses(course, page.kind))
page.table(words.survivors_table(course), name="survivors", caption=words.survivors_caption(long_term_months))
page.say(words.events(course, page.kind))

# %%
consolidation = words.consolidation_table(numbers.consolidation(course))
page.table(consolidation, name="consolidation", caption=words.CAPTIONS["consolidation"])

# %% [markdown]
# ### How much depends on the threshold

# %%
page.figure(
    pictures.thresholds(sweep, numbers.printed_count(page.claims), cohorts), name="thresholds",
    alt=words.thresholds_alt(sweep), caption=words.CAPTIONS["thresholds"],
)
page.say(words.sweep(sweep, cohorts))

# %%
page.table(words.sweep_table(sweep), name="thresholds", data=sweep, caption=words.CAPTIONS["sweep"])

# %% [markdown]
# ### Beside the printed numbers

# %%
card = numbers.printed(page.tables, page.claims, page.assumptions)
page.table(words.printed_table(card), name="printed", data=card, caption=words.CAPTIONS["printed"])

# %%
page.results(numbers.results(course, sweep, page.claims))

# %% [markdown]
# ### Turn the parameters yourself, in JupyterLab

# %%
page.explore(numbers.explored, pictures.swimmer, "long_term_months", "relapse_from")

# %% [markdown]
# ## What it means, and how sure

# %% [markdown] tags=["own"]
# The counts of the long-term survivors are printed. Their courses are not: the plot shows **one** of the many cohorts that agree with all printed numbers. Which patient was transplanted, when a relapse came, how long after 30 months someone was followed, are read off this cohort and not off the trial.
#
# Ten survivors show that long survival happened, after transplantation and without it.

# %% [markdown]
# Survivors cannot show whether transplantation helped: who was transplanted was not decided by chance, and a patient had to stay in remission long enough to be transplanted.

# %% [markdown] tags=["own"]
# The threshold matters less for the estimate than for the count. Above 30 months the count falls mainly because follow-up ends, not because patients die; the Kaplan-Meier estimate uses everyone for as long as they were seen.

# %% [markdown]
# ## What is published
#
# Only counts: ten of the 36 patients were long-term survivors; all ten had an MRD response; six of them stayed free of relapse, four after an allogeneic transplantation and two who received three additional cycles of blinatumomab instead; in three of the ten, neurologic events or cytokine release syndrome led to a temporary stop. No course of a single patient was printed in the sources at hand, and no time of a transplantation anywhere.
#
# Every number with source and quote: `data/published/claims.csv`, exhibit `long_term_survivors`.

# %% [markdown]
# ## How it was made
#
# Survival is the overall survival in `adtte.csv`, months being days divided by 30.4375. Relapse is an event of relapse-free survival before the patient's death, counted from the start of treatment: with `relapse_from` set to *response* the day of the MRD response (or, without one, the first marrow assessment) is added. The ensemble's span counts, in each reconstructed cohort, who was seen at or beyond the threshold.

# %%
page.provenance()
