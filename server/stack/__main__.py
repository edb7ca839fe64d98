"""A detached supervisor: what `wzrd up --detach` leaves behind. It tells its parent how it goes, line by line."""

import argparse
import asyncio
import json
import os
import sys
from dataclasses import asdict
from typing import Any

from server.stack.errors import StackError
from server.stack.run import run
from server.stack.state import StackState
from server.stack.supervisor import Notice
from wzrd.models.checked_settings import load


class NoticePipe:
    """The pipe to the parent. When the parent is gone, nobody listens and that is fine."""

    def __init__(self, descriptor: int) -> None:
        self._pipe = os.fdopen(descriptor, "w", buffering=1)

    def send(self, kind: str, **content: object) -> None:
        """Send one line; what happens later goes to the log alone."""
        sys.stderr.write(f"{kind} {content}\n")
        if not self._pipe.closed:
            try:
                self._pipe.write(json.dumps({"kind": kind, **content}) + "\n")
            except OSError:
                self.close()

    def close(self) -> None:
        """Let go of the parent."""
        try:
            self._pipe.close()
        except OSError:
            return


def main(descriptor: int, **options: Any) -> int:
    """Supervise until told to stop, with the options of `run`; 1 when the stack did not come up."""
    pipe = NoticePipe(descriptor)

    def report(notice: Notice) -> None:
        pipe.send("notice", **asdict(notice))

    def ready(_: StackState) -> None:
        pipe.send("ready")
        pipe.close()

    try:
        asyncio.run(run(load(), os.environ, report, ready, **options))
    except StackError as error:
        pipe.send("failed", message=error.message, remedy=error.remedy)
        return 1
    return 0


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("descriptor", type=int)
    options.add_argument("--port", type=int)
    options.add_argument("--system-user")
    options.add_argument("--reset-deployments", action="store_true")
    sys.exit(main(**vars(options.parse_args())))
