# ---
# jupyter:
#   blina:
#     needs: []
# ---

# %% [markdown]
# # Survival
#
# How long did the patients live, and how far do the printed numbers pin the curves down?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
written = ""  # folder | - | what `blina reconstruct FILE --report FOLDER` wrote

# %%
from blina.reports.another_paper import numbers, pictures, words
from blina.reports.another_paper.collection import begin

page = begin("01_survival", globals())
found = numbers.curves(page.written)

# %% [markdown]
# ## Answer

# %%
page.answer(words.finding(found), *words.key_numbers(found))
page.say(words.heading(page.written))
page.say(" ".join(map(words.answer, found)))

# %% [markdown]
# ## Result

# %%
for curve in found:
    page.figure(
        pictures.curves(curve), name=f"curve_{curve.code.lower()}", alt=words.curve_alt(curve),
        caption=words.curve_caption(curve), main=curve is found[0],
    )

# %%
page.results(numbers.results(page.written))

# %% [markdown]
# ## What it means, and how sure

# %%
for curve in found:
    page.say(f"**{curve.code}.** {words.tail(page.written, curve)}")

# %% [markdown]
# A curve is that of one cohort; another cohort that meets the same printed numbers may run anywhere in the band, and a band holds the cohorts month by month, not whole curves. Bands are no confidence intervals: how another trial of the same size would vary is not in them.
#
# Where nothing is printed, the band shows the prior: hazards that change smoothly, learned from published trials, with a share of patients who never have the event. Before it is used for a decision, look at how wide it is.

# %% [markdown]
# ## How it was made
#
# Kaplan-Meier curves; limits of printed medians and rates are taken to be of the type that the page's footer names, follow-up as it names. A month is 30.4375 days. Ticks are censored patients, dotted lines the median.

# %%
page.provenance()
