"""Values arrive as they were sent, laid out as they were; what cannot be is refused."""

import json

import numpy as np
import pytest
import torch

from kata.teacher.fence.frames import TooLarge, Unreadable, pack, unpack
from kata.teacher.fence.wire import Opaque, Packer, Unpacker


def sent(value, strict=True):
    packer = Packer(strict=strict)
    packed = packer.pack(value)
    header, blobs = unpack(pack({**packer.header(), "value": packed}, packer.blobs))
    return Unpacker(header, blobs).unpack(header["value"])


def test_plain_values_arrive_with_their_types():
    values = [None, True, 3, -(2**70), 2.5, float("inf"), "text é", (1, [2, (3,)]), {"a": [1]}]

    assert sent(values) == values
    assert [type(v) for v in sent(values)] == [type(v) for v in values]
    assert torch.tensor(sent(float("nan"))).isnan()
    assert type(sent(torch.Size([2, 3]))) is torch.Size


def test_what_can_be_taken_apart_arrives_so_and_is_no_list():
    tensors = torch.randn(2, 3), torch.zeros(3)
    got = sent(torch.nn.ParameterList(tensors), strict=False)

    assert type(got).__name__ == "ParameterList" and not isinstance(got, list | tuple)
    assert len(got) == 2
    assert all(map(torch.equal, got, tensors))


def test_what_breaks_when_it_is_taken_apart_arrives_as_a_name():
    class Row(list):
        pass

    class Sized:
        def __len__(self):
            return 2

        def __iter__(self):
            raise ValueError

    assert type(sent(Sized(), strict=False)).__name__ == "Sized"
    assert sent(Row([1]), strict=False) == [1]


@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.int64, torch.bool])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 3, 4)])
def test_tensors_arrive_with_values_shape_and_dtype(kind, shape):
    tensor = (torch.randn(shape, dtype=torch.float64) * 3).to(kind)
    got = sent(tensor)

    assert got.dtype == kind
    assert torch.equal(got, tensor)


def test_layouts_arrive_as_they_were():
    base = torch.randn(4, 6)
    for view in (base.T, base[:, ::2], base[1:2].expand(5, 6), base[2:, 3:]):
        got = sent(view)

        assert torch.equal(got, view)
        assert (got.stride(), got.storage_offset()) == (view.stride(), view.storage_offset())


def test_tensors_that_share_memory_still_do_and_one_that_is_passed_twice_is_one():
    x = torch.randn(3, 4)
    a, b, row = sent([x, x, x[1]])

    assert a is b
    a[1, 0] = 7
    assert row[0] == 7


def test_gradients_and_whether_they_are_recorded_arrive():
    x = torch.randn(3, requires_grad=True)
    x.grad = torch.randn(3)
    x.g = torch.ones(3)
    got = sent(x)

    assert got.requires_grad
    assert torch.equal(got.grad, x.grad)
    assert torch.equal(got.g, x.g)


def test_numpy_arrives():
    got = sent([np.arange(6.0).reshape(2, 3), np.float32(2)])

    assert got[0].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert type(got[1]) is np.float32


def test_what_a_call_does_to_its_arguments_comes_back():
    x, out = torch.randn(3, 2), torch.randn(3, 2)
    out.grad = upstream = torch.randn(3, 2)
    packer = Packer()
    ask = packer.pack([x, out])
    header, blobs = unpack(pack({**packer.header(), "args": ask}, packer.blobs))
    table = packer.remember()

    there = Unpacker(header, blobs)
    far_x, far_out = there.unpack(header["args"])
    far = there.remember()
    far_x.grad = 2 * far_out.grad
    far_x[0, 0] = 9
    reply = Packer(far, strict=False)
    changes = reply.changes()
    value = reply.pack([far_x, far_x.grad])
    answer, parts = unpack(pack({**reply.header(), **changes, "value": value}, reply.blobs))

    here = Unpacker(answer, parts, table)
    assert here.apply(answer)
    got_x, got_grad = here.unpack(answer["value"])
    assert got_x is x
    assert x[0, 0] == 9
    assert x.grad is got_grad
    assert torch.equal(x.grad, 2 * upstream)
    assert out.grad is upstream


def test_a_value_of_another_type_arrives_as_its_type_s_name():
    class Thing:
        pass

    got = sent(Thing(), strict=False)

    assert isinstance(got, Opaque)
    assert type(got).__name__ == "Thing"
    with pytest.raises(TooLarge, match="Thing"):
        sent(Thing())


def test_a_tensor_subclass_arrives_as_a_tensor():
    class Mine(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return True

    got = sent(torch.ones(2).as_subclass(Mine), strict=False)

    assert type(got) is torch.Tensor
    assert got.tolist() == [1, 1]


ROW = [0, "float32", [2], [1], 0, False, False, None]


@pytest.mark.parametrize(
    "row",
    [
        [9, *ROW[1:]],
        [-1, *ROW[1:]],
        [0, "object", *ROW[2:]],
        [0, "float32", [3], *ROW[3:]],
        [0, "float32", [2], [5], *ROW[4:]],
        [0, "float32", [2], [-1], *ROW[4:]],
        [0, "float32", [2], [1], 1, *ROW[5:]],
        [0, "float32", [10**9, 10**9], [0, 0], *ROW[4:]],
        [0, "float32", [2, 2], [1], *ROW[4:]],
        [0, "float32", [True], [1], *ROW[4:]],
        [0, "float32", "2", [1], *ROW[4:]],
        [*ROW[:7], [5, None]],
        [*ROW[:7], 3],
        [],
        None,
    ],
)
def test_a_tensor_that_cannot_be_is_refused(row):
    with pytest.raises(Unreadable):
        Unpacker({"storages": [0], "tensors": [row]}, [memoryview(bytes(8))])


@pytest.mark.parametrize(
    "value",
    [["tensor", 5], ["tensor"], ["code", "1"], ["dict", 3], {}, [], ["array", "O", [1], 0], [[]]],
)
def test_a_value_that_cannot_be_is_refused(value):
    unpacker = Unpacker({"storages": [], "tensors": []}, [memoryview(bytes(8))])

    with pytest.raises(Unreadable):
        unpacker.unpack(value)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ({"storages": [0, 0]}, None),
        ({"storages": [0], "tensors": [ROW] * 10_001}, None),
        ({}, ["list", [["array", "<f4", [2], 0]] * 2]),
        ({}, ["list", [0] * 10_000]),
    ],
)
def test_a_message_that_takes_much_more_memory_than_it_is_long_is_refused(header, value):
    header = {"storages": [], "tensors": [], **header}

    with pytest.raises(Unreadable, match=r"twice|than are ever needed"):
        Unpacker(header, [memoryview(bytes(8))]).unpack(value)


def test_an_argument_is_written_once():
    unpacker = Unpacker({"storages": [0], "tensors": [ROW]}, [memoryview(bytes(8))] * 2)

    with pytest.raises(Unreadable, match="twice"):
        unpacker.apply({"written": [[0, 1], [0, 1]], "attributes": []})


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"blobs": [9]}', b'{"blobs": [-1, 1]}', b"\xff", b"[" * 100_000]
)
def test_a_message_that_cannot_be_is_refused(text):
    message = pack({})
    message = len(text).to_bytes(4, "little") + message[4:12] + text

    with pytest.raises(Unreadable):
        unpack(message)


def test_nothing_is_pickled():
    header, _ = unpack(pack({"value": 1}))

    assert header == json.loads('{"value": 1, "blobs": []}')
