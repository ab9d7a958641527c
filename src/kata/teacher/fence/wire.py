"""Values and tensors as JSON and raw bytes. Never pickle: the other side may be hostile.

A tensor travels as its storage's bytes, its dtype, shape, strides and offset, so that it arrives as
it was laid out; tensors that share memory still do, and one that is passed twice is one tensor.
What a call did to its arguments comes back as changed storages and as new `.grad`s.

Unreadable is raised for whatever does not hold together, however it was made. The file is long, as
each direction is read beside the other.
"""

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kata.answers.internals import as_plain_tensors, key_of
from kata.teacher.fence.frames import BLOBS, TEXT, Json, TooLarge, Unreadable
from kata.teacher.fence.table import ATTRIBUTES, Table, as_bytes, attributes_of, bytes_of

DEEP, MANY = 20, 10_000  # levels, and items in all, of lists in lists

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)
COMPLEX = (torch.complex64, torch.complex128)
DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in FLOATS + INTEGERS + COMPLEX}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
KINDS_OF_ARRAYS = "biufc"  # numpy's dtype.kind: no objects, no texts


class Opaque:
    """Stands for a value of a type that is not sent; its class has the type's name."""

    @staticmethod
    def named(name: str, **methods: Any) -> "Opaque":
        """Return one whose type is called so."""
        plain = "".join(c for c in name[:80] if c.isalnum() or c == "_") or "object"
        made: Opaque = type(plain, (Opaque,), {"__slots__": (), **methods})()
        return made

    @staticmethod
    def holding(name: str, items: list[Any]) -> "Opaque":
        """Return one that can be taken apart, as an nn.ParameterList can."""
        return Opaque.named(name, __len__=lambda _: len(items), __iter__=lambda _: iter(items))


