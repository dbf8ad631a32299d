# SPDX-License-Identifier: BSD-3-Clause
"""Signatures at a running node: presigned URLs, clocks, bodies in signed chunks and checksums behind them."""

import base64
import contextlib
import datetime
import hashlib
import types
import unittest.mock
import urllib.parse
import zlib

import botocore.auth
import botocore.awsrequest

import lib
from lib import bucket, code_of, data, equal, fails, put, read, s3, signed, talk


@contextlib.contextmanager
def clock_shifted(seconds):
    """What is signed meanwhile is signed at another time."""
    class Clock(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds)
    with unittest.mock.patch.object(botocore.auth, "datetime", types.SimpleNamespace(datetime=Clock)):
        yield


def presigned(method, seconds=300, body=b"", extra="", shift=0, signed_method=""):
    """Status and code of a request that has its signature in the URL."""
    request = botocore.awsrequest.AWSRequest(signed_method or method, f"{lib.url}/{bucket}/presigned")
    with clock_shifted(shift):
        botocore.auth.S3SigV4QueryAuth(lib.keys, "s3", "us-east-1", expires=seconds).add_auth(request)
    address = urllib.parse.urlsplit(request.url)
    head = (f"{method} {address.path}?{address.query}{extra} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n")
    status, answer = talk(head.encode(), body)
    return status, code_of(answer)


def presigned_urls():
    equal(presigned("PUT", body=b"by a URL"), (200, ""))
    equal(read("presigned"), b"by a URL")
    equal(presigned("GET"), (200, ""))
    equal(presigned("GET", 3600, shift=-500), (200, ""))
    equal(presigned("GET", 100, shift=-500), (403, "AccessDenied"), "expired")
    equal(presigned("GET", 7 * 86400 + 1), (400, "AuthorizationQueryParametersError"), "more than a week")
    equal(presigned("GET", extra="&response-content-type=x"), (403, "SignatureDoesNotMatch"), "an argument that is not signed")
    equal(presigned("GET", signed_method="PUT"), (403, "SignatureDoesNotMatch"), "for another method")
    equal(presigned("PUT", 100, b"late", shift=-500), (403, "AccessDenied"))
    equal(read("presigned"), b"by a URL")
    equal(presigned("DELETE"), (204, ""))
    fails("404", s3.head_object, Bucket=bucket, Key="presigned")


def clocks():
    put("now", b"")
    for seconds, expected in ((700, (200, "")), (-700, (200, "")), (1000, (403, "RequestTimeTooSkewed")),
                              (-1000, (403, "RequestTimeTooSkewed"))):
        with clock_shifted(seconds):
            status, answer = talk(*signed("GET", f"/{bucket}/now"))
        equal((status, code_of(answer)), expected, f"{seconds} s")


