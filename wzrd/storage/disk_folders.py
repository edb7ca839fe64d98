"""Entries in a folder of the local store. Called from threads only; disk.py is about one file."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wzrd.domain.errors import NotFound
from wzrd.storage.disk import ABSENT, find_file, open_folder
from wzrd.storage.protocol import FolderEntry, FolderPage


def list_folder(root: Path, bucket: str, segments: tuple[str, ...], page: FolderPage) -> list[FolderEntry]:
    """One page of a folder; only its files are described. Folders without a file are not told."""
    try:
        folders, files = _names(root, (bucket, *segments), page.search.casefold())
    except OSError as error:
        if error.errno in ABSENT:
            return []
        raise
    files.sort(key=lambda found: found if page.sort == "name" else (found[1], found[0]), reverse=page.descending)
    folders.sort(reverse=page.descending and page.sort == "name")
    wanted = [*folders, *(name for name, _ in files)][page.offset : page.offset + page.limit]
    known, entries = set(folders), list[FolderEntry]()
    for name in wanted:
        if name in known:
            entries.append(FolderEntry(name, None))
            continue
        with suppress(NotFound):  # deleted meanwhile
            file, stored = find_file(root, bucket, (*segments, name))
            file.close()
            entries.append(FolderEntry(name, stored))
    return entries


def _names(root: Path, segments: tuple[str, ...], search: str) -> tuple[list[str], list[tuple[str, int]]]:
    """The names of folders, and of files with their times."""
    with open_folder(root, segments, make=False) as folder:
        found = [(name, status) for name, status in _visible(folder) if name.casefold().startswith(search)]
    files = [(name, status.st_mtime_ns) for name, status in found if stat.S_ISREG(status.st_mode)]
    inner = [name for name, status in found if stat.S_ISDIR(status.st_mode)]
    return [name for name in inner if _has_file(root, (*segments, name))], files


def _visible(folder: int) -> Iterator[tuple[str, os.stat_result]]:
    """The files and folders of a folder; neither symlinks nor what begins with a dot."""
    for name in os.listdir(folder):
        if name.startswith("."):
            continue
        with suppress(OSError):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
                yield name, status


def _has_file(root: Path, segments: tuple[str, ...]) -> bool:
    """True if a file lies anywhere below the folder, however deep."""
    waiting = [segments]
    while waiting:
        here = waiting.pop()
        with suppress(OSError), open_folder(root, here, make=False) as folder:
            for name, status in _visible(folder):
                if stat.S_ISREG(status.st_mode):
                    return True
                waiting.append((*here, name))
    return False
