# ---
# jupyter:
#   blina:
#     exhibits: []
#     needs:
#     - CLAIMS
# ---

# %% [markdown]
# # Scorecard
#
# Is every number that the publication prints found again in the patient-level data, and what is that worth as evidence?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
data_dir = "reference"  # folder | - | ADaM tables to read; "reference" is the checked-in
#     reconstructed cohort
conf_type = "log-log"  # one of log-log, log, plain | - | transformation behind the limits of the
#     median
followup_method = "reverse-km"  # one of reverse-km, observed, survivors | - | how the median
#     follow-up is
#     computed
plateau_rule = "last_event"  # one of last_event, no_event_after | - | what a printed plateau claims
mantel_byar_tie = "before"  # one of before, at | - | whether a response on the day of a death came
#     before it

# %%
from blina.page import begin
from blina.reports.scorecard import numbers, pictures, words

page = begin("11_scorecard", globals())

# %%
card = numbers.scorecard(page.tables, page.claims, page.assumptions)
titles = numbers.exhibit_titles(card)

# %% [markdown]
# ## Answer

# %%
page.answer(words.answer(card), *words.key_numbers(card))

# %% [markdown]
# ## Result
#
# ### At a glance

# %%
page.figure(
    pictures.scorecard(card, titles), name="scorecard", alt=words.scorecard_alt(card, titles),
    caption=words.CAPTIONS["scorecard"],
)

# %%
page.say(words.weight(card))

# %% [markdown]
# ### Claim by claim
#
# *Holds as*: **constraint**, the cohort was made to meet it; **held out**, a constraint that the other numbers predict when it is left out; **derived**, it follows from constraints by arithmetic; **transcribed**, a dose or a week, compared with a dosing table typed from the same page; **recomputed**, the patients were not made from the claims; **stated**, a number that no table of patients holds (an age, a date, a laboratory limit); **statement**, words. In parentheses what cohorts drawn without the number predict for it.

# %%
page.table(words.claims_table(card), name="scorecard", data=card, caption=words.CAPTIONS["claims"])

# %% [markdown]
# ### Left out, and predicted
#
# Each number on survival was left out in turn, cohorts were drawn from all the others, and the printed number was looked for among their predictions. A marker outside the shaded area is a number that the others contradict; inside, only a narrow band is evidence.

# %%
held = numbers.left_out(card)
page.figure(
    pictures.left_out(held), name="left_out", alt=words.left_out_alt(held), caption=words.CAPTIONS["left_out"]
)
page.say(words.left_out(held))

# %% [markdown]
# ### Sources

# %%
page.table(numbers.sources(card), name="sources", kind="published", caption=words.CAPTIONS["sources"])

# %%
page.results(numbers.results(card))

# %% [markdown]
# ### Turn the parameters yourself, in JupyterLab

# %%
page.explore(
    numbers.explored, pictures.scorecard, "conf_type", "followup_method", "plateau_rule", "mantel_byar_tie"
)

# %% [markdown]
# ## What it means, and how sure
#
# A reconstructed cohort agrees with its constraints because it was made to; that such cohorts exist at all shows that the printed numbers are consistent with one another, which is a check that a publication can fail. A derived number adds nothing: a percentage follows from its count, the column of totals from its parts. A number that was *left out* and falls in a narrow band is evidence; in a wide one it is not contradicted, and no more. One that falls outside its band carries information that the others lack, or an assumption about it is wrong.
#
# Agreement also fixes little: most deaths and last contacts can be moved by a day, and some by two months, without a printed number noticing.
#
# A number that is not reproduced under other parameters than the default is informative too: with log or plain limits, the printed limits of 8.5–21.9 months need other cohorts than this one.
#
# Statements in words have no verdict. In particular nothing numeric is known about the T cells of these patients, so `07_t_cell_kinetics` can only simulate.

# %% [markdown]
# ## What is published
#
# Numbers that the sources print about exactly these 36 patients are rows of `data/published/claims.csv`: the whole response table, cohorts and doses, response and MRD counts, medians with their limits, follow-up, plateaus, the P value, the long-term survivors, the primary analysis's rates, age and exposure. Those of interim reports, which later cuts replace, stand in `comparators.csv`. Words without a number, such as 'more pronounced T-cell expansion', are rows too.
#
# A printed number stands for the values that would have been printed so: 13.0 for everything from 12.95 up to 13.05, .009 for .0085 up to .0095, a count for itself. A number spelled out in the source is given in digits.

# %% [markdown]
# ## How it was made
#
# Each value is recomputed from `adsl.csv` and `adtte.csv` by the functions that the other reports use, doses and schedule from `data/published/dosing.csv`; nothing is copied from the claims. Who survived for 30 months is judged by overall survival, not by the flag LTSFL. Whether a count is a constraint or derived is decided by linear algebra: a count is a sum over kinds of patients, and is derived if its sum is a combination of those before it in the file. *Not reproduced* means that the value lies outside the printed interval. The predictions for the numbers left out are in `data/cohort/held_out.csv`, written by `make cohort`; they hold for the default assumptions.

# %%
page.provenance()