class Packer:
    """Makes one message of values. `known`: what the other side has already."""

    def __init__(self, known: Table | None = None, strict: bool = True) -> None:
        """strict: raise TooLarge for a value that cannot be sent; else send its type's name."""
        self.table = known or Table()
        self.blobs: list[bytes] = []
        self._strict = strict
        self._keep: list[Any] = []  # an address is a name only as long as the object lives
        self._storages: list[Json] = []
        self._tensors: list[Json] = []
        self._left = MANY

    def header(self) -> dict[str, Json]:
        """Return what Unpacker needs, beside the blobs."""
        return {"storages": self._storages, "tensors": self._tensors}

    def changes(self) -> dict[str, Json]:
        """Return what became of the known storages and tensors: new bytes, new attributes."""
        table = self.table
        attributes: Json = []
        for number, before in enumerate(table.attributes):
            tensor = table.tensors[number]
            now = attributes_of(tensor)
            if any(a is not b for a, b in zip(now[:-1], before[:-1], strict=True)):
                packed = [self._attribute(value) for value in now[:-1]]
                attributes.append([number, packed, now[-1]])
            elif now[-1] != before[-1]:
                attributes.append([number, None, now[-1]])
        written = [[number, self._blob(now)] for number, now in table.changed()]
        return {"written": written, "attributes": attributes}

    def pack(self, value: Any, depth: int = 0) -> Json:
        """Return the value as JSON that refers to blobs. Raises TooLarge."""
        self._left -= 1
        if depth > DEEP or self._left < 0:
            raise TooLarge("lists of lists without end")
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            return value if value.bit_length() < 1000 else self._other(value)
        if kind is str:
            return value[:TEXT]
        if issubclass(kind, Tensor):
            number = self._tensor(value)
            return self._other(value) if number is None else ["tensor", number]
        for name, base in _SEQUENCES:
            if issubclass(kind, base):
                return [name, [self.pack(item, depth + 1) for item in islice(value, MANY)]]
        if issubclass(kind, dict):
            items = islice(dict.items(value), MANY)
            return ["dict", [[self.pack(k, depth + 1), self.pack(v, depth + 1)] for k, v in items]]
        if kind is torch.dtype and value in NAMES:
            return ["dtype", NAMES[value]]
        if kind is torch.device:
            return ["device", str(value)]
        if issubclass(kind, np.ndarray | np.generic) and value.dtype.kind in KINDS_OF_ARRAYS:
            name = "number" if issubclass(kind, np.generic) else "array"
            return [name, value.dtype.str, list(value.shape), self._blob(value.tobytes())]
        for plain in (int, float, str):
            if issubclass(kind, plain):
                return self.pack(plain(value), depth + 1)
        if not self._strict and isinstance(value, Iterator):
            return ["iterator", [self.pack(item, depth + 1) for item in islice(value, MANY)]]
        if not self._strict and hasattr(kind, "__len__") and hasattr(kind, "__iter__"):
            try:
                held = list(islice(value, MANY))
            except Exception:  # of the learner's: it cannot be taken apart there either
                return self._other(value)
            name = self._other(value)[1]
            return ["items", name, [self.pack(item, depth + 1) for item in held]]
        return self._other(value)

    def _other(self, value: Any) -> Json:
        name = str(type.__getattribute__(type(value), "__name__"))
        if self._strict:
            raise TooLarge(f"a {name} cannot be sent to a student's process")
        return ["opaque", name]

    def _blob(self, content: bytes) -> int:
        self.blobs.append(content)
        return len(self.blobs) - 1

    def _tensor(self, tensor: Tensor) -> int | None:
        """Return the tensor's number; None where it is of a kind that is not sent."""
        numbers = self.table.numbers
        if id(tensor) in numbers:
            return numbers[id(tensor)]
        with as_plain_tensors():
            plain = tensor.detach()
            if type(plain) is not Tensor:
                plain = plain.as_subclass(Tensor)
            sent = (
                plain.layout == torch.strided
                and plain.device.type == "cpu"
                and plain.dtype in NAMES
                and not plain.is_quantized
            )
            if not sent:
                return None
            plain = plain.resolve_conj().resolve_neg()
            attributes = attributes_of(tensor)
        numbers[id(tensor)] = number = len(self.table.tensors)
        self.table.tensors.append(tensor)
        row = [
            self._storage(plain),
            NAMES[plain.dtype],
            list(plain.shape),
            list(plain.stride()),
            plain.storage_offset(),
            attributes[-1],
            type(tensor) is torch.nn.Parameter,
            None,
        ]
        self._tensors.append(row)
        if any(value is not None for value in attributes[:-1]):
            row[-1] = [self._attribute(value) for value in attributes[:-1]]
        return number

    def _attribute(self, value: Any) -> Json:
        if not isinstance(value, Tensor):
            return None
        return self._tensor(value)

    def _storage(self, tensor: Tensor) -> int:
        storage = tensor.untyped_storage()
        key, numbers = key_of(storage), self.table.numbers
        if key in numbers:
            return numbers[key]
        if storage.nbytes() > BLOBS:
            raise TooLarge(f"a tensor over {storage.nbytes() / 2**20:,.0f} MB of memory")
        numbers[key] = number = len(self.table.storages)
        self.table.storages.append(storage)
        content = bytes_of(storage)
        self._keep.append(content)
        self._storages.append(self._blob(content))
        return number

    def remember(self) -> Table:
        """Return the table, with what this message told the other side; for the answer to it."""
        self.table.originals = [bytes(self.blobs[blob]) for blob in self._storages]
        self.table.remember()
        return self.table


