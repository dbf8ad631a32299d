# SPDX-License-Identifier: BSD-3-Clause
"""SelectObjectContent with boto3 over real files of all three formats: the answers are those of DuckDB, and only they leave
the drive."""

import bz2
import csv
import gzip
import io
import json
import math
import os
import re

import botocore.exceptions

import duckdb_reference
import lib
from lib import bucket, equal, s3

vega = os.environ["CSD_VEGA"]
duck = duckdb_reference.Duck(lib.work)
USE, NONE, IGNORE = ({"CSV": {"FileHeaderInfo": info}} for info in ("USE", "NONE", "IGNORE"))
LINES, DOCUMENT, PARQUET = {"JSON": {"Type": "LINES"}}, {"JSON": {"Type": "DOCUMENT"}}, {"Parquet": {}}


def select(key, sql, source, output=None, **more):
    """The bytes of the answer, and the statistics; the stream must have its end."""
    answer = s3.select_object_content(Bucket=bucket, Key=key, ExpressionType="SQL", Expression=sql,
                                      InputSerialization=source, OutputSerialization=output or {"CSV": {}}, **more)
    records, stats, ended, progress = b"", None, False, 0
    for event in answer["Payload"]:
        records += event.get("Records", {}).get("Payload", b"")
        progress += "Progress" in event
        stats = event.get("Stats", {}).get("Details", stats)
        ended = "End" in event
    assert ended, sql
    equal(progress > 0, "RequestProgress" in more)
    equal(stats["BytesReturned"], len(records), sql)
    return records, stats


def rows(records):
    return list(csv.reader(io.StringIO(records.decode(), newline="")))


def alike(left, right):
    """Numbers may be spelled in two ways."""
    if left == right:
        return True
    try:
        return math.isclose(float(left), float(right), rel_tol=1e-12)
    except ValueError:
        return False


def same_rows(got, expected, sentence):
    equal(len(got), len(expected), sentence)
    for one, other in zip(got, expected):
        assert len(one) == len(other) and all(map(alike, one, other)), f"{sentence}: got {one}, expected {other}"


def refused(code, key, sql, source, output=None, *, place="", **more):
    try:
        select(key, sql, source, output, **more)
    except botocore.exceptions.ClientError as error:
        equal(error.response["Error"]["Code"], code, f"{sql}: {error}")
        assert error.response["Error"]["Message"].startswith(place), f"{sql}: {error}"
        return
    raise AssertionError(f"{sql} was not refused")


def csv_files():
    path = os.path.join(vega, "airports.csv")
    s3.upload_file(path, bucket, "airports.csv")
    table = f"read_csv('{path}', all_varchar = true, header = true)"
    for sql, duckdb in [
            ("SELECT * FROM S3Object", f"SELECT * FROM {table}"),
            ("SELECT s.iata, s.name FROM S3Object s WHERE s.state = 'TX' LIMIT 20", f"SELECT iata, name FROM {table} WHERE state = 'TX' LIMIT 20"),
            ("SELECT COUNT(*) FROM S3Object s WHERE CAST(s.latitude AS FLOAT) > 60", f"SELECT count(*) FROM {table} WHERE latitude::DOUBLE > 60"),
            ("SELECT AVG(CAST(latitude AS DECIMAL(10,5))), MIN(city), MAX(name) FROM s3object",
             f"SELECT avg(latitude::DECIMAL(10,5)), min(city), max(name) FROM {table}"),
            ("SELECT s._2, s._3 FROM S3Object s WHERE s._4 IN ('AK', 'HI') AND s._2 LIKE '%a'",
             f"SELECT name, city FROM {table} WHERE state IN ('AK', 'HI') AND name LIKE '%a'"),
            ("SELECT UPPER(SUBSTRING(name, 1, 3)), CHAR_LENGTH(city) FROM S3Object WHERE iata BETWEEN 'A' AND 'B'",
             f"SELECT upper(substr(name, 1, 3)), length(city) FROM {table} WHERE iata BETWEEN 'A' AND 'B'"),
            ("SELECT state, COUNT(*) FROM S3Object GROUP BY state HAVING COUNT(*) > 50 ORDER BY 2 DESC, 1",
             f"SELECT state, count(*) FROM {table} GROUP BY 1 HAVING count(*) > 50 ORDER BY 2 DESC, 1"),
            ("SELECT a.iata, b.iata FROM S3Object a JOIN S3Object b ON a.city = b.city AND a.state = b.state AND a.iata < b.iata "
             "WHERE a.state = 'NY' ORDER BY 1, 2",
             f"SELECT a.iata, b.iata FROM {table} a JOIN {table} b ON a.city = b.city AND a.state = b.state AND a.iata < b.iata "
             "WHERE a.state = 'NY' ORDER BY 1, 2")]:
        same_rows(rows(select("airports.csv", sql, USE)[0]), duck.rows(duckdb), sql)
    size = os.path.getsize(path)
    records, stats = select("airports.csv", "SELECT _1 FROM S3Object LIMIT 1", NONE, RequestProgress={"Enabled": True})
    equal((records, stats["BytesScanned"], stats["BytesProcessed"]), (b"iata\n", size, size))
    equal(select("airports.csv", "SELECT _1 FROM S3Object LIMIT 1", IGNORE)[0], b"00M\n")
    with open(path, "rb") as file:
        plain = file.read()
    lib.put("airports.csv.gz", gzip.compress(plain))
    lib.put("airports.csv.bz2", bz2.compress(plain))
    for kind, suffix in (("GZIP", "gz"), ("BZIP2", "bz2")):
        source = dict(USE, CompressionType=kind)
        equal(select("airports.csv." + suffix, "SELECT COUNT(*), MAX(iata) FROM S3Object", source)[0],
              select("airports.csv", "SELECT COUNT(*), MAX(iata) FROM S3Object", USE)[0])
    # Ranges of bytes next to each other have every record once, and only they are counted.
    step, total = 50_000, 0
    before = lib.metric("airmos_drive_select_scanned_bytes_total")
    for first in range(0, size, step):
        records, stats = select("airports.csv", "SELECT COUNT(*) FROM S3Object", USE, ScanRange={"Start": first, "End": first + step - 1})
        total += int(records)
        equal(stats["BytesScanned"], min(step, size - first))
    equal(lib.metric("airmos_drive_select_scanned_bytes_total") - before, size)
    equal(total, int(select("airports.csv", "SELECT COUNT(*) FROM S3Object", USE)[0]))


