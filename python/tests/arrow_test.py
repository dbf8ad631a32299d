# SPDX-License-Identifier: BSD-3-Clause
"""Results as Arrow, seen by a consumer of our own (arrow_consumer.py), which needs no package."""

from __future__ import annotations

import ctypes
import datetime
import gc
import importlib.util
import io
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

import csd
import pytest
from arrow_consumer import Table, consume, pointer_of

EPOCH = datetime.datetime(1970, 1, 1)


def lines(*values: object) -> bytes:
    """A result of the column `a`, as the drive writes it. A str is the JSON itself."""
    return b"".join(b'{"a":' + (v if isinstance(v, str) else json.dumps(v)).encode() + b"}\n" for v in values)


def arrow(data: bytes, types: Optional[Mapping[str, str]] = None, columns: List[str] = []) -> Table:
    return consume(csd._csd.arrow_stream(buffer_of(data), types or {}, columns))


def buffer_of(data: bytes) -> Any:
    """The native buffer with these bytes, for lines that no drive would write."""
    return DRIVE[0].retrieve("bytes").obj if DRIVE[0].store("bytes", data) >= 0 else None


DRIVE: List[csd.Drive] = []


@pytest.fixture(autouse=True)
def a_drive(drive: csd.Drive) -> None:
    DRIVE[:] = [drive]


def test_a_select_as_arrow(cars: csd.Drive) -> None:
    result = cars.select("cars", "SELECT make, mpg, mpg / 8 AS part, mpg > 30 AS good, day, NULL AS none FROM s3object ORDER BY day")
    table = consume(result.__arrow_c_stream__())
    assert table.formats == {"make": "u", "mpg": "l", "part": "g", "good": "b", "day": "u", "none": "n"}
    assert table.columns == {
        "make": ["Uno", "900", "240"],
        "mpg": [36, 22, 20],
        "part": [4.5, 2.75, 2.5],
        "good": [True, False, False],
        "day": ["2024-01-02", "2024-02-29", None],
        "none": [None, None, None],
    }


@pytest.mark.parametrize(
    "values, format, expected",
    [
        ([1, None, -(2**63)], "l", [1, None, -(2**63)]),
        ([2**63, 1], "d:38,0", [2**63, 1]),
        ([-(10**38) + 1], "d:38,0", [-(10**38) + 1]),
        ([10**38], "u", [str(10**38)]),
        ([10**39 - 1], "u", [str(10**39 - 1)]),
        (["1.0", "2.5e300", 7], "g", [1.0, 2.5e300, 7.0]),
        (["1.5", 2**53], "g", [1.5, 2.0**53]),
        (["1.5", 2**53 + 1], "u", ["1.5", str(2**53 + 1)]),
        (["1.5", 2**70], "u", ["1.5", str(2**70)]),
        ([True, None, False], "b", [True, None, False]),
        ([True, 1], "u", ["true", "1"]),
        (['"1"', 1], "u", ["1", "1"]),
        (['{"b":[1,"}\\""]}', "[]"], "u", ['{"b":[1,"}\\""]}', "[]"]),
        (['"a\\n\\t\\"\\\\\\/\\u00e9\\u2028\\ud83d\\ude00\\ud800"'], "u", ['a\n\t"\\/é\u2028\U0001f600\ufffd']),
        ([None, None], "n", [None, None]),
    ],
)
def test_the_type_comes_from_all_values(values: List[object], format: str, expected: List[object]) -> None:
    table = arrow(lines(*values))
    assert table.formats == {"a": format}
    assert table.columns["a"] == expected


@pytest.mark.parametrize(
    "type, values, format, expected",
    [
        ("DATE", ["1970-01-01", None, "2024-02-29", "1969-12-31", "0001-01-01"], "tdD",
         [0, None, 19782, -1, (datetime.date(1, 1, 1) - datetime.date(1970, 1, 1)).days]),
        ("timestamp", ["1970-01-01 00:00:01", "2024-02-29T03:04:05.678901", "1969-12-31 23:59:59.9"], "tsu:",
         [10**6, round((datetime.datetime(2024, 2, 29, 3, 4, 5, 678901) - EPOCH) / datetime.timedelta(microseconds=1)), -100000]),
        ("TIMESTAMPTZ", ["1970-01-01 00:00:01+00", "1970-01-01T00:00:01Z"], "tsu:UTC", [10**6, 10**6]),
        ("DECIMAL(10, 2)", ["1.5", "-0.25", 7, "123.450"], "d:10,2", [150, -25, 700, 12345]),
        ("DOUBLE", [1, 2], "g", [1.0, 2.0]),
        ("VARCHAR", [1, True, "1.50"], "u", ["1", "true", "1.50"]),
        ("BIGINT", [None], "l", [None]),
        ("BOOLEAN", [None, True], "b", [None, True]),
    ],
)  # fmt: skip
def test_types_that_are_asked_for(type: str, values: List[Any], format: str, expected: List[object]) -> None:
    is_text = "DATE" in type or "TIME" in type.upper()
    table = arrow(lines(*(json.dumps(v) if is_text and isinstance(v, str) else v for v in values)), {"a": type})
    assert table.formats == {"a": format}
    assert table.columns["a"] == expected


