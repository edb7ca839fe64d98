"""The vendors' fakes in a network namespace of their own, at an address of the public internet's form.

Run as `unshare --net python -m tests.fakes.cloud ADDRESS PEER …`; it begins when a line comes, and ends with its stdin.
"""

import asyncio
import subprocess
import sys

from server.fakes.script import GOOD_DAY, dump_behaviours
from server.fakes.serve import address_of, listen, serve_as_child
from wzrd.contracts.wire import dumps

DEVICE = "cloud0"


def main(address: str, *peers: str) -> None:
    """Wait until the device is here, take the address, tell where we listen, serve."""
    _say("ready")
    sys.stdin.readline()
    for words in (
        ("addr", "add", f"{address}/32", "dev", DEVICE),
        ("link", "set", "lo", "up"),
        ("link", "set", DEVICE, "up"),
        *(("route", "add", peer, "dev", DEVICE) for peer in peers),
    ):
        subprocess.run(["ip", *words], check=True)
    listener = listen(host=address)
    _say(address_of(listener))
    asyncio.run(serve_as_child(listener.detach(), dumps(dump_behaviours([GOOD_DAY])).decode()))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
