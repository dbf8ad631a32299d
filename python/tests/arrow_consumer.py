# SPDX-License-Identifier: BSD-3-Clause
"""A consumer of Arrow's C stream interface in ctypes: what pyarrow does with a stream, as far as the tests need it.

    table = consume(result.__arrow_c_stream__())
    table.formats       {"make": "u", "mpg": "l"}
    table.columns       {"make": ["Uno", ...], "mpg": [36, ...]}
"""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from typing import Any, Dict, List


class Schema(Structure):
    pass


class Array(Structure):
    pass


class Stream(Structure):
    pass


Schema._fields_ = [
    ("format", c_char_p),
    ("name", c_char_p),
    ("metadata", c_char_p),
    ("flags", c_int64),
    ("n_children", c_int64),
    ("children", POINTER(POINTER(Schema))),
    ("dictionary", POINTER(Schema)),
    ("release", CFUNCTYPE(None, POINTER(Schema))),
    ("private_data", c_void_p),
]
Array._fields_ = [
    ("length", c_int64),
    ("null_count", c_int64),
    ("offset", c_int64),
    ("n_buffers", c_int64),
    ("n_children", c_int64),
    ("buffers", POINTER(c_void_p)),
    ("children", POINTER(POINTER(Array))),
    ("dictionary", POINTER(Array)),
    ("release", CFUNCTYPE(None, POINTER(Array))),
    ("private_data", c_void_p),
]
Stream._fields_ = [
    ("get_schema", CFUNCTYPE(c_int, POINTER(Stream), POINTER(Schema))),
    ("get_next", CFUNCTYPE(c_int, POINTER(Stream), POINTER(Array))),
    ("get_last_error", CFUNCTYPE(c_char_p, POINTER(Stream))),
    ("release", CFUNCTYPE(None, POINTER(Stream))),
    ("private_data", c_void_p),
]

pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
pointer_of.restype = c_void_p
pointer_of.argtypes = [ctypes.py_object, c_char_p]


class Table:
    def __init__(self) -> None:
        self.formats: Dict[str, str] = {}
        self.columns: Dict[str, List[Any]] = {}
        self.batches: List[int] = []


def consume(capsule: object, take_first_child: bool = False) -> Table:
    """Reads the whole stream and releases it. With `take_first_child` the first column of each batch is moved out and
    released after its parent, as the interface lets a consumer do."""
    stream = Stream.from_address(pointer_of(capsule, b"arrow_array_stream"))
    table = Table()
    try:
        schema = Schema()
        _check(stream, stream.get_schema(ctypes.byref(stream), ctypes.byref(schema)))
        assert schema.format == b"+s"
        for i in range(schema.n_children):
            child = schema.children[i].contents
            assert child.flags == 2  # nullable
            table.formats[child.name.decode()] = child.format.decode()
            table.columns[child.name.decode()] = []
        schema.release(ctypes.byref(schema))
        assert not schema.release
        while True:
            array = Array()
            _check(stream, stream.get_next(ctypes.byref(stream), ctypes.byref(array)))
            if not array.release:
                return table
            table.batches.append(array.length)
            for i, (name, format) in enumerate(table.formats.items()):
                child = array.children[i].contents
                assert child.length == array.length and child.offset == 0
                table.columns[name] += _values(child, format)
            moved = Array()
            if take_first_child:
                first = array.children[0]
                ctypes.memmove(ctypes.byref(moved), first, ctypes.sizeof(Array))
                ctypes.memset(ctypes.byref(first.contents, Array.release.offset), 0, ctypes.sizeof(c_void_p))
            array.release(ctypes.byref(array))
            assert not array.release
            if take_first_child:
                assert len(_values(moved, next(iter(table.formats.values())))) == table.batches[-1]
                moved.release(ctypes.byref(moved))
    finally:
        stream.release(ctypes.byref(stream))
        assert not stream.release


def _check(stream: Stream, errno: int) -> None:
    if errno != 0:
        raise ValueError(stream.get_last_error(ctypes.byref(stream)).decode())


def _values(array: Array, format: str) -> List[Any]:
    if format == "n":
        assert array.n_buffers == 0 and array.null_count == array.length
        return [None] * array.length
    valid = [True] * array.length
    if array.null_count > 0:
        bits = ctypes.string_at(array.buffers[0], (array.length + 7) // 8)
        valid = [bool(bits[i // 8] >> i % 8 & 1) for i in range(array.length)]
    assert valid.count(False) == array.null_count
    values: List[Any]
    if format == "u":
        offsets = (ctypes.c_int32 * (array.length + 1)).from_address(array.buffers[1])
        text = ctypes.string_at(array.buffers[2], offsets[array.length])
        values = [text[offsets[i] : offsets[i + 1]].decode() for i in range(array.length)]
    elif format == "b":
        bits = ctypes.string_at(array.buffers[1], (array.length + 7) // 8)
        values = [bool(bits[i // 8] >> i % 8 & 1) for i in range(array.length)]
    elif format.startswith("d:"):
        raw = ctypes.string_at(array.buffers[1], 16 * array.length)
        values = [int.from_bytes(raw[16 * i : 16 * i + 16], "little", signed=True) for i in range(array.length)]
    else:
        kind = {"l": ctypes.c_int64, "g": ctypes.c_double, "tdD": ctypes.c_int32, "tsu:": c_int64, "tsu:UTC": c_int64}[format]
        values = list((kind * array.length).from_address(array.buffers[1]))
    return [value if is_valid else None for value, is_valid in zip(values, valid)]
