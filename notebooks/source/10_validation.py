# ---
# jupyter:
#   blina:
#     exhibits: []
#     needs: []
# ---

# %% [markdown]
# # Validation and calibration
#
# Where the truth is known: how often does it lie in the bands, and how near do the cohorts drawn come to it?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
cohorts = "stored"  # one of stored, reporting, elsewhere, fourth, third, second, first, tuning | -
#     | public cohorts to draw anew; stored shows the checked-in results
draws = 40  # integer 10 to 40 | cohorts | how many cohorts are drawn from each summary, where drawn
#     anew
seed = 1  # integer 0 to 1000000 | - | seed of the cohorts drawn anew

# %%
from blina.page import begin
from blina.reports.validation import numbers, pictures, words

page = begin("10_validation", globals())
every = numbers.every()
ranked = numbers.ranks()
found = numbers.validation(cohorts, draws, seed)

# %% [markdown]
# ## Answer

# %%
page.answer(words.answer(every), *words.key_numbers(every))

# %% [markdown]
# ## Result
#
# ### How often the bands hold the truth

# %%
page.say(words.worst(every))
page.figure(
    pictures.coverage(every), name="coverage", alt=words.coverage_alt(every), kind="public",
    caption=words.CAPTIONS["coverage"], main=True,
)

# %%
page.table(words.aims_table(every), name="aims", kind="public", caption=words.CAPTIONS["aims"])
page.table(
    words.series_table(every), name="all_series", data=every, kind="public", caption=words.CAPTIONS["series"]
)
page.table(words.kinds_table(every), name="kinds_of_series", kind="public", caption=words.CAPTIONS["kinds"])

# %% [markdown]
# ### Whether the sampler draws what it says

# %%
page.say(words.calibration(ranked, numbers.sampler()))
page.figure(
    pictures.ranks(ranked), name="ranks", alt=words.ranks_alt(ranked), kind="simulated",
    caption=words.CAPTIONS["ranks"],
)
page.table(
    words.ranks_table(ranked), name="ranks", data=numbers.uniformity(ranked), kind="simulated",
    caption=words.CAPTIONS["ranks_table"],
)

# %%
tried = numbers.priors()
page.say(words.priors(tried))
page.table(
    words.priors_table(tried), name="priors", data=tried, kind="public", caption=words.CAPTIONS["priors"]
)

# %% [markdown]
# ### How near the curves come

# %%
page.figure(
    pictures.errors(every), name="errors", alt=words.errors_alt(every), kind="public",
    caption=words.CAPTIONS["errors"],
)

# %%
figured = numbers.with_figures()
page.say(words.figures(figured))
page.table(
    words.figures_table(figured), name="figures", data=figured, kind="public",
    caption=words.CAPTIONS["figures"],
)

# %%
page.say(words.held_out(numbers.left_out()))

# %%
page.figure(
    pictures.truths(found.plain), name="truths", alt=words.truths_alt(found.plain), kind="public",
    caption=words.CAPTIONS["truths"],
)
page.table(
    words.cohort_table(found.more), name="summaries", data=numbers.measures(found), kind="public",
    caption=words.CAPTIONS["summaries"],
)

# %%
page.results(numbers.results(every))

# %% [markdown]
# ## What it means, and how sure
#
# A band shows the cohorts that agree with the summary and with the prior; it is not a confidence band. Points of one curve are not independent: a flat piece is hit or missed as a whole.
#
# A sampler that draws what it says has uniform ranks where its prior is the law of the simulated cohorts: where its scale is given, or where nothing printed enters it, as on all pages unless told otherwise. Where it takes the scale from the numbers (`trials_printed` and `flat_printed`, the prior of all pages until arms kept out of the fit had been drawn once) it need not have them: the prior is then centered on the printed median itself, which chance may make late, or not reached. Last looks and deaths after a relapse are not simulated. What the choice is worth for this trial, the [reconstruction](09_reconstruction.ipynb) shows.
#
# The trials are of solid tumors, phase III; none is of leukemia, whose early deaths they lack. For this trial the prior is wider.

# %% [markdown]
# ## What is published
#
# Of the public cohorts the patients are known, of the trials' arms the curves (digitized; MIT license). Only a summary as a paper would print it goes in. Arms kept out of the fit were named by a rule, with digests, before anything was fitted (`data/trials/protocol.md`, which says what of them was known by then; why a second time, `protocol_second.md`). By that protocol they were drawn once, with a prior whose scale was the printed one; then, for a reason that these arms had no part in, the scale was taken from trials, and they were drawn *again*. Aims are met or not by the first drawing. Other series seen before were reported with earlier forms of the method, too.

# %% [markdown]
# ## How it was made
#
# Times are whole days, 30.4375 to a month. Printed are: patients; median with log-log limits; the number still followed at twice the median (or three quarters of the longest time, if that is less); reverse Kaplan-Meier follow-up with the smallest and largest time; a plateau where the last event falls into the first three quarters of the longest time and three patients or more are followed beyond. In the second run S at the same month is printed as well, in whole percent.
#
# Curves are compared at 400 evenly spaced times up to the last printed time of the curve. RMST is the mean of S over these times the horizon. Interpolation is linear through the start, the points that the limits of the median imply, the median and the rate, and flat after the last point. Ranks: Talts et al. 2018, with the bands of Säilynoja et al. 2022.

# %%
page.provenance(kind="public")
