"""`python -m kata.learner.worker FOLDER`: a warm process that answers requests, one a line.

For systems without fork. It says that it is ready, in JSON, then writes one line of it for each
that it reads. It ends when its input does, even from the middle of an endless loop.
"""

import json
import os
import sys
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from kata.answers.limit import tell_of_life
from kata.learner.pipe import ALIVE
from kata.session import cuda
from kata.session import session as warm


def serve(folder: Path) -> int:
    """Answer until the input ends."""
    # what the learner's code prints, from C too, must not get between the answers
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    requests: SimpleQueue[str] = SimpleQueue()
    source = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)

    def listen() -> None:
        for line in source:
            requests.put(line)
        os._exit(0)

    Thread(target=listen, daemon=True).start()

    def loop(collected: warm.Warm) -> int:
        from kata.learner.answering import answer_to

        tell_of_life(lambda: print(ALIVE, file=out, flush=True))
        print(json.dumps({"ready": True, "left_out": cuda.left_out()}), file=out, flush=True)
        while True:
            found = answer_to(collected, folder, json.loads(requests.get()))
            print(json.dumps(found), file=out, flush=True)

    return warm.main(loop)


if __name__ == "__main__":
    os.environ["PYTEST_ADDOPTS"] = ""
    sys.exit(serve(Path(sys.argv[1])))
