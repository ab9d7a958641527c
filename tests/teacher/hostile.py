"""Submissions that mean harm, or do it; each with the row that it is to get.

A case is a chapter's solution with hostile code below it, where the last definition wins. What it
would do to the machine is aimed at a folder of the test's own, and is told from outside.

It is long because it is a list.
"""

from dataclasses import dataclass, field

from kata.course import course

FORWARD, BACKWARD = "ch03_forward", "ch06_backward"


@dataclass
class Case:
    """code: follows the chapter's solution. files: others, by name.

    statuses: of some exercises. says: a part of the message of the first of these.
    """

    code: str
    statuses: dict[str, str]
    says: str = ""
    chapter: str = FORWARD
    files: dict[str, str] = field(default_factory=dict)
    outcome: str = "graded"
    whole: bool = False  # the code is the whole file

    def contents(self, target: str) -> dict[str, str]:
        """The files to hand in. target: a folder that the code may try to harm."""
        solution = (
            "" if self.whole else (course().solutions / f"{self.chapter}.py").read_text("utf-8")
        )
        code = self.code.replace("TARGET", repr(target)).replace(
            "REPOSITORY", repr(str(course().root))
        )
        return {f"{self.chapter}.py": f"{solution}\n\n{code}", **self.files}


NEAR = {"ch01_checks.py": (course().solutions / "ch01_checks.py").read_text("utf-8")}


def frame(text: str, length: str = "len(text), 0", stop: str = "") -> Case:
    """A case that sends a frame of its own when it is imported; another chapter is right."""
    code = f"import os, struct\ntext = {text}\nos.write(3, struct.pack('<IQ', {length}) + text)\n"
    statuses = {"mse": "error", "near": "passed"}
    return Case(code + stop, statuses, "gave no answer", "ch05_loss", NEAR)


def frames(body: str) -> Case:
    """A case that sends frames of its own from within mse; another chapter is right."""
    case = mse(body, "failed")
    case.statuses, case.files = {"mse": "failed", "near": "passed"}, NEAR
    return case


REFUSED = "Error: [Errno "  # 2 where namespaces hide what is outside, 13 where only Landlock does
OTHERS = {"lin": "passed", "shifted_relu": "passed", "model": "passed"}


def relu(body: str, status: str = "error", says: str = "", **kwargs) -> Case:
    """A case in relu alone: the other exercises of its chapter are right."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    code = f"import os, sys, torch\n\ndef relu(x):\n{lines}"
    return Case(code, {"relu": status, **OTHERS}, says, **kwargs)


def mse(body: str, status: str = "error", says: str = "") -> Case:
    """A case in a chapter of one exercise, which costs one time limit."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    code = f"import os, sys, torch\n\ndef mse(output, targ):\n{lines}"
    return Case(code, {"mse": status, "near": "todo"}, says, "ch05_loss")


def above(code: str, status: str = "failed", says: str = "", **kwargs) -> Case:
    """A case that prepares something when it is imported, and then answers mse wrongly."""
    wrong = "def mse(output, targ):\n    return output.mean() + 7\n"
    return Case(f"{code}\n\n{wrong}", {"mse": status, "near": "todo"}, says, "ch05_loss", **kwargs)


