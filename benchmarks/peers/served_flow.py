"""A stock `flow.serve()` with its default settings; the flow's body notes the time in the file that it is told."""

import sys
import time
from pathlib import Path

from prefect import flow


@flow
def stamp(target: str) -> None:
    """Write the time, as a body's first statement."""
    now = time.time()
    draft = Path(target + ".draft")
    draft.write_text(repr(now))
    draft.rename(target)


if __name__ == "__main__":
    stamp.serve(name=sys.argv[1])
