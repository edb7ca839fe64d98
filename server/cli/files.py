"""`wzrd files`: the stored files copied to another store, before WZRD_STORAGE names that one."""

import sys
from typing import Literal

from server.cli import DONE, FAILED, UsageError
from server.cli.context import read_settings
from wzrd.runtime.process import make_storage
from wzrd.storage.copying import copy_files


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
