"""Whatever an answer returns, looking for its mistake raises nothing."""

import collections
import itertools
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from kata.answers.call import Answer
from kata.diagnosis import judge
from kata.diagnosis.name import diagnose
from kata.diagnosis.plain import Odd, plain
from kata.diagnosis.slip import STRICT
from kata.grade import TestResult
from kata.refusal import Refused

# of each shape of comparison: a truth value, a tensor, numbers, gradients that are set, several
# results, random weights, a layer, lists, dialogues
EXERCISES = [
    "assert_is_near_zero",
    "split_and_scale",
    "model",
    "lin_grad",
    "kaiming_std",
    "init_params",
    "Mse",
    "sgd",
    "loss_and_grads",
    "layernorm",
    "unbroadcast",
]


class Raising:
    """Raises whatever it is asked."""

    def refuse(self, *args):
        raise ValueError("do not touch")

    __eq__ = __ne__ = __len__ = __iter__ = __bool__ = __float__ = __getattr__ = refuse
    __hash__ = __str__ = __repr__ = __array__ = __getitem__ = refuse
    __class__ = property(refuse)


class RaisingFloat(float):
    """A float that cannot be compared."""

    __eq__ = __abs__ = __bool__ = __sub__ = __hash__ = Raising.refuse


class RaisingList(list):
    """A list that cannot be gone through."""

    __len__ = __iter__ = __getitem__ = __eq__ = Raising.refuse


class RaisingDict(dict):
    """A dict that cannot be gone through."""

    keys = items = values = __eq__ = __len__ = __iter__ = Raising.refuse


class RaisingTensor(torch.Tensor):
    """A tensor whose functions raise."""

    @classmethod
    def __torch_function__(cls, *args, **kwargs):
        raise ValueError("do not touch")


class Wrapper(torch.Tensor):
    """A tensor whose operations reach Python, and raise there."""

    @staticmethod
    def __new__(cls):
        return torch.Tensor._make_wrapper_subclass(cls, (3, 4))

    @classmethod
    def __torch_dispatch__(cls, *args, **kwargs):
        raise ValueError("do not touch")


def recursive_list():
    own = [torch.ones(2)]
    own += [own, own]
    return own


def recursive_dict():
    own = {}
    own["own"] = [own]
    return own


def nested_tensor():
    parts = [torch.ones(2), torch.ones(3)]
    return quietly(torch.nested.nested_tensor, parts)


