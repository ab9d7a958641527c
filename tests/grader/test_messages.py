"""The forms of what is told of a mistake that an error or a file shows by itself, word for word.

A change of wording shows in review, here, whichever road says it.
"""

from textwrap import dedent

import pytest
import torch

from kata.answers.handin import Submission
from kata.answers.text import Chapter
from kata.course import exercises
from kata.refusal import NotPassed, Raised

ARGS = {
    "relu": (torch.ones(5, 4),),
    "lin": (torch.ones(5, 3), torch.ones(3, 4), torch.ones(4)),
    "log_softmax": (torch.ones(5, 3),),
    "max_pool": (torch.ones(1, 1, 4, 4), 2),
    "mse_grad": (torch.ones(3, 1), torch.zeros(3)),
    "sgd": ([torch.ones(2)], [torch.ones(2)], 0.1),
    "kaiming_std": (50,),
}


def told(folder, name, text, imports="import math"):
    """What is said of an answer to an exercise: the message, and the mistake in a second line."""
    chapter = exercises()[name].chapter
    (folder / f"{chapter}.py").write_text(f"import torch; {imports}\n{dedent(text)}", "utf-8")
    try:
        answer = Submission(folder).answer(name)
    except NotPassed as stopped:
        return stopped.message
    via = {"Lin": "layers.there_and_back"}.get(name)
    args = (2, torch.ones(5, 4), torch.ones(3, 4), torch.ones(4), torch.ones(5, 3))
    stopped = answer.attempt(args if via else ARGS[name], via=via).stopped
    assert stopped is not None
    said = f"\nlooks like: {stopped.mistake}" if stopped.mistake else ""
    return f"{stopped.message}{said}" if isinstance(stopped, Raised) else stopped.message


SIGNATURES = {
    "too few": (
        "relu",
        """
        def relu():
            return x.clamp_min(0)
        """,
        "raised at ch03_forward.py:3: TypeError: relu() takes 0 positional arguments but 1 was "
        "given\nlooks like: relu is called as relu(x); yours takes ().",
    ),
    "a cache": (
        "lin",
        """
        def lin(x, cache):
            w, b = cache
            return x @ w + b
        """,
        "raised at ch03_forward.py:3: TypeError: lin() takes 2 positional arguments but 3 were "
        "given\nlooks like: lin is called as lin(x, w, b); yours takes (x, cache).",
    ),
    "a config": (
        "max_pool",
        """
        def max_pool(x, pool_param):
            return torch.nn.functional.max_pool2d(x, pool_param["size"])
        """,
        "raised at ch18_convolution.py:4: TypeError: 'int' object is not subscriptable\n"
        "looks like: max_pool is called as max_pool(x, size=2); yours takes (x, pool_param).",
    ),
    "a module's class": (
        "log_softmax",
        """
        class log_softmax(torch.nn.Module):
            def forward(self, x):
                return x
        """,
        "raised at ch12_classification.py:4: TypeError: log_softmax.__init__() takes 1 positional "
        "argument but 2 were given\nlooks like: log_softmax is called as log_softmax(x); yours is "
        "a class, made as log_softmax(). An answer is a function, or an instance of a class with "
        "__call__.",
    ),
    "a class with a step": (
        "sgd",
        """
        class sgd:
            def __init__(self, params, lr=0.5):
                self.params, self.lr = params, lr
        """,
        "raised at ch13_training.py:4: TypeError: sgd.__init__() takes from 2 to 3 positional "
        "arguments but 4 were given\nlooks like: sgd is called as sgd(params, grads, lr); yours is "
        "a class, made as sgd(params, lr=0.5). An answer is a function, or an instance of a class "
        "with __call__.",
    ),
    "an object that cannot be called": (
        "relu",
        """
        class Clamped:
            pass

        relu = Clamped()
        """,
        "ch03_forward.py: relu is a Clamped, which cannot be called",
    ),
    "sizes for weights": (
        "Lin",
        """
        class Lin:
            def __init__(self, n_in, n_out):
                self.w = torch.randn(n_in, n_out)
        """,
        "raised at ch10_layers.py:5: TypeError: randn() received an invalid combination of "
        "arguments - got (Tensor, Tensor)\nlooks like: Lin is called as Lin(w, b); yours takes "
        "(n_in, n_out).",
    ),
    "no __call__": (
        "Lin",
        """
        class Lin:
            def __init__(self, w, b):
                self.w = w

            def forward(self, inp):
                return inp @ self.w
        """,
        "raised at ch10_layers.py:4: TypeError: 'Lin' object is not callable\nlooks like: Lin is "
        "called as Lin(w, b)(inp); your class has no __call__.",
    ),
    "another method": (
        "Lin",
        """
        class Lin:
            def __init__(self, w, b):
                self.w = w

            def __call__(self, inp):
                return inp @ self.w

            def backwards(self):
                pass
        """,
        "raised at ch10_layers.py:4: AttributeError: 'Lin' object has no attribute 'backward'\n"
        "looks like: An object of Lin has no backward; it has backwards, with ().",
    ),
    "another backward": (
        "Lin",
        """
        class Lin:
            def __init__(self, w, b):
                self.w = w

            def __call__(self, inp):
                return inp @ self.w

            def backward(self, grad):
                pass
        """,
        "raised at ch10_layers.py:4: TypeError: Lin.backward() missing 1 required positional "
        "argument: 'grad'\nlooks like: Lin is called as Lin(w, b).backward(); yours takes (grad).",
    ),
}

