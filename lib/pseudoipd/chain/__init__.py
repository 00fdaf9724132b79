"""The compiled sampler: a Metropolis chain over the times of all patients of a cohort."""