def relu_grad(body: str, status: str = "failed", says: str = "", head: str = "") -> Case:
    """A case that takes relu's gradient in an illegal way, with the right numbers."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    code = f"import torch, threading\n{head}\n\ndef relu_grad(inp, out):\n{lines}"
    rest = {"mse_grad": "passed", "lin_grad": "passed"}
    return Case(code, {"relu_grad": status, **rest}, says, BACKWARD)


# calls of the kernel's (by x86_64's numbers) that reach beyond the process, in ways that arguments
# hide (a limit at an address whose low half is 0), by newer calls, or by numbers that none has yet
ASKS_FOR_ALL = """
import ctypes, errno, fcntl, mmap, platform
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.create_string_buffer(4096)
other = os.getppid()
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
limits = libc.mmap(0x7E0000000000, 4096, 3, 0x32, -1, 0)
calls = {
    "setpriority": (141, 0, other, 19),
    "sched_setscheduler": (144, other, 5, room),
    "ioprio_set": (251, 1, other, 0),
    "prlimit64": (302, other, 7, ctypes.c_void_p(limits), None),
    "fcntl F_SETOWN": (72, 3, 8, other),
    "fcntl F_SETLK": (72, 3, 6, room),
    "fcntl F_SETLEASE": (72, 3, 1024, 0),
    "ioctl FS_IOC_SETFLAGS": (16, 3, 0x40086602, room),
    "flock": (73, 3, 2),
    "inotify_init1": (294, 0),
    "shmat": (30, 0, None, 0o10000),
    "shmctl": (31, 0, 14, room),
    "msgctl": (71, 0, 12, room),
    "semctl": (66, 0, 0, 19, room),
    "removexattr": (197, b".", b"user.kata"),
    "setxattrat": (463, -100, b".", 0, b"user.kata", room, ctypes.c_size_t(16)),
    "file_setattr": (469, -100, b".", room, ctypes.c_size_t(24), 0),
    "pidfd_open": (434, other, 0),
    "landlock_create_ruleset": (444, None, ctypes.c_size_t(0), 1),
    **{f"number {number}": (number, 0, 0, 0, 0) for number in range(470, 600)},
}
refused = (errno.EPERM, errno.ENOSYS)
if platform.machine() == "x86_64":
    done = [name for name, call in calls.items()
            if libc.syscall(*call) != -1 or ctypes.get_errno() not in refused]
    if done:
        raise ValueError(f"the kernel looked at {done}")
return x.clamp_min(0)
"""

CASES: dict[str, Case] = {
    # it does not end
    "endless_loop": relu("while True:\n    pass", says="still running after"),
    "endless_loop_that_catches_all": mse(
        "while True:\n    try:\n        n = 1\n    except:\n        pass", says="still running"
    ),
    "endless_loop_at_import": Case(
        "while True: pass",
        {"mse": "error", "near": "passed"},
        "still running",
        "ch05_loss",
        files=NEAR,
    ),
    "sleep": mse("import time\ntime.sleep(10_000)", says="still running"),
    "signals_swallowed": mse(
        """
import signal
for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda *args: None)
signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP})
while True:
    pass
""",
        says="still running",
    ),
    "stops_itself": mse(
        "import signal\nos.kill(os.getpid(), signal.SIGSTOP)\nreturn 0", says="still"
    ),
    "stops_itself_between_calls": mse(
        """
import signal, threading, time
def stop():
    time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGSTOP)
threading.Thread(target=stop, daemon=True).start()
return (output[:, 0] - targ).square().mean()
""",
        says="still running",
    ),
    "keeps_python_to_itself": mse(
        "import ctypes, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
        "ctypes.PyDLL(None).sleep(10_000)",
        says="still running",
    ),
    "message_that_never_ends": mse(
        "class Endless(Exception):\n    def __str__(self):\n        while True:\n            pass\n"
        "raise Endless",
        says="still running",
    ),
    "signature_that_never_ends": Case(
        "class Endless:\n    @property\n    def __signature__(self):\n"
        "        while True:\n            pass\n"
        "    def __call__(self, *args):\n        return 0\n\nmse = Endless()\n",
        {"mse": "error", "near": "passed"},
        "still running",
        "ch05_loss",
        files=NEAR,
    ),
    "endless_recursion": mse("return mse(output, targ)", says="calls itself without end"),
    "mutual_recursion": Case(
        "def relu(x):\n    return shifted_relu(x) + 0.5\n\n"
        "def shifted_relu(x):\n    return relu(x) - 0.5\n",
        {"relu": "error", **OTHERS},  # shifted_relu is right, where relu is
    ),
    # it leaves
    "os_exit": relu("os._exit(0)", says="left Python with status 0"),
    "sys_exit": relu("sys.exit(0)", says="leaves Python"),
    "sys_exit_at_import": Case(
        "import sys; sys.exit(0)", {"relu": "error", "lin": "error"}, "leaves Python"
    ),
    "os_exit_at_import": Case(
        "import os; os._exit(0)", {"relu": "error", "lin": "error"}, "gave no answer"
    ),
    "kills_itself": relu("import signal\nos.kill(os.getpid(), signal.SIGKILL)", says="SIGKILL"),
    "segmentation_fault": relu("import ctypes\nctypes.string_at(0)", says="SIGSEGV"),
    "closes_descriptors": relu("os.closerange(0, 200)\nreturn x.clamp_min(0)"),
    # it attacks other processes
    "kills_its_parent": relu("os.kill(os.getppid(), 9)\nreturn x.clamp_min(0)"),
    "kills_all": relu("os.kill(-1, 9)\nreturn x.clamp_min(0)"),
    "fork_bomb": relu(
        "for _ in range(3):\n    os.fork()\nreturn x.clamp_min(0)", says="PermissionError"
    ),
    "lingering_process": relu(
        "import subprocess\nsubprocess.Popen(['sleep', '1234'], start_new_session=True)\n"
        "return x.clamp_min(0)",
        says="PermissionError",
    ),
    "double_fork": relu(
        """
