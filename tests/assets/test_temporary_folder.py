"""Folders to make files in, and what dead processes leave."""

import asyncio
import contextlib
import os
import threading
from pathlib import Path

from wzrd.assets.temporary_folder import _HERE, temporary_folder
from wzrd.runtime.process import Runtime


async def test_folders_of_dead_processes_are_cleared_away(store: Runtime) -> None:
    """A killed process's folder is removed by the next who needs one; a living one's, and another machine's, stays."""
    root = store.settings.work_folder
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    dead, living, elsewhere = root / f"{_HERE}{process.pid}-a", root / f"{_HERE}1-a", root / f"other-{process.pid}-a"
    for folder in (dead, living, elsewhere):
        folder.mkdir(parents=True)
        (folder / "half.mp4").write_bytes(b"half")
    async with temporary_folder(store) as folder:
        assert folder.is_dir()
        assert not dead.exists()
        assert living.exists()
        assert elsewhere.exists()
    assert not folder.exists()
    os.utime(elsewhere, (0, 0))
    async with temporary_folder(store):
        assert not elsewhere.exists()


async def test_a_folder_goes_although_somebody_still_writes_into_it(store: Runtime) -> None:
    """A call goes on after its listener: each file comes while the folder is being removed; none keeps it there."""
    for _ in range(20):
        async with temporary_folder(store) as folder:
            began = threading.Event()
            writing = asyncio.create_task(asyncio.to_thread(write_until_gone, folder, began))
            await asyncio.to_thread(began.wait)
        await writing
        assert list(store.settings.work_folder.iterdir()) == []


def write_until_gone(folder: Path, began: threading.Event) -> None:
    """A new small file after the other, until there is no folder for it."""
    with contextlib.suppress(FileNotFoundError):
        for number in range(50_000):
            (folder / f"{number % 100}").write_bytes(b"")
            began.set()
