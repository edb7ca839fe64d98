"""Folders that only their owner may enter. What lies in them is private without a mode of its own."""

from pathlib import Path

PRIVATE = 0o700
OPEN = 0o067  # more than that a group may pass through, as the user of root's PostgreSQL must


def make_private(folder: Path) -> None:
    """Make `folder`, and every missing folder above it, for their owner alone. What is there stays as it is."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=PRIVATE, exist_ok=True)


def open_to_others(folder: Path) -> bool:
    """True if anybody may enter the folder, or its group read or write it."""
    return bool(folder.stat().st_mode & OPEN)
