"""Messages on a line: two lengths, a JSON header, and blobs one after the other. Never pickle."""

import json
import socket
import struct
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

HEADER, BLOBS = 8 << 20, 256 << 20  # bytes; more than any exercise needs
TEXT = 1 << 14  # bytes of one text as JSON, in which a character takes up to twelve
LENGTHS = struct.Struct("<IQ")

Json = Any


class Unreadable(Exception):
    """What came through the pipe cannot be what the other side should have sent."""


class TooLarge(Exception):
    """A value that is too large to be sent, or of a kind that cannot be."""


def cut(text: str, most: int = TEXT) -> str:
    """Return as much of a text as takes that many bytes as JSON."""
    if 12 * len(text) <= most or size(text[:most]) <= most:
        return text[:most]
    return text[: bisect_right(range(most), most, key=lambda count: size(text[:count])) - 1]


def size(text: str) -> int:
    """Count the bytes that a text takes as JSON, between its quotes."""
    return len(json.dumps(text)) - 2


def pack(header: dict[str, Json], blobs: Iterable[bytes] = ()) -> bytes:
    """Return one message. Raises TooLarge."""
    parts = list(blobs)
    text = json.dumps({**header, "blobs": [len(part) for part in parts]}).encode()
    total = sum(map(len, parts))
    if len(text) > HEADER or total > BLOBS:
        raise TooLarge(f"{(len(text) + total) / 2**20:,.0f} MB in one call")
    return b"".join([LENGTHS.pack(len(text), total), text, *parts])


def unpack(message: bytes | bytearray) -> tuple[dict[str, Json], list[memoryview]]:
    """Return the header and the blobs of one message. Raises Unreadable."""
    length, _ = LENGTHS.unpack_from(message)
    start = LENGTHS.size + length
    rest, at = memoryview(message)[start:], 0
    try:
        header = json.loads(message[LENGTHS.size : start])
        sizes = header["blobs"]
        good = all(type(size) is int and size >= 0 for size in sizes) and sum(sizes) == len(rest)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unreadable(f"a message that is no JSON object: {error}") from None
    if not good:
        raise Unreadable("a message whose parts do not add up")
    blobs = []
    for size in sizes:
        blobs.append(rest[at : at + size])
        at += size
    return header, blobs


def take(line: socket.socket) -> bytearray:
    """Wait for one message. Raises Unreadable, EOFError where the line is closed, OSError."""
    start = exactly(line, LENGTHS.size)
    length, total = LENGTHS.unpack(start)
    if length > HEADER or total > BLOBS:
        raise Unreadable("a message of more than is ever needed")
    return start + exactly(line, length + total)


def send(line: socket.socket, header: dict[str, Json], blobs: Iterable[bytes] = ()) -> None:
    """Send one message. Raises TooLarge, OSError."""
    line.sendall(pack(header, blobs))


def receive(line: socket.socket) -> tuple[dict[str, Json], list[memoryview]]:
    """Wait for one message and read it. Raises Unreadable, EOFError, OSError."""
    return unpack(take(line))


def exactly(line: socket.socket, count: int) -> bytearray:
    """So many bytes. Raises EOFError where the line is closed before."""
    got = bytearray(count)
    view, at = memoryview(got), 0
    while at < count:
        read = line.recv_into(view[at:], min(count - at, 1 << 20))
        if read == 0:
            raise EOFError
        at += read
    return got
