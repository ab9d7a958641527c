"""Put a stub back into a notebook, where the learner answers a chapter there."""

import json
import re
from pathlib import Path

from kata.grade import write_whole
from kata.learner import source
from kata.learner.place import Problem
from kata.refusal import shown


def put_stub(path: Path, name: str) -> None:
    """Write the stub of one exercise in the place of the last cell's that defines it.

    All else in the notebook stays. Raises Problem where no cell does.
    """
    defines = re.compile(rf"^(?:async\s+def|def|class)\s+{name}\b", re.MULTILINE)
    try:
        content = json.loads(path.read_bytes())
        cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        texts = ["".join(cell["source"]).replace("\r\n", "\n") for cell in cells]
        at = max(k for k, text in enumerate(texts) if defines.search(text))
    except (OSError, ValueError, KeyError, TypeError):
        raise Problem(f"{shown(path)}: no cell defines {name}; put its stub back there") from None
    text = source.with_stub(texts[at], name).rstrip("\n")
    cells[at]["source"] = text.splitlines(keepends=True)
    write_whole(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
