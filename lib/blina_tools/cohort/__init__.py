"""Writers of `data/cohort`: the ensembles, the reference cohort, what is read off them."""
