# SPDX-License-Identifier: BSD-3-Clause
"""What no client would send: malformed XML, bombs, wrong lengths. Each is refused with the code of S3, and nothing is kept."""

import hashlib
import base64

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
    refused("NotImplemented", 501, "POST", f"/{bucket}", b"--x", {"Content-Type": "multipart/form-data; boundary=x"})
    refused("NotImplemented", 501, "PUT", f"/{bucket}?lifecycle=", b"<LifecycleConfiguration/>")
    refused("NotImplemented", 501, "GET", f"/{bucket}/k?torrent=")
    refused("InvalidArgument", 400, "GET", f"/{bucket}?list-type=2&max-keys=many")
    refused("InvalidBucketName", 400, "PUT", "/UPPER")
    refused("InvalidBucketName", 400, "PUT", "/a_b")
    refused("InvalidBucketName", 400, "PUT", "/10.0.0.1")
    refused("InvalidArgument", 400, "PUT", f"/{bucket}/k", b"", {"x-amz-copy-source": "no-key"})
    status, _ = talk(*signed("GET", f"/{bucket}?list-type=2&x-id=ListObjectsV2&unheard-of=1"))
    equal(status, 200, "arguments that nobody knows are ignored")


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
                 b"<Delete " + b"a='1' " * 100_000 + b"/>"):
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
    for step in (errors_are_xml, bad_xml, bombs, select_is_bounded, lengths):
        step()
        print("as it should be:", step.__name__, flush=True)
    equal(lib.read("stays"), b"here")
    lib.empty_bucket()
