# SPDX-License-Identifier: BSD-3-Clause
"""An engine of others (hyparquet, from npm) reads columns of a Parquet object by ranges of a presigned URL: it gets the truth,
and the rest of the object stays on the drive."""

import json
import os
import shutil
import subprocess

import duckdb_reference
import lib
from lib import bucket, equal, s3

ROWS = 300_000

if __name__ == "__main__":
    # As DuckDB writes it without being told how: the published file is compressed with Zstandard, which hyparquet lacks.
    duck, path = duckdb_reference.Duck(lib.work), os.path.join(lib.work, "flights.parquet")
    duck.execute(f"COPY (FROM read_parquet('{os.environ['CSD_VEGA']}/flights-3m.parquet') LIMIT 1000000) TO '{path}'")
    size = os.path.getsize(path)
    s3.create_bucket(Bucket=bucket)
    s3.upload_file(path, bucket, "flights.parquet")
    subprocess.run(["tar", "-xf", os.path.join(os.environ["CSD_JAVASCRIPT"], "node_modules.tar"), "-C", lib.work], check=True)
    program = shutil.copy("tests/airmos/js/parquet.mjs", lib.work)
    url = lib.make_client(signature_version="s3v4").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "flights.parquet"}, ExpiresIn=600)

    left_before, sent_before = lib.metric("airmos_drive_read_bytes_total"), lib.metric("airmos_sent_bytes_total")
    ran = subprocess.run(["node", program, url, str(size), str(ROWS)], capture_output=True, timeout=200, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    got = json.loads(ran.stdout)
    left = lib.metric("airmos_drive_read_bytes_total") - left_before
    sent = lib.metric("airmos_sent_bytes_total") - sent_before

    truth = duck.rows(f"SELECT origin, sum(delay) FROM read_parquet('{path}', file_row_number = true) "
                      f"WHERE file_row_number < {ROWS} GROUP BY origin ORDER BY origin")
    equal(got["rows"], ROWS)
    equal(got["delays"], [[origin, int(delay)] for origin, delay in truth])
    assert got["requests"] > 2, got["requests"]  # its end, and a range for each column
    for moved in (left, sent):
        assert 0 < moved < size / 2, (left, sent, size)
    print(f"measured: two columns of {ROWS} rows: {got['requests']} requests moved {int(sent)} of {size} bytes")
    lib.empty_bucket()