HABITS = {
    "astype": (
        "x.astype(float)",
        "AttributeError: 'Tensor' object has no attribute 'astype'\nlooks like: `astype` is "
        "NumPy's word. torch's is .to(dtype), or .float() and .double().",
    ),
    "copy": (
        "x.copy()",
        "AttributeError: 'Tensor' object has no attribute 'copy'\nlooks like: `copy` is NumPy's "
        "word. torch's is .clone().",
    ),
    "size": (
        "x / x.size",
        "TypeError: unsupported operand type(s) for /: 'Tensor' and 'builtin_function_or_method'\n"
        "looks like: `.size` is a number in NumPy. In torch it is a method: .numel() counts the "
        "elements, and size() or .shape gives the lengths of the axes.",
    ),
    "a method": (
        "x - x.mean",
        "TypeError: unsupported operand type(s) for -: 'Tensor' and 'builtin_function_or_method'\n"
        "looks like: `.mean` is a method: without its parentheses it isn't called.",
    ),
    "dot": (
        "torch.dot(x, x)",
        "RuntimeError: 1D tensors expected, but got 2D and 2D tensors\n  called with x [...] = "
        "[5, 4]\nlooks like: In torch, dot takes two vectors and no more. For matrices it is @ "
        "(torch.matmul).",
    ),
    "two results": (
        "x - x.max(1, keepdim=True)",
        "TypeError: unsupported operand type(s) for -: 'Tensor' and 'torch.return_types.max'\n"
        "looks like: In torch, max(dim) gives two results, the values and their places. The values "
        "are max(dim).values, or amax(dim).",
    ),
    "a float size": (
        "torch.zeros(len(x) / 1, 4)",
        "TypeError: zeros() takes 1 positional argument but 2 were given\nlooks like: A size or an "
        "index is a float here, as / gives one. // gives an int.",
    ),
    "a float index": (
        "x[: len(x) / 2]",
        "TypeError: slice indices must be integers or None or have an __index__ method\n"
        "looks like: A size or an index is a float here, as / gives one. // gives an int.",
    ),
    "keepdims": (
        "np.sum(x, axis=1, keepdims=True)",
        "TypeError: sum() got an unexpected keyword argument 'axis'\nlooks like: np.sum doesn't "
        "take tensors with axis= or keepdims=. torch's word is x.sum(dim, keepdim=True).",
    ),
    "an array": (
        "np.dot(x, x.T) + x.sum(1)",
        "TypeError: Concatenation operation is not implemented for NumPy arrays, use "
        "np.concatenate() instead. Please do not rely on this error; it may not be given on all "
        "Python implementations.\nlooks like: np.dot works on arrays, not on tensors. torch's "
        "word is @ (torch.matmul).",
    ),
    "an array for a .grad": (
        "setattr(x, 'grad', np.exp(x.numpy()))",
        "TypeError: assigned grad expected to be a Tensor or None but got grad of type "
        "numpy.ndarray\nlooks like: np.exp works on arrays, not on tensors. torch's word is "
        "torch.exp.",
    ),
    "two tensors": (
        "torch.maximum(x, 0)",
        "TypeError: maximum(): argument 'other' (position 2) must be Tensor, not int\nlooks like: "
        "torch.maximum takes two tensors. With a number it is x.clamp(min=...) or clamp(max=...).",
    ),
    "a number": (
        "x * torch.sqrt(2)",
        "TypeError: sqrt(): argument 'input' (position 1) must be Tensor, not int\nlooks like: "
        "torch.sqrt takes a tensor, and not a number. For a number it is math.sqrt.",
    ),
    "a name nearby": (
        "relux(x)",
        "NameError: name 'relux' is not defined\nlooks like: `relux`: did you mean `relu`?",
    ),
    "torch's name": (
        "matmul(x, x)",
        "NameError: name 'matmul' is not defined\nlooks like: `matmul`: did you mean "
        "`torch.matmul`?",
    ),
    "torch's name, nearly": (
        "torch.matmull(x, x)",
        "AttributeError: module 'torch' has no attribute 'matmull'\nlooks like: `torch.matmull`: "
        "did you mean `torch.matmul`?",
    ),
    "a tensor's name, nearly": (
        "x.clamp_mim(0)",
        "AttributeError: 'Tensor' object has no attribute 'clamp_mim'\nlooks like: `.clamp_mim`: "
        "did you mean `.clamp_min`?",
    ),
    "no import": (
        "F.relu(x)",
        "NameError: name 'F' is not defined\nlooks like: F is not imported in this file: `import "
        "torch.nn.functional as F` at its top does that.",
    ),
    "another chapter's": (
        "near(x, x)",
        "NameError: name 'near' is not defined\nlooks like: near is another chapter's: `from "
        "ch01_checks import near` gives you a right one.",
    ),
    "an unknown name": ("quuxity(x)", "NameError: name 'quuxity' is not defined"),
    "a failing helper": (
        "(lambda a, b: a)(x)",
        "TypeError: relu.<locals>.<lambda>() missing 1 required positional argument: 'b'",
    ),
    "recursion": ("relu(x)", "RecursionError: it calls itself without end"),
}

