# SPDX-License-Identifier: BSD-3-Clause
"""Results as rows and bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Callable, List

import csd
import pytest


def test_rows_have_the_types_of_json(cars: csd.Drive) -> None:
    result = cars.select("cars", "SELECT make, mpg, mpg / 8 AS part, mpg > 30 AS good, day FROM s3object WHERE origin = 'Italy'")
    assert result.rows() == [{"make": "Uno", "mpg": 36, "part": 4.5, "good": True, "day": "2024-01-02"}]
    assert result.columns == ["make", "mpg", "part", "good", "day"]


def test_rows_can_be_iterated_again_and_outlive_the_drive(tmp_path: Path) -> None:
    with csd.open(tmp_path / "drive") as drive:
        drive.store("n", b"a\n1\n2\n")
        result = drive.select("n", "SELECT a FROM s3object ORDER BY a")
    assert [row["a"] for row in result] == [1, 2]
    assert [row["a"] for row in result] == [1, 2]


def test_integers_of_any_size_are_exact(drive: csd.Drive) -> None:
    drive.store("n", b'{"a": 170141183460469231731687303715884105727}\n')
    assert drive.select("n", "SELECT a FROM s3object", input="json").rows() == [{"a": 2**127 - 1}]


def test_nested_values_and_text(drive: csd.Drive) -> None:
    drive.store("j", '{"a": {"b": [1, null]}, "t": "x\\n\\"é\\u2028\\r"}'.encode())
    assert drive.select("j", "SELECT * FROM s3object", input="json").rows() == [
        {"a": {"b": [1, None]}, "t": 'x\n"é\u2028\r'}
    ]


def test_without_rows_there_are_still_columns(cars: csd.Drive) -> None:
    result = cars.select("cars", "SELECT make, mpg AS \"a,\"\"b\nc\" FROM s3object WHERE mpg > 100")
    assert result.rows() == [] and result.bytes() == b""
    assert result.columns == ["make", 'a,"b\nc']


def test_csv_and_parquet_are_bytes(cars: csd.Drive) -> None:
    sql = "SELECT make, mpg FROM s3object ORDER BY mpg LIMIT 1"
    result = cars.select("cars", sql, output="csv")
    assert result.bytes() == b"make,mpg\n240,20\n" == result.view()
    assert cars.select("cars", sql, output="csv", output_header=False).bytes() == b"240,20\n"
    parquet = cars.select("cars", sql, output="parquet")
    assert parquet.view()[:4] == b"PAR1"
    cars.store("p", parquet.view())
    assert cars.select("p", "SELECT * FROM s3object", input="parquet").rows() == [{"make": "240", "mpg": 20}]
    uses: List[Callable[[], object]] = [result.rows, lambda: result.columns, result.arrow]
    for use in uses:
        with pytest.raises(TypeError, match="output='json', the default; this result is csv"):
            use()


def test_options_and_headers(drive: csd.Drive) -> None:
    drive.store("n", b"a;b\n1;2\n")
    assert drive.select("n", "SELECT * FROM s3object", options={"delimiter": ";"}).rows() == [{"a": 1, "b": 2}]
    rows = drive.select("n", "SELECT _2 FROM s3object", header=False, options={"delimiter": ";"}).rows()
    assert rows == [{"_2": "b"}, {"_2": "2"}]


def test_a_result_of_many_transfers(drive: csd.Drive) -> None:
    count = 400_000
    drive.store("n", io.BytesIO(b"a\n" + b"".join(b"%d\n" % n for n in range(count))))
    result = drive.select("n", "SELECT a, 'some text' AS t FROM s3object")
    assert len(result.view()) > 4 * drive.info().max_transfer_bytes
    assert [row["a"] for row in result] == list(range(count))


def test_a_view_of_a_result_is_read_only(cars: csd.Drive) -> None:
    view = cars.select("cars", "SELECT 1 AS a FROM s3object LIMIT 1").view()
    with pytest.raises(TypeError):
        view[0] = 0
