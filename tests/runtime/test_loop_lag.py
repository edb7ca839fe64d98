"""Measure of how late an event loop is."""

import asyncio
import time
from pathlib import Path

from wzrd.runtime.loop_lag import watch_loop_lag

BLOCK_MS = 60


def _lines(folder: Path) -> list[list[float]]:
    (path,) = folder.iterdir()
    assert path.name.startswith("wzrd-test.")
    return [[float(word) for word in line.split()] for line in path.read_text().splitlines()]


def _burn(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


async def _run(folder: Path | None) -> float:
    """Two blocks, one that works and one that waits; returns when the first began."""
    with watch_loop_lag(folder, "wzrd-test"):
        await asyncio.sleep(0.02)  # it is measured by the loop's own clock
        began = time.monotonic()
        _burn(BLOCK_MS / 1e3)
        await asyncio.sleep(0.02)  # it is measured by the loop's own clock
        time.sleep(BLOCK_MS / 1e3)  # noqa: ASYNC251 - this is what is to be seen
        await asyncio.sleep(0.02)  # it is measured by the loop's own clock
    return began


async def test_a_block_is_seen_and_whether_it_worked(tmp_path: Path) -> None:
    """Late by the block, less what lies between two looks; only the working one used the processor."""
    began = await _run(tmp_path / "lag")
    found = _lines(tmp_path / "lag")
    late = [line for line in found if line[0] >= began and line[1] >= BLOCK_MS - 10]
    assert any(line[2] >= BLOCK_MS - 10 for line in late)
    assert any(line[2] < BLOCK_MS / 2 for line in late)
    assert [line[0] for line in found] == sorted(line[0] for line in found)


async def test_without_a_folder_nothing_is_measured(tmp_path: Path) -> None:
    """No file, no timer."""
    await _run(None)
    assert list(tmp_path.iterdir()) == []
