"""`python -m kata` is the command `kata`."""

import sys

if not sys.flags.safe_path:
    # Python has put the working folder here, where a learner's random.py may lie
    del sys.path[0]

from kata.cli import main

main()
