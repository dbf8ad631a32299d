# SPDX-License-Identifier: BSD-3-Clause
"""What no client would send: malformed XML, bombs, wrong lengths. Each is refused with the code of S3, and nothing is kept."""

import hashlib
import base64

import botocore.auth

import lib
from lib import bucket, code_of, equal, put, s3, signed, talk


def refused(code, status, method, path, body=b"", headers=None, sentence=""):
    got, answer = talk(*signed(method, path, body, headers))
    equal((got, code_of(answer)), (status, code), f"{sentence or (method, path, body[:60])}: {answer[:300]}")
    return answer


def digest(body):
    return {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}


def errors_are_xml():
    answer = refused("NoSuchKey", 404, "GET", f"/{bucket}/no%20such")
    for part in (b"<?xml", b"<Key>no such</Key>", b"<RequestId>", b"<Resource>", b"<Message>"):
        assert part in answer, (part, answer)
    refused("NoSuchBucket", 404, "GET", f"/{bucket}x")
    refused("MethodNotAllowed", 405, "PATCH", f"/{bucket}/k")
    refused("MethodNotAllowed", 405, "POST", f"/{bucket}/k")
    refused("NotImplemented", 501, "PUT", f"/{bucket}?lifecycle=", b"<LifecycleConfiguration/>")
    refused("InvalidArgument", 400, "GET", f"/{bucket}?list-type=2&max-keys=many")
    refused("InvalidBucketName", 400, "PUT", "/UPPER")
    refused("InvalidBucketName", 400, "PUT", "/a_b")
    refused("InvalidBucketName", 400, "PUT", "/10.0.0.1")
    refused("InvalidArgument", 400, "PUT", f"/{bucket}/k", b"", {"x-amz-copy-source": "no-key"})
    status, _ = talk(*signed("GET", f"/{bucket}?list-type=2&x-id=ListObjectsV2&unheard-of=1"))
    equal(status, 200, "arguments that nobody knows are ignored")


def other_services():
    """Forms of browsers, whose signature is in a field, and requests to other services of AWS."""
    form = b"--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--x--\r\n"
    head = f"POST /{bucket} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(form)}"
    status, answer = talk(f"{head}\r\nConnection: close\r\n\r\n".encode(), form)
    equal((status, code_of(answer)), (501, "NotImplemented"), "a form without a signature in its head")
    refused("NotImplemented", 501, "POST", f"/{bucket}", form, {"Content-Type": "multipart/form-data; boundary=x"})
    for service in ("sts", "iam"):
        auth = botocore.auth.SigV4Auth(lib.keys, service, "us-east-1")
        status, answer = talk(*signed("POST", "/", b"Action=Get&Version=1", {"Content-Type": "application/x-www-form-urlencoded"}, auth))
        equal((status, code_of(answer)), (501, "NotImplemented"), service)


def unknown_parts_of_s3():
    """An argument that looks like a part of S3 changes nothing, known or not; others are ignored."""
    for method in ("PUT", "DELETE", "POST"):
        for argument in ("abac", "metadataTable", "metadataConfiguration", "newer", "newer=", "tagging&newer"):
            refused("NotImplemented", 501, method, f"/{bucket}?{argument}")
    for method in ("PUT", "DELETE"):
        for argument in ("annotation", "encryption", "newer"):
            refused("NotImplemented", 501, method, f"/{bucket}/stays?{argument}", b"gone" if method == "PUT" else b"")
    for method, arguments in (("PUT", "uploadId=x"), ("PUT", "partNumber=1"), ("DELETE", "partNumber=1"),
                              ("GET", "partNumber=1&tagging")):
        refused("InvalidArgument", 400, method, f"/{bucket}/stays?{arguments}", b"gone" if method == "PUT" else b"")
    equal(talk(*signed("HEAD", f"/{bucket}/stays?uploadId=x"))[0], 400)
    for argument in ("abac", "metadataTable", "metadataConfiguration", "delete"):
        refused("NotImplemented", 501, "GET", f"/{bucket}?{argument}")
    equal(lib.read("stays"), b"here")
    equal(talk(*signed("PUT", f"/{bucket}/ignored?newer=1&x-id=PutObject", b"x"))[0], 200)
    equal(talk(*signed("DELETE", f"/{bucket}/ignored?newer=1&x-id=DeleteObject"))[0], 204)