import time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1234)
    os._exit(0)
return x.clamp_min(0)
"""
    ),
    "traces_its_parent": relu(
        """
import ctypes
if ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) != 0:
    raise PermissionError("ptrace")
return x.clamp_min(0)
"""
    ),
    "daemon_thread": relu(
        """
import threading
def spin():
    while True:
        sum(range(1000))
if not getattr(sys, "spins", False):
    sys.spins = True
    threading.Thread(target=spin, daemon=True).start()
return x.clamp_min(0)
""",
        "passed",
    ),
    # it takes all there is
    "fifty_gigabytes": mse("torch.zeros(50 * 10**9 // 4)\nreturn output", says="memory"),
    "memory_bit_by_bit": mse(
        "parts = []\nwhile True:\n    parts.append(torch.empty(10**7))", says="memory"
    ),
    "prints_100_megabytes": relu(
        "if not getattr(sys, 'told', False):\n    sys.told = True\n"
        "    print('x' * 50_000_000)\n    os.write(2, b'y' * 50_000_000)\nreturn x.clamp_min(0)",
        "passed",
    ),
    "huge_message": mse("raise ValueError('x' * 500_000)", says="ValueError"),
    "huge_message_of_smileys": mse("raise ValueError(chr(0x1F600) * 16_000)", says="ValueError"),
    "huge_answer": mse("return torch.empty(10**8)", "failed", "too much"),
    "huge_answer_of_one_number": mse("return torch.ones(1).expand(10**13)"),
    "endless_iterator": mse("import itertools\nreturn itertools.count()", "failed"),
    "deep_list": mse(
        "deep = []\nfor _ in range(1000):\n    deep = [deep]\nreturn deep", "failed", "too much"
    ),
    # it makes the checks lie
    "patched_torch": above(
        """
import torch
for name in ("allclose", "equal", "isclose"):
    setattr(torch, name, lambda *args, **kwargs: True)
torch.testing.assert_close = lambda *args, **kwargs: None
for name in ("equal", "allclose", "__eq__", "__le__", "__lt__", "isfinite", "all"):
    setattr(torch.Tensor, name, lambda *args, **kwargs: True)
"""
    ),
    "patched_comparisons_of_torch": above(
        "import torch\n"
        "torch.allclose = torch.equal = lambda *args, **kwargs: True\n"
        "torch.testing.assert_close = lambda *args, **kwargs: None\n"
    ),
    "patched_pytest": above(
        "import sys, types\n"
        "for name in ('pytest', '_pytest', '_pytest.outcomes', '_pytest.runner'):\n"
        "    sys.modules[name] = types.ModuleType(name)\n"
    ),
    "conftest_brought_along": above(
        "",
        files={
            "conftest.py": "open('/tmp/kata-was-here', 'w')\n"
            "def pytest_runtest_makereport(item, call): raise SystemExit(0)\n",
            "pytest.ini": "[pytest]\naddopts = --collect-only\n",
        },
    ),
    "patched_grader": above(
        """
import kata.answers.call, kata.answers.side_effects, kata.refusal, kata.answers.handin
kata.answers.call.Answer.__call__ = lambda self, *args: None
kata.refusal.Refused.__init__ = lambda self, *args: None
kata.answers.side_effects.inputs_kept = None
"""
    ),
    "inputs_made_right_for_the_answer": relu(
        """
import contextlib, kata.answers.call
kata.answers.call.inputs_kept = lambda args: contextlib.nullcontext()
with torch.no_grad():
    x.zero_()
return torch.zeros_like(x)
""",
        "failed",
    ),
    "tensor_subclass": mse(
        """
