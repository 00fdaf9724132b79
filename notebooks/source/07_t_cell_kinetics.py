# ---
# jupyter:
#   blina:
#     exhibits:
#     - t_cell_kinetics
#     - b_cell_kinetics
#     needs:
#     - ADTTE.OS
#     - ADTTE.DEATH
#     - ADLB.TCELL
# ---

# %% [markdown]
# # T-cell and B-cell kinetics
#
# Did T cells expand more in the patients who survived 30 months or longer, and how large would such a contrast have to be for 36 patients to show it?

# %% [markdown]
# ## Parameters

# %% tags=["parameters"]
data_dir = "reference"  # folder | - | ADaM tables to read; the T-cell counts in its ADLB are drawn
#     as they are; those of the reference cohort are simulated
expansion_ratio = 2.0  # number 0.2 to 10 | ratio | true contrast of the simulation: expansion with
#     OS of 30 months or more over expansion with less; nothing is printed, 2 keeps the others near
#     their baseline
seed = 0  # integer 0 to 1000000 | - | seed of the simulation; the default draws the counts of
#     data/cohort/adlb.csv
trials = 1000  # integer 100 to 5000 | trials | simulated trials behind each point of the power
#     curve

# %%
from blina.page import begin
from blina.reports.t_cell_kinetics import numbers, pictures, words

page = begin("07_t_cell_kinetics", globals())

# %%
counts = numbers.counts_of(page.tables, seed=seed, expansion_ratio=expansion_ratio)
expansion = numbers.expansion_table(counts.table)
contrasts = numbers.contrasts(expansion)

# %%
calibration = numbers.read_calibration()
sizes = numbers.power_sizes(counts.sizes)
power = numbers.power_table(calibration, trials=trials, seed=seed, sizes=sizes)
at_80 = numbers.ratio_at_power(power, sizes=sizes)

# %% [markdown]
# ## Answer

# %%
page.answer(
    words.answer(counts.kind, contrasts),
    *words.key_numbers(counts.kind, contrasts, at_80, sizes),
)
page.say(words.left_out(counts.unknown, counts.sizes))

# %% [markdown]
# ## Result
#
# ### Counts over two cycles

# %%
summary = numbers.group_summary(counts.table)
page.figure(
    pictures.counts(counts.table, summary, counts.sizes, counts.t_cells, counts.kind), name="t_cell_counts",
    alt=words.counts_alt(summary, counts.sizes, counts.kind), kind=counts.kind, caption=words.CAPTIONS["counts"],
)

# %%
page.table(
    words.summary_table(summary), name="counts_by_group", data=summary, kind=counts.kind,
    caption=words.CAPTIONS["summary"],
)

# %% [markdown]
# ### Expansion of each patient

# %%
page.figure(
    pictures.expansion(expansion, contrasts, counts.kind), name="expansion",
    alt=words.expansion_alt(contrasts, counts.kind), kind=counts.kind, caption=words.CAPTIONS["expansion"],
)

# %%
page.table(
    words.expansion_summary(expansion), name="expansion_by_group", data=expansion, kind=counts.kind,
    caption=words.CAPTIONS["by_group"],
)

# %% [markdown]
# ### How large would the contrast have to be?

# %%
page.figure(
    pictures.power(power, at_80, counts.ratio, sizes), name="power", main=True, alt=words.power_alt(at_80),
    kind="simulated", caption=words.CAPTIONS["power"],
)

# %%
page.table(
    words.power_at(power), name="power_curve", kind="simulated", data=power, caption=words.CAPTIONS["power_at"]
)

# %% [markdown]
# ### Does the simulation meet what sister studies print?

# %%
agreement = numbers.agreement(calibration, seed)
page.table(
    words.agreement_table(agreement), name="agreement", data=agreement, kind="simulated",
    caption=words.CAPTIONS["agreement"],
)

# %% [markdown]
# ### What is printed

# %%
here = words.published_table(this_cohort=True)
page.say(words.contradiction())
page.table(here, name="printed_here", kind="published", caption=words.CAPTIONS["here"])

# %%
elsewhere = words.published_table(this_cohort=False)
page.table(elsewhere, name="printed_elsewhere", kind="published", caption=words.CAPTIONS["elsewhere"])
cited = numbers.cited([*here["Source"], *elsewhere["Source"]])
page.table(cited, name="sources", kind="published", caption=words.CAPTIONS["sources"])

# %%
page.results(numbers.results(contrasts, at_80, counts.kind))

# %% [markdown]
# ### Turn the parameters yourself, in JupyterLab

# %%
page.explore(numbers.explored, pictures.power, "expansion_ratio", kind="simulated")

# %% [markdown]
# ## What it means, and how sure
#
# Power bounds nothing about the truth: a contrast smaller than the one with 80% power is seen often too.

# %% [markdown] tags=["own"]
# A simulated contrast has no P here, since it is what was put in. No test is printed, so whether what the authors saw exceeds chance cannot be said here; they call their data set limited themselves, and ask for confirmation.

# %% [markdown]
# Three cautions. Patients who die early contribute fewer counts, so the groups differ in who is measured. Survival of 30 months lies after the counts, so the grouping looks into the future; it describes, it does not predict. And expansion over baseline depends on the baseline: a patient who starts with few T cells expands more easily.

# %% [markdown] tags=["own"]
# What would settle it is the paper's own figure or the patients' counts: a folder with them as ADLB (`TCELL`, `BCELL`) given as `data_dir` is drawn here in place of the simulation.

# %% [markdown]
# ## What is published
#
# On these 36 patients only words could be read: more pronounced T-cell expansion in long-term survivors, in cycles 1 and 2; minor or even absent expansion in the others; B cells depleted. No count, no fold value, no time point, no measure of spread and no test were available.
#
# Sister studies give numbers, on other patients: Klinger 2012 (abstract), and the public per-patient values of one trial, of which only summary numbers are used here. That these values belong to the trial of Klinger 2012 is an inference from number of patients, schedule and agreement; they count CD8+ T cells, not all T cells; and their mean folds lie far above their medians, because a few patients with low baselines expanded many times.
#
# Without counts of one's own (`data_dir`), everything on this page that looks like a measurement is **simulated** from those numbers. The tables under *Result* give each fact with its source.

# %% [markdown]
# ## How it was made
#
# The simulation takes over the published medians and quartiles of another trial (table *agreement*): baseline, depth and day of the nadir, median fold of each day, B-cell baseline and the share of patients at the floor after 1, 2, 12 and 24 hours. Four things are assumed: log-normal spread; a contrast that acts from day 7 of each cycle, centred so that the geometric mean over all patients stays the published one; a second cycle that repeats the first (no source gives numbers); and, in the fifth of the patients with the lowest baselines, a fold that rises as the baseline falls, up to the factor that meets the published mean fold. B cells are simulated without any contrast between the groups: a difference at baseline in the picture is chance. Counts below 1/µL are written as 0.5. No counts are drawn after a patient's last day.
#
# The average fold is the trapezoid area over the four infusion weeks, divided by the days covered; patients with less than two weeks of counts are left out. The test is Wilcoxon's, exact below 50 patients without ties. Power of the t test is in closed form (noncentral t), held against statsmodels and R; that of Wilcoxon's test is counted over simulated trials.

# %%
page.provenance(kind=counts.kind)