class Unpacker:
    """Reads one message's values. Raises Unreadable, whatever is in it."""

    def __init__(
        self, header: dict[str, Json], blobs: list[memoryview], known: Table | None = None
    ) -> None:
        self.table = known or Table()
        self._blobs: list[memoryview | None] = [*blobs]
        self._left = MANY
        try:
            for blob in header["storages"]:
                self._new_storage(self._blob(blob))
            first = len(self.table.tensors)
            rows = header["tensors"]
            if len(rows) > MANY:
                raise Unreadable("more tensors than are ever needed")
            for row in rows:
                self._new_tensor(row)
            for number, row in enumerate(rows, first):
                if row[7] is not None:
                    self._set_attributes(self.table.tensors[number], row[7])
        except Unreadable:
            raise
        except Exception as error:
            raise Unreadable(f"a tensor that cannot be: {error}") from None

    def remember(self) -> Table:
        """Return the table, with the bytes and attributes as they came."""
        self.table.originals = [bytes_of(storage) for storage in self.table.storages]
        self.table.remember()
        return self.table

    def apply(self, changes: dict[str, Json]) -> bool:
        """Let the known tensors be changed as the other side's were; whether a value was."""
        try:
            for number, blob in changes["written"]:
                content = self._blob(blob)
                storage = self.table.storages[_natural(number)]
                if len(content) != storage.nbytes():
                    raise Unreadable("an argument's memory has another size")
                if len(content):
                    np.copyto(as_bytes(storage).numpy(), np.frombuffer(content, np.uint8))
            for number, values, requires_grad in changes["attributes"]:
                tensor = self.table.tensors[_natural(number)]
                if values is not None:
                    self._set_attributes(tensor, values)
                if tensor.is_leaf and tensor.is_floating_point():
                    tensor.requires_grad_(requires_grad is True)
            return bool(changes["written"])
        except Unreadable:
            raise
        except Exception as error:
            raise Unreadable(f"changes that cannot be: {error}") from None

    def unpack(self, packed: Json) -> Any:
        """Return the value that Packer.pack made this of."""
        try:
            return self._value(packed)
        except Unreadable:
            raise
        except Exception as error:
            raise Unreadable(f"a value that cannot be: {error}") from None

    def _value(self, packed: Json) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Unreadable("more values than are ever needed")
        if packed is None or isinstance(packed, bool | int | float | str):
            return packed
        kind, *rest = packed
        if kind == "tensor":
            return self.table.tensors[_natural(rest[0])]
        if kind in _MAKE:
            return _MAKE[kind](self._value(item) for item in rest[0])
        if kind == "dict":
            return {self._value(key): self._value(value) for key, value in rest[0]}
        if kind == "dtype":
            return DTYPES[rest[0]]
        if kind == "device":
            return torch.device(rest[0])
        if kind in ("array", "number"):
            return self._array(kind, *rest)
        if kind == "opaque":
            return Opaque.named(rest[0])
        if kind == "items":
            return Opaque.holding(rest[0], [self._value(item) for item in rest[1]])
        raise Unreadable(f"a value of the kind {kind!r}"[:100])

    def _array(self, kind: str, name: str, shape: list[int], blob: int) -> Any:
        dtype = np.dtype(name)
        if dtype.kind not in KINDS_OF_ARRAYS or dtype.names:
            raise Unreadable("an array of objects")
        array = np.frombuffer(self._blob(blob), dtype).reshape([_natural(k) for k in shape]).copy()
        return array[()] if kind == "number" else array

    def _blob(self, number: Json) -> memoryview:
        """Return a blob, once: a message must not fill the memory by copies of its largest."""
        content = self._blobs[_natural(number)]
        if content is None:
            raise Unreadable("a blob that is used twice")
        self._blobs[number] = None
        return content

    def _new_storage(self, content: memoryview) -> None:
        new = torch.empty(len(content), dtype=torch.uint8)
        if len(content):
            np.copyto(new.numpy(), np.frombuffer(content, np.uint8))
        storage = new.untyped_storage()
        self.table.numbers[key_of(storage)] = len(self.table.storages)
        self.table.storages.append(storage)

    def _new_tensor(self, row: Json) -> None:
        storage = self.table.storages[_natural(row[0])]
        dtype, offset = DTYPES[row[1]], _natural(row[4])
        shape, strides = [_natural(k) for k in row[2]], [_natural(k) for k in row[3]]
        if len(shape) != len(strides) or len(shape) > 64:
            raise Unreadable("a tensor with other strides than axes")
        count = math.prod(shape)
        last = offset + sum((k - 1) * step for k, step in zip(shape, strides, strict=True))
        if count and (last + 1) * dtype.itemsize > storage.nbytes():
            raise Unreadable("a tensor beyond its memory")
        if count * dtype.itemsize > BLOBS:
            raise Unreadable("a tensor of more than is ever needed")
        made = torch.empty(0, dtype=dtype).set_(storage, offset, shape, strides)
        if (row[5] is True or row[6] is True) and (dtype.is_floating_point or dtype.is_complex):
            made.requires_grad_(row[5] is True)
            if row[6] is True:
                made = torch.nn.Parameter(made.detach(), requires_grad=row[5] is True)
        self.table.numbers[id(made)] = len(self.table.tensors)
        self.table.tensors.append(made)

    def _set_attributes(self, tensor: Tensor, values: Json) -> None:
        for name, number in zip(ATTRIBUTES, values, strict=True):
            value = None if number is None else self.table.tensors[_natural(number)]
            if name == "grad" or value is not None or hasattr(tensor, name):
                setattr(tensor, name, value)


_SEQUENCES: tuple[tuple[str, type], ...] = (
    ("size", torch.Size),
    ("tuple", tuple),
    ("list", list),
)
_MAKE: dict[str, Any] = {"size": torch.Size, "tuple": tuple, "list": list}
_MAKE["iterator"] = lambda items: iter(list(items))


def _natural(number: Json) -> int:
    if type(number) is not int or not 0 <= number < 1 << 48:
        raise Unreadable("a number that is no count")
    return number
