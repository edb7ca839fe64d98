"""Fail points: their grammar, their counting, and what each does, in one process and between two."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import let_others_run, until
from wzrd.faults import Fault, FaultRaised, arm, fault, parse_faults


@pytest.fixture(autouse=True)
def disarmed() -> Generator[None]:
    """No test leaves a fault behind for the next."""
    yield
    arm("")


def passes(name: str, times: int) -> list[int]:
    """Which of so many passings raised."""

    async def walk() -> list[int]:
        raised = list[int]()
        for number in range(1, times + 1):
            try:
                await fault(name)
            except FaultRaised:
                raised.append(number)
        return raised

    with contextlib.closing(asyncio.new_event_loop()) as loop:  # not asyncio.run: the session's loop stays current
        return loop.run_until_complete(walk())


def test_the_grammar() -> None:
    """Names, an optional passing, an action, an optional number; spaces and empty entries do not matter."""
    assert parse_faults("") == parse_faults(" , ") == {}
    assert parse_faults("a=kill, b@3=raise ,c=pause:0.5,d=hold") == {
        "a": Fault("kill"),
        "b": Fault("raise", 3),
        "c": Fault("pause", 0, 0.5),
        "d": Fault("hold"),
    }


@pytest.mark.parametrize("wrong", ["a", "a=", "a=die", "=", "a=kill=raise", "a:raise", "a=KILL", "a@2"])
def test_a_malformed_entry_is_named(wrong: str) -> None:
    """A typo in a fault storm must not look like a system that survives everything."""
    with pytest.raises(ValueError, match="WZRD_FAULTS") as refused:
        parse_faults(f"good=raise,{wrong}")
    assert repr(wrong) in str(refused.value)


@pytest.mark.parametrize("wrong", ["a@x=kill", "a@-1=kill", "a=pause:soon", "=kill", "a=pause:nan"])
def test_a_malformed_number_or_name_is_named(wrong: str) -> None:
    """The numbers belong to the grammar, too."""
    with pytest.raises(ValueError, match="WZRD_FAULTS") as refused:
        parse_faults(f"good=raise,{wrong}")
    assert repr(wrong) in str(refused.value)


@given(st.integers(1, 12))
def test_the_nth_passing_and_no_other(nth: int) -> None:
    """`@N` acts once; without it every passing counts; another place does not."""
    arm(f"here@{nth}=raise,always=raise")
    assert passes("here", 12) == [nth]
    assert passes("here", 12) == [], "the count goes on through the life of the process"
    assert passes("always", 3) == [1, 2, 3]
    assert passes("elsewhere", 3) == []
    arm("")
    assert passes("always", 3) == []


def test_arming_anew_counts_anew() -> None:
    """A test begins at the first passing, whatever the one before did."""
    for _ in range(2):
        arm("here@2=raise")
        assert passes("here", 3) == [2]


def test_with_a_folder_a_fault_acts_once_in_its_life(tmp_path: Path) -> None:
    """A process that was killed and started anew passes the same place unharmed; a new folder is a new life."""
    arm("here=raise,there=raise", tmp_path)
    assert passes("here", 3) == [1]
    assert (tmp_path / "here.done").exists()
    arm("here=raise,there=raise", tmp_path)
    assert passes("here", 3) == []
    assert passes("there", 3) == [1]
    (tmp_path / "new").mkdir()
    arm("here=raise", tmp_path / "new")
    assert passes("here", 3) == [1]


def test_a_fault_can_be_armed_while_the_process_runs(tmp_path: Path) -> None:
    """A file with the action is taken by whoever passes first, once; with `@N` at the N-th passing since."""
    arm("", tmp_path)
    assert passes("here", 2) == []
    (tmp_path / "here.armed").write_text("raise\n")
    assert passes("here", 3) == [1]
    assert not (tmp_path / "here.armed").exists()
    (tmp_path / "here.armed").write_text("raise@3")
    assert passes("here", 5) == [3]


async def test_of_many_that_pass_at_once_one_is_hit(tmp_path: Path) -> None:
    """The mark in the folder is made by one only."""
    arm("here=raise", tmp_path)
    ends = await asyncio.gather(*(fault("here") for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(end, FaultRaised) for end in ends) == 1


async def test_a_pause_lasts_and_lets_others_run() -> None:
    """It waits its seconds without holding the loop."""
    arm("here=pause:0.05")
    started = asyncio.get_running_loop().time()
    paused = asyncio.create_task(fault("here"))
    await let_others_run()
    assert not paused.done()
    await paused
    assert asyncio.get_running_loop().time() - started >= 0.05


async def test_a_hold_waits_for_its_mark_to_go(tmp_path: Path) -> None:
    """The mark tells a test that the place is reached; removing it lets the process go on."""
    arm("here=hold", tmp_path)
    held, mark = asyncio.create_task(fault("here")), tmp_path / "here.held"
    await until(mark.exists)
    await asyncio.sleep(0.05)  # that it goes on waiting has no signal
    assert not held.done()
    mark.unlink()
    await asyncio.wait_for(held, 60)


async def test_a_kill_is_not_survived() -> None:
    """SIGKILL to the own process, armed by the environment as an operator would: nothing after the place runs."""
    program = "import asyncio; from wzrd.faults import fault; asyncio.run(fault('here')); print('survived')"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, env={**os.environ, "WZRD_FAULTS": "here=kill"}, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert (process.returncode, told) == (-signal.SIGKILL, b"")
