"""A command that needs the stack starts it when it is not up."""

import os
import sys
from pathlib import Path

from server.cli.progress import StartProgress
from server.stack.detach import start_detached
from server.stack.state import read_state


async def bring_up(home: Path) -> None:
    """Start the stack in `home` unless it is up.

    Raises:
        StackError: it did not come up.
    """
    state = read_state(home)
    if state is not None and state.runs() and state.ready:
        print("the stack is up already", file=sys.stderr)
        return
    with StartProgress() as progress:
        await start_detached(home, os.environ, progress)
