# SPDX-License-Identifier: BSD-3-Clause
"""boto3 of Debian: what each operation answers, row by row of docs/s3.md."""

import base64
import datetime
import hashlib
import http.client
import zlib

import botocore.auth

import lib
from lib import bucket, data, equal, fails, put, read, s3


def buckets():
    s3.create_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)  # in us-east-1 one's own bucket is as good as made
    fails("IllegalLocationConstraintException", s3.create_bucket, Bucket=bucket + "x",
          CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    fails("NotImplemented", s3.create_bucket, Bucket=bucket + "x", ObjectLockEnabledForBucket=True)
    assert bucket in [one["Name"] for one in s3.list_buckets()["Buckets"]]
    head = s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]
    equal(head["x-amz-bucket-region"], "us-east-1")
    fails("404", s3.head_bucket, Bucket=bucket + "x")
    equal(s3.get_bucket_location(Bucket=bucket)["LocationConstraint"], None)
    equal(s3.get_bucket_versioning(Bucket=bucket).get("Status"), None)
    equal(s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"], "FULL_CONTROL")
    for code, call in [("NoSuchBucketPolicy", s3.get_bucket_policy), ("NoSuchCORSConfiguration", s3.get_bucket_cors),
                       ("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration),
                       ("ServerSideEncryptionConfigurationNotFoundError", s3.get_bucket_encryption),
                       ("ReplicationConfigurationNotFoundError", s3.get_bucket_replication),
                       ("ObjectLockConfigurationNotFoundError", s3.get_object_lock_configuration),
                       ("NoSuchWebsiteConfiguration", s3.get_bucket_website),
                       ("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block),
                       ("OwnershipControlsNotFoundError", s3.get_bucket_ownership_controls),
                       ("NoSuchTagSet", s3.get_bucket_tagging)]:
        fails(code, call, Bucket=bucket)
        fails("NoSuchBucket", call, Bucket=bucket + "x")
    fails("NotImplemented", s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    fails("NotImplemented", s3.put_bucket_policy, Bucket=bucket, Policy="{}")
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b c", "Value": "é"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    equal(s3.get_bucket_tagging(Bucket=bucket)["TagSet"], tags)
    s3.delete_bucket_tagging(Bucket=bucket)
    fails("NoSuchTagSet", s3.get_bucket_tagging, Bucket=bucket)
    fails("403", s3.head_bucket, Bucket=bucket, ExpectedBucketOwner="1" * 12)


def objects():
    body = data(100_000)
    etag = '"' + hashlib.md5(body).hexdigest() + '"'
    equal(put("one", body, ContentType="text/x", CacheControl="no-store", ContentDisposition="inline",
              ContentEncoding="gzip", ContentLanguage="de", Metadata={"a": "b", "long": "x" * 1000},
              Tagging="k=v&k2=v%202")["ETag"], etag)
    for answer in (s3.get_object(Bucket=bucket, Key="one"), s3.head_object(Bucket=bucket, Key="one")):
        equal(answer["ETag"], etag)
        equal(answer["ContentLength"], len(body))
        equal(answer["AcceptRanges"], "bytes")
        equal((answer["ContentType"], answer["CacheControl"], answer["ContentDisposition"],
               answer["ContentEncoding"], answer["ContentLanguage"]), ("text/x", "no-store", "inline", "gzip", "de"))
        equal(answer["Metadata"], {"a": "b", "long": "x" * 1000})
        age = datetime.datetime.now(datetime.timezone.utc) - answer["LastModified"]
        assert abs(age.total_seconds()) < 300, age
        equal(answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-version-id"), None)
    equal(s3.get_object(Bucket=bucket, Key="one")["TagCount"], 2)
    equal(read("one"), body)
    put("empty", b"")
    equal(read("empty"), b"")
    equal(s3.head_object(Bucket=bucket, Key="empty")["ContentType"], "binary/octet-stream")
    equal(s3.head_object(Bucket=bucket, Key="one", VersionId="null")["ETag"], etag)
    fails("NoSuchVersion", s3.get_object, Bucket=bucket, Key="one", VersionId="other")
    fails("NoSuchKey", s3.get_object, Bucket=bucket, Key="none")
    fails("404", s3.head_object, Bucket=bucket, Key="none")
    fails("NoSuchBucket", s3.get_object, Bucket=bucket + "x", Key="one")
    fails("NoSuchBucket", s3.put_object, Bucket=bucket + "x", Key="one", Body=b"")
    fails("KeyTooLongError", s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"")
    for name in ["k" * 1024, "é/ü €.txt", "a//b", "a/../b", "./.", " lead", "trail ", "plus+and&more=?#%41", "tab\tnew\nline",
                 "dir/", "\U0001f600"]:
        put(name, name.encode())
        equal(read(name), name.encode(), name)
        s3.delete_object(Bucket=bucket, Key=name)
        fails("NoSuchKey", s3.get_object, Bucket=bucket, Key=name)
    answer = s3.get_object(Bucket=bucket, Key="one", ResponseContentType="text/y", ResponseCacheControl="max-age=1",
                           ResponseContentDisposition="attachment")
    equal((answer["ContentType"], answer["CacheControl"], answer["ContentDisposition"]), ("text/y", "max-age=1", "attachment"))
    for refused in [{"ServerSideEncryption": "AES256"}, {"ACL": "public-read"}, {"GrantRead": "id=1"},
                    {"ObjectLockLegalHoldStatus": "ON"}, {"WebsiteRedirectLocation": "/x"}]:
        fails("NotImplemented", s3.put_object, Bucket=bucket, Key="refused", Body=b"x", **refused)
    fails("InvalidStorageClass", s3.put_object, Bucket=bucket, Key="refused", Body=b"x", StorageClass="GLACIER")
    fails("MetadataTooLarge", s3.put_object, Bucket=bucket, Key="refused", Body=b"x",
          Metadata={f"m{i}": "y" * 1000 for i in range(3)})
    fails("BadDigest", s3.put_object, Bucket=bucket, Key="refused", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    fails("404", s3.head_object, Bucket=bucket, Key="refused")
    put("acl", b"", ACL="private")
    s3.put_object_acl(Bucket=bucket, Key="acl", ACL="bucket-owner-full-control")
    acl = s3.get_object_acl(Bucket=bucket, Key="acl")
    s3.put_object_acl(Bucket=bucket, Key="acl", AccessControlPolicy={"Owner": acl["Owner"], "Grants": acl["Grants"]})
    fails("NotImplemented", s3.put_object_acl, Bucket=bucket, Key="acl", ACL="public-read")


def ranges():
    body = data(5000, 2)
    put("range", body)
    for header, part in [("bytes=0-0", body[:1]), ("bytes=100-199", body[100:200]), ("bytes=4990-", body[4990:]),
                         ("bytes=-7", body[-7:]), ("bytes=4999-9999", body[4999:]), ("bytes=-9999", body)]:
        answer = s3.get_object(Bucket=bucket, Key="range", Range=header)
        equal(answer["ResponseMetadata"]["HTTPStatusCode"], 206)
        equal(answer["Body"].read(), part, header)
        start = 5000 - len(part) if header.startswith("bytes=-") else int(header[6:].split("-")[0])
        equal(answer["ContentRange"], f"bytes {start}-{start + len(part) - 1}/5000")
    equal(s3.head_object(Bucket=bucket, Key="range", Range="bytes=1-3")["ContentLength"], 3)
    for header in ["bytes=5000-", "bytes=-0", "bytes=6000-7000"]:
        equal(fails("InvalidRange", s3.get_object, Bucket=bucket, Key="range", Range=header)
              ["ResponseMetadata"]["HTTPStatusCode"], 416)
    equal(read("range", Range="bytes=2-99999999999999999999"), body[2:])
    fails("InvalidRange", s3.get_object, Bucket=bucket, Key="range", Range="bytes=99999999999999999999-")
    for header in ["bytes=5-2", "lines=1-2", "bytes=0-1,3-4"]:
        equal(read("range", Range=header), body, header)
    for arguments in ({"PartNumber": 1}, {"Range": "bytes=-5"}):  # of nothing there is no range, so it is the whole
        answer = s3.get_object(Bucket=bucket, Key="empty", **arguments)
        equal((answer["ResponseMetadata"]["HTTPStatusCode"], answer["ContentLength"], answer.get("ContentRange")), (200, 0, None))
    fails("InvalidRange", s3.get_object, Bucket=bucket, Key="empty", Range="bytes=0-")
    equal(s3.get_object(Bucket=bucket, Key="range", PartNumber=1)["ContentLength"], 5000)
    fails("InvalidPartNumber", s3.get_object, Bucket=bucket, Key="range", PartNumber=2)


def metadata():
    """Bytes are counted, not headers; and what is answered is ASCII."""
    http.client._MAXHEADERS = 200  # Python counts them in responses
    many = {f"n{i}": "v" for i in range(96)}
    put("many", b"", Metadata=many)
    equal(s3.head_object(Bucket=bucket, Key="many")["Metadata"], many)
    most = {"a": "x" * 2000, "b" * 40: "y" * 7}  # 2048 bytes
    put("most", b"", Metadata=most)
    equal(s3.head_object(Bucket=bucket, Key="most")["Metadata"], most)
    fails("MetadataTooLarge", s3.put_object, Bucket=bucket, Key="more", Body=b"", Metadata={**most, "c": ""})
    fails("404", s3.head_object, Bucket=bucket, Key="more")
    status, answer = lib.talk(*lib.signed("GET", f"/{bucket}/most", headers={f"x-other-{i}": "x" * 500 for i in range(17)}))
    equal((status, lib.code_of(answer)), (400, "RequestHeaderSectionTooLarge"))
    # What a client may send as bytes, in each header that is repeated: UTF-8, and ISO-8859-1.
    for text in ("naïve €", "na\u00efve"):
        raw = text.encode("utf-8" if "€" in text else "latin-1").decode("latin-1")
        headers = {"x-amz-meta-text": raw, "Content-Disposition": f'attachment; filename="{raw}.txt"', "Cache-Control": raw,
                   "Content-Language": raw, "Content-Type": f"text/x; name={raw}", "Content-Encoding": raw}
        head, body = lib.signed("PUT", f"/{bucket}/bytes", headers=headers, auth=BytesAuth())
        equal(lib.talk(head, body)[0], 200)
        word = "=?UTF-8?B?" + base64.b64encode(text.encode()).decode() + "?="
        name = "=?UTF-8?B?" + base64.b64encode((text + ".txt").encode()).decode() + "?="
        for call in (s3.head_object, s3.get_object):
            answer = call(Bucket=bucket, Key="bytes")["ResponseMetadata"]["HTTPHeaders"]
            assert all(value.isascii() for value in answer.values()), answer
            equal([answer[one] for one in ("x-amz-meta-text", "cache-control", "content-language", "content-encoding")], [word] * 4)
            equal((answer["content-disposition"], answer["content-type"]), (f'attachment; filename="{name}"', f"text/x; name={word}"))
    answer = s3.get_object(Bucket=bucket, Key="bytes", ResponseContentDisposition='inline; filename="é"', ResponseCacheControl="€")
    equal((answer["ContentDisposition"], answer["CacheControl"]), ('inline; filename="=?UTF-8?B?w6k=?="', "=?UTF-8?B?4oKs?="))


class BytesAuth(botocore.auth.S3SigV4Auth):
    """Signs headers as the bytes that are sent, which for botocore are text in ISO-8859-1."""

    def __init__(self):
        super().__init__(lib.keys, "s3", "us-east-1")

    def string_to_sign(self, request, canonical_request):
        digest = hashlib.sha256(canonical_request.encode("latin-1")).hexdigest()
        return "\n".join(["AWS4-HMAC-SHA256", request.context["timestamp"], self.credential_scope(request), digest])


def conditions():
    etag = put("when", b"first")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="when")["LastModified"]
    later, earlier = modified + datetime.timedelta(seconds=1), modified - datetime.timedelta(seconds=1)
    equal(read("when", IfMatch=etag), b"first")
    fails("PreconditionFailed", s3.get_object, Bucket=bucket, Key="when", IfMatch='"other"')
    fails("304", s3.get_object, Bucket=bucket, Key="when", IfNoneMatch=etag)
    equal(read("when", IfNoneMatch='"other"'), b"first")
    fails("304", s3.get_object, Bucket=bucket, Key="when", IfModifiedSince=modified)
    equal(read("when", IfModifiedSince=earlier), b"first")
    fails("PreconditionFailed", s3.get_object, Bucket=bucket, Key="when", IfUnmodifiedSince=earlier)
    equal(read("when", IfUnmodifiedSince=later), b"first")
    equal(read("when", IfMatch=etag, IfUnmodifiedSince=earlier), b"first")
    fails("304", s3.head_object, Bucket=bucket, Key="when", IfNoneMatch=etag)
    fails("412", s3.head_object, Bucket=bucket, Key="when", IfMatch='"other"')


def copies():
    etag = put("source", b"to be copied", ContentType="text/a", Metadata={"a": "1"}, Tagging="t=1")["ETag"]
    source = {"Bucket": bucket, "Key": "source"}
    copied = s3.copy_object(Bucket=bucket, Key="copy é", CopySource=source)
    equal(copied["CopyObjectResult"]["ETag"], etag)
    answer = s3.get_object(Bucket=bucket, Key="copy é")
    equal((answer["Body"].read(), answer["ContentType"], answer["Metadata"], answer["TagCount"]),
          (b"to be copied", "text/a", {"a": "1"}, 1))
    s3.copy_object(Bucket=bucket, Key="copy2", CopySource={"Bucket": bucket, "Key": "copy é"}, MetadataDirective="REPLACE",
                   ContentType="text/b", Metadata={"b": "2"}, TaggingDirective="REPLACE", Tagging="u=1&v=2")
    answer = s3.get_object(Bucket=bucket, Key="copy2")
    equal((answer["ContentType"], answer["Metadata"], answer["TagCount"]), ("text/b", {"b": "2"}, 2))
    fails("InvalidRequest", s3.copy_object, Bucket=bucket, Key="source", CopySource=source)
    s3.copy_object(Bucket=bucket, Key="source", CopySource=source, MetadataDirective="REPLACE", Metadata={"c": "3"})
    answer = s3.get_object(Bucket=bucket, Key="source")
    equal((answer["Body"].read(), answer["Metadata"]), (b"to be copied", {"c": "3"}))
    other_checksums(etag)
    fails("NoSuchKey", s3.copy_object, Bucket=bucket, Key="x", CopySource={"Bucket": bucket, "Key": "none"})
    fails("NoSuchBucket", s3.copy_object, Bucket=bucket, Key="x", CopySource={"Bucket": bucket + "x", "Key": "k"})
    fails("NoSuchBucket", s3.copy_object, Bucket=bucket + "x", Key="x", CopySource=source)
    fails("PreconditionFailed", s3.copy_object, Bucket=bucket, Key="x", CopySource=source, CopySourceIfMatch='"0"')
    fails("PreconditionFailed", s3.copy_object, Bucket=bucket, Key="x", CopySource=source, CopySourceIfNoneMatch=etag)
    fails("InvalidArgument", s3.copy_object, Bucket=bucket, Key="x", CopySource="nothing")
    fails("InvalidArgument", s3.copy_object, Bucket=bucket, Key="x", CopySource=source, MetadataDirective="MAYBE")
    fails("NotImplemented", s3.copy_object, Bucket=bucket, Key="x", CopySource=source, ServerSideEncryption="AES256")


def tagging():
    put("tags", b"")
    equal(s3.get_object_tagging(Bucket=bucket, Key="tags")["TagSet"], [])
    tags = [{"Key": f"k{i}", "Value": "v <&> é"} for i in range(10)]
    s3.put_object_tagging(Bucket=bucket, Key="tags", Tagging={"TagSet": tags})
    equal(s3.get_object_tagging(Bucket=bucket, Key="tags")["TagSet"], tags)
    fails("BadRequest", s3.put_object_tagging, Bucket=bucket, Key="tags", Tagging={"TagSet": tags + [{"Key": "k", "Value": ""}]})
    fails("InvalidTag", s3.put_object_tagging, Bucket=bucket, Key="tags", Tagging={"TagSet": [tags[0], tags[0]]})
    fails("NoSuchKey", s3.put_object_tagging, Bucket=bucket, Key="none", Tagging={"TagSet": tags})
    s3.delete_object_tagging(Bucket=bucket, Key="tags")
    equal(s3.get_object_tagging(Bucket=bucket, Key="tags")["TagSet"], [])


def other_checksums(etag):
    """A copy with another checksum than its source has the right one, and the source's ETag; so has an object copied to itself."""
    body = read("source")
    sums = {"SHA256": hashlib.sha256(body).digest(), "CRC32": zlib.crc32(body).to_bytes(4, "big"), "SHA1": hashlib.sha1(body).digest()}
    for key, algorithm in (("summed", "SHA256"), ("summed", "CRC32"), ("source", "SHA1")):
        expected = base64.b64encode(sums[algorithm]).decode()
        copied = s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": "source"}, ChecksumAlgorithm=algorithm)
        equal((copied["CopyObjectResult"]["Checksum" + algorithm], copied["CopyObjectResult"]["ETag"]), (expected, etag))
        got = s3.get_object_attributes(Bucket=bucket, Key=key, ObjectAttributes=["Checksum"])["Checksum"]
        equal({name: value for name, value in got.items() if name != "ChecksumType"}, {"Checksum" + algorithm: expected})
        equal(read(key, ChecksumMode="ENABLED"), body)
    status, answer = lib.talk(*lib.signed("PUT", f"/{bucket}/x", headers={
        "x-amz-copy-source": f"{bucket}/source", "x-amz-checksum-algorithm": "CRC16"}))
    equal((status, lib.code_of(answer)), (400, "InvalidRequest"))


def checksums():
    for algorithm in ["CRC32", "SHA1", "SHA256"]:
        answer = put("sum", b"check me", ChecksumAlgorithm=algorithm)
        value = answer["Checksum" + algorithm]
        equal(s3.get_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")["Checksum" + algorithm], value)
        assert "Checksum" + algorithm not in s3.head_object(Bucket=bucket, Key="sum")
        got = s3.get_object_attributes(Bucket=bucket, Key="sum", ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass"])
        equal((got["Checksum"]["Checksum" + algorithm], got["ObjectSize"], got["StorageClass"]), (value, 8, "STANDARD"))
        equal(got["ETag"], hashlib.md5(b"check me").hexdigest())
    fails("BadDigest", s3.put_object, Bucket=bucket, Key="bad", Body=b"x", ChecksumSHA256="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    fails("404", s3.head_object, Bucket=bucket, Key="bad")
    fails("InvalidArgument", s3.get_object_attributes, Bucket=bucket, Key="sum", ObjectAttributes=["Colour"])


if __name__ == "__main__":
    for step in (buckets, objects, metadata, ranges, conditions, copies, tagging, checksums):
        step()
        print("as it should be:", step.__name__, flush=True)
    lib.empty_bucket()
