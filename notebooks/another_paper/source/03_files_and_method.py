# ---
# jupyter:
#   blina:
#     needs: []
# ---

# %% [markdown]
# # Files and method
#
# What was read, what the files hold, and on what do the cohorts rest?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
written = ""  # folder | - | what `blina reconstruct FILE --report FOLDER` wrote

# %%
from blina.reports.another_paper import dependence, words
from blina.reports.another_paper.collection import begin

page = begin("03_files_and_method", globals())

# %% [markdown]
# ## Answer

# %%
page.answer(words.readings_in_short(page.written))
page.say(words.heading(page.written))

# %% [markdown]
# ## How the claims file was read

# %%
page.say(words.readings(page.written))

# %% [markdown]
# ## Files

# %%
page.table(words.files_table(), name="files", caption=words.CAPTIONS["files"], kind="published")

# %%
page.say(words.reading_lines(page.written))

# %% [markdown]
# Take a draw for a patient-level analysis and repeat it over all draws: the spread of the results over the draws is what the printed numbers leave open, to be added to the error of each (Rubin 1987). Never call one draw the data of the trial.

# %% [markdown]
# ## How cohorts are drawn
#
# Patients get groups so that the printed counts hold; times follow a prior drawn anew for each cohort: a hazard that is constant on pieces and changes smoothly, whose shape was learned from arms of published oncology trials, a share without the event for good, follow-up as from accrual up to one cut-off. A Markov chain moves patients until the printed numbers hold at the precision in which they are printed, and a cohort is kept only if statistics that the chain does not use agree. Arms with a printed hazard ratio are drawn together. Of arms so large that 200 chains would take longer than ten minutes, ten cohorts are taken of each chain, a fifth of its length apart, and these depend on one another. Such a chain need not forget the longest follow-up at which it begins: where none is printed, each begins at one of its own, drawn from the prior, or at a common guess if it finds no cohort from there. Endpoints that death ends are of the same patients, unless the list above says that one is drawn apart: they share deaths and last contacts. Relapse and progression are drawn for each endpoint by itself, so that a patient may have one at one endpoint and none at another.

# %%
alike = dependence.of_chains(page.written)
page.say(words.alike(page.written, alike))
page.table(words.alike_table(alike), name="dependence", caption=words.CAPTIONS["dependence"])

# %% [markdown]
# What the prior cannot know: reasons for censoring, crossing of treatments, and how much an endpoint was censored other than overall survival. It was checked on public data sets and trials that were kept apart from those it was learned from.

# %%
page.provenance()
