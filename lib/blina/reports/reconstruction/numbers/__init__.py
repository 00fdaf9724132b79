"""Many cohorts of this trial, and what they show that print identifies."""
