"""What `kata doctor` asks of this course: is the data here?"""

import os

from backprop.data import FILES, default_root
from kata.learner.doctor import Finding


def data() -> Finding:
    """Say where MNIST is, or what takes its place."""
    given = os.environ.get("KATA_DATA")
    root = os.path.expanduser(given) if given else str(default_root())
    lacks = [n for n in FILES if not os.path.isfile(os.path.join(root, "MNIST", "raw", n))]
    if not lacks:
        return Finding("data", "ok", f"all of MNIST in {root}")
    if given:
        found = f"KATA_DATA={given} lacks MNIST/raw/{lacks[0]}"
        return Finding("data", "missing", found, "unset KATA_DATA, or name another folder")
    found = "MNIST is not here yet: kata train downloads it, or takes the kata's own 5,000 digits"
    return Finding("data", "note", found)