def crc(polynomial, bits):
    """A reflected CRC of that many bits, as its bytes."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)
        table.append(value)

    def of(body):
        ones = (1 << bits) - 1
        value = ones
        for byte in body:
            value = value >> 8 ^ table[(value ^ byte) & 255]
        return (value ^ ones).to_bytes(bits // 8, "big")
    return of


digests = {"crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"), "crc32c": crc(0x82F63B78, 32),
           "crc64nvme": crc(0x9A6C9329AC4BC9B5, 64), "sha1": lambda body: hashlib.sha1(body).digest(),
           "sha256": lambda body: hashlib.sha256(body).digest()}
body = data(100_000, 21)
digest = {name: base64.b64encode(of(body)).decode() for name, of in digests.items()}


class Streaming(botocore.auth.S3SigV4Auth):
    """Signs the head of a request whose body comes in chunks, and then, each with the one before, the chunks."""

    def __init__(self, mode):
        super().__init__(lib.keys, "s3", "us-east-1")
        self.mode, self.request, self.last = mode, None, ""

    def payload(self, request):
        return self.mode

    def add_auth(self, request):
        super().add_auth(request)
        self.request, self.last = request, request.headers["Authorization"].rpartition("Signature=")[2]

    def sign(self, kind, *hashes):
        text = "\n".join(["AWS4-HMAC-SHA256-" + kind, self.request.context["timestamp"],
                          self.credential_scope(self.request), self.last, *hashes])
        self.last = self.signature(text, self.request)
        return self.last


def encoded(auth, trailer, value):
    """The body in two chunks and an empty one, with a trailer."""
    is_signed, text = "UNSIGNED" not in auth.mode, b""
    for piece in (body[:65536], body[65536:], b""):
        text += b"%x" % len(piece)
        if is_signed:
            signature = auth.sign("PAYLOAD", hashlib.sha256(b"").hexdigest(), hashlib.sha256(piece).hexdigest())
            text += f";chunk-signature={signature}".encode()
        text += b"\r\n" + piece + (b"\r\n" if piece else b"")
    if trailer:
        line = f"x-amz-checksum-{trailer}:{value}".encode()
        text += line + b"\r\n"
        if is_signed:
            text += f"x-amz-trailer-signature:{auth.sign('TRAILER', hashlib.sha256(line + bytes([10])).hexdigest())}\r\n".encode()
    return text + b"\r\n"


def streamed(mode, trailer="", value="", spoil=lambda text: text):
    """Status and code of a PUT whose body comes so; `spoil` gets what follows the head."""
    headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(body))}
    if trailer:
        headers["x-amz-trailer"] = "x-amz-checksum-" + trailer
    auth = Streaming(mode)
    head, _ = signed("PUT", f"/{bucket}/streamed", headers=headers, auth=auth)
    text = encoded(auth, trailer, value)
    status, answer = talk(head.replace(b"Content-Length: 0", b"Content-Length: %d" % len(text)), spoil(text))
    return status, code_of(answer)


def chunks():
    mode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    equal(streamed(mode), (200, ""))
    equal(read("streamed") == body, True)
    s3.delete_object(Bucket=bucket, Key="streamed")

    def flip(at):
        return lambda text: text[:at] + bytes([text[at] ^ 1]) + text[at + 1:]
    for at in (500, 70_000):
        equal(streamed(mode, spoil=flip(at)), (403, "SignatureDoesNotMatch"), f"byte {at} is another")
    for kind, name in ((mode, "crc32"), ("STREAMING-UNSIGNED-PAYLOAD", "sha256")):
        equal(streamed(kind + "-TRAILER", name, digest["sha1"]), (400, "InvalidRequest"), "another algorithm's")
        wrong = base64.b64encode(bytes(len(base64.b64decode(digest[name])))).decode()
        equal(streamed(kind + "-TRAILER", name, wrong), (400, "BadDigest"))
    equal(streamed(mode + "-TRAILER", "crc32", digest["crc32"], 
                   lambda text: text[:-5] + (b"1" if text[-5:-4] == b"0" else b"0") + text[-4:]),
          (403, "SignatureDoesNotMatch"), "a wrong signature of the trailer")
    fails("404", s3.head_object, Bucket=bucket, Key="streamed")


def trailers():
    equal((digests["crc32c"](b"123456789").hex(), digests["crc64nvme"](b"123456789").hex()), ("e3069283", "ae8b14860a799888"))
    for mode in ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"):
        for name, value in digest.items():
            equal(streamed(mode, name, value), (200, ""), (mode, name))
            kept = s3.head_object(Bucket=bucket, Key="streamed", ChecksumMode="ENABLED")["ResponseMetadata"]["HTTPHeaders"]
            equal(kept.get("x-amz-checksum-" + name), value)
            equal(kept.get("content-encoding"), None)
            equal(read("streamed") == body, True)
            s3.delete_object(Bucket=bucket, Key="streamed")


if __name__ == "__main__":
    s3.create_bucket(Bucket=bucket)
    for step in (presigned_urls, clocks, chunks, trailers):
        step()
        print("as it should be:", step.__name__, flush=True)
    lib.empty_bucket()
