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
# ## What is published
#
# Every number that the news page and the abstract print about the 36 patients is one row of `data/published/claims.csv`: the whole response table, cohorts and doses, response and MRD counts, medians with their limits, follow-up, plateaus, the P value, the long-term survivors, and the primary analysis's rates. Words without a number, such as 'more pronounced T-cell expansion', are rows too.
#
# A printed number stands for the values that would have been printed so: 13.0 for everything from 12.95 up to 13.05, .009 for .0085 up to .0095, a count for itself. A number spelled out in the source is given in digits.

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
data_dir = "reference"  # folder | - | ADaM tables to read; "reference" is the checked-in reconstructed cohort
conf_type = "log-log"  # one of log-log, log, plain | - | transformation behind the limits of the median
followup_method = "reverse-km"  # one of reverse-km, observed | - | how the median follow-up is computed
plateau_rule = "last_event"  # one of last_event, no_event_after | - | what a printed plateau claims
mantel_byar_tie = "before"  # one of before, at | - | whether a response on the day of a death came before it

# %%
from blina import facts as published, page as report
from blina.scorecard import numbers as scorecard, words as scorecard_report
from blina.scorecard import pictures as draw

page = report.begin("11_scorecard", globals())
page.introduce()

# %%
card = scorecard.scorecard(page.tables, page.claims, page.assumptions)
titles = scorecard_report.exhibit_titles(card)

# %%
page.say(scorecard_report.in_words(card))

# %% [markdown]
# ## Result
#
# ### At a glance

# %%
page.figure(
    draw.scorecard_figure(card, titles),
    name="scorecard",
    alt=scorecard_report.alt(card, titles),
    caption="One square per claim, one row per exhibit.",
)

# %%
page.table(
    scorecard_report.summary(card, titles),
    name="scorecard",
    data=scorecard_report.export(card),
    caption="Verdicts by exhibit; the CSV beside the page holds the whole scorecard, one row per claim",
)

# %% [markdown]
# ### Left out, and predicted
#
# Each number on survival was left out in turn, cohorts were drawn from all the others, and the printed number was looked for among their predictions. A marker inside the shaded area is a number that the others predict.

# %%
table = scorecard_report.left_out(card)
if len(table):
    page.figure(
        draw.held_out_figure(table),
        name="held_out",
        alt=scorecard_report.left_out_alt(table),
        caption="Where each printed number falls among the predictions of cohorts drawn without it.",
    )
page.say(scorecard_report.left_out_words(table))

# %% [markdown]
# ### Claim by claim
#
# *Holds as*: **constraint**, the cohort was made to meet it; **held out**, a constraint that the other numbers predict when it is left out; **derived**, it follows from constraints by arithmetic; **data**, it is read off the dosing table; **recomputed**, the patients were not made from the claims; **statement**, words.

# %%
for exhibit, name, part in scorecard_report.by_exhibit(card):
    page.table(
        scorecard_report.reading(part),
        name=name,
        caption=titles[exhibit],
        data=scorecard_report.export(part),
    )
sources = published.cited(card["source"])
if len(sources):
    page.table(sources, name="sources", kind="published", caption="The sources in full")

# %%
page.results(scorecard_report.results(card))

# %% [markdown]
# ## What it means, and how sure
#
# A reconstructed cohort agrees with its constraints because it was made to; that such cohorts exist at all shows that the printed numbers are consistent with one another, which is a check that a publication can fail. A derived number adds nothing: a percentage follows from its count, the column of totals from its parts. Numbers that were *left out* of the reconstruction and predicted nevertheless are evidence, the stronger the narrower the prediction; here most predictions are wide.
#
# A number that is not reproduced under other parameters than the default is informative too: with log or plain limits, the printed 8.5 to 21.9 months need other cohorts than this one.
#
# Statements in words have no verdict. In particular nothing numeric is known about the T cells of these patients, so `07_t_cell_kinetics` can only simulate.

# %% [markdown]
# ## How it was made
#
# Each value is recomputed from `adsl.csv` and `adtte.csv` by the functions that the other reports use, doses and schedule from `data/published/dosing.csv`; nothing is copied from the claims. Whether a count is a constraint or derived is decided by linear algebra: a count is a sum over kinds of patients, and is derived if its sum is a combination of those before it in the file. *Not reproduced* means that the value lies outside the printed interval. The predictions for the numbers left out are in `data/cohort/held_out.csv`, written by `make cohort`; they hold for the default assumptions.

# %%
page.provenance()
