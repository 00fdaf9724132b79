# ---
# jupyter:
#   blina:
#     exhibits:
#     - study_design
#     - response_criteria
#     - baseline
#     - adverse_events
#     needs: []
# ---

# %% [markdown]
# # Study design
#
# Who was treated with how much blinatumomab, when was response assessed, and did the doses reach the concentration that kills leukemia cells in the laboratory?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
body_surface_area = 1.876  # number 1.2 to 2.6 | m² | body surface of the patient whose doses and
#     concentrations are shown; the default is the population model's reference patient
step_dose = "first_cycle"  # one of first_cycle, every_cycle | - | cycles in which the dose of week
#     one is the lower one

# %%
from blina.page import begin
from blina.reports.study_design import numbers, pictures, words

page = begin("01_study_design", globals())

# %%
dosing = numbers.dosing()
totals, patients = numbers.dose_totals(dosing, body_surface_area), numbers.cohort_sizes(page.claims)
target = numbers.target_concentration()
model = numbers.pharmacokinetics(body_surface_area)
steady = numbers.steady_states(dosing, model, target)
exposure = numbers.exposure(page.claims, dosing)

# %% [markdown]
# ## Answer

# %%
page.answer(words.answer(steady, target), *words.key_numbers(exposure, steady))

# %% [markdown]
# ## Result
#
# ### Cohorts and doses

# %%
page.figure(
    pictures.schedule(dosing, totals, patients, numbers.assessment_day(page.claims)), name="dosing_schedule",
    alt=words.schedule_alt(totals), caption=words.CAPTIONS["dosing_schedule"],
)

# %%
page.table(
    words.totals_table(totals, patients), name="dose_totals", data=totals,
    caption=words.totals_caption(body_surface_area),
)

# %% [markdown]
# ### Patients and exposure

# %%
treated = numbers.patients(page.claims)
page.table(
    words.patients_table(treated, words.patients_heads(sum(patients.values()))), name="patients", data=treated,
    kind="published", caption=words.CAPTIONS["patients"],
)
page.say(words.exposure(exposure, step_dose))

# %% [markdown]
# ### Adverse events

# %%
pooled = numbers.pooled_events()
page.say(words.adverse_events(pooled, sum(patients.values())))
page.table(
    words.pooled_table(pooled), name="pooled_events", data=pooled, kind="published",
    caption=words.CAPTIONS["pooled_events"],
)

# %%
earlier = numbers.earlier_events()
page.table(
    words.earlier_table(earlier), name="earlier_events", data=earlier, kind="published",
    caption=words.CAPTIONS["earlier_events"],
)

# %% [markdown]
# ### Concentrations against the in-vitro target

# %%
page.figure(
    pictures.concentrations(numbers.concentration_curves(dosing, model), steady, target),
    name="concentration",
    alt=words.concentrations_alt(steady, target), caption=words.CAPTIONS["concentration"],
)

# %%
page.table(
    words.steady_table(steady), name="steady_state", data=steady,
    caption=words.steady_caption(body_surface_area),
)

# %%
by_source = numbers.steady_states_by_source(dosing, body_surface_area)
page.table(
    words.by_source_table(by_source), name="steady_state_by_source", data=by_source,
    caption=words.CAPTIONS["steady_state_by_source"],
)

# %% [markdown]
# ### Eligibility, response criteria, end points

# %%
setting = words.criteria_table("setting", "announced plan", head="As printed")
page.table(setting, name="setting", caption=words.CAPTIONS["setting"])

# %%
page.table(words.criteria_table("exclusion"), name="exclusion", caption=words.CAPTIONS["exclusion"])

# %%
complete, further = words.criteria_table("complete remission"), words.criteria_table("MRD response", "end point")
page.table(complete, name="complete_remission", caption=words.CAPTIONS["complete_remission"])
page.table(further, name="mrd_and_end_points", caption=words.CAPTIONS["mrd_and_end_points"])

# %%
page.results(numbers.results(dosing, steady, page.claims))

# %% [markdown]
# ### Turn the parameters yourself, in JupyterLab

# %%
page.explore(numbers.explored, pictures.concentrations, "body_surface_area")

# %% [markdown]
# ## What it means, and how sure
#
# The doses of a first cycle, their order and the cohort sizes are printed; whether the step of week one was repeated in later cycles is not (`step_dose` in `data/published/assumptions.csv`). That step dosing lowers the dose of a cycle when it ends at the same level is arithmetic.
#
# The concentrations are calculations for a typical patient. Clearance varies widely between patients, and the three published clearances differ from one another, so a single patient may lie well above or below the line. The EC90 was measured on cell lines in vitro: that a dose reaches it says that the dose is of the right order, not that a patient will respond. The first step lies below it for most patients, on purpose: in this trial step dosing went with less release of cytokines (Nägele 2017).
#
# Response by cohort was not printed in any source at hand, so nothing here says whether one schedule works better than another; and with cohorts this small, not formed by chance, the trial could not have shown it.

# %% [markdown]
# ## What is published
#
# - The news page on the paper gives the cohorts, their weekly doses, the cycle of four infusion weeks and two free weeks, the marrow assessments, the exclusion criteria and the criteria of complete remission. No table or figure of the design was available.
# - Age, earlier treatment and exposure of exactly these 36 patients come from a review of the blinatumomab trials, adverse events from interim reports and from a table that pools these 36 with the 189 of MT103-211.
# - Pharmacokinetics come from other reports: a conference abstract on 131 patients, these 36 among them (clearance, half-life, and the concentration that is 90% effective in vitro, the EC90), and a later population model whose parameters are taken from a public transcription.
# - The news page says that the patients were 'randomized' to the cohorts. The same page calls the study single-arm and dose-finding, where a patient enters the cohort that is open. The word is treated here as **a slip of the source**.
#
# Every row with its quote and source: `data/published/dosing.csv`, `criteria.csv`, `kinetics.csv` (rows `pk_…`, `poppk_…`, `qsp_…`), `claims.csv` (exhibit `baseline`), `comparators.csv` (rows on adverse events).

# %% [markdown]
# ## How it was made
#
# Dose totals are sums over `dosing.csv`. A constant infusion ends at infusion rate divided by clearance; the curve adds, for each change of the rate, (change / clearance) · (1 − exp(−k·t)) with k = clearance / volume. Clearance grows with body surface by the model's printed power; its coefficient of variation is read as that of a log-normal distribution. No patient-level data enter this report.

# %%
page.provenance()
