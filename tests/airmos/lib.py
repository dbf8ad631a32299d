# SPDX-License-Identifier: BSD-3-Clause
"""What the tests in Python share: a client of the node that with_node.sh started, and checks."""

import os
import random
import socket
import urllib.parse
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions

url = os.environ["AIRMOS_TEST_URL"]
bucket = os.environ["AIRMOS_TEST_BUCKET"]
work = os.environ["AIRMOS_TEST_WORK"]
is_long = os.environ.get("CSD_LONG", "0") == "1"
keys = botocore.credentials.Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])


def make_client(**options):
    return boto3.client("s3", endpoint_url=url, config=botocore.config.Config(
        retries={"max_attempts": 1}, s3={"addressing_style": "path"}, connect_timeout=20, read_timeout=120, **options))


s3 = make_client()


def equal(got, expected, sentence=""):
    assert got == expected, f"{sentence}: got {got!r}, expected {expected!r}"


def fails(code, call, **arguments):
    """The call is refused with that code of S3, or that status where there is no body."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        equal(error.response["Error"]["Code"], code, f"{call.__name__}({arguments})"[:200])
        return error.response
    raise AssertionError(f"{call.__name__}({arguments}) succeeded; expected {code}"[:300])


def data(size, seed=1):
    return random.Random(seed).randbytes(size)


def read(key, **arguments):
    return s3.get_object(Bucket=bucket, Key=key, **arguments)["Body"].read()


def put(key, body, **arguments):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **arguments)


def signed(method, path, body=b"", headers=None, auth=None):
    """A request of any form, signed right: for what no client would send. Returns its head and body as bytes."""
    request = botocore.awsrequest.AWSRequest(method, url + path, headers=headers or {}, data=body)
    (auth or botocore.auth.S3SigV4Auth(keys, "s3", "us-east-1")).add_auth(request)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urllib.parse.urlsplit(url).netloc}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    if not any(name.lower() in ("content-length", "transfer-encoding") for name in request.headers):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\nConnection: close\r\n\r\n").encode("latin-1"), body


def talk(*pieces):
    """Sends the pieces over a connection of their own; returns status and body of the answer."""
    address = urllib.parse.urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it answered early
        answer = b""
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            answer += piece
    if not answer:
        return 0, b""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def code_of(body):
    return body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()


def metric(name):
    """The sum of a metric's series."""
    with urllib.request.urlopen(url + "/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith((name + "{", name + " ")))


def empty_bucket():
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        objects = [{"Key": one["Key"]} for one in page.get("Contents", [])]
        if objects:
            equal(s3.delete_objects(Bucket=bucket, Delete={"Objects": objects}).get("Errors"), None)
    s3.delete_bucket(Bucket=bucket)
