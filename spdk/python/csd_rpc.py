# SPDX-License-Identifier: BSD-3-Clause
"""bdev_csd's methods for SPDK's rpc.py:

    PYTHONPATH=spdk/python rpc.py --plugin csd_rpc bdev_csd_create kv0 /var/lib/drive

Described in spdk/README.md; tested by tests/spdk/rpc_test.sh.
"""
import json

SUFFIXES = {"K": 10, "M": 20, "G": 30, "T": 40}


def size_in_bytes(text):
    """'10G' as a number of bytes."""
    digits, suffix = (text[:-1], text[-1].upper()) if text[-1:].isalpha() else (text, "")
    if not digits.isdigit() or (suffix and suffix not in SUFFIXES):
        raise ValueError(f"'{text}' is no size; say bytes, or 10G")
    return int(digits) << SUFFIXES.get(suffix, 0)


def create(args):
    wanted = ("name", "root", "nsid", "bus", "size", "sync", "dialect", "uuid")
    given = {name: getattr(args, name) for name in wanted if getattr(args, name) is not None}
    print(args.client.call("bdev_csd_create", given))


def delete(args):
    args.client.call("bdev_csd_delete", {"name": args.name})


def get(args):
    print(json.dumps(args.client.call("bdev_csd_get", {"name": args.name} if args.name else None), indent=2))


def spdk_rpc_plugin_initialize(subparsers):
    """What rpc.py calls."""
    p = subparsers.add_parser("bdev_csd_create", help="Open a computational storage drive as a bdev")
    p.add_argument("name", help="name of the bdev")
    p.add_argument("root", help="directory of the drive, an absolute path; made if absent")
    p.add_argument("--nsid", type=int, help="namespace id, a name in the directory only (1)")
    p.add_argument("--bus", type=int, help="PCI bus number, a name in the directory only (0)")
    p.add_argument("--size", type=size_in_bytes, help="capacity: bytes, or with K, M, G, T (what the file system has)")
    p.add_argument("--sync", choices=["flush", "always"], help="when a store is durable: after a flush, or at once (flush)")
    p.add_argument("--dialect", choices=["key-value", "2023"], help="how commands are packed (key-value)")
    p.add_argument("--uuid", help="identity of the namespace (made of the host's name and the directory)")
    p.set_defaults(func=create)

    p = subparsers.add_parser("bdev_csd_delete", help="Close a drive; what it holds stays")
    p.add_argument("name", help="name of the bdev")
    p.set_defaults(func=delete)

    p = subparsers.add_parser("bdev_csd_get", help="Show the drives, or one")
    p.add_argument("name", nargs="?", help="name of the bdev")
    p.set_defaults(func=get)