def spellings():
    source = {"CSV": {"FieldDelimiter": "|", "RecordDelimiter": ";", "QuoteCharacter": "'", "QuoteEscapeCharacter": "\\"}}
    lib.put("odd", b"'a|b'|it;x|y;")
    equal(rows(select("odd", "SELECT * FROM S3Object", source)[0]), [["a|b", "it"], ["x", "y"]])
    equal(select("odd", "SELECT * FROM S3Object", source, {"CSV": {"QuoteFields": "ALWAYS", "FieldDelimiter": ";", "RecordDelimiter": "\r\n"}})[0],
          b'"a|b";"it"\r\n"x";"y"\r\n')
    equal(select("odd", "SELECT _1 AS one, _2 AS two FROM S3Object", source, {"JSON": {"RecordDelimiter": "\r\n"}})[0],
          b'{"one":"a|b","two":"it"}\r\n{"one":"x","two":"y"}\r\n')
    lib.put("comments", b"#no\n1,2\n#neither\n3,4\n")
    equal(select("comments", "SELECT _2 FROM S3Object", {"CSV": {"Comments": "#"}})[0], b"2\n4\n")
    lib.put("empty.csv", b"")
    equal(select("empty.csv", "SELECT COUNT(*) FROM S3Object", NONE)[0], b"0\n")


def names():
    """The spelling of a name in quotes decides between columns whose names differ only in case."""
    plain = b"name,NAME,Name,n\nlow,UP,Mix,7\n"
    wanted = 'SELECT s."NAME", s."Name", s.N FROM S3Object s WHERE s."name" = \'low\' AND s._2 = \'UP\''
    lib.put("names.csv", plain)
    lib.put("names.csv.gz", gzip.compress(plain))
    for key, source in (("names.csv", USE), ("names.csv.gz", dict(USE, CompressionType="GZIP"))):
        equal(select(key, wanted, source)[0], b"UP,Mix,7\n", key)
        refused("AmbiguousFieldName", key, "SELECT s.name FROM S3Object s", source)
        refused("AmbiguousFieldName", key, 'SELECT "nAME" FROM S3Object s', source)
    equal(select("names.csv", 'SELECT s."Name", s.N FROM S3Object s', USE, {"JSON": {}})[0], b'{"Name":"Mix","n":"7"}\n')
    lib.put("names.odd", plain.replace(b",", b"|").replace(b"\n", b";"))
    odd = {"CSV": dict(USE["CSV"], FieldDelimiter="|", RecordDelimiter=";")}
    equal(select("names.odd", wanted, odd)[0], b"UP,Mix,7\n")
    lib.put("names.csv.bz2", bz2.compress(plain))
    equal(select("names.csv.bz2", "SELECT n FROM S3Object", dict(USE, CompressionType="BZIP2"))[0], b"7\n")


