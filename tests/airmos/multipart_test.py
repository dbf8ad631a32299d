# SPDX-License-Identifier: BSD-3-Clause
"""Multipart uploads with boto3: every rule of their parts, copies as parts, and what the finished object says."""

import base64
import hashlib
import zlib

import lib
from lib import bucket, data, equal, fails, put, read, s3

MIB = 1 << 20


def upload_of(key, bodies, **create):
    """An upload with these parts, and the list that completes it."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **create)["UploadId"]
    parts = []
    for number, body in bodies.items():
        answer = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)
        equal(answer["ETag"], '"' + hashlib.md5(body).hexdigest() + '"')
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    return upload, parts


def complete(key, upload, parts, **arguments):
    return s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **arguments)


def whole():
    bodies = {1: data(5 * MIB, 1), 3: data(5 * MIB + 1, 2), 7: data(10, 3)}
    upload, parts = upload_of("whole", bodies, ContentType="text/x", Metadata={"a": "b"}, Tagging="k=v")
    fails("NoSuchKey", s3.get_object, Bucket=bucket, Key="whole")
    answer = complete("whole", upload, parts)
    digests = b"".join(hashlib.md5(body).digest() for body in bodies.values())
    equal(answer["ETag"], '"' + hashlib.md5(digests).hexdigest() + '-3"')
    assert answer["Location"].endswith(f"/{bucket}/whole"), answer["Location"]
    everything = b"".join(bodies.values())
    equal(read("whole") == everything, True)
    got = s3.get_object(Bucket=bucket, Key="whole", Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")
    equal(got["Body"].read(), everything[5 * MIB - 2:5 * MIB + 2])
    equal((got["ContentType"], got["Metadata"], got["TagCount"]), ("text/x", {"a": "b"}, 1))
    head = s3.head_object(Bucket=bucket, Key="whole", PartNumber=2)
    equal((head["PartsCount"], head["ContentLength"]), (3, 5 * MIB + 1))
    equal(read("whole", PartNumber=3), bodies[7])
    fails("416", s3.head_object, Bucket=bucket, Key="whole", PartNumber=4)
    got = s3.get_object_attributes(Bucket=bucket, Key="whole", ObjectAttributes=["ObjectParts", "ObjectSize"])
    equal((got["ObjectParts"]["TotalPartsCount"], got["ObjectSize"]), (3, len(everything)))
    equal(complete("whole", upload, parts)["ETag"], answer["ETag"], "the same request is told the same")
    fails("NoSuchUpload", complete, key="whole", upload=upload, parts=parts[:2])


def rules():
    upload, parts = upload_of("rules", {1: b"too small", 2: b"last"})
    fails("EntityTooSmall", complete, key="rules", upload=upload, parts=parts)
    fails("InvalidPartOrder", complete, key="rules", upload=upload, parts=parts[::-1])
    fails("InvalidPartOrder", complete, key="rules", upload=upload, parts=[parts[0], parts[0]])
    fails("InvalidPart", complete, key="rules", upload=upload, parts=[{"PartNumber": 1, "ETag": '"' + "0" * 32 + '"'}])
    fails("InvalidPart", complete, key="rules", upload=upload, parts=[{"PartNumber": 3, "ETag": parts[0]["ETag"]}])
    fails("MalformedXML", complete, key="rules", upload=upload, parts=[])
    fails("NoSuchUpload", complete, key="rules", upload="0" * 32, parts=parts)
    fails("NoSuchUpload", complete, key="other", upload=upload, parts=parts)
    document = (b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag><ChecksumSHA512>x</ChecksumSHA512></Part>"
                b"</CompleteMultipartUpload>")
    status, answer = lib.talk(*lib.signed("POST", f"/{bucket}/rules?uploadId={upload}", document))
    equal((status, lib.code_of(answer)), (501, "NotImplemented"), "a checksum that nobody would verify")
    for number in (0, 10_001):
        fails("InvalidArgument", s3.upload_part, Bucket=bucket, Key="rules", UploadId=upload, PartNumber=number, Body=b"")
    fails("NoSuchUpload", s3.upload_part, Bucket=bucket, Key="rules", UploadId="nothing", PartNumber=1, Body=b"")
    # A part of the same number takes the place of the first, and parts that are not named are left out.
    replaced = s3.upload_part(Bucket=bucket, Key="rules", UploadId=upload, PartNumber=1, Body=b"replaced")
    complete("rules", upload, [{"PartNumber": 1, "ETag": replaced["ETag"]}])
    equal(read("rules"), b"replaced")
    upload, parts = upload_of("ends with nothing", {1: data(5 * MIB, 4), 2: b""})
    complete("ends with nothing", upload, parts)
    got = s3.get_object(Bucket=bucket, Key="ends with nothing", PartNumber=2)
    equal((got["ContentLength"], got.get("ContentRange"), got["PartsCount"]), (0, None, 2))
    upload, parts = upload_of("aborted", {1: b"x"})
    s3.abort_multipart_upload(Bucket=bucket, Key="aborted", UploadId=upload)
    fails("NoSuchUpload", s3.abort_multipart_upload, Bucket=bucket, Key="aborted", UploadId=upload)
    fails("404", s3.head_object, Bucket=bucket, Key="aborted")


def copies():
    source = data(6 * MIB, 5)
    put("source", source)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="joined")["UploadId"]
    parts = []
    for number, part_range in [(1, None), (2, "bytes=100-5242979"), (3, "bytes=0-0")]:
        arguments = {"CopySourceRange": part_range} if part_range else {}
        answer = s3.upload_part_copy(Bucket=bucket, Key="joined", UploadId=upload, PartNumber=number,
                                     CopySource={"Bucket": bucket, "Key": "source"}, **arguments)
        parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    fails("InvalidArgument", s3.upload_part_copy, Bucket=bucket, Key="joined", UploadId=upload, PartNumber=4,
          CopySource={"Bucket": bucket, "Key": "source"}, CopySourceRange=f"bytes=0-{len(source)}")
    fails("NoSuchKey", s3.upload_part_copy, Bucket=bucket, Key="joined", UploadId=upload, PartNumber=4,
          CopySource={"Bucket": bucket, "Key": "none"})
    fails("PreconditionFailed", s3.upload_part_copy, Bucket=bucket, Key="joined", UploadId=upload, PartNumber=4,
          CopySource={"Bucket": bucket, "Key": "source"}, CopySourceIfMatch='"0"')
    complete("joined", upload, parts)
    equal(read("joined") == source + source[100:5242980] + source[:1], True)
    s3.copy_object(Bucket=bucket, Key="joined too", CopySource={"Bucket": bucket, "Key": "joined"})
    equal(read("joined too") == read("joined"), True)


def checksums():
    bodies = [data(5 * MIB, 6), data(77, 7)]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="sums", ChecksumAlgorithm="SHA256")["UploadId"]
    fails("InvalidRequest", s3.upload_part, Bucket=bucket, Key="sums", UploadId=upload, PartNumber=1, Body=b"x")
    fails("InvalidRequest", s3.upload_part, Bucket=bucket, Key="sums", UploadId=upload, PartNumber=1, Body=b"x",
          ChecksumAlgorithm="CRC32")
    parts = []
    for number, body in enumerate(bodies, 1):
        answer = s3.upload_part(Bucket=bucket, Key="sums", UploadId=upload, PartNumber=number, Body=body,
                                ChecksumAlgorithm="SHA256")
        parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": answer["ChecksumSHA256"]})
    wrong = [dict(parts[0], ChecksumSHA256=parts[1]["ChecksumSHA256"]), parts[1]]
    fails("InvalidPart", complete, key="sums", upload=upload, parts=wrong)
    answer = complete("sums", upload, parts)
    both = hashlib.sha256(b"".join(hashlib.sha256(body).digest() for body in bodies)).digest()
    equal(answer["ChecksumSHA256"], base64.b64encode(both).decode() + "-2")
    got = s3.get_object_attributes(Bucket=bucket, Key="sums", ObjectAttributes=["Checksum", "ObjectParts"])
    equal([part["Size"] for part in got["ObjectParts"]["Parts"]], [len(body) for body in bodies])
    equal(got["ObjectParts"]["Parts"][1]["ChecksumSHA256"], parts[1]["ChecksumSHA256"])


def copied_parts_with_checksums():
    """Copies of whole objects and of ranges count as parts of an upload with a checksum: composite, and of the whole."""
    source = data(5 * MIB + 9, 11)
    put("summed", source)
    ranges = {1: (None, source), 2: ("bytes=7-5242886", source[7:5242887])}
    last = data(99, 12)
    hashes = {"SHA256": lambda body: hashlib.sha256(body).digest(), "CRC32": lambda body: zlib.crc32(body).to_bytes(4, "big")}
    for algorithm, kind in (("CRC32", "FULL_OBJECT"), ("SHA256", "COMPOSITE"), ("CRC32", "COMPOSITE")):
        of, name = hashes[algorithm], "Checksum" + algorithm
        status, body = lib.talk(*lib.signed("POST", f"/{bucket}/sums?uploads=", headers={
            "x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind}))
        equal(status, 200)
        upload = body.partition(b"<UploadId>")[2].partition(b"<")[0].decode()
        parts, bodies = [], [body for _, body in ranges.values()] + [last]
        for number, (part_range, body) in ranges.items():
            arguments = {"CopySourceRange": part_range} if part_range else {}
            made = s3.upload_part_copy(Bucket=bucket, Key="sums", UploadId=upload, PartNumber=number,
                                       CopySource={"Bucket": bucket, "Key": "summed"}, **arguments)["CopyPartResult"]
            equal(made[name], base64.b64encode(of(body)).decode())
            parts.append({"PartNumber": number, "ETag": made["ETag"], name: made[name]})
        made = s3.upload_part(Bucket=bucket, Key="sums", UploadId=upload, PartNumber=3, Body=last, ChecksumAlgorithm=algorithm)
        parts.append({"PartNumber": 3, "ETag": made["ETag"], name: made[name]})
        listed = s3.list_parts(Bucket=bucket, Key="sums", UploadId=upload)
        equal([part[name] for part in listed["Parts"]], [part[name] for part in parts])
        wrong = [dict(parts[0], **{name: parts[1][name]})] + parts[1:]
        fails("InvalidPart", complete, key="sums", upload=upload, parts=wrong)
        expected = base64.b64encode(of(b"".join(bodies) if kind == "FULL_OBJECT" else b"".join(map(of, bodies)))).decode()
        expected += "" if kind == "FULL_OBJECT" else "-3"
        equal(complete("sums", upload, parts)[name], expected)
        equal(read("sums") == b"".join(bodies), True)
        got = s3.get_object_attributes(Bucket=bucket, Key="sums", ObjectAttributes=["Checksum", "ObjectParts"])
        equal(got["Checksum"][name], expected.removesuffix("-3"))
        equal(got["ObjectParts"]["TotalPartsCount"], 3)
        listed = [part[name] for part in parts] if kind == "COMPOSITE" else []
        equal([part[name] for part in got["ObjectParts"].get("Parts", [])], listed)
    for after, limit, numbers in ((0, 1, [1]), (1, 1, [2]), (1, 5, [2, 3]), (3, 5, [])):
        page = s3.get_object_attributes(Bucket=bucket, Key="sums", ObjectAttributes=["ObjectParts"], MaxParts=limit,
                                        PartNumberMarker=after)["ObjectParts"]
        equal([part["PartNumber"] for part in page.get("Parts", [])], numbers)
        equal((page["PartNumberMarker"], page["MaxParts"], page["IsTruncated"], page["TotalPartsCount"]),
              (after, limit, after + limit < 3, 3))
        equal(page["NextPartNumberMarker"], after + len(numbers))
    # A copy with another checksum has that one, of the whole, so its parts are only counted.
    s3.copy_object(Bucket=bucket, Key="sums too", CopySource={"Bucket": bucket, "Key": "sums"}, ChecksumAlgorithm="SHA1")
    got = s3.get_object_attributes(Bucket=bucket, Key="sums too", ObjectAttributes=["Checksum", "ObjectParts"])
    equal(got["Checksum"]["ChecksumSHA1"], base64.b64encode(hashlib.sha1(b"".join(bodies)).digest()).decode())
    equal((got["ObjectParts"]["TotalPartsCount"], got["ObjectParts"].get("Parts")), (3, None))


def full_object_checksum():
    """Newer SDKs ask for this; boto3 of Debian does not know it, so its header is put there by hand."""
    bodies = [data(5 * MIB, 8), data(1234, 9)]
    status, body = lib.talk(*lib.signed("POST", f"/{bucket}/full?uploads=", headers={
        "x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT"}))
    equal(status, 200)
    upload = body.partition(b"<UploadId>")[2].partition(b"<")[0].decode()
    parts = []
    for number, piece in enumerate(bodies, 1):
        answer = s3.upload_part(Bucket=bucket, Key="full", UploadId=upload, PartNumber=number, Body=piece, ChecksumAlgorithm="CRC32")
        parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]})
    fails("BadDigest", complete, key="full", upload=upload, parts=parts, ChecksumCRC32="AAAAAA==")
    answer = complete("full", upload, parts)
    equal(answer["ChecksumCRC32"], base64.b64encode(zlib.crc32(b"".join(bodies)).to_bytes(4, "big")).decode())


if __name__ == "__main__":
    s3.create_bucket(Bucket=bucket)
    for step in (whole, rules, copies, checksums, copied_parts_with_checksums, full_object_checksum):
        step()
        print("as it should be:", step.__name__, flush=True)
    lib.empty_bucket()
