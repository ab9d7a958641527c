"""Dialogues with an answer that is a class, or keeps something between calls."""
