"""What a person should look at in a submission's text. A hint, never a verdict.

No process can be kept from lying about itself, so a file that names the grader, or what one needs
to work around it, is pointed out to the teacher. Names are read off the tokens: comments and texts
do not count, but a text that is run by exec is shown as `exec`.
"""

import io
import tokenize

from kata.answers.encoding import decoded
from kata.teacher.rows import Job

MOST = 512 << 10  # bytes of code: some two seconds; all solutions together are a ninth of it

NAMES = {
    **dict.fromkeys(("kata", "pytest", "_pytest", "conftest", "TorchFunctionMode"), "the grader"),
    **dict.fromkeys(("__torch_dispatch__", "_execution_engine", "run_backward"), "the grader"),
    **dict.fromkeys(("_getframe", "settrace", "setprofile", "gc", "f_back"), "other frames"),
    **dict.fromkeys(("inspect", "__globals__", "__closure__", "f_globals"), "other frames"),
    **dict.fromkeys(("exec", "eval", "compile", "__import__", "importlib"), "hidden code"),
    **dict.fromkeys(("ctypes", "cffi", "mmap", "marshal", "pickle"), "machine code or pickles"),
    **dict.fromkeys(("subprocess", "multiprocessing", "threading", "fork"), "other processes"),
    **dict.fromkeys(("socket", "urllib", "requests", "http"), "the network"),
    **dict.fromkeys(("_exit", "atexit", "signal", "kill", "setrlimit"), "its own process"),
    **dict.fromkeys(("autograd", "backward", "jacrev", "vjp", "jvp", "grad_fn"), "autograd"),
}


def worth_a_look(job: Job) -> list[str]:
    """Return lines such as "ch06_backward.py:12: gc (other frames)"; a name once for each file."""
    code = [item for item in sorted(job.files.items()) if item[0].endswith(".py")]
    if sum(len(content) for _, content in code) > MOST:
        return [f"more than {MOST >> 10} KB of code: too much to look through"]
    found = []
    for file, content in code:
        seen: set[str] = set()
        for name, line in _names(content):
            if name in NAMES and name not in seen:
                seen.add(name)
                found.append(f"{file}:{line}: {name} ({NAMES[name]})")
    return found[:50]


def _names(content: bytes) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(decoded(content)).readline):
            if token.type == tokenize.NAME:
                found.append((token.string, token.start[0]))
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
        pass  # what cannot be read to its end cannot be run either
    return found
