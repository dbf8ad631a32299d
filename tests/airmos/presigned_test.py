# SPDX-License-Identifier: BSD-3-Clause
"""What a presigned URL says in its query means what it means in a header: every header that the model of S3 in botocore has,
for each operation that AirMOS knows, by both roads."""

import base64
import urllib.parse
import zlib

import botocore.auth
import botocore.awsrequest

import lib
from lib import bucket, code_of, equal, fails, put, s3, signed, talk

# Headers that the operation needs.
OPERATIONS = {"PutObject": {}, "CopyObject": {"x-amz-copy-source": f"{bucket}/source"}, "CreateMultipartUpload": {}, "GetObject": {},
              "HeadObject": {}, "DeleteObject": {}, "PutObjectAcl": {"x-amz-acl": "private"}, "PutObjectTagging": {},
              "GetObjectAttributes": {"x-amz-object-attributes": "ETag"}, "ListObjectsV2": {}, "CreateBucket": {}, "HeadBucket": {}}
BODIES = {"PutObjectTagging": b"<Tagging><TagSet/></Tagging>"}
KEYS = {"CreateBucket": "", "HeadBucket": "", "ListObjectsV2": ""}
QUERIES = {"CreateMultipartUpload": "uploads", "PutObjectAcl": "acl", "PutObjectTagging": "tagging", "GetObjectAttributes": "attributes",
           "ListObjectsV2": "list-type=2"}


def presigned(method, path, parameters, body=b"", headers=""):
    """Status, code and answer of a request that says the parameters in its URL."""
    query = path + ("&" if "?" in path else "?") + urllib.parse.urlencode(parameters) if parameters else path
    request = botocore.awsrequest.AWSRequest(method, lib.url + query)
    botocore.auth.S3SigV4QueryAuth(lib.keys, "s3", "us-east-1", expires=300).add_auth(request)
    address = urllib.parse.urlsplit(request.url)
    head = (f"{method} {address.path}?{address.query} HTTP/1.1\r\nHost: {address.netloc}\r\n{headers}"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n")
    status, answer = talk(head.encode(), body)
    return status, code_of(answer)


def in_headers(method, path, headers, body=b""):
    status, answer = talk(*signed(method, path, body, headers))
    return status, code_of(answer)


def values_of(shape):
    """A value or two for a header of that shape: what S3 has, and what it has not."""
    if shape.type_name == "string" and shape.enum:
        return shape.enum
    return {"boolean": ["true"], "integer": ["1"], "long": ["1"], "timestamp": ["Tue, 01 Jan 2030 00:00:00 GMT"]}.get(
        shape.type_name, ["some-value"])


def every_header_by_both_roads():
    put("source", b"bytes")
    compared = refused = 0
    for name, needed in OPERATIONS.items():
        model = s3.meta.service_model.operation_model(name)
        path = f"/{bucket}" + (f"/{KEYS.get(name, 'both')}" if KEYS.get(name, "both") else "")
        path += "?" + QUERIES[name] if name in QUERIES else ""
        for member in model.input_shape.members.values():
            header = member.serialization.get("name", "").lower()
            if member.serialization.get("location") not in ("header", "headers") or not header.startswith("x-amz-"):
                continue
            header += "road" if member.type_name == "map" else ""
            for value in values_of(member):
                put("both", b"x")
                parameters = {**needed, header: value}
                by_header = in_headers(model.http["method"], path, parameters, BODIES.get(name, b""))
                by_query = presigned(model.http["method"], path, parameters, BODIES.get(name, b""))
                equal(by_query, by_header, f"{name} with {header}: {value}")
                compared += 1
                refused += by_query[0] >= 400
    assert compared > 150 and refused > 40, (compared, refused)


def what_they_do():
    parameters = {"x-amz-meta-colour": "red", "X-Amz-Meta-Size": "é €", "x-amz-tagging": "k=v", "x-amz-acl": "private"}
    equal(presigned("PUT", f"/{bucket}/by-url", parameters, b"bytes", "Content-Type: text/x\r\n"), (200, ""))
    head = s3.head_object(Bucket=bucket, Key="by-url")
    equal(head["ContentType"], "text/x")
    equal(head["Metadata"], {"colour": "red", "size": "=?UTF-8?B?" + base64.b64encode("é €".encode()).decode() + "?="})
    equal(s3.get_object_tagging(Bucket=bucket, Key="by-url")["TagSet"], [{"Key": "k", "Value": "v"}])
    equal(presigned("PUT", f"/{bucket}/copied", {"x-amz-copy-source": f"{bucket}/by-url"}), (200, ""))
    equal(s3.head_object(Bucket=bucket, Key="copied")["Metadata"], head["Metadata"])
    crc = base64.b64encode(zlib.crc32(b"bytes").to_bytes(4, "big")).decode()
    equal(presigned("PUT", f"/{bucket}/sum", {"x-amz-checksum-crc32": crc}, b"bytes"), (200, ""))
    equal(s3.head_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")["ChecksumCRC32"], crc)
    equal(presigned("PUT", f"/{bucket}/sum", {"x-amz-checksum-crc32": crc}, b"other"), (400, "BadDigest"))
    # SDKs sign before they know the body.
    nothing = {"x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32"}
    equal(presigned("PUT", f"/{bucket}/sum", nothing, b"bytes"), (200, ""))
    equal(s3.head_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")["ChecksumCRC32"], crc)


def what_is_refused():
    path = f"/{bucket}/refused"
    for name, value, expected in (("x-amz-server-side-encryption", "AES256", (501, "NotImplemented")),
                                  ("X-Amz-Acl", "public-read", (501, "NotImplemented")),
                                  ("x-amz-storage-class", "GLACIER", (400, "InvalidStorageClass")),
                                  ("x-amz-object-lock-mode", "GOVERNANCE", (501, "NotImplemented")),
                                  ("x-amz-tagging", "aws:k=v", (400, "InvalidTag")),
                                  ("x-amz-meta-a", "x" * 2048, (400, "MetadataTooLarge")),
                                  ("x-amz-meta-a", "1\r\nx-amz-meta-b: 2", (400, "InvalidArgument")),
                                  ("x-amz-meta-a b", "1", (400, "InvalidArgument"))):
        equal(presigned("PUT", path, {name: value}, b"x"), expected, (name, value))
    fails("404", s3.head_object, Bucket=bucket, Key="refused")


if __name__ == "__main__":
    s3.create_bucket(Bucket=bucket)
    for step in (what_they_do, what_is_refused, every_header_by_both_roads):
        step()
        print("as it should be:", step.__name__, flush=True)
    for one in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"])
    lib.empty_bucket()
