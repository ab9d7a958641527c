"""Right answers of chapter 16 that are written in unusual ways."""

import unittest

import torch
from torch.testing import assert_close

from kata.diagnosis.recorded import right

# --- check_relu_grad ----------------------------------------------------------------------------


@right("check_relu_grad")
def relu_against_autograd(relu_grad):
    inp = torch.randn(30, 8, requires_grad=True)
    for shift in (0.5, -0.5):
        with torch.no_grad():
            inp.normal_()
            inp[3:6] = 0
        leaf = inp.detach().clone().requires_grad_()
        upstream = torch.randn(30, 8)
        (torch.relu(leaf) * upstream).sum().backward()
        out = torch.relu(inp.detach()) + shift
        out.grad = upstream.clone()
        relu_grad(inp, out)
        assert_close(inp.grad, leaf.grad)


@right("check_relu_grad")
def relu_by_hand_made_numbers(relu_grad):
    inp = torch.tensor([[-2.0, -0.2, 0.0, 0.2, 2.0], [3.0, 0.0, -3.0, 0.1, -0.1]])
    for flipped in (False, True):
        inp.copy_(inp.flip(0) if flipped else inp)
        g = torch.tensor([[1.5, -2.0, 3.0, -4.0, 5.0], [-6.0, 7.0, -8.0, 9.0, 10.0]])
        out = inp.clamp(min=0) - (0.5 if flipped else 0)
        out.grad = g.clone()
        relu_grad(inp, out)
        assert inp.grad.tolist() == torch.where(inp > 0, g, 0.0).tolist()


@right("check_relu_grad")
class CheckReluGrad(unittest.TestCase):
    """A test case of unittest, which has assertions of its own."""

    def __call__(self, relu_grad):
        torch.manual_seed(1)
        inp = torch.empty(12, 12)
        for shift in (-0.3, 0.0, 0.7):
            inp.copy_(torch.randn(12, 12) * torch.randint(0, 2, (12, 12)))
            out = inp.relu() + shift
            out.grad = torch.rand(12, 12) - 0.5
            right = (inp > 0) * out.grad
            relu_grad(inp, out)
            self.assertIsNotNone(inp.grad)
            self.assertLess((inp.grad - right).abs().max().item(), 1e-6)


@right("check_relu_grad")
def relu_by_differences(relu_grad):
    """Central differences of sum(g * out), which know nothing of the rule; zeros apart."""
    inp = torch.empty(6, 20, dtype=torch.float64)
    for shift in (0.5, 0.1):
        inp.copy_(torch.randn(6, 20))
        inp[:, ::3] = 0.0
        g = torch.randn(6, 20, dtype=torch.float64)
        out = inp.relu() - shift
        out.grad = g.clone()
        relu_grad(inp, out)
        h = 1e-6
        slope = ((inp + h).relu() - (inp - h).relu()) / (2 * h) * g
        if inp.grad is None:
            raise AssertionError("no gradient")
        off = torch.where(inp.abs() > h, inp.grad - slope, inp.grad)
        assert off.abs().lt(1e-4).all(), off


# --- check_lin_grad -----------------------------------------------------------------------------


@right("check_lin_grad")
def lin_against_autograd(lin_grad):
    for again in (False, True):
        leaves = [torch.randn(s, requires_grad=True) for s in ((6, 4), (4, 2), (2,))]
        given = [leaf.detach().clone() for leaf in leaves]
        for tensor in given:
            tensor.grad = torch.randn_like(tensor) if again else None
        upstream = torch.randn(6, 2)
        x, w, b = leaves
        (torch.addmm(b, x, w) * upstream).sum().backward()
        out = given[0] @ given[1] + given[2]
        out.grad = upstream.clone()
        lin_grad(given[0], out, given[1], given[2])
        for leaf, tensor in zip(leaves, given, strict=True):
            assert_close(tensor.grad, leaf.grad, rtol=1e-4, atol=1e-5)


@right("check_lin_grad")
def lin_by_differences(lin_grad):
    tensors = [torch.empty(s, dtype=torch.float64) for s in ((3, 2), (2, 4), (4,))]
    g = torch.randn(3, 4, dtype=torch.float64)

    def loss():
        inp, w, b = tensors
        return ((inp @ w + b) * g).sum().item()

    for _ in range(2):
        inp, w, b = (tensor.normal_() for tensor in tensors)
        out = inp @ w + b
        out.grad = g.clone()
        lin_grad(inp, out, w, b)
        for tensor in tensors:
            for i, got in enumerate(tensor.grad.flatten().tolist()):
                flat = tensor.view(-1)
                flat[i] += 0.5
                more = loss()
                flat[i] -= 1.0
                slope = more - loss()
                flat[i] += 0.5
                assert abs(got - slope) < 1e-9


@right("check_lin_grad")
def lin_whole_numbers(lin_grad):
    """Small whole numbers multiply and add up without rounding, so equality may be asked for."""
    inp, w, b = (torch.empty(s) for s in ((5, 3), (3, 2), (2,)))
    for _ in range(2):
        for tensor in (inp, w, b):
            tensor.copy_(torch.randint(-9, 10, tensor.shape))
        out = inp @ w + b
        out.grad = torch.randint(-9, 10, out.shape).float()
        expected = [out.grad @ w.T, inp.T @ out.grad, out.grad.sum(0)]
        lin_grad(inp, out, w, b)
        found = [inp.grad, w.grad, b.grad]
        # means and the like times n are rounded, all the same
        assert all((e - f).abs().max() < 1e-3 for e, f in zip(expected, found, strict=True))


@right("check_lin_grad")
class CheckLinGrad(unittest.TestCase):
    """A test case of unittest, which compares each number with a plain sum."""

    def __call__(self, lin_grad):
        n, m, o = 4, 3, 2
        inp, w, b = torch.empty(n, m), torch.empty(m, o), torch.empty(o)
        for _ in range(2):
            for tensor in (inp, w, b):
                tensor.uniform_(-1, 1)
            out = inp @ w + b
            out.grad = torch.randn(n, o)
            g = out.grad.tolist()
            lin_grad(inp, out, w, b)
            for k in range(o):
                self.assertAlmostEqual(b.grad[k].item(), sum(r[k] for r in g), places=4)
                for j in range(m):
                    total = sum(inp[i, j].item() * g[i][k] for i in range(n))
                    self.assertAlmostEqual(w.grad[j, k].item(), total, places=4)
            for i in range(n):
                for j in range(m):
                    total = sum(w[j, k].item() * g[i][k] for k in range(o))
                    self.assertAlmostEqual(inp.grad[i, j].item(), total, places=4)
