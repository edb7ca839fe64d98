"""Memory that a process may still take here: the machine's, or its container's where that is less."""

from pathlib import Path

_MACHINE = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def available_bytes(machine: Path = _MACHINE, group: Path = _GROUP) -> int | None:
    """Bytes that are free or could be freed at once; None where the system does not tell."""
    known = [size for size in (_of_machine(machine), _of_group(group)) if size is not None]
    return min(known, default=None)


def _of_machine(file: Path) -> int | None:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _of_group(folder: Path) -> int | None:
    """The limit of our cgroup (version 2, as a container sees its own), less what it uses beyond its file cache."""
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
        lines = (folder / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        return None
    cached = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
    return int(limit) - (used - cached) if limit.isdigit() else None
