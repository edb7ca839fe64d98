"""`wzrd backup`, `restore`, `files`: an embedded stack into a folder and back; stored files into another store."""

import sys
from pathlib import Path
from typing import Literal

from server.cli import DONE, FAILED, UsageError
from server.cli.context import home_of, read_settings
from server.stack import backup as backups
from wzrd.runtime.process import make_storage
from wzrd.storage.copying import copy_files


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


async def files(*, to: Literal["s3", "supabase", "local"]) -> int:
    """Copy the stored files to another store; what is there already is left, so it may be called again.

    Then set WZRD_STORAGE to that store and start API and workers anew: the files keep their addresses. Files that come
    meanwhile are copied by another call.

    Args:
        to: The store, as WZRD_STORAGE would name it.
    """
    settings = read_settings()
    if settings.storage == to:
        raise UsageError(f"--to: the files are kept in {to} already: WZRD_STORAGE names where they come from")
    source, target = make_storage(settings), make_storage(settings.model_copy(update={"storage": to}))
    sent = there = size = failed = 0
    try:
        async for one in copy_files(source, target):
            if one.error:
                failed += 1
                print(f"error: {one.file.bucket}/{one.file.path}: {one.error}", file=sys.stderr)
            elif one.sent:
                sent, size = sent + 1, size + one.file.size
            else:
                there += 1
    finally:
        await source.aclose()
        await target.aclose()
    print(f"{sent} files copied to {to} ({size:,} bytes), {there} were there, {failed} could not be copied")
    return FAILED if failed else DONE