PASTED = {
    "a magic": (
        "%matplotlib inline\n",
        "ch03_forward.py:2: `%matplotlib` is a notebook's magic; remove this line",
    ),
    "a cell's magic": (
        "%%time\n",
        "ch03_forward.py:2: `%%time` is a notebook's magic; remove this line",
    ),
    "a shell line": (
        "!pip install torch\n",
        "ch03_forward.py:2: `!pip` is a notebook's shell line; remove it",
    ),
    "a prompt": (
        "In [3]: x = 1\n",
        "ch03_forward.py:2: `In [3]:` is a notebook's prompt; remove it",
    ),
    "Python's prompt": (
        ">>> x = 1\n",
        "ch03_forward.py:2: `>>>` is Python's prompt; remove it, and each `...` below",
    ),
    "the prompt of further lines": (
        "def f():\n...     return 1\n",
        "ch03_forward.py:3: `...` is Python's prompt; remove it",
    ),
    "a fence": (
        "```python\n",
        "ch03_forward.py:2: ````python` is Markdown's fence; remove this line",
    ),
    "help": (
        "torch.relu?\n",
        "ch03_forward.py:2: `torch.relu?` asks a notebook for help; remove it",
    ),
    "the notes' export": (
        "from exp.nb_01 import *\n",
        "ch03_forward.py:2: ModuleNotFoundError: No module named 'exp'; exp is another course's: "
        "remove this line: `import torch` is enough",
    ),
    "an unknown module": (
        "import helpful\n",
        "ch03_forward.py:2: ModuleNotFoundError: No module named 'helpful'; remove this line: "
        "`import torch` is enough, or put helpful.py beside this file",
    ),
    "the shell's object": (
        "get_ipython().system('ls')\n",
        "ch03_forward.py:2: NameError: name 'get_ipython' is not defined; get_ipython is a "
        "notebook's: remove this line",
    ),
    "a call": (
        "print(x_train)\n",
        "ch03_forward.py:2: NameError: name 'x_train' is not defined; this line stands outside the "
        "functions, and no exercise needs it: remove it",
    ),
    "no Python": ("x = (\n", "ch03_forward.py:2: SyntaxError: '(' was never closed"),
}


@pytest.mark.parametrize("case", SIGNATURES)
def test_another_signature_is_told_with_how_it_is_called(tmp_path, case):
    name, text, says = SIGNATURES[case]

    assert told(tmp_path, name, text) == says


@pytest.mark.parametrize("case", HABITS)
def test_what_raised_is_told_with_torch_s_word(tmp_path, case):
    code, says = HABITS[case]

    text = told(tmp_path, "relu", f"def relu(x):\n    return {code}\n", "import numpy as np")

    assert text.removeprefix("raised at ch03_forward.py:3: ") == says


@pytest.mark.parametrize("case", PASTED)
def test_what_was_pasted_along_is_to_be_removed(tmp_path, case):
    code, says = PASTED[case]

    assert told(tmp_path, "relu", f"{code}\ndef relu(x):\n    return x.clamp_min(0)\n") == says


def test_shapes_that_do_not_fit_are_told_with_their_axes(tmp_path):
    text = "def lin(x, w, b):\n    return x @ w.t() + b\n"

    assert told(tmp_path, "lin", text) == (
        "raised at ch03_forward.py:3: RuntimeError: mat1 and mat2 shapes cannot be multiplied "
        "(5x3 and 4x3)\n  called with x [n, m] = [5, 3], w [m, o] = [3, 4], b [o] = [4]"
    )


def test_a_stub_beside_a_misspelled_answer_is_told_of_it(tmp_path):
    text = "def relu(x):\n    raise NotImplementedError\n\n\ndef ReLU(x):\n    return x\n"

    assert told(tmp_path, "relu", text) == (
        "relu is still to be written; you define ReLU, the exercise is called relu"
    )


