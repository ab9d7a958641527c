"""How fast and how lean: the ways to run one pass, measured beside each other in one run.

Nothing here judges an answer; a grade counts and never looks at a clock.
"""
