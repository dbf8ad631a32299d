# SPDX-License-Identifier: BSD-3-Clause
"""An object far larger than the node's memory goes up and comes back: what the node takes is bounded. 5 GiB with --long."""

import hashlib
import os

import lib
from lib import bucket, equal, s3

SIZE = 5 << 30 if lib.is_long else 200 << 20
MOST = 64 << 20
PIECE = bytes(range(256)) * 4096  # 1 MiB


def resident(field="VmRSS"):
    with open(f"/proc/{os.environ['AIRMOS_TEST_NODE']}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field)) * 1024


class Endless:
    """A body of SIZE bytes that is never in memory; clients may rewind it."""

    def __init__(self):
        self.at, self.digest = 0, hashlib.md5()

    def __len__(self):
        return SIZE

    def read(self, size=-1):
        size = min(len(PIECE) if size < 0 else size, SIZE - self.at, len(PIECE) - self.at % len(PIECE))
        piece = PIECE[self.at % len(PIECE):][:size]
        self.at += size
        self.digest.update(piece)
        return piece

    def tell(self):
        return self.at

    def seek(self, offset, whence=0):
        self.at = offset if whence == 0 else (self.at if whence == 1 else SIZE) + offset
        if self.at == 0:
            self.digest = hashlib.md5()
        return self.at


if __name__ == "__main__":
    client = lib.make_client(signature_version="s3v4")
    s3.create_bucket(Bucket=bucket)
    lib.put("warm", PIECE)
    lib.read("warm")
    before = resident()
    body = Endless()
    etag = client.put_object(Bucket=bucket, Key="large", Body=body, ContentLength=SIZE)["ETag"]
    equal(etag, f'"{body.digest.hexdigest()}"')
    digest, size = hashlib.md5(), 0
    for piece in client.get_object(Bucket=bucket, Key="large")["Body"].iter_chunks(1 << 20):
        digest.update(piece)
        size += len(piece)
    equal((size, f'"{digest.hexdigest()}"'), (SIZE, etag))
    grown = resident("VmHWM") - before
    assert grown < MOST, f"the node grew by {grown} bytes"
    print(f"measured: {SIZE >> 20} MiB up and down, the node grew by {grown >> 20} MiB")
    lib.empty_bucket()