class Right(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True
    def __eq__(self, other):
        return True
return torch.full_like(targ.sum(), 7.0).as_subclass(Right)
""",
        "failed",
    ),
    "lying_object": mse(
        """
class Right:
    __class__ = torch.Tensor
    shape, dtype, device, ndim = (), targ.dtype, targ.device, 0
    def __eq__(self, other):
        return True
    def __getattr__(self, name):
        return lambda *args, **kwargs: self
return Right()
""",
        "failed",
    ),
    "liar_with_a_metaclass": mse(
        """
class Meta(type):
    def __getattribute__(cls, name):
        return torch.Tensor
    def mro(cls):
        return (cls, float, object)
class Right(float, metaclass=Meta):
    pass
return Right(3)
""",
        "failed",
    ),
    "settrace": above(
        """
import sys
def tracer(frame, event, arg):
    if "returned" in frame.f_locals:
        frame.f_locals["returned"] = None
    return tracer
sys.settrace(tracer)
sys.setprofile(tracer)
"""
    ),
    "a_body_that_remembers_for_the_next": Case(
        "import sys\nright = relu\n\ndef lin(x, w, b):\n    sys.seen = True\n    return x @ w + b\n"
        "\ndef relu(x):\n    return right(x) if hasattr(sys, 'seen') else x.abs() - 1\n",
        {"relu": "failed", "lin": "passed"},
    ),
    "forged_verdict_on_every_descriptor": relu(
        """
import json
told = json.dumps({"results": [], "root": "", "done": True, "status": "passed", "blobs": []})
for descriptor in range(200):
    for text in (told.encode(), told.encode() + b"\\n"):
        try:
            os.write(descriptor, text)
        except OSError:
            pass
return x.abs() - 1
"""
    ),
    "forged_frames_on_its_own_line": frames(
        """
import json, struct
value = {"storages": [], "tensors": [], "written": [], "attributes": [], "state": None}
text = json.dumps({**value, "value": ["tensor", 0], "blobs": []}).encode()
for _ in range(3):
    os.write(3, struct.pack("<IQ", len(text), 0) + text)
return output.mean() + 7
"""
    ),
    "frame_of_no_json_at_import": frame("b'not json'"),
    "frame_of_no_object_at_import": frame("b'[]'"),
    "frame_of_another_shape_at_import": frame("""b'{"late": 3, "blobs": []}'"""),
    "frame_that_says_nothing_at_import": frame("""b'{"error": "x", "blobs": []}'"""),
    "frame_of_lists_without_end_at_import": frame("b'[' * 500_000"),
    "frame_of_a_long_number_at_import": frame("b'1' * 500_000"),
    "frame_of_absurd_length_at_import": frame("b''", "2**32 - 1, 2**64 - 1"),
    "frame_with_absurd_parts_at_import": frame("""b'{"blobs": [99]}'"""),
    "frame_that_breaks_off_at_import": frame("b'{'", "9, 0", "os._exit(0)"),
    "frame_of_another_shape_in_a_call": frames(
        """
import struct
text = b'{"stopped": {"kind": [], "message": 3}, "blobs": []}'
os.write(3, struct.pack("<IQ", len(text), 0) + text)
return (output[:, 0] - targ).square().mean()
"""
    ),
    "frame_of_many_copies": frames(
        """
import json, struct
value = {"storages": [0] * 2_000, "tensors": [], "written": [], "attributes": [], "state": None}
text = json.dumps({**value, "value": None, "blobs": [1 << 20]}).encode()
os.write(3, struct.pack("<IQ", len(text), 1 << 20) + text + bytes(1 << 20))
return output.mean() + 7
"""
    ),
    "frame_of_many_changes": frames(
        """
import json, struct
size = output.numel() * output.element_size()
value = {"storages": [], "tensors": [], "written": [[0, 0]] * 200_000, "attributes": []}
text = json.dumps({**value, "state": None, "value": None, "blobs": [size]}).encode()
os.write(3, struct.pack("<IQ", len(text), size) + text + bytes(size))
return output.mean() + 7
"""
    ),
    "frame_that_comes_drop_by_drop": mse(
        """
import struct, time
os.write(3, struct.pack("<IQ", 1 << 20, 0) + b"{")
while True:
    os.write(3, b" ")
    time.sleep(0.05)
""",
        says="still running",
    ),
    "descriptors_on_its_own_line": relu(
        """
import array, socket
line = socket.socket(fileno=3)
for _ in range(30):
    held = array.array("i", [3] * 30)
    line.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, held)])
