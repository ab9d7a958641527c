"""Let torch say that there are two GPUs, in every process with this folder on its PYTHONPATH.

CUDA=broken: no tensor can be made on them. CUDA=works: one can, and it is one of the CPU's. Either
way CUDA keeps its rule for forks: once asked for, it is lost to every fork.
"""

import os
import sys
from functools import wraps
from importlib.util import find_spec

MAKERS = ("ones", "zeros", "tensor", "full", "eye", "arange", "randn", "rand", "empty", "linspace")


def played(torch):
    started = []

    def start(*_):
        if started and os.getpid() not in started:
            raise RuntimeError("Cannot re-initialize CUDA in forked subprocess. Use 'spawn'")
        started.append(os.getpid())

    def is_available():
        started.append(os.getpid())
        return True

    def state(*_):
        start()
        return torch.get_rng_state()

    def on_the_cpu(function):
        @wraps(function)
        def call(*args, **kwargs):
            if "cuda" not in (*args[1:2], kwargs.get("device")):
                return function(*args, **kwargs)
            start()
            if os.environ["CUDA"] == "broken":
                raise RuntimeError("CUDA error: no kernel image is available. Compile with ...")
            kwargs = {name: "cpu" if name == "device" else v for name, v in kwargs.items()}
            return function(*("cpu" if arg == "cuda" else arg for arg in args), **kwargs)

        return call

    for name in MAKERS:
        setattr(torch, name, on_the_cpu(getattr(torch, name)))
    torch.Tensor.to = on_the_cpu(torch.Tensor.to)
    torch.cuda.is_available, torch.cuda._lazy_init = is_available, start
    torch.cuda.device_count = lambda: 2
    torch.cuda.get_rng_state, torch.cuda.set_rng_state = state, start


class AfterTorch:
    """Finds torch once, and plays when it has been loaded."""

    def find_spec(self, name, path=None, target=None):
        if name != "torch" or os.environ.get("CUDA_VISIBLE_DEVICES") == "":
            return None
        sys.meta_path.remove(self)
        spec = find_spec("torch")
        load = spec.loader.exec_module

        def load_and_play(module):
            load(module)
            played(module)

        spec.loader.exec_module = load_and_play
        return spec


sys.meta_path.insert(0, AfterTorch())