def mixed_json():
    """Members of several types, and those that no record has."""
    lib.put("mixed.json", b'{"id":1,"v":"a"}\n{"id":"2","v":5}\n{"id":"x","v":true}\n')
    for sql, expected in [
            ("SELECT s.id FROM S3Object s WHERE s.id = '2'", b"2\n"),
            ("SELECT s.id, s.v FROM S3Object s WHERE s.v LIKE 'a%'", b"1,a\n"),
            ("SELECT CHAR_LENGTH(s.id), UPPER(s.id) FROM S3Object s", b"1,1\n1,2\n1,X\n"),
            ("SELECT * FROM S3Object s WHERE s.id = 'x'", b"x,true\n"),
            ("SELECT COUNT(*) FROM S3Object s WHERE s.nowhere IS MISSING AND s.neither.here IS NULL", b"3\n"),
            ("SELECT s.id FROM S3Object s WHERE s.nowhere = 5", b"")]:
        equal(select("mixed.json", sql, LINES)[0], expected, sql)
    equal(select("mixed.json", "SELECT s.id, nowhere FROM S3Object s LIMIT 2", LINES, {"JSON": {}})[0],
          b'{"id":1,"nowhere":null}\n{"id":"2","nowhere":null}\n')
    many = " OR ".join(f"s.m{i} = 1" for i in range(20))
    refused("EvaluatorBindingDoesNotExist", "mixed.json", "SELECT s.id FROM S3Object s WHERE " + many, LINES)


def json_files():
    path = os.path.join(vega, "movies.json")
    with open(path, encoding="utf-8") as file:
        movies = json.load(file)
    lines = "".join(json.dumps(movie) + "\n" for movie in movies)
    local = os.path.join(lib.work, "movies.ndjson")
    with open(local, "w", encoding="utf-8") as file:
        file.write(lines)
    lib.put("movies.ndjson", lines.encode())
    lib.put("movies.ndjson.gz", gzip.compress(lines.encode()))
    table = f"read_json('{local}', format = 'newline_delimited')"
    for sql, duckdb in [
            ('SELECT s.Title, s."IMDB Rating" FROM S3Object s WHERE s."IMDB Rating" > 8.5',
             f"""SELECT Title->>'$', "IMDB Rating" FROM {table} WHERE "IMDB Rating" > 8.5"""),
            ("SELECT COUNT(*) FROM S3Object[*] s WHERE s.Director IS NOT NULL", f"SELECT count(*) FROM {table} WHERE Director IS NOT NULL"),
            ('SELECT s."Major Genre", COUNT(*) FROM S3Object s GROUP BY s."Major Genre" ORDER BY 2 DESC, 1',
             f'SELECT "Major Genre", count(*) FROM {table} GROUP BY 1 ORDER BY 2 DESC, 1')]:
        expected = duck.rows(duckdb)
        same_rows(rows(select("movies.ndjson", sql, LINES)[0]), expected, sql)
        same_rows(rows(select("movies.ndjson.gz", sql, dict(LINES, CompressionType="GZIP"))[0]), expected, sql)
    records, _ = select("movies.ndjson", "SELECT * FROM S3Object s LIMIT 3", LINES, {"JSON": {}})
    got = [json.loads(line) for line in records.decode().splitlines()]
    equal([movie["Title"] for movie in got], [str(movie["Title"]) for movie in movies[:3]])
    lib.put("nested.json", json.dumps({"rows": [{"k": "a", "v": [1, 2]}, {"k": "b", "v": [3]}]}, indent=1).encode())
    equal(select("nested.json", "SELECT r.k FROM S3Object[*].rows[*] r WHERE r.v[0] = 3", DOCUMENT)[0], b"b\n")


def parquet_files():
    path = os.path.join(vega, "flights-3m.parquet")
    s3.upload_file(path, bucket, "flights.parquet")
    table = f"read_parquet('{path}')"
    columns = [row[0] for row in duck.rows(f"SELECT column_name FROM (DESCRIBE SELECT * FROM {table})")]
    names = {name.lower() for name in columns}
    assert {"date", "delay", "distance", "origin"} <= names, columns
    for sql, duckdb in [
            ("SELECT COUNT(*) FROM S3Object", f"SELECT count(*) FROM {table}"),
            ("SELECT s.origin, s.delay FROM S3Object s WHERE s.delay > 1000 LIMIT 100", f"SELECT origin, delay FROM {table} WHERE delay > 1000 LIMIT 100"),
            ("SELECT origin, COUNT(*), SUM(distance) FROM S3Object GROUP BY origin ORDER BY 2 DESC, 1 LIMIT 10",
             f"SELECT origin, count(*), sum(distance) FROM {table} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10"),
            ("SELECT MIN(delay), MAX(distance), AVG(distance) FROM S3Object WHERE origin LIKE 'S%'",
             f"SELECT min(delay), max(distance), avg(distance) FROM {table} WHERE origin LIKE 'S%'")]:
        same_rows(rows(select("flights.parquet", sql, PARQUET)[0]), duck.rows(duckdb), sql)


