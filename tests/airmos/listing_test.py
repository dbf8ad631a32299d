# SPDX-License-Identifier: BSD-3-Clause
"""Listings of both versions, of versions, of uploads and parts: orders, delimiters, pages, encodings."""

import random

import lib
from lib import bucket, equal, fails, put, s3

names = sorted(["asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla", "z é+&", "a\x01b", "boo", "boo0"] +
               [f"many/{i:03}" for i in range(60)], key=lambda name: name.encode())


def expected(prefix, delimiter):
    """What a listing shall have, in the order of the bytes."""
    found = []
    for name in names:
        if not name.startswith(prefix):
            continue
        at = name.find(delimiter, len(prefix)) if delimiter else -1
        entry = name if at < 0 else name[:at + len(delimiter)]
        if not found or found[-1] != entry:
            found.append(entry)
    return found


def pages(operation, **arguments):
    """All entries of all pages, in order; every page is within its limit."""
    found = []
    for page in s3.get_paginator(operation).paginate(Bucket=bucket, **arguments):
        entries = [one["Key"] for one in page.get("Contents", page.get("Versions", []))]
        entries += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
        limit = arguments.get("PaginationConfig", {}).get("PageSize", 1000)
        assert len(entries) <= limit, (entries, limit)
        if "KeyCount" in page:
            equal(page["KeyCount"], len(entries))
        found += sorted(entries, key=lambda name: name.encode())
    return found


def every_form():
    for operation in ("list_objects_v2", "list_objects", "list_object_versions"):
        for prefix in ("", "boo", "boo/", "many/", "many/01", "none", "cquux/thud"):
            for delimiter in ("", "/", "o", "/b", "0"):
                for size in (1, 2, 7, 1000) if len(expected(prefix, delimiter)) < 12 else (7, 1000):
                    equal(pages(operation, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": size}),
                          expected(prefix, delimiter), f"{operation} {prefix!r} {delimiter!r} by {size}")


def arguments():
    page = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    equal((page["KeyCount"], page["IsTruncated"]), (0, False))
    page = s3.list_objects_v2(Bucket=bucket, MaxKeys=0, Delimiter="/", StartAfter="b", Prefix="b")
    equal((page["KeyCount"], page["IsTruncated"], page["StartAfter"], page["Delimiter"]), (0, False, "b", "/"))
    assert "Contents" not in page and "CommonPrefixes" not in page, page
    equal(s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)["MaxKeys"], 1000)
    equal([one["Key"] for one in s3.list_objects_v2(Bucket=bucket, StartAfter="many/058")["Contents"]], ["many/059", "z é+&"])
    assert "Owner" not in s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]["Owner"]["ID"]
    assert s3.list_objects(Bucket=bucket)["Contents"][0]["Owner"]["ID"]
    fails("InvalidArgument", s3.list_objects_v2, Bucket=bucket, MaxKeys=-1)
    fails("InvalidArgument", s3.list_objects_v2, Bucket=bucket, ContinuationToken="no token of ours")
    fails("InvalidArgument", s3.list_objects_v2, Bucket=bucket, EncodingType="rot13")
    fails("NoSuchBucket", s3.list_objects_v2, Bucket=bucket + "x")
    version = s3.list_object_versions(Bucket=bucket, Prefix="asdf")["Versions"][0]
    equal((version["VersionId"], version["IsLatest"], version["Size"]), ("null", True, 4))
    # Without the encoding, and without a client that decodes: names are as they are.
    _, body = lib.talk(*lib.signed("GET", f"/{bucket}?list-type=2&prefix=z"))
    assert "<Key>z é+&amp;</Key>".encode() in body, body
    _, body = lib.talk(*lib.signed("GET", f"/{bucket}?encoding-type=url&list-type=2&prefix=z"))
    assert b"<Key>z%20%C3%A9%2B%26</Key>" in body, body


def uploads():
    made = {}
    for name in ["m/a", "m/a", "m/b", "n", "o/x"]:
        upload = s3.create_multipart_upload(Bucket=bucket, Key=name)["UploadId"]
        made.setdefault(name, []).append(upload)
    everything = sorted((name, upload) for name, ids in made.items() for upload in ids)
    for size in (1, 2, 1000):
        found = []
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": size}):
            found += [(one["Key"], one["UploadId"]) for one in page.get("Uploads", [])]
        equal([name for name, _ in found], [name for name, _ in everything])
        equal(sorted(found), everything)
    page = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    equal([one["Prefix"] for one in page["CommonPrefixes"]], ["m/", "o/"])
    equal([one["Key"] for one in page["Uploads"]], ["n"])
    upload = made["n"][0]
    numbers = [1, 2, 5, 9, 10_000]
    for number in random.Random(1).sample(numbers, len(numbers)):
        s3.upload_part(Bucket=bucket, Key="n", UploadId=upload, PartNumber=number, Body=b"x" * number)
    for size in (1, 2, 1000):
        found = []
        for page in s3.get_paginator("list_parts").paginate(Bucket=bucket, Key="n", UploadId=upload, PaginationConfig={"PageSize": size}):
            found += [(one["PartNumber"], one["Size"]) for one in page.get("Parts", [])]
        equal(found, [(number, number) for number in numbers])
    for name, upload in everything:
        s3.abort_multipart_upload(Bucket=bucket, Key=name, UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    fails("NoSuchUpload", s3.list_parts, Bucket=bucket, Key="n", UploadId=upload)


def delete_many():
    for i in range(20):
        put(f"gone/{i}", b"")
    asked = [{"Key": f"gone/{i}"} for i in range(10)] + [{"Key": "never was"}, {"Key": "gone/10", "VersionId": "null"},
                                                        {"Key": "gone/11", "VersionId": "other"}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": asked})
    equal(len(answer["Deleted"]), 12)
    equal([(one["Key"], one["Code"]) for one in answer["Errors"]], [("gone/11", "NoSuchVersion")])
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": f"gone/{i}"} for i in range(20)], "Quiet": True})
    assert "Deleted" not in answer and "Errors" not in answer, answer
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="gone/")
    for i in range(0, 1000, 100):
        put(f"gone/{i}", b"")
    thousand = [{"Key": f"gone/{i}"} for i in range(999)] + [{"Key": "gone/x", "VersionId": "other"}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": thousand, "Quiet": True})
    equal(("Deleted" in answer, [one["Key"] for one in answer["Errors"]]), (False, ["gone/x"]), "quiet, but for errors")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="gone/")
    fails("MalformedXML", s3.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": f"k{i}"} for i in range(1001)]})
    status, body = lib.talk(*lib.signed("POST", f"/{bucket}?delete=", b"<Delete><Object><Key>asdf</Key></Object></Delete>"))
    equal((status, lib.code_of(body)), (400, "InvalidRequest"), "without a digest")


if __name__ == "__main__":
    s3.create_bucket(Bucket=bucket)
    equal(pages("list_objects_v2"), [])
    for name in random.Random(0).sample(names, len(names)):
        put(name, b"four")
    for step in (every_form, arguments, uploads, delete_many):
        step()
        print("as it should be:", step.__name__, flush=True)
    s3.delete_object(Bucket=bucket, Key="a\x01b")  # no XML has a word for it
    lib.empty_bucket()
