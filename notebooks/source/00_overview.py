# ---
# jupyter:
#   blina:
#     exhibits:
#     - key_points
#     needs:
#     - ADTTE.OS
# ---

# %% [markdown]
# # Overview
#
# What does the paper say about 36 adults with relapsed or refractory acute lymphoblastic leukemia who received blinatumomab, and which of it can be recomputed?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
data_dir = "reference"  # folder | - | ADaM tables; "reference" is the reconstructed cohort
draws = 200  # integer 0 to 500 | cohorts | reconstructed cohorts behind ranges and bands; 0 for
#     none

# %%
from blina.page import begin
from blina.reports.overview import numbers, pictures, words

page = begin("00_overview", globals())

# %%
card = numbers.scorecard(page.tables, page.claims, page.assumptions)
choices = numbers.options(page.parameters, page.assumptions)
drawn = page.ensemble(draws)
witnesses = numbers.witnesses_of(page.claims, page.assumptions) if drawn is not None else None
curves = numbers.survival_reports(page.tables, page.claims, choices, drawn, witnesses)
states = numbers.by_response(page.tables, choices, page.assumptions["mantel_byar_tie"])

# %% [markdown]
# ## Answer

# %%
page.answer(words.finding(card), *words.key_numbers(card, curves))

# %%
page.figure(
    pictures.curves(curves, states), name="curves", main=True,
    alt=words.curves_alt(curves, states), caption=words.curves_caption(curves),
)

# %% [markdown]
# ## Result
#
# ### Key numbers, printed and ours

# %%
page.table(words.key_table(card), name="key_numbers", caption=words.CAPTIONS["key_numbers"])

# %% [markdown]
# ### Every report, and what it reproduces

# %%
page.say(words.directory(card))

# %% [markdown]
# ### Survival at fixed times

# %%
fixed = numbers.fixed_times(curves)
page.say(words.openness(curves))
page.table(
    words.fixed_times_table(fixed), name="fixed_times", data=fixed, caption=words.CAPTIONS["fixed_times"]
)

# %% [markdown]
# ### All printed numbers, counted

# %%
page.say(words.bookkeeping(card))

# %%
page.results(numbers.results(card))

# %% [markdown]
# ## What it means, and how sure

# %% [markdown] tags=["own"]
# **Known**: the printed numbers, and that those on the patients' courses agree with one another, since cohorts exist that meet all of these.
#
# **Known within limits**: survival at times that were not printed, and the comparison by MRD response beyond its P value. How far the printed numbers pin them down is shown as a range wherever such a number appears.
#
# **Not known**: everything about single patients, the T- and B-cell counts, when transplants took place, and who relapsed with which disease. The T-cell report simulates and says so.
#
# **Not answerable by this trial**: whether the treatment prolonged life, since nobody was treated otherwise; and whether the MRD response caused longer survival, or only showed who would live longer.

# %% [markdown]
# ## What is published
#
# Zugmaier and colleagues (Blood 2015;126:2578, NCT01209286) followed the 36 patients of an exploratory, single-arm phase II trial. What was at hand here is the abstract with its key points, and a news page that reproduces one table of the paper; the full text, its figures and the patients' data were not. The authors conclude that long survival 'may be associated with T-cell expansion, B-cell depletion, and a minimal residual disease response'.
#
# The patients in this collection are therefore **reconstructed**: cohorts of 36 that agree with every printed number which a table of patients can show, at the precision in which it was printed. One of them is drawn in the figures; many of them show what the printed numbers leave open.

# %% [markdown]
# ## How it was made
#
# The printed numbers are rows of `data/published/claims.csv`, each with its source and a short quote; the patients are the tables in `data/cohort/`; the reports recompute every number from these patients and compare. `09_reconstruction` tells how the patients were found, `10_validation` how well the method does where the truth is known.

# %%
page.provenance()
