# ---
# jupyter:
#   blina:
#     exhibits:
#     - response_table
#     - response_rates
#     - primary_analysis
#     needs:
#     - ADSL.BESTRESP
#     - ADSL.MRDRESP
#     - ADSL.HSCTFL
#     - ADSL.RETRTFL
#     - ADSL.RLPFRFL
#     - ADTTE.OS
#     - ADTTE.DEATH
# ---

# %% [markdown]
# # Response table
#
# Who responded, what treatment followed, and who stayed free of relapse, by MRD response and long-term survival?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
data_dir = "reference"  # folder | - | ADaM tables to read; "reference" is the checked-in
#     reconstructed cohort
long_term_months = 30  # number 24 to 36 | months | survival that counts as long-term; the paper: 30
conf_level = 0.95  # number 0.8 to 0.99 | - | confidence level of the exact limits of every rate

# %%
from blina.page import begin
from blina.reports.response_table import numbers, pictures, words

page = begin("02_response_table", globals())

# %%
adsl = numbers.at_threshold(page.tables, long_term_months)
claims = numbers.comparable(page.claims, long_term_months, conf_level)
table = numbers.response_table(adsl, conf_level, long_term_months)
rates = numbers.observed_rates(page.tables, long_term_months, conf_level)

# %% [markdown]
# ## Answer

# %%
page.answer(words.answer(rates, table), *words.key_numbers(rates, conf_level))
page.say(words.left_open(numbers.unknown_survivors(adsl), long_term_months))

# %% [markdown]
# ## Result
#
# ### The table, cell by cell as printed

# %%
printed_like = words.response_table(table, long_term_months, numbers.late_non_responders(adsl))
page.table(printed_like, name="response_table", caption=words.CAPTIONS["response_table"], data=table)
page.say(words.agreement(table, rates, claims, page.kind, long_term_months))

# %% [markdown]
# ### Every rate of the table with its exact limits
#
# [Figure](#figure-table_rates) draws the columns of the table that share no patient. Each holds few patients, so the limits are wide: a difference between columns whose limits overlap widely may be chance.

# %%
page.figure(
    pictures.table_rates(table), name="table_rates",
    alt=words.table_rates_alt(table), caption=words.table_rates_caption(conf_level),
)

# %% [markdown]
# ### Rates of the whole cohort, and those of the primary analysis

# %%
printed = numbers.printed_rates(claims)
page.figure(
    pictures.rates(rates, printed), name="response_rates",
    alt=words.rates_alt(rates, printed), caption=words.rates_caption(conf_level),
)

# %%
page.table(
    words.rates_table(rates, printed), name="response_rates", data=rates,
    caption=words.rates_table_caption(conf_level),
)

# %%
page.results(numbers.results({"response table": table, "response rates": rates}, claims))

# %% [markdown]
# ### Turn the parameters yourself, in JupyterLab

# %%
page.explore(numbers.explored, pictures.table_rates, "long_term_months", "conf_level")

# %% [markdown]
# ## What it means, and how sure

# %% [markdown] tags=["own"]
# The counts are as certain as print: the two columns of MRD responders add up to their total, every percentage is that of its count, and the table agrees with the text. Because the reconstructed patients were built from these counts, agreement with them is by construction.

# %% [markdown]
# What the counts say about *other* patients is limited by their number; that is what the exact limits show. The columns of the table are not groups that were formed at the start. A patient had to live to be an MRD responder and to receive a transplant, and 'survival of at least 30 months' is itself the outcome: the table describes, and does not show that a response or a transplant prolonged life. `05_mrd_response_and_survival` treats that comparison as it must be treated.

# %% [markdown] tags=["own"]
# What the table leaves open: ages, earlier treatments, which dose cohort responded, and when transplants took place were not in the sources at hand.

# %% [markdown]
# ## What is published
#
# - **One table**, 'Summary of Response, Follow-Up Treatment, and Relapse', which the news page on the paper reproduces with all its cells: MRD responders with overall survival of at least 30 months, with less, both together, and MRD non-responders. Its number in the paper is not known.
# - **The text** gives best responses, MRD responses and long-term survivors of all 36 patients.
# - **The primary analysis** of the same trial counted response within two cycles, with exact 95% limits. Net, two more patients are CR and two fewer CRh by best response, so the rates differ: two analyses of the same patients, not an error. Who changed, and how many in all, is not printed.
#
# Every number with source and quote: `data/published/claims.csv`, exhibits `response_table`, `response_rates` and `primary_analysis`.

# %% [markdown]
# ## How it was made
#
# Counts are sums over `adsl.csv`, whose flags are named in `data/README.md`. Long-term survival is recomputed from the overall survival in `adtte.csv` at the threshold above. Of whom was last seen alive before it that is unknown; only the reconstructed cohort, which has the paper's counts, is divided as the paper divides its patients, into those seen so long and all others. Limits are those of Clopper and Pearson (Biometrika 1934), which reproduce the three that the primary analysis prints. Percentages in the table round halves up.

# %%
page.provenance()