def never_left_out():
    """What a request asks for and the node does not have."""
    for algorithm in ("sha512", "md5", "xxhash64"):
        refused("InvalidRequest", 400, "PUT", f"/{bucket}/k", b"x", {"x-amz-checksum-" + algorithm: "AAAA"})
    refused("InvalidRequest", 400, "PUT", f"/{bucket}/k", b"x", {"x-amz-trailer": "x-amz-checksum-crc32"})
    refused("NotImplemented", 501, "DELETE", f"/{bucket}/stays?uploadId=x", b"", {"x-amz-if-match-initiated-time": "0"})
    refused("NotImplemented", 501, "PUT", f"/{bucket}new", b"", {"x-amz-object-ownership": "ObjectWriter"})
    refused("NotImplemented", 501, "PUT", f"/{bucket}new",
            b"<CreateBucketConfiguration><Bucket><Type>Directory</Type></Bucket></CreateBucketConfiguration>")
    refused("AccessDenied", 403, "PUT", f"/{bucket}?tagging", b"<Tagging><TagSet/></Tagging>", {"x-amz-expected-bucket-owner": "1"})
    for condition in (b"<Size>99</Size>", b"<LastModifiedTime>Mon, 01 Jan 2001 00:00:00 GMT</LastModifiedTime>"):
        asked = b"<Delete><Object><Key>stays</Key>" + condition + b"</Object><Object><Key>never was</Key></Object></Delete>"
        status, answer = talk(*signed("POST", f"/{bucket}?delete", asked, digest(asked)))
        equal((status, code_of(answer)), (200, "NotImplemented"))
        assert b"<Deleted><Key>never was</Key>" in answer, answer
    refused("NotImplemented", 501, "DELETE", f"/{bucket}/stays", b"", {"x-amz-if-match-size": "99"})
    lib.fails("404", s3.head_object, Bucket=bucket, Key="k")
    lib.fails("404", s3.head_bucket, Bucket=bucket + "new")


def names_without_words_in_xml():
    """Characters that XML 1.0 cannot hold are references in answers, and percent-encoded where the client asks for that."""
    for name, reference, encoded in (("a\uffff", "a&#xFFFF;", "a%EF%BF%BF"), ("a\ufffe", "a&#xFFFE;", "a%EF%BF%BE"),
                                     ("a\x02", "a&#x2;", "a%02")):
        put(name, b"")
        for arguments, spelled in (("", reference), ("&encoding-type=url", encoded)):
            _, answer = talk(*signed("GET", f"/{bucket}?list-type=2&prefix=a{arguments}"))
            assert f"<Key>{spelled}</Key>".encode() in answer, answer
        s3.delete_object(Bucket=bucket, Key=name)


def bad_xml():
    bodies = [b"", b"no XML", b"<Delete>", b"<Delete></Other>", b"<Other/>", b"<Delete/>", b"<Delete><Object/></Delete>",
              b"<Delete><Object><Key></Key></Object></Delete>", b"\xff\xfe<\0D\0e\0l\0e\0t\0e\0/\0>\0",
              b"<Delete><Object><Key>\xff</Key></Object></Delete>", b"<Delete/><Delete/>"]
    for body in bodies:
        refused("MalformedXML", 400, "POST", f"/{bucket}?delete=", body, digest(body))
    for path in (f"/{bucket}/k?tagging=", f"/{bucket}?tagging="):
        refused("MalformedXML", 400, "PUT", path, b"<Tagging/>")
    refused("MalformedXML", 400, "PUT", f"/{bucket}new", b"<CreateBucketConfiguration>")


def bombs():
    laughs = b'<!DOCTYPE d [<!ENTITY a "lol">' + b"".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">'.encode() for i in range(9)) + b"]>"
    for body in (laughs + b"<Delete><Object><Key>&j;</Key></Object></Delete>",
                 b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Delete><Object><Key>k</Key></Object></Delete>',
                 b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&e;</Key></Object></Delete>',
                 b"<Delete>" * 200_000, b"<Delete>" + b"<a/>" * 200_000 + b"</Delete>",
                 b"<Delete " + b"a='1' " * 100_000 + b"/>", b"<Delete>" + b"<!---->" * 100_000 + b"</Delete>"):
        answer = refused("MalformedXML", 400, "POST", f"/{bucket}?delete=", body, digest(body))
        assert b"root:" not in answer
    big = b"<Delete>" + b" " * (9 << 20) + b"</Delete>"
    status, answer = talk(*signed("POST", f"/{bucket}?delete=", big, digest(big)))
    equal(status, 400, f"too much XML: {answer[:200]}")


def select_is_bounded():
    put("a.csv", b"a,b\n1,2\n")
    for code, body in [("MalformedXML", b"<SelectObjectContentRequest>"), ("MissingRequiredParameter", b"<SelectObjectContentRequest/>")]:
        refused(code, 400, "POST", f"/{bucket}/a.csv?select=&select-type=2", body)
    long_one = b"<SelectObjectContentRequest><Expression>" + b"x" * 300_000 + b"</Expression></SelectObjectContentRequest>"
    refused("ExpressionTooLong", 400, "POST", f"/{bucket}/a.csv?select=&select-type=2", long_one)


def lengths():
    head, _ = signed("PUT", f"/{bucket}/long", b"", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    status, answer = talk(head.replace(b"Content-Length: 0", b"Content-Length: %d" % (5 * 1024**3 + 1)))
    equal((status, code_of(answer)), (400, "EntityTooLarge"), "announced only")
    status, answer = talk(head.replace(b"Content-Length: 0\r\n", b""))
    equal(status, 411, f"no length: {answer[:200]}")
    equal(code_of(answer), "MissingContentLength")
    lib.fails("404", s3.head_object, Bucket=bucket, Key="long")


if __name__ == "__main__":
    s3.create_bucket(Bucket=bucket)
    put("stays", b"here")
    for step in (errors_are_xml, other_services, unknown_parts_of_s3, never_left_out, names_without_words_in_xml, bad_xml, bombs,
                 select_is_bounded, lengths):
        step()
        print("as it should be:", step.__name__, flush=True)
    equal(lib.read("stays"), b"here")
    lib.empty_bucket()
