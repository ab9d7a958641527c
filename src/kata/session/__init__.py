"""Grading sessions: the collected tests, run here or in forks."""