@pytest.mark.parametrize(
    "type, value",
    [
        ("DATE", '"2024-13-01"'), ("DATE", '"2024-01-02 "'), ("DATE", '"44-03-15"'), ("DATE", "5"),
        ("TIMESTAMP", '"2024-01-02"'), ("TIMESTAMP", '"2024-01-02 03:04:05+00"'), ("TIMESTAMPTZ", '"2024-01-02 03:04:05"'),
        ("BIGINT", "1.5"), ("BIGINT", '"1"'), ("BIGINT", str(2**63)), ("BOOLEAN", "1"), ("DOUBLE", '"x"'), ("DOUBLE", "1e400"),
        ("DECIMAL(4,2)", "1.234"), ("DECIMAL(4,2)", "100"), ("DECIMAL(4,2)", '"1e1"'), ("DECIMAL(4,2)", '"-"'),
    ],
)  # fmt: skip
def test_a_value_that_the_type_cannot_hold(type: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"record 2 of the result: column 'a' has '.*', which its type cannot hold"):
        arrow(lines("null", value), {"a": type})


def test_types_that_do_not_exist(cars: csd.Drive) -> None:
    result = cars.select("cars", "SELECT make, mpg FROM s3object")
    with pytest.raises(ValueError, match="'prize', which is not a column of the result; the columns are: make, mpg"):
        result.arrow({"prize": "BIGINT"}).__arrow_c_stream__()
    for type in ("INTERVAL", "DECIMAL", "DECIMAL(39,1)", "DECIMAL(3,4)", "DECIMAL(4,2)x", ""):
        with pytest.raises(ValueError, match="there is no type"):
            result.arrow({"mpg": type}).__arrow_c_stream__()


@pytest.mark.parametrize(
    "data",
    [b"x", b"{", b'{"a"', b'{"a":', b'{"a":1', b'{"a":1,', b'{"a":1,}', b'{"a":"x', b'{"a":"x\\', b'{"a":[1}', b'{"a":[',
     b'{"a":[]', b'{"a":nul}', b'{"a":}', b"[1]", b'{"a":1}}', b'{a:1}', b"\0", b'{"a":"\\u12"}', b'{"b\\":1}',
     b'{"a":"\\uzzzz"}'],
)  # fmt: skip
def test_lines_that_are_not_json_objects(data: bytes) -> None:
    with pytest.raises(ValueError):
        arrow(data)


def test_every_cut_of_a_result_is_a_result_or_an_error() -> None:
    whole = b'{"a":1,"b":"x\\u00e9\\"","c":[{"d":null},"]"]}\n{"a":-2.5,"c":{},"e":true}\n'
    good = 0
    for end in range(len(whole) + 1):
        try:
            arrow(whole[:end])
            good += 1
        except ValueError:
            pass
    assert good == 5  # nothing; each record with and without its line end


def test_records_with_other_members() -> None:
    table = arrow(b'{"a":1,"b":2}\n{"b":3,"c":4}\n{}\n{"c":5,"a":6}\n')
    assert table.columns == {"a": [1, None, None, 6], "b": [2, 3, None, None], "c": [None, 4, None, 5]}


def test_without_rows_the_columns_are_there(cars: csd.Drive) -> None:
    result = cars.select("cars", "SELECT make, mpg FROM s3object WHERE mpg > 100")
    assert consume(result.__arrow_c_stream__()).formats == {"make": "n", "mpg": "n"}
    typed = consume(result.arrow({"make": "VARCHAR", "mpg": "BIGINT"}).__arrow_c_stream__())
    assert typed.formats == {"make": "u", "mpg": "l"} and typed.columns == {"make": [], "mpg": []} and typed.batches == []


def test_many_rows_come_in_batches(drive: csd.Drive) -> None:
    count = 150_000
    drive.store("n", io.BytesIO(b"a\n" + b"".join(b"%d\n" % n for n in range(count))))
    result = drive.select("n", "SELECT a, 'v' || a AS t, CASE WHEN a % 3 > 0 THEN a END AS c FROM s3object")
    table = consume(result.arrow().__arrow_c_stream__(), take_first_child=True)
    assert table.batches == [65536, 65536, count - 2 * 65536]
    assert table.columns["a"] == list(range(count))
    assert table.columns["t"] == [f"v{n}" for n in range(count)]
    assert table.columns["c"] == [n if n % 3 else None for n in range(count)]


