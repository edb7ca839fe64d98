"""A folder in which files are made before they are stored."""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from wzrd.folders import make_private
from wzrd.runtime.session import RunSession

LEFTOVER_SECONDS = 3600
_HERE = f"{re.sub(r'[^A-Za-z0-9]', '_', socket.gethostname())[:64]}-"
"""Start of the names of this machine's process folders: machines may share a home and count processes alike."""


@asynccontextmanager
async def temporary_folder(session: RunSession) -> AsyncGenerator[Path]:
    """A folder of one's own to make files in, gone afterwards; what dead processes left is cleared away."""
    making = asyncio.ensure_future(asyncio.to_thread(_make_folder, session.settings.work_folder))
    try:
        folder = await asyncio.shield(making)
    except asyncio.CancelledError:
        making.add_done_callback(_remove_made)  # the thread goes on; its folder is nobody's
        raise
    try:
        yield folder
    finally:
        await asyncio.shield(asyncio.to_thread(_remove_folder, folder))


def _remove_folder(folder: Path) -> None:
    """Remove it, whoever still writes into it: under another name first, so that nothing more comes in meanwhile."""
    gone = folder.with_name(f"{folder.name}.gone")
    with contextlib.suppress(OSError):
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _remove_made(making: asyncio.Future[Path]) -> None:
    if not making.cancelled() and making.exception() is None:
        with contextlib.suppress(OSError):
            making.result().rmdir()


def _make_folder(root: Path) -> Path:
    make_private(root)
    for leftover in root.iterdir():
        with contextlib.suppress(OSError):
            if _abandoned(leftover):
                shutil.rmtree(leftover, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_HERE}{os.getpid()}-", dir=root.absolute()))


def _abandoned(folder: Path) -> bool:
    """True if the process of this machine that made it is gone; another machine's counts as gone after an hour."""
    owner = folder.name.removeprefix(_HERE).partition("-")[0]
    if folder.name.startswith(_HERE) and owner.isdigit():
        try:
            os.kill(int(owner), 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass
        if owner == str(os.getpid()):
            return False
    return folder.stat().st_mtime < time.time() - LEFTOVER_SECONDS
