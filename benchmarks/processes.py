"""Processor time and memory of processes, as the system counts them."""

from contextlib import suppress
from pathlib import Path

import psutil

MIB = 2**20


def resident_mib(pid: int | None = None) -> float:
    """MiB that a process (this one without a pid) holds; 0 when it is gone."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).memory_info().rss / MIB
    return 0.0


def peak_mib(pid: int) -> float:
    """MiB that a process has held at most; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def family_of(pid: int) -> list[psutil.Process]:
    """A process and all that it has started, as far as they live."""
    with suppress(psutil.NoSuchProcess):
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    return []


def computed_below(pid: int) -> float:
    """Processor seconds of a process and all that it has started so far, the ended ones included."""
    total = 0.0
    for one in family_of(pid):
        with suppress(psutil.NoSuchProcess):
            total += sum(one.cpu_times()[:4])  # its own and that of its children who have ended
    return total