def quietly(make, *args, **kwargs):
    """Make what torch warns of: a beta, or something deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make(*args, **kwargs)


def compressed_tensor():
    return quietly(torch.eye(4).to_sparse_csr)


def quantized_tensor():
    return quietly(torch.quantize_per_tensor, torch.ones(3, 4), 0.1, 0, torch.quint8)


def array_of_objects():
    array = np.empty(2, dtype=object)
    array[0] = Raising()
    return array


Pair = collections.namedtuple("Pair", "a b")
ODD = {
    "an object that raises": Raising,
    "a list of objects that raise": lambda: [Raising(), Raising()],
    "a float that raises": lambda: RaisingFloat(1),
    "a list that raises": lambda: RaisingList([1.0, torch.ones(2)]),
    "a dict that raises": lambda: RaisingDict(a=torch.ones(2)),
    "a tensor that raises": lambda: torch.ones(3, 4).as_subclass(RaisingTensor),
    "a wrapper that raises": Wrapper,
    "a parameter": lambda: torch.nn.Parameter(torch.ones(3, 4)),
    "a sparse tensor": lambda: torch.eye(4).to_sparse(),
    "a compressed tensor": compressed_tensor,
    "a meta tensor": lambda: torch.ones(3, 4, device="meta"),
    "a quantized tensor": quantized_tensor,
    "a complex tensor": lambda: torch.ones(3, 4, dtype=torch.complex64),
    "a bool tensor": lambda: torch.ones(3, 4, dtype=torch.bool),
    "a half tensor": lambda: torch.ones(3, 4).half(),
    "a tensor of 8-bit floats": lambda: torch.ones(3, 4).to(torch.float8_e4m3fn),
    "a tensor of unsigned numbers": lambda: torch.ones(3, 4).to(torch.uint32),
    "a nested tensor": nested_tensor,
    "an empty tensor": lambda: torch.ones(0),
    "lists of unequal length": lambda: [[1.0, 2.0], [3.0], []],
    "an array of objects": array_of_objects,
    "an array of texts": lambda: np.array(["a", "b"]),
    "a structured array": lambda: np.zeros(3, dtype=[("a", "f4")]),
    "a number of numpy's": lambda: np.float32(0.5),
    "a namedtuple": lambda: Pair(torch.ones(2), 1.0),
    "a generator": lambda: (torch.ones(2) for _ in range(2)),
    "an endless iterator": itertools.count,
    "a dict of tensors": lambda: {"w": torch.ones(2), 1: [2]},
    "a dict with odd keys": lambda: {(torch.ones(2), 1): 2},
    "a recursive list": recursive_list,
    "a recursive dict": recursive_dict,
    "a set of tensors": lambda: {torch.ones(2)},
    "a number beyond floats": lambda: 10**400,
    "a class": lambda: Raising,
    "a module": lambda: torch.nn.Linear(2, 3),
    "NotImplemented": lambda: NotImplemented,
}


def setting(value):
    """A function that leaves the value where gradients are looked for, and returns nothing."""

    def sets(*args):
        for arg in args:
            if isinstance(arg, torch.Tensor):
                arg.g = value

    return sets


@pytest.mark.parametrize("name", EXERCISES)
def test_the_diagnosis_of_an_odd_object_raises_nothing(name):
    for make in ODD.values():
        returned = Answer(name, lambda *args, made=make, **kwargs: made(), Path())
        as_g = Answer(name, setting(make()), Path())

        for answer in returned, as_g:
            assert isinstance(diagnose(answer), str | None)


def test_a_tensor_is_set_as_a_sparse_gradient_and_the_diagnosis_raises_nothing():
    def sets(inp, out, w, b):
        w.grad = torch.zeros_like(w).to_sparse()

    assert diagnose(Answer("lin_grad", sets, Path())) is None


def test_an_answer_may_spoil_its_arguments_and_the_diagnosis_raises_nothing():
    def spoils(params, grads, lr):
        grads.clear()
        params += [Raising(), torch.ones(2, dtype=torch.complex64)]
        return params

    diagnose(Answer("sgd", spoils, Path()))


def test_an_error_whose_text_cannot_be_read_is_an_error_like_others():
    class Mute(Exception):
        __str__ = Raising.refuse

    def raises(x, w, b):
        raise Mute

    answer = Answer("lin", raises, Path())

    assert "Mute" in answer.attempt((1, 2, 3)).stopped.message
    assert diagnose(answer) is None


@pytest.mark.parametrize("name", ODD)
def test_what_is_plain_can_be_compared(name):
    def parts(value):
        if isinstance(value, dict | list | tuple):
            for part in value.values() if isinstance(value, dict) else value:
                yield from parts(part)
        else:
            yield value

    for part in parts(plain(ODD[name]())):
        assert type(part) in (Odd, torch.Tensor, float, int, type(None)) or (
            type(part).__module__ == "numpy"
        )


def slips(answer):
    raise KeyError("a fault of ours")


@pytest.fixture
def refused():
    return (
        TestResult("lin", "ch03_forward", "a test", 1),
        Refused("the result has wrong values"),
        Answer("lin", lambda x, w, b: x, Path()),
    )


def test_a_slip_of_the_engine_fails_the_project_s_own_tests(monkeypatch, refused):
    monkeypatch.setattr(judge, "diagnose", slips)

    with pytest.raises(KeyError, match="a fault of ours"):
        judge.judge(*refused, Path(), 10)


def test_a_slip_of_the_engine_costs_a_learner_nothing_but_the_name(monkeypatch, refused):
    monkeypatch.setattr(judge, "diagnose", slips)
    monkeypatch.delenv(STRICT)

    result = judge.judge(*refused, Path(), 10)

    assert (result.status, result.mistake) == ("failed", None)
    assert result.message == "lin: the result has wrong values"
