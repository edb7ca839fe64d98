"""Measurement of a process's event loop lag: WZRD_LOOP_LAG_DIR names the folder it is written to.

A timer looks every five milliseconds; what it is late, others were, too. Without the variable nothing runs.
"""

import asyncio
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

LOOK_SECONDS = 0.005
"""Between two looks: so much of a block may go unseen."""
WRITE_SECONDS = 1.0


@contextmanager
def watch_loop_lag(folder: Path | None, application: str) -> Generator[None]:
    """Append to `<folder>/<application>.<pid>.lag`: a line a look, `<monotonic seconds> <late ms> <processor ms>`.

    The last is what the loop's own thread used since the look before: a loop that is late without having used the
    processor waited for others, for the disk or for the machine.

    Raises:
        OSError: the folder can't be written to.
    """
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    watch = _Watch(folder / f"{application}.{os.getpid()}.lag")
    try:
        yield
    finally:
        watch.close()


class _Watch:
    def __init__(self, path: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: list[str] = []
        self._file = path.open("a", encoding="ascii")
        self._written = self._seen = time.monotonic()
        self._used = time.thread_time()
        self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        now, used = time.monotonic(), time.thread_time()
        late, busy = now - self._seen - LOOK_SECONDS, used - self._used
        self._lines.append(f"{now:.4f} {max(0.0, late) * 1e3:.2f} {busy * 1e3:.2f}\n")
        if now - self._written >= WRITE_SECONDS:
            self._write()
            self._written = now
        self._seen, self._used = time.monotonic(), time.thread_time()  # what this took is nobody's lag
        self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def _write(self) -> None:
        self._file.write("".join(self._lines))
        self._file.flush()
        self._lines.clear()

    def close(self) -> None:
        self._timer.cancel()
        self._write()
        self._file.close()
