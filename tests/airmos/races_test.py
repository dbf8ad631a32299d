# SPDX-License-Identifier: BSD-3-Clause
"""Writers of one name at the same time: with conditions exactly one wins, and a reader never sees a mixture."""

import concurrent.futures
import threading

import botocore.exceptions

import lib
from lib import bucket, equal, s3

WRITERS = 8
ROUNDS = 10


def with_header(name, value):
    """A client that adds a header before it signs: boto3 of Debian has no conditions of writes."""
    client = lib.make_client()
    for operation in ("PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObject"):
        client.meta.events.register(f"before-sign.s3.{operation}", lambda request, **_: request.headers.__setitem__(name, value))
    return client


def outcome(call):
    try:
        call()
        return "won"
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]


def at_once(calls):
    """All of them, begun together; what became of each."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        barrier.wait(timeout=60)
        return outcome(call)

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def one_winner(results):
    equal(results.count("won"), 1, results)
    assert set(results) <= {"won", "PreconditionFailed", "ConditionalRequestConflict", "412"}, results


def create_only():
    clients = [with_header("If-None-Match", "*") for _ in range(WRITERS)]
    for i in range(ROUNDS):
        bodies = [bytes([writer]) * 5000 for writer in range(WRITERS)]
        results = at_once([lambda c=c, b=b: c.put_object(Bucket=bucket, Key=f"create/{i}", Body=b)
                           for c, b in zip(clients, bodies)])
        one_winner(results)
        equal(lib.read(f"create/{i}"), bodies[results.index("won")])


def compare_and_swap():
    etag = lib.put("counter", b"0")["ETag"]
    for i in range(ROUNDS):
        bodies = [f"{i} {writer}".encode() for writer in range(WRITERS)]
        results = at_once([lambda b=b: with_header("If-Match", etag).put_object(Bucket=bucket, Key="counter", Body=b) for b in bodies])
        one_winner(results)
        answer = s3.get_object(Bucket=bucket, Key="counter")
        etag = answer["ETag"]
        equal(answer["Body"].read(), bodies[results.index("won")])
    equal(outcome(lambda: with_header("If-Match", etag).put_object(Bucket=bucket, Key="none", Body=b"")), "NoSuchKey")


def copy_complete_delete():
    lib.put("source", b"source")
    lib.put("there", b"there")
    only_new = with_header("If-None-Match", "*")
    source = {"Bucket": bucket, "Key": "source"}
    equal(outcome(lambda: only_new.copy_object(Bucket=bucket, Key="there", CopySource=source)), "PreconditionFailed")
    equal(outcome(lambda: only_new.copy_object(Bucket=bucket, Key="new", CopySource=source)), "won")
    for key, expected in (("there", "PreconditionFailed"), ("parts", "won")):
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        etag = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        equal(outcome(lambda: only_new.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload=parts)), expected)
    equal(outcome(lambda: with_header("If-Match", '"0"').delete_object(Bucket=bucket, Key="there")), "PreconditionFailed")
    equal(lib.read("there"), b"there")
    etag = s3.head_object(Bucket=bucket, Key="there")["ETag"]
    results = at_once([lambda: with_header("If-Match", etag).delete_object(Bucket=bucket, Key="there") for _ in range(4)])
    assert results.count("won") == 1 and set(results) <= {"won", "NoSuchKey", "PreconditionFailed", "ConditionalRequestConflict"}, results


def never_a_mixture():
    bodies = [bytes([65 + writer]) * 700_000 for writer in range(3)]
    lib.put("mixed", bodies[0])
    stop = threading.Event()

    def write(writer):
        client = lib.make_client()
        for _ in range(12):
            client.put_object(Bucket=bucket, Key="mixed", Body=bodies[writer])

    def watch():
        client, reads = lib.make_client(), 0
        while not stop.is_set():
            answer = client.get_object(Bucket=bucket, Key="mixed")
            body = answer["Body"].read()
            assert body in bodies, body[:1] + body[-1:]
            reads += 1
        return reads

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(watch) for _ in range(2)]
        writers = [pool.submit(write, writer) for writer in range(3)]
        try:
            for writer in writers:
                writer.result(timeout=120)
        finally:
            stop.set()
        assert all(reader.result(timeout=120) > 0 for reader in readers)


if __name__ == "__main__":
    s3.create_bucket(Bucket=bucket)
    for step in (create_only, compare_and_swap, copy_complete_delete, never_a_mixture):
        step()
        print("as it should be:", step.__name__, flush=True)
    lib.empty_bucket()
