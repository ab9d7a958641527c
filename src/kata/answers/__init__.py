"""The learner's answers: found, loaded, and called under watch."""
