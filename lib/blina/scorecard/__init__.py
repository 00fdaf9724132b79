"""Every printed claim against the recomputed value; what was held out and predicted."""