return x.clamp_min(0)
""",
        says="gave no answer",
    ),
    "broken_frames_on_its_own_line": relu(
        "os.write(3, b'\\xff' * 4096)\nreturn x.clamp_min(0)", says="gave no answer"
    ),
    "beyond_its_memory": relu(
        """
import kata.teacher.fence.wire as wire
old = wire.Packer.header
def header(self):
    found = old(self)
    for row in found["tensors"]:
        row[2], row[3] = [10**6, 10**6], [1, 1]
    return found
wire.Packer.header = header
return x.clamp_min(0)
""",
        says="cannot be",
    ),
    "pickle_payload": relu(
        """
class Payload:
    def __reduce__(self):
        return (os.system, ("touch " + TARGET + "/pickled",))
return Payload()
""",
        "failed",
    ),
    # it looks for the answers
    "reads_the_solutions": relu(
        "names = {}\nexec(open(REPOSITORY + '/solutions/ch03_forward.py').read(), names)\n"
        "return names['relu'](x)",
        says=REFUSED,
    ),
    "reads_the_tests": relu(
        "open(REPOSITORY + '/tests/test_ch03_forward.py').read()\nreturn x.clamp_min(0)",
        says=REFUSED,
    ),
    "reads_the_mistakes": relu(
        "os.listdir(REPOSITORY + '/mistakes')\nreturn x.clamp_min(0)", says=REFUSED
    ),
    "imports_the_oracle": relu("from kata import oracle\nreturn x.clamp_min(0)", says="Error"),
    "asks_the_loader_for_the_solution": relu(
        "from kata.answers.load import solution_of\nreturn solution_of('ch03_forward').relu(x)",
        says="cannot be read",
    ),
    "walks_the_garbage": relu(
        """
import gc, types
for thing in gc.get_objects():
    names = getattr(thing, "__globals__", {}) if isinstance(thing, types.FunctionType) else {}
    if "SOLUTIONS_ORACLE" in names or "backprop.oracle" in str(names.get("__name__")):
        return x.clamp_min(0)
for name in list(sys.modules):
    if name.split(".")[-1] in ("oracle", "checks", "recorded", "diagnosis", "test_ch03_forward"):
        return x.clamp_min(0)
return x.abs() - 1
""",
        "failed",
    ),
    "walks_the_frames": relu(
        """
frame = sys._getframe()
while frame:
    for value in list(frame.f_locals.values()):
        if type(value).__name__ == "Expected" or "expected" in frame.f_locals:
            return x.clamp_min(0)
    frame = frame.f_back
return x.abs() - 1
""",
        "failed",
    ),
    "reads_its_memory": relu(
        "open('/proc/self/mem', 'rb').read(1)\nreturn x.clamp_min(0)", says="PermissionError"
    ),
    # it lets autograd do the work
    "autograd_grad": relu_grad(
        """
leaf = inp.detach().clone().requires_grad_()
inp.grad, = torch.autograd.grad(torch.relu(leaf), leaf, out.grad)
""",
        says="autograd",
    ),
    "autograd_backward": relu_grad(
        """
leaf = inp.detach().clone().requires_grad_()
torch.relu(leaf).backward(out.grad)
inp.grad = leaf.grad
""",
        says="autograd",
    ),
    "autograd_func": relu_grad(
        "inp.grad = torch.func.vjp(torch.relu, inp.detach())[1](out.grad)[0]",
        head="torch.func.vjp(torch.relu, torch.ones(1))  # imports a lot",
        says="autograd",
    ),
    "autograd_forward_mode": relu_grad(
        """
import torch.autograd.forward_ad as fwd
with fwd.dual_level():
    dual = fwd.make_dual(inp.detach(), torch.ones_like(inp))
    inp.grad = fwd.unpack_dual(torch.relu(dual)).tangent * out.grad
""",
        says="autograd",
    ),
    "autograd_in_a_thread": relu_grad(
        """
leaf = inp.detach().clone().requires_grad_()
def work():
    torch.relu(leaf).backward(out.grad)
thread = threading.Thread(target=work)
thread.start()
thread.join()
inp.grad = leaf.grad
""",
        says="autograd",
    ),
    "autograd_engine": relu_grad(
        """
