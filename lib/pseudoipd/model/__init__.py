"""What is sampled: the problem that the claims pose, types of patients, the prior."""
