"""A pass to step through: a small net run by the learner's functions, number by number."""
