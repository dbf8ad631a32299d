# SPDX-License-Identifier: BSD-3-Clause
"""csd.open() and Drive. Tested by python/tests/drive_test.py."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
from types import TracebackType
from typing import Any, BinaryIO, Iterator, Mapping, Optional, Sequence, Type, Union

from csd import _csd
from csd._result import Result
from csd._worker import find_worker

#: A key: 1 to 16 bytes, or str, which is encoded as UTF-8.
KeyLike = Union[str, bytes, bytearray, memoryview]
#: Anything with the buffer protocol: bytes, bytearray, memoryview, array, numpy arrays, ... mypy has no type for it yet.
BytesLike = Any

_PAGE_KEYS = 4096


@dataclasses.dataclass(frozen=True)
class ValueInfo:
    """What the drive knows of a value without reading it."""

    size: int
    version: Optional[int]  #: changes whenever the value does; None where the drive has no versions


@dataclasses.dataclass(frozen=True)
class DriveInfo:
    """What a drive says of itself. A figure that it does not tell is 0 or empty."""

    transport: str
    model: str
    serial: str
    firmware: str
    nsid: int
    dialect: str  #: "key value" or "2023"
    extensions: bool  #: whether it has append, offsets, large values and selects
    capacity_bytes: int
    used_bytes: int
    max_value_bytes: int
    max_transfer_bytes: int


class Drive:
    """A drive that csd.open() opened. Use it in a `with` block, or close() it.

    One command runs at a time; a thread that calls while another one's command runs waits for it. For more at once, open
    the drive once for each thread: on the emulator they share one drive. A forked child has to open it again.
    """

    def __init__(self, client: _csd.Client, device: str) -> None:
        self._client = client
        self._device = device
        self._ordered: Optional[bool] = None  # whether the drive lists in the order of the keys; unknown

    def __enter__(self) -> Drive:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<csd.Drive {self._device!r}{', closed' if self._client.closed else ''}>"

    def close(self) -> None:
        """Ends the connection. Values and results that were retrieved stay valid. A second call does nothing."""
        self._client.close()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._client.closed

    def store(
        self,
        key: KeyLike,
        value: Union[BytesLike, BinaryIO],
        *,
        if_absent: bool = False,
        if_present: bool = False,
    ) -> int:
        """Makes `value` the value of the key, all at once whatever its size, and returns its size.

        `value` is bytes-like, and is not copied, or a file opened with mode "rb", which is read to its end piece by piece.
        With `if_absent` an existing key raises Exists; with `if_present` an absent one raises KeyNotFound.
        """
        return self._client.store(key, value, _when(if_absent, if_present))

    def append(
        self,
        key: KeyLike,
        value: Union[BytesLike, BinaryIO],
        *,
        if_absent: bool = False,
        if_present: bool = False,
    ) -> int:
        """Adds to the end of the value, or creates it, and returns the size it has then.

        What is larger than one transfer (`info().max_transfer_bytes`) is added piece by piece.
        """
        return self._client.append(key, value, _when(if_absent, if_present))

    def retrieve(self, key: KeyLike, offset: int = 0, length: Optional[int] = None) -> memoryview:
        """The value, or the part from `offset` on of at most `length` bytes; nothing if that lies behind its end.

        The memoryview is over the memory into which the drive wrote: nothing was copied, it belongs to the caller alone,
        and it outlives the drive. `bytes(view)` is a copy; `numpy.frombuffer(view, ...)` and the like are none. All of it
        is of one version of the value.
        """
        return self._client.retrieve(key, _natural("offset", offset), None if length is None else _natural("length", length))

    def retrieve_into(self, key: KeyLike, buffer: BytesLike, offset: int = 0) -> int:
        """Fills a writable buffer (bytearray, numpy array, ...) from `offset` of the value on.

        Returns how many bytes were filled: fewer than the buffer has if the value ends earlier.
        """
        return self._client.retrieve_into(key, buffer, _natural("offset", offset))

    def describe(self, key: KeyLike) -> ValueInfo:
        """The size and version of the value."""
        return ValueInfo(*self._client.describe(key))

    def exists(self, key: KeyLike) -> bool:
        """Whether the key has a value."""
        return self._client.exists(key)

    def delete(self, key: KeyLike) -> None:
        """Removes the key and its value. An absent key is no error, unless the drive is configured so: then KeyNotFound."""
        self._client.delete(key)

    def list(self, prefix: KeyLike = b"", *, start: KeyLike = b"", limit: Optional[int] = None) -> Iterator[bytes]:
        """The keys that begin with `prefix`, from `start` on, at most `limit`, in the order of their bytes.

        The drive is asked for some thousand keys at a time. A key that is stored or deleted meanwhile may or may not be
        among them; all others are, once.
        """
        if limit is not None:
            _natural("limit", limit)
        return self._pages(prefix, start, limit)

    def _pages(self, prefix: KeyLike, start: KeyLike, limit: Optional[int]) -> Iterator[bytes]:
        if self._ordered is None:
            info = self.info()
            self._ordered = info.extensions or info.dialect == "2023"
        if not self._ordered:
            yield from self._client.list(prefix, start, limit)
            return
        last: Optional[bytes] = None
        left = limit
        while left is None or left > 0:
            again = 0 if last is None else 1  # a page begins with the last key of the page before it
            wanted = _PAGE_KEYS if left is None else min(left, _PAGE_KEYS)
            page = self._client.list(prefix, start if last is None else last, wanted + again)
            fresh = [key for key in page if key != last][:wanted]
            yield from fresh
            if len(page) < wanted + again or not fresh:
                return
            last = fresh[-1]
            left = None if left is None else left - len(fresh)

    def select(
        self,
        key: KeyLike,
        sql: str,
        *,
        input: str = "csv",
        header: bool = True,
        output: str = "json",
        output_header: bool = True,
        options: Optional[Mapping[str, object]] = None,
    ) -> Result:
        """Runs one SELECT over the value, inside the drive, and returns what it answered.

        The value is the query's table, under any one name, such as `s3object`. `input` says what it is: "csv" (the first
        record is a header, unless `header` is False; then the columns are _1, _2, ...), "json" or "parquet". `output`
        "json" gives a result with rows and Arrow; "csv" and "parquet" are bytes alone. `options` are those of
        docs/select.md, such as {"delimiter": ";"}.
        """
        if not isinstance(sql, str):
            raise TypeError(f"sql is str, not {type(sql).__name__}")
        text = json.dumps(options) if options else ""
        in_header = header and input == "csv"
        data = self._client.select(key, sql, input, in_header, output, output_header and output == "csv", text)
        if output != "json" or len(data) > 0:
            return Result(data, output)
        # JSON lines name the columns in each row, so without rows only a CSV header does.
        named = self._client.select(key, sql, input, in_header, "csv", True, text)
        columns: Sequence[str] = next(csv.reader(io.StringIO(named.tobytes().decode(), newline="")), [])
        return Result(data, output, columns)

    def flush(self) -> None:
        """Returns when everything that was acknowledged before is durable."""
        self._client.flush()

    def info(self) -> DriveInfo:
        """What the drive says of itself now."""
        return DriveInfo(**self._client.info())


def open(
    device: Union[str, os.PathLike[str]],
    *,
    max_transfer_bytes: int = 0,
    worker: Optional[Union[str, os.PathLike[str]]] = None,
) -> Drive:
    """Opens a drive: a directory (made if it is absent), `emulator:DIR?...`, `/dev/ng0n1`, `tcp:HOST:PORT/SUBNQN`, ...

    docs/kvcli.md has all forms of `device`. `max_transfer_bytes` bounds one command; 0 is as much as the drive can move.
    `worker` is the query worker of an emulated drive, if it is not where this package or the environment variable
    CSD_QUERY_WORKER says. What the drive logs, such as that it made a new one, goes to the logger "csd" of `logging`.
    """
    path = os.fspath(device)
    if not isinstance(path, str):
        raise TypeError(f"a device is str or a path of str, not {type(device).__name__}")
    if not isinstance(device, str):
        path = os.path.abspath(path)  # a path is a directory, and the name alone would not tell that
    program = find_worker() if worker is None else os.fspath(worker)
    return Drive(_csd.Client(path, max_transfer_bytes, program), path)


def _when(if_absent: bool, if_present: bool) -> str:
    if if_absent and if_present:
        raise ValueError("if_absent and if_present contradict each other; give one of them")
    return "add" if if_absent else "update" if if_present else "always"


def _natural(name: str, number: int) -> int:
    if not isinstance(number, int):
        raise TypeError(f"{name} is int, not {type(number).__name__}")
    if number < 0 or number >= 1 << 64:
        raise ValueError(f"{name} is {number}; it has to be from 0 to 2**64 - 1")
    return number
