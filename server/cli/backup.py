"""`wzrd backup` and `wzrd restore`: an embedded stack into a folder, and a new home out of it."""

from pathlib import Path

from server.cli import DONE
from server.cli.context import home_of, read_settings
from server.stack import backup as backups


async def backup(folder: Path) -> int:
    """Copy what the running stack keeps into a folder: both databases, the stored files, the home's secrets.

    Runs go on meanwhile. The same folder may be taken again: files that are there are not copied again.

    Args:
        folder: Where to; it is made, and only you can read it.
    """
    made = await backups.back_up(read_settings(), folder)
    print(f"{folder}: both databases and {made.files} files ({made.size:,} bytes)")
    return DONE


async def restore(folder: Path) -> int:
    """Make WZRD_HOME, which must be new, out of a backup. Start it afterwards with `wzrd up`: its runs go on.

    Never where the former stack still runs: both would go on with the same runs, and pay for them.

    Args:
        folder: What `wzrd backup` has made.
    """
    settings = read_settings()
    made = await backups.restore(settings, folder)
    print(f"{home_of(settings)}: both databases and {made.files} files; start it with `wzrd up`")
    return DONE
