"""Wires the grading plugin, nothing else."""

pytest_plugins = ["kata.plugin"]
