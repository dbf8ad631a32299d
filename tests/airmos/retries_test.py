# SPDX-License-Identifier: BSD-3-Clause
"""A client whose connection was lost before the response came sends its request again: the table "Repeated requests" of
docs/s3.md, with boto3 and a proxy that drops the first response of each operation."""

import socket
import threading
import urllib.parse

import botocore.config
import boto3

import lib
from lib import bucket, data, equal, fails, put, read, s3

MIB = 1 << 20
node = urllib.parse.urlsplit(lib.url)


class Proxy:
    """Passes everything on, but for the next response once it is armed: that is taken from the node and not sent."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.armed, self.dropped = False, 0
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection((node.hostname, node.port))
            threading.Thread(target=self.requests, args=(client, server), daemon=True).start()
            threading.Thread(target=self.responses, args=(client, server), daemon=True).start()

    @staticmethod
    def pump(source, into, stop=lambda piece: False):
        try:
            while piece := source.recv(65536):
                if stop(piece):
                    break
                into.sendall(piece)
        except OSError:
            pass
        for one in (source, into):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def requests(self, client, server):
        self.pump(client, server)

    def responses(self, client, server):
        def is_dropped(piece):
            if not self.armed or piece.startswith(b"HTTP/1.1 100"):
                return False
            self.armed = False
            self.dropped += 1
            return True
        self.pump(server, client, is_dropped)


proxy = Proxy()
again = boto3.client("s3", endpoint_url=proxy.url(), config=botocore.config.Config(
    retries={"max_attempts": 3, "mode": "standard"}, s3={"addressing_style": "path"}, connect_timeout=20, read_timeout=120))


def twice(call, **arguments):
    """The call, whose first response is lost; what the second one is."""
    before = proxy.dropped
    proxy.armed = True
    try:
        return call(**arguments)
    finally:
        equal(proxy.dropped, before + 1, call.__name__)
        proxy.armed = False


def twice_fails(code, call, **arguments):
    before = proxy.dropped
    proxy.armed = True
    fails(code, call, **arguments)
    equal(proxy.dropped, before + 1, call.__name__)


def objects():
    etag = twice(again.put_object, Bucket=bucket, Key="k", Body=b"bytes", Metadata={"a": "b"})["ETag"]
    equal(read("k"), b"bytes")
    equal(twice(again.get_object, Bucket=bucket, Key="k")["Body"].read(), b"bytes")
    equal(twice(again.head_object, Bucket=bucket, Key="k")["Metadata"], {"a": "b"})
    source = {"Bucket": bucket, "Key": "k"}
    equal(twice(again.copy_object, Bucket=bucket, Key="copy", CopySource=source)["CopyObjectResult"]["ETag"], etag)
    twice(again.copy_object, Bucket=bucket, Key="k", CopySource=source, MetadataDirective="REPLACE", Metadata={"c": "d"})
    equal(s3.head_object(Bucket=bucket, Key="k")["Metadata"], {"c": "d"})
    tags = [{"Key": "k", "Value": "v"}]
    twice(again.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    equal(twice(again.get_object_tagging, Bucket=bucket, Key="k")["TagSet"], tags)
    twice(again.delete_object_tagging, Bucket=bucket, Key="k")
    equal(len(twice(again.list_objects_v2, Bucket=bucket)["Contents"]), 2)
    twice(again.delete_object, Bucket=bucket, Key="k")
    fails("404", s3.head_object, Bucket=bucket, Key="k")
    deleted = twice(again.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": "copy"}]})
    equal(([one["Key"] for one in deleted["Deleted"]], deleted.get("Errors")), (["copy"], None))


def buckets():
    twice(again.create_bucket, Bucket=bucket)
    tags = [{"Key": "k", "Value": "v"}]
    twice(again.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": tags})
    equal(s3.get_bucket_tagging(Bucket=bucket)["TagSet"], tags)
    twice(again.create_bucket, Bucket=bucket)
    equal(s3.get_bucket_tagging(Bucket=bucket)["TagSet"], tags, "a bucket that is made again keeps its tags")
    twice(again.delete_bucket_tagging, Bucket=bucket)
    s3.create_bucket(Bucket=bucket + "x")
    twice_fails("NoSuchBucket", again.delete_bucket, Bucket=bucket + "x")


def uploads():
    twice(again.create_multipart_upload, Bucket=bucket, Key="k")
    begun = [one["UploadId"] for one in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]]
    equal(len(begun), 2, "the first one is there too, until it is aborted")
    twice_fails("NoSuchUpload", again.abort_multipart_upload, Bucket=bucket, Key="k", UploadId=begun[1])
    upload = begun[0]
    bodies = [data(5 * MIB, 1), b"the end"]
    parts = [{"PartNumber": number, "ETag": twice(again.upload_part, Bucket=bucket, Key="k", UploadId=upload,
                                                  PartNumber=number, Body=body)["ETag"]}
             for number, body in enumerate(bodies, 1)]
    put("source", b"copied")
    copied = twice(again.upload_part_copy, Bucket=bucket, Key="k", UploadId=upload, PartNumber=3,
                   CopySource={"Bucket": bucket, "Key": "source"})
    equal(len(s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)["Parts"]), 3)
    parts = parts[:1] + [{"PartNumber": 3, "ETag": copied["CopyPartResult"]["ETag"]}]
    arguments = {"Bucket": bucket, "Key": "k", "UploadId": upload, "MultipartUpload": {"Parts": parts}}

    def told(answer):
        return {name: answer.get(name) for name in ("ETag", "Key", "ChecksumCRC64NVME", "ChecksumType")}
    first = told(twice(again.complete_multipart_upload, **arguments))
    equal(first["ETag"], s3.head_object(Bucket=bucket, Key="k")["ETag"])
    equal(read("k") == bodies[0] + b"copied", True)
    put("k", b"newer")
    equal(told(twice(again.complete_multipart_upload, **arguments)), first, "it was overwritten")
    equal(read("k"), b"newer")
    s3.delete_object(Bucket=bucket, Key="k")
    equal(told(s3.complete_multipart_upload(**arguments)), first, "it was deleted")
    fails("404", s3.head_object, Bucket=bucket, Key="k")
    fails("NoSuchUpload", s3.complete_multipart_upload, **{**arguments, "MultipartUpload": {"Parts": parts[:1]}})
    fails("NoSuchUpload", s3.complete_multipart_upload, **{**arguments, "Key": "other"})
    fails("NoSuchUpload", s3.upload_part, Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")


if __name__ == "__main__":
    for step in (buckets, objects, uploads):
        step()
        print("as it should be:", step.__name__, flush=True)
    lib.empty_bucket()
