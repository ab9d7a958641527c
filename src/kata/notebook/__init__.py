"""Notebooks: grade what one defines, check a function where it was written, build the lessons."""
