"""`wzrd down`: stop what `wzrd up` started."""

import sys

from server.cli import DONE
from server.cli.context import home_of, read_settings
from server.stack.detach import stop


async def down() -> int:
    """Stop everything that `wzrd up` started in WZRD_HOME. Given servers go on; data stays."""
    home = home_of(read_settings())
    stopped = await stop(home)
    print("stopped" if stopped else f"nothing runs in {home}", file=sys.stderr)
    return DONE