def test_a_misspelled_answer_without_its_stub_is_told_by_its_name(tmp_path):
    assert told(tmp_path, "relu", "def Relu_(x):\n    return x\n") == (
        "ch03_forward.py: you define Relu_; the exercise is called relu"
    )


def test_arguments_at_other_places_are_told_where_nothing_else_is_seen(tmp_path):
    told(tmp_path, "lin", "def lin(b, x, w=None):\n    raise ValueError\n")

    says = "lin is called as lin(x, w, b); yours takes (b, x, w=None)."
    assert Submission(tmp_path).answer("lin").unfit == (says, False)


def test_a_cache_explains_any_failure(tmp_path):
    told(tmp_path, "lin", "def lin(x, cache, b):\n    raise ValueError\n")

    says = "lin is called as lin(x, w, b); yours takes (x, cache, b)."
    assert Submission(tmp_path).answer("lin").unfit == (says, True)


def test_other_names_alone_are_no_mistake(tmp_path):
    told(tmp_path, "lin", "def lin(inp, weight, bias):\n    raise ValueError\n")

    assert Submission(tmp_path).answer("lin").unfit == ("", False)


def test_a_line_that_fails_costs_the_exercise_below_it_and_no_other(tmp_path):
    text = (
        "def lin(x, w, b):\n    return x @ w + b\n\n\nlin(data)\n\n\n"
        "def relu(x):\n    return x.clamp_min(0)\n\n\n"
        "def shifted_relu(x):\n    return relu(x) - 0.5\n"
    )
    (tmp_path / "ch03_forward.py").write_text(text)
    handed_in = Submission(tmp_path)

    with pytest.raises(NotPassed, match=r"ch03_forward.py:5: NameError: .*remove it"):
        handed_in.answer("relu")
    assert handed_in.answer("lin")(*ARGS["lin"]).shape == (5, 4)
    assert handed_in.answer("shifted_relu")(torch.ones(2)).tolist() == [0.5, 0.5]


def test_at_the_end_of_a_file_it_costs_the_exercise_above(tmp_path):
    text = (
        "def lin(x, w, b):\n    return x @ w + b\n\n\ndef relu(x):\n    return x\n\n\nrelu(data)\n"
    )
    (tmp_path / "ch03_forward.py").write_text(text)
    handed_in = Submission(tmp_path)

    with pytest.raises(NotPassed, match=r"ch03_forward.py:9: "):
        handed_in.answer("relu")
    assert handed_in.answer("lin")(*ARGS["lin"]).shape == (5, 4)


def test_what_a_failed_line_was_to_define_is_told_to_whoever_uses_it(tmp_path):
    text = "def relu(x):\n    return x\n\n\nw = load()\n\n\ndef lin(x, w_, b):\n    return x @ w\n"
    text += "\n\ndef shifted_relu(x):\n    return x + w\n"
    (tmp_path / "ch03_forward.py").write_text(text)
    handed_in = Submission(tmp_path)

    stopped = handed_in.answer("shifted_relu").attempt((torch.ones(2),)).stopped
    assert stopped is not None
    assert stopped.message.startswith("ch03_forward.py:5: NameError: name 'load' is not defined")
    assert handed_in.answer("relu")(torch.ones(2)).tolist() == [1, 1]


def test_a_future_import_holds_for_each_statement(tmp_path):
    text = (
        "from __future__ import annotations\n\n\ndef relu(x: Unknown) -> Unknown:\n    return x\n"
    )
    (tmp_path / "ch03_forward.py").write_text(text)

    assert Submission(tmp_path).answer("relu")(torch.ones(2)).tolist() == [1, 1]


def test_a_call_that_is_moved_to_another_exercise_asks_for_new_grades():
    relu = "def relu(x):\n    return x\n\n\n"
    lin = "def lin(x, w, b):\n    return x\n\n\n"
    one = Chapter(f"{relu}relu(data)\n\n\n{lin}", "ch03_forward")
    other = Chapter(f"relu(data)\n\n\n{relu}{lin}", "ch03_forward")

    assert one.fingerprint("relu") != other.fingerprint("relu")
    assert one.fingerprint("lin") != other.fingerprint("lin")


def test_who_asks_autograd_of_plain_tensors_is_told_that_none_records(tmp_path):
    code = "def mse_grad(inp, targ):\n    ((inp[:, 0] - targ) ** 2).mean().backward()\n"

    assert told(tmp_path, "mse_grad", code).partition("looks like: ")[2] == (
        "You ask autograd for the gradients of tensors that record nothing: no input requires one. "
        "Where the exercise is a gradient, its formula is what is to be written."
    )
