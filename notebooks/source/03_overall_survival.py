# ---
# jupyter:
#   blina:
#     exhibits:
#     - os_curve
#     needs:
#     - ADTTE.OS
# ---

# %% [markdown]
# # Overall survival
#
# How long did the patients live, how far do the printed numbers pin the curve down, and where does it become flat?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
data_dir = "reference"  # folder | - | ADaM tables; "reference" is the reconstructed cohort
conf_type = "log-log"  # one of log-log, log, plain | - | scale on which limits are symmetric
conf_level = 0.95  # number 0.5 to 0.999 | - | confidence level of all limits
followup_method = "reverse-km"  # one of reverse-km, observed, survivors | - | median follow-up:
#     reverse
#     Kaplan-Meier, or median of the times observed
tau_months = 36  # number 1 to 120 | months | horizon of the restricted mean survival time
draws = 200  # integer 0 to 500 | cohorts | cohorts behind ranges and gray band; 0: none
seed = 1  # integer 0 to 1000000 | - | seed of the reconstructed cohorts

# %%
from blina.page import begin
from blina.reports.overall_survival import numbers, pictures, words

page = begin("03_overall_survival", globals())

# %%
os = numbers.overall_survival(page, draws, seed)

# %% [markdown]
# ## Answer

# %%
page.answer(words.finding(os), *words.key_numbers(os))

# %%
page.figure(
    pictures.curve(os), name="os_curve", main=True,
    alt=words.curve_alt(os), caption=words.curve_caption(os),
)
page.say(words.answer(os))

# %% [markdown]
# ## Result
#
# ### The curve in numbers

# %%
page.table(
    words.summary_table(os), name="os_summary", data=os.summary, caption=words.summary_caption(os)
)

# %% [markdown]
# ### Comparison of arms

# %%
page.say(words.arms(os))
page.table(words.arms_table(os), name="os_by_arm", data=os.ratios, caption=words.arms_caption(os))

# %% [markdown]
# ### The numbers behind the picture

# %%
page.table(words.steps_table(os), name="os_steps", data=os.curve, caption=words.steps_caption(os))

# %%
page.results(numbers.results(os))

# %% [markdown]
# ### Turn the parameters yourself, in JupyterLab

# %%
page.explore(numbers.explored, pictures.curve, "conf_type", "conf_level")

# %% [markdown]
# ## What it means, and how sure

# %%
page.say(words.certainty(os))

# %% [markdown]
# The limits of the median are the times at which the limits of the curve cross one half. With so few patients they are nearly single deaths: one death more or less before them moves a limit by months, and the type of limits (parameter `conf_type`) can move them by one death.
#
# A flat end says that nobody died late among the few who were followed that long. It is not the share of patients who are cured: look at the number at risk below the flat part, and at the width of the limits there.

# %% [markdown]
# ## What is published
#
# - The abstract prints median survival, median follow-up and the number of patients who lived 30 months or longer.
# - The news page on the paper adds the limits of the median, the range of follow-up and the month from which the curve is flat.
# - No curve, no numbers at risk, no survival at a fixed time and no censoring time was available. Which type of limits the paper used, and how follow-up was computed, is not stated.
#
# The printed numbers stand beside ours under Result; each with its source and quote: `data/published/claims.csv`, exhibit `os_curve`.

# %% [markdown]
# ## How it was made
#
# The curve is the Kaplan-Meier estimate, fitted with lifelines. Limits use Greenwood's variance on the chosen scale. Quantiles and their limits are our own functions, because lifelines has one type of limits and no midpoint rule: the median is the first time at which survival is one half or less, the middle of the interval if it equals one half there (the rule of R and SAS), and the limits of the median follow by the same rule from the limits of the curve (Brookmeyer and Crowley). They are tested against R's survival package. Follow-up is the reverse Kaplan-Meier estimate unless the parameter says otherwise; restricted mean survival is the area under the curve up to `tau_months`. A month is 30.4375 days; times are kept in whole days and divided last.
#
# The gray band holds, month by month, 95% of the curves of the ensemble: cohorts drawn at random that each reproduce every printed number (report 09 says how). Its edges are curves of cohorts, so chosen that one more cohort would lie within with a probability of 95% or more (Wilks 1941); the ranges in the tables follow the same rule. It is not a confidence interval.

# %%
page.provenance()