def mistakes():
    refused("NoSuchKey", "none", "SELECT * FROM S3Object", USE)
    refused("InvalidColumnIndex", "airports.csv", "SELECT _99 FROM S3Object", NONE, place="line 1, column 8: ")
    refused("UnsupportedFunction", "airports.csv", "SELECT read_text('/etc/passwd') FROM S3Object", USE, place="line 1, column 8: ")
    refused("UnsupportedFunction", "airports.csv", "SELECT name,\n frobnicate(city) FROM S3Object", USE, place="line 2, column 2: ")
    refused("CastFailed", "airports.csv", "SELECT CAST(name AS INT) FROM S3Object", USE)
    refused("ParquetParsingError", "airports.csv", "SELECT * FROM S3Object", PARQUET)
    refused("InvalidCompressionFormat", "airports.csv", "SELECT * FROM S3Object", dict(USE, CompressionType="GZIP"))
    refused("UnsupportedScanRangeInput", "flights.parquet", "SELECT * FROM S3Object", PARQUET, ScanRange={"Start": 1})
    refused("ExpressionTooLong", "airports.csv", "SELECT * FROM S3Object WHERE name = '" + "x" * 262_144 + "'", USE)
    for sql in ("SELEC 1", "DROP TABLE S3Object", "SELECT * FROM S3Object; SELECT 1", "", "SELECT * FROM other", "COPY S3Object TO '/tmp/x'"):
        try:
            select("airports.csv", sql, USE)
        except botocore.exceptions.ClientError as error:
            equal(error.response["ResponseMetadata"]["HTTPStatusCode"], 400, sql)
            assert error.response["Error"]["Message"], sql
        else:
            raise AssertionError(sql + " was not refused")


def words_of_the_engine():
    """What looks like a function and is a word of the engine's grammar is refused where it stands, and no word that follows a
    SELECT becomes a syntax error in SQL that the client has not written."""
    s3.put_object(Bucket=bucket, Key="one.csv", Body=b"1\n")
    words = duck.rows("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved' OR keyword_name IN ('if', 'operator')")
    assert len(words) > 120, len(words)
    for (word,) in words:
        for arguments in ("s._1", "s._1, 1", ""):
            try:
                select("one.csv", f"SELECT {word}({arguments}) FROM S3Object s", NONE)
            except botocore.exceptions.ClientError as error:
                code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
                assert code != "UnsupportedSqlOperation" and "syntax error" not in message, (word, arguments, code, message)
                # Of a word that may be a function's name the drive says that there is none.
                assert code != "UnsupportedFunction" or "line 1, column 8" in message or re.search(rf"no function {word}\b", message), (word, message)


def only_the_answer_moves():
    """300 MB of which a few bytes are the answer: the counters of the drives say what crossed the bus."""
    row = ("%09d," + "x" * 90 + ",tail\n")
    piece = 16 << 20
    upload = s3.create_multipart_upload(Bucket=bucket, Key="large.csv")["UploadId"]
    parts, number, text, size = [], 0, bytearray(), 0
    while size < 300_000_000:
        text += "".join(row % i for i in range(number, number + 10_000)).encode()
        number += 10_000
        if len(text) >= piece:
            etag = s3.upload_part(Bucket=bucket, Key="large.csv", UploadId=upload, PartNumber=len(parts) + 1, Body=bytes(text))["ETag"]
            parts.append({"PartNumber": len(parts) + 1, "ETag": etag})
            size += len(text)
            text.clear()
    s3.complete_multipart_upload(Bucket=bucket, Key="large.csv", UploadId=upload, MultipartUpload={"Parts": parts})
    names = ("airmos_drive_read_bytes_total", "airmos_select_scanned_bytes_total", "airmos_select_returned_bytes_total")
    before = [lib.metric(name) for name in names]
    records, stats = select("large.csv", "SELECT COUNT(*), MAX(_1) FROM S3Object s WHERE s._1 LIKE '%7'", NONE)
    moved, scanned, returned = [lib.metric(name) - was for name, was in zip(names, before)]
    rows_there = size // len(row % 0)
    equal(rows(records), [[str(rows_there // 10), "%09d" % (rows_there // 10 * 10 - 3)]])
    equal((stats["BytesScanned"], scanned, returned), (size, size, len(records)))
    assert moved < 100_000, moved
    print(f"measured: a select over {size} bytes moved {moved:.0f} bytes out of the drive")


if __name__ == "__main__":
    s3.create_bucket(Bucket=bucket)
    for step in (csv_files, spellings, names, mixed_json, json_files, parquet_files, mistakes, words_of_the_engine,
                 only_the_answer_moves):
        step()
        print("as it should be:", step.__name__, flush=True)
    lib.empty_bucket()
