"""Fail points: named places that can pause, raise or die when WZRD_FAULTS says so; otherwise they do nothing.

`WZRD_FAULTS` is a list of `name=action` separated by commas, where action is
`kill` (SIGKILL this process), `raise`, `pause:SECONDS`, or `hold` (wait until somebody removes the mark).
`name@N=action` acts at the N-th passing in this process only. With `WZRD_FAULTS_DIR` every fault acts once
in the life of that folder (it leaves `<name>.done`), so that a restarted process does not die again, and
`hold` waits while `<name>.held` exists: a test sees the mark, does its evil, and removes it. In that folder a fault
can also be armed while the processes run: whoever first passes the place takes the file `<name>.armed`, whose text
is the action (`kill`, or `kill@3` for the third passing in a process).
"""

import asyncio
import os
import re
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path


class FaultRaised(RuntimeError):
    """A fail point raised, as WZRD_FAULTS told it to."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Action to take at the `nth` passing of a place (0: at every one)."""

    action: str
    nth: int = 0
    seconds: float = 0.0


ACTIONS = frozenset({"kill", "raise", "pause", "hold"})
_COUNT = re.compile(r"[0-9]{0,6}")
_SECONDS = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?)?")


def parse_faults(text: str) -> dict[str, Fault]:
    """Read the value of WZRD_FAULTS.

    Raises:
        ValueError: an entry is malformed; it is named.
    """
    faults: dict[str, Fault] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        point, separator, action = entry.partition("=")
        name, _, nth = point.partition("@")
        verb, _, argument = action.partition(":")
        if not (separator and name and verb in ACTIONS and _COUNT.fullmatch(nth) and _SECONDS.fullmatch(argument)):
            raise ValueError(f"WZRD_FAULTS: {entry!r} is not name[@N]=kill|raise|pause:SECONDS|hold")
        faults[name] = Fault(verb, int(nth or 0), float(argument or 0))
    return faults


_faults: dict[str, Fault] = parse_faults(os.environ.get("WZRD_FAULTS", ""))
_folder: Path | None = Path(os.environ["WZRD_FAULTS_DIR"]) if os.environ.get("WZRD_FAULTS_DIR") else None
_passed: Counter[str] = Counter()


def arm(text: str, folder: Path | None = None) -> None:
    """Set the faults of this process anew (an empty text disarms all): a testing mode of the product, not a patch."""
    global _faults, _folder
    _faults, _folder = parse_faults(text), folder
    _passed.clear()


async def fault(name: str) -> None:
    """A place where things may break on purpose."""
    if _folder is not None and (chosen := _take_armed(_folder, name)) is not None:
        await _act(name, chosen)
    if name not in _faults:
        return
    _passed[name] += 1
    chosen = _faults[name]
    if chosen.nth and _passed[name] != chosen.nth:
        return
    if _folder is not None and not _first_time(_folder / f"{name}.done"):
        return
    await _act(name, chosen)


def _take_armed(folder: Path, name: str) -> Fault | None:
    """The fault armed in the folder, taken by whoever renames its file first."""
    file = folder / f"{name}.armed"
    try:
        verb, _, nth = file.read_text().strip().partition("@")
        _passed[name] += 1
        if nth and _passed[name] < int(nth):
            return None
        file.rename(folder / f"{name}.done")
    except FileNotFoundError:
        return None
    _passed[name] = 0
    return parse_faults(f"{name}={verb}")[name]


def _first_time(mark: Path) -> bool:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


async def _act(name: str, chosen: Fault) -> None:
    match chosen.action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise FaultRaised(f"fault at {name}")
        case "pause":
            await asyncio.sleep(chosen.seconds)
        case _:
            await _hold(name)


async def _hold(name: str) -> None:
    mark = (_folder or Path()) / f"{name}.held"
    mark.touch()
    while mark.exists():  # noqa: ASYNC110 - a mark in a folder is the only signal another process has
        await asyncio.sleep(0.02)
