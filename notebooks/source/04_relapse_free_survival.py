# ---
# jupyter:
#   blina:
#     exhibits:
#     - rfs_curve
#     needs:
#     - ADTTE.RFS
# ---

# %% [markdown]
# # Relapse-free survival
#
# How long did patients in remission stay free of relapse, and does it matter which patients the paper counted?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
data_dir = "reference"  # folder | - | ADaM tables; "reference" is the reconstructed cohort
rfs_population = "cr_crh"  # one of cr_crh, mrd_responder | - | whom the printed numbers describe;
#     not used with your own data
conf_type = "log-log"  # one of log-log, log, plain | - | scale on which limits are symmetric
conf_level = 0.95  # number 0.5 to 0.999 | - | confidence level of all limits
followup_method = "reverse-km"  # one of reverse-km, observed, survivors | - | median follow-up:
#     reverse
#     Kaplan-Meier, or median of the times observed
tau_months = 24  # number 1 to 120 | months | horizon of the restricted mean relapse-free survival
#     time
draws = 200  # integer 0 to 500 | cohorts | cohorts behind ranges and gray band; 0: none
seed = 1  # integer 0 to 1000000 | - | seed of the reconstructed cohorts

# %%
from blina.page import begin
from blina.reports.relapse_free_survival import numbers, pictures, words

page = begin("04_relapse_free_survival", globals())

# %%
chosen = numbers.relapse_free_survival(page, draws, seed)
both = numbers.both_populations(page, chosen, draws, seed)

# %% [markdown]
# ## Answer

# %%
page.answer(words.finding(chosen), *words.key_numbers(chosen))

# %%
page.figure(
    pictures.curve(chosen, page.assumptions), name="rfs_curve", main=True,
    alt=words.curve_alt(chosen), caption=words.curve_caption(chosen, page.assumptions),
)
page.say(words.answer(chosen))

# %% [markdown]
# ## Result
#
# ### The curve in numbers

# %%
page.table(
    words.summary_table(chosen), name="rfs_summary", data=chosen.summary, caption=words.summary_caption(chosen)
)

# %% [markdown]
# ### Relapse, or death in remission

# %%
divided = numbers.incidences(page, draws, seed)
page.say(words.incidence(divided))
page.say(words.split(numbers.split(page, draws, seed)))
page.table(
    words.incidence_table(divided), name="rfs_incidence", data=divided, caption=words.CAPTIONS["incidence"]
)

# %% [markdown]
# ### Both possible populations

# %%
page.figure(
    pictures.populations(both), name="rfs_populations",
    alt=words.populations_alt(both), caption=words.CAPTIONS["rfs_populations"],
)
page.say(words.populations(both))

# %%
page.table(
    words.population_table(both), name="rfs_by_population", data=numbers.population_data(both),
    caption=words.CAPTIONS["rfs_by_population"],
)

# %% [markdown]
# ### Comparison of arms

# %%
page.say(words.arms(chosen))
page.table(words.arms_table(chosen), name="rfs_by_arm", data=chosen.ratios, caption=words.arms_caption(chosen))

# %% [markdown]
# ### The numbers behind the picture

# %%
page.table(words.steps_table(chosen), name="rfs_steps", data=chosen.curve, caption=words.steps_caption(chosen))

# %%
page.results(numbers.results(chosen, both))

# %% [markdown]
# ### Turn the parameters yourself, in JupyterLab

# %%
page.explore(numbers.explored, pictures.curve, "rfs_population", "conf_type", "conf_level")

# %% [markdown]
# ## What it means, and how sure

# %%
page.say(words.certainty(chosen))

# %% [markdown]
# Relapse-free survival ends with relapse or death, so a patient who relapses early may still live long: the curve falls faster than overall survival and says something else. It is defined only for patients who reached the response in question; it must not be read as the course of all who were treated.

# %% [markdown] tags=["own"]
# The median is printed without limits. The limits here are computed from a reconstructed cohort; look at the range over the cohorts before relying on them.

# %% [markdown]
# ## What is published
#
# - The abstract prints the median, the median follow-up and the month from which the curve is flat; the news page repeats the median and the plateau.
# - The abstract's plateau is reached after '∼18 months'; the news page, which rewords it, drops the '∼'. Cohorts are held to the news page's 18 (17.5–18.5), so that they may know the last event more closely than the authors said.
# - The table prints how many patients were still relapse-free after blinatumomab.
# - **Who was counted is not printed.** Patients with CR or CRh are the usual choice; MRD responders are the other candidate. The two groups are equally large, but they are not the same patients. From when relapse-free survival counts, and to when a remission is followed, is not printed either (`data/published/assumptions.csv`, rows `rfs_origin` and `rfs_censoring`).
#
# The printed numbers stand beside ours under Result; each with its source and quote: `data/published/claims.csv`, exhibit `rfs_curve`.

# %% [markdown]
# ## How it was made
#
# The methods are those of the report on overall survival: Kaplan-Meier fitted with lifelines, limits and quantiles by our own functions that are tested against R. The checked-in cohort was made for patients in CR or CRh, counted from the day of response. If the parameter chooses MRD responders, cohorts are drawn under that assumption, the first of them is shown, and the gray band and the ranges are theirs. With your own data whoever has the endpoint is counted, from the day your table counts from.
#
# Who never relapsed and is alive was last looked at up to three months before the last contact; counted to the last contact itself, the six relapse-free survivors of the table and the printed median follow-up would allow only a count from the response, with some responses on day 71.

# %%
page.provenance()