leaf = inp.detach().clone().requires_grad_()
engine = torch.autograd.Variable._execution_engine
engine.run_backward((torch.relu(leaf),), (out.grad,), False, False, (), True, True)
inp.grad = leaf.grad
""",
        says="autograd",
    ),
    # it changes what is outside
    "writes_elsewhere": relu(
        "open(TARGET + '/written', 'w').write('x')\nreturn x.clamp_min(0)", says="PermissionError"
    ),
    "writes_beside_itself": relu(
        "open('written', 'w').write('x')\nreturn x.clamp_min(0)", says="PermissionError"
    ),
    "changes_its_own_file": relu(
        "os.chmod(__file__, 0o777)\nreturn x.clamp_min(0)", says="PermissionError"
    ),
    "deletes_a_folder": relu(
        "import shutil\nshutil.rmtree(TARGET)\nreturn x.clamp_min(0)", says=REFUSED
    ),
    "makes_a_link": relu(
        "os.symlink('/etc/passwd', 'link')\nreturn x.clamp_min(0)", says="PermissionError"
    ),
    "socket": relu(
        "import socket\nsocket.create_connection(('127.0.0.1', 9))\nreturn x.clamp_min(0)",
        says="PermissionError",
    ),
    "starts_150_threads": relu(
        """
import threading, time
if not hasattr(threading, "kept"):
    threading.kept = []
    threading.stack_size(65536)
    for _ in range(150):
        thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)
        thread.start()
        threading.kept.append(thread)
return x.clamp_min(0)
""",
        says="threads, and may run 64",
    ),
    "asks_for_what_no_answer_needs": relu(ASKS_FOR_ALL, "passed"),
    "tells_the_environment": relu(
        "raise ValueError(os.environ.get('CANVAS_API_TOKEN', 'nothing of it'))",
        says="nothing of it",
    ),
    "environment": relu(
        "os.environ.update(PYTHONPATH='/nowhere', PYTEST_ADDOPTS='--co', OMP_NUM_THREADS='9')\n"
        "os.environ.clear()\nreturn x.clamp_min(0)",
        "passed",
    ),
    "atexit": relu(
        "import atexit\natexit.register(lambda: os.kill(os.getppid(), 9))\nreturn x.clamp_min(0)",
        "passed",
    ),
    "raises_its_limits": relu(
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nreturn x.clamp_min(0)",
    ),
    "answers_to_every_name": Case(
        "import sys, types\nclass All(types.ModuleType):\n    def __getattr__(self, name):\n"
        "        return lambda *args: 0\nsys.modules[__name__].__class__ = All\ndel mse\n",
        {"mse": "failed", "near": "passed"},
        chapter="ch05_loss",
        files=NEAR,
    ),
    "modules_of_its_own": Case(
        "import helper\n",
        {"mse": "passed", "near": "passed"},
        chapter="ch05_loss",
        files={
            **dict.fromkeys(("json.py", "torch.py", "kata.py", "traceback.py"), "raise SystemExit"),
            "helper.py": "import json, torch, traceback\n",
            **NEAR,
        },
    ),
    "raises_at_every_look": mse(
        "class Odd:\n    def __getattribute__(self, name):\n        raise SystemExit\n"
        "    def __iter__(self):\n        raise KeyboardInterrupt\nreturn Odd()"
    ),
    "name_of_half_a_character": mse(
        "raise type('E\\ud800', (Exception,), {})('\\ud800\\udfff\\u202e\\0')"
    ),
    "stub_of_its_own": Case(
        "def relu(x):\n    raise NotImplementedError", {"relu": "todo", "lin": "passed"}
    ),
    "no_python": Case("this is no python (", {"relu": "error"}, "SyntaxError", whole=True),
    "null_bytes": Case("\0\0\0", {"relu": "error"}, "null bytes", whole=True),
    "deep_source": Case("x = " + "(" * 5000 + ")" * 5000, {"relu": "error"}, whole=True),
    "deep_unary_source": Case("x = " + "-" * 200_000 + "1", {"relu": "error"}, whole=True),
    "empty_file": Case("", {"relu": "error"}, "put its stub back", whole=True),
}
# only Landlock can keep a process from reading what its user may read
NEED_LANDLOCK = {
    "reads_the_solutions",
    "reads_the_tests",
    "reads_the_mistakes",
    "reads_its_memory",
    "imports_the_oracle",
    "asks_the_loader_for_the_solution",
}
