# ---
# jupyter:
#   blina:
#     needs: []
# ---

# %% [markdown]
# # Printed numbers
#
# Is each printed number met, and do the others predict it?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
written = ""  # folder | - | what `blina reconstruct FILE --report FOLDER` wrote

# %%
from blina.reports.another_paper import numbers, words
from blina.reports.another_paper.collection import begin

page = begin("02_printed_numbers", globals())

# %% [markdown]
# ## Answer

# %%
page.answer(words.how_met(page.written))
page.say(words.heading(page.written))

# %% [markdown]
# ## Result

# %%
page.table(
    words.printed_table(page.written), name="printed", data=page.written.printed,
    caption=words.CAPTIONS["printed"],
)

# %% [markdown]
# ### Left out, and predicted

# %%
page.say(words.left_out(page.written))
page.table(words.left_out_table(page.written), name="left_out", caption=words.CAPTIONS["left_out"])

# %% [markdown]
# ### Not used

# %%
page.say(words.not_used(page.written))
page.table(words.unused_table(page.written), name="unused", caption=words.CAPTIONS["unused"], kind="published")

# %%
page.results(numbers.results(page.written))

# %% [markdown]
# ## How it was made
#
# *Met by each cohort*: the sampler was asked for it. *Cohorts chosen by it*: more cohorts were drawn than wanted, and those kept that agree; of two arms, pairs of cohorts. *Not asked for, only compared*: too few cohorts agree, or the number is of all arms together. Each value is recomputed from the patients by functions that are tested against R.

# %%
page.provenance()