def test_a_stream_outlives_result_and_drive_and_can_be_left_unread(tmp_path: Path) -> None:
    with csd.open(tmp_path / "other") as drive:
        drive.store("n", b"a\n1\n")
        stream = drive.select("n", "SELECT a FROM s3object").arrow()
        unread = stream.__arrow_c_stream__()
        capsule = stream.__arrow_c_stream__()
    del drive, stream, unread
    gc.collect()
    assert consume(capsule).columns == {"a": [1]}


class DuckDb:
    """DuckDB's C library as a consumer that others wrote. It is the query worker's."""

    def __init__(self, library: str) -> None:
        self.lib = ctypes.CDLL(library)
        self.lib.duckdb_value_varchar.restype = ctypes.c_void_p
        self.lib.duckdb_value_varchar.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64]
        self.lib.duckdb_row_count.restype = ctypes.c_uint64
        self.lib.duckdb_column_count.restype = ctypes.c_uint64
        self.lib.duckdb_result_error.restype = ctypes.c_char_p
        self.lib.duckdb_free.argtypes = [ctypes.c_void_p]
        self.database, self.connection = ctypes.c_void_p(), ctypes.c_void_p()
        assert self.lib.duckdb_open(None, ctypes.byref(self.database)) == 0
        assert self.lib.duckdb_connect(self.database, ctypes.byref(self.connection)) == 0

    def scan(self, name: str, capsule: object) -> None:
        stream = ctypes.c_void_p(pointer_of(capsule, b"arrow_array_stream"))
        assert self.lib.duckdb_arrow_scan(self.connection, name.encode(), stream) == 0

    def query(self, sql: str) -> List[List[Optional[str]]]:
        result = (ctypes.c_uint64 * 16)()  # duckdb_result is 48 bytes
        status = self.lib.duckdb_query(self.connection, sql.encode(), ctypes.byref(result))
        assert status == 0, self.lib.duckdb_result_error(ctypes.byref(result))
        rows = self.lib.duckdb_row_count(ctypes.byref(result))
        columns = self.lib.duckdb_column_count(ctypes.byref(result))
        cells = [[self.cell(result, column, row) for column in range(columns)] for row in range(rows)]
        self.lib.duckdb_destroy_result(ctypes.byref(result))
        return cells

    def cell(self, result: Any, column: int, row: int) -> Optional[str]:
        text = self.lib.duckdb_value_varchar(ctypes.byref(result), column, row)
        if text is None:
            return None
        value = ctypes.string_at(text).decode()
        self.lib.duckdb_free(text)
        return value

    def close(self) -> None:
        self.lib.duckdb_disconnect(ctypes.byref(self.connection))
        self.lib.duckdb_close(ctypes.byref(self.database))


def test_duckdb_reads_the_stream(cars: csd.Drive) -> None:
    result = cars.select("cars", "SELECT make, mpg, mpg / 8 AS part, mpg > 30 AS good, day, 1.25 AS price FROM s3object ORDER BY mpg")
    capsule = result.arrow({"day": "DATE", "price": "DECIMAL(10,2)"}).__arrow_c_stream__()
    duckdb = DuckDb(os.environ["CSD_DUCKDB"])
    duckdb.scan("t", capsule)
    assert duckdb.query("SELECT column_name, column_type FROM (DESCRIBE t)") == [
        ["make", "VARCHAR"], ["mpg", "BIGINT"], ["part", "DOUBLE"], ["good", "BOOLEAN"], ["day", "DATE"],
        ["price", "DECIMAL(10,2)"],
    ]  # fmt: skip
    duckdb.close()
    duckdb = DuckDb(os.environ["CSD_DUCKDB"])
    capsule = result.arrow({"day": "DATE", "price": "DECIMAL(10,2)"}).__arrow_c_stream__()
    duckdb.scan("t", capsule)
    assert duckdb.query("SELECT * FROM t") == [
        ["240", "20", "2.5", "false", None, "1.25"],
        ["900", "22", "2.75", "false", "2024-02-29", "1.25"],
        ["Uno", "36", "4.5", "true", "2024-01-02", "1.25"],
    ]
    duckdb.close()


# Debian 12 has no pyarrow, so CI does not have this test.
if importlib.util.find_spec("pyarrow"):

    def test_pyarrow_agrees_where_it_is_installed(cars: csd.Drive) -> None:
        import pyarrow  # type: ignore[import]

        result = cars.select("cars", "SELECT make, mpg, day, sum(mpg) OVER () AS total FROM s3object ORDER BY mpg")
        table = pyarrow.table(result.arrow({"day": "DATE"}))
        table.validate(full=True)
        assert [str(field.type) for field in table.schema] == ["string", "int64", "date32[day]", "int64"]
        rows: List[Dict[str, Any]] = table.to_pylist()
        assert rows[0] == {"make": "240", "mpg": 20, "day": None, "total": 78}
