# SPDX-License-Identifier: BSD-3-Clause
"""The result of a select. Tested by python/tests/select_test.py and arrow_test.py."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

from csd import _csd


class ArrowStream:
    """Rows for any consumer of Arrow's PyCapsule interface: `pyarrow.table(stream)`, `polars.DataFrame(stream)`, ...

    It may be consumed any number of times. It does not need the drive.
    """

    def __init__(self, data: _csd.Buffer, types: Mapping[str, str], columns: Sequence[str]) -> None:
        self._data = data
        self._types = dict(types)
        self._columns = list(columns)

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object:
        """A capsule "arrow_array_stream". `requested_schema` is not followed, as the interface permits; give `types`."""
        return _csd.arrow_stream(self._data, self._types, self._columns)


class Result:
    """What a select returned: rows, bytes or Arrow. It lives on when the drive is closed.

    Iteration gives a dict for each row. The types are those of JSON: int (of any size), float, str, bool, None, and list
    and dict for what is nested. Dates and times are str.
    """

    def __init__(self, data: memoryview, output: str, columns: Sequence[str] = ()) -> None:
        self._data = data
        self._output = output
        self._columns = list(columns)

    def bytes(self) -> bytes:
        """The result as the drive wrote it: JSON lines, or what `output` of the select asked for."""
        return self._data.tobytes()

    def view(self) -> memoryview:
        """The same without a copy, read-only."""
        return self._data.toreadonly()

    @property
    def columns(self) -> List[str]:
        """The names of the columns, also of a result without rows."""
        self._need_rows("columns")
        for row in self:
            return list(row)
        return list(self._columns)

    def rows(self) -> List[Dict[str, Any]]:
        """All rows. `for row in result` takes them one by one."""
        return list(self)

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        self._need_rows("rows")
        return self._parse()

    def _parse(self) -> Iterator[Dict[str, Any]]:
        begin = 0
        text = self._data.tobytes()
        while begin < len(text):
            end = text.find(b"\n", begin)
            end = len(text) if end < 0 else end
            yield json.loads(text[begin:end])
            begin = end + 1

    def arrow(self, types: Optional[Mapping[str, str]] = None) -> ArrowStream:
        """The rows as Arrow record batches.

        The type of a column comes from all of its values: bool, int64, decimal128(38, 0) for integers beyond 64 bits,
        double, else utf8; null if there is no value. `types` says otherwise for the columns it names, as SQL names
        types: BOOLEAN, BIGINT, DOUBLE, VARCHAR, DATE, TIMESTAMP, TIMESTAMPTZ, DECIMAL(p,s). What is nested is JSON text.

        The consumer's import raises ValueError for a value that a given type cannot hold.
        """
        self._need_rows("Arrow")
        buffer: Any = self._data.obj  # whoever exports the memory: a _csd.Buffer
        return ArrowStream(buffer, types or {}, self._columns)

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object:
        """So that `pyarrow.table(result)` and the like work: as arrow() without types."""
        return self.arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<csd.Result: {len(self._data)} bytes of {self._output}>"

    def _need_rows(self, what: str) -> None:
        if self._output != "json":
            raise TypeError(
                f"{what} come from a select with output='json', the default; this result is {self._output}: "
                "use bytes() or view()"
            )
