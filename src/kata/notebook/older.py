"""Is what is graded what was typed last? A cell that fails leaves the earlier definition there."""

import re
from collections.abc import Mapping
from typing import Any

from kata.answers.called import first_line_of
from kata.answers.place import running_cell

NUMBER = re.compile(r"In\[(\d+)\]")


def older(name: str, names: Mapping[str, Any]) -> str:
    """Say from which cell an answer is, where a later one was to define it and did not; else "".

    names: of a running notebook, in which "In" lists the cells that were run.
    """
    cells, found = names.get("In"), cell_of(names.get(name))
    if not isinstance(cells, list) or not found:
        return ""
    defines = re.compile(rf"^(?:def|class) {name}\b", re.MULTILINE)
    last = max((i for i, cell in enumerate(cells) if defines.search(str(cell))), default=0)
    if last <= found:
        return ""
    return f"This is {name} as In[{found}] defined it: In[{last}] stopped before it could."


def cell_of(answer: Any) -> int:
    """Return the number of the running notebook's cell that defined an answer; 0 for none."""
    code = first_line_of(answer)
    found = NUMBER.fullmatch(running_cell(code.co_filename) or "") if code else None
    return int(found[1]) if found else 0
