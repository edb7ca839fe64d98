"""Processes known by pid and start time, and their logs."""

import os
import signal
import sys
from pathlib import Path

import pytest

from server.stack.errors import StackError
from server.stack.process import (
    LOG_BYTES,
    Command,
    Identity,
    end_recorded,
    identify,
    is_alive,
    open_log,
    spawn,
    tail,
)
from tests.waiting import until

SLEEPS = ["-c", "import signal; signal.pause()"]


async def test_a_pid_alone_is_nobody(tmp_path: Path) -> None:
    """A recorded process whose pid now belongs to another one is gone; the other one is not touched."""
    process = await spawn(Command([sys.executable, *SLEEPS], dict(os.environ), tmp_path), tmp_path / "log")
    recorded = Identity(process.pid, "started in another life")
    assert not is_alive(recorded)
    assert not await end_recorded(recorded)
    assert process.returncode is None
    real = identify(process.pid)
    assert real is not None
    assert await end_recorded(real, first=signal.SIGTERM)
    await process.wait()
    assert not await end_recorded(real)


async def test_a_deaf_leftover_is_killed(tmp_path: Path) -> None:
    """SIGTERM ignored for as long as we are patient: SIGKILL."""
    code = "import signal; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    process = await spawn(Command([sys.executable, "-c", code], dict(os.environ), tmp_path), tmp_path / "log")
    await until(lambda: "deaf" in (tmp_path / "log").read_text())
    real = identify(process.pid)
    assert real is not None
    assert await end_recorded(real, seconds=0.2)
    assert await process.wait() == -signal.SIGKILL


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    """A missing program is an error of ours, with its name."""
    with pytest.raises(StackError, match="no-such-program"):
        await spawn(Command(["/no-such-program"], {}, tmp_path), tmp_path / "log")


def test_a_log_is_private_and_bounded(tmp_path: Path) -> None:
    """A log that has grown too large is put aside at the next start; one old log is kept."""
    log = tmp_path / "deep" / "part.log"
    os.close(open_log(log))
    assert log.stat().st_mode & 0o077 == 0
    for content in (b"1", b"2"):
        log.write_bytes(content * (LOG_BYTES + 1))
        os.close(open_log(log))
    assert log.stat().st_size == 0
    assert log.with_suffix(".log.1").read_bytes()[:1] == b"2"
    assert len(list(log.parent.iterdir())) == 2


def test_the_tail_of_a_log_survives_anything(tmp_path: Path) -> None:
    """An absent log is empty, and bytes that are no UTF-8 do not hide the rest."""
    assert tail(tmp_path / "absent") == ""
    (tmp_path / "log").write_bytes(b"\xff\xfe" * 20_000 + b"\nlast words\n")
    assert tail(tmp_path / "log", lines=1) == "last words"
