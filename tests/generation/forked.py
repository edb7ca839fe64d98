"""Executes runs in processes that can be killed: one that has all imported forks one for each.

Started as `python -m tests.generation.forked`, it reads a JSON line for each run (`key`, `run_id`, `faults`, `seconds`
until it is killed, 0 for never, `deadline` of what it generates, in seconds, `at_once`: shots of a batch) and answers
one when its process has ended: `key` and `code` (0 the run ended there, 3 it is another's, or minus a signal).
"""

import asyncio
import json
import os
import signal
import sys
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from wzrd.runtime.gc_tuning import no_collections

with no_collections():
    from prefect.logging import disable_run_logger

    from blocks.resolve import resolve_runtime
    from flows.auto_generate import work as make_shots
    from flows.compute import work as compute
    from flows.generate import work as generate
    from tasks.director_cut import record_voice
    from wzrd.db.runs import find_run
    from wzrd.domain.errors import RunStopped
    from wzrd.domain.runs import Lease
    from wzrd.domain.settlement import Outcome
    from wzrd.domain.submission import RetryPolicy
    from wzrd.faults import arm
    from wzrd.generation import search, values
    from wzrd.models.checked_settings import load
    from wzrd.runs.execute import RunBody, claim, execute

ENDED, ELSEWHERE = 0, 3


async def _speak(lease: Lease) -> Outcome:
    """The voice of a film's first shot."""
    await record_voice(lease.run_id, 1, "the shot")
    return Outcome()


WORKS: Mapping[str, RunBody] = {
    "generate": generate,
    "compute": compute,
    "director-cut": _speak,
    "auto-generate": partial(make_shots, "images"),
}


async def _run(run_id: uuid.UUID, deadline: float, at_once: int | None) -> int:
    search.FIND_SECONDS, values.DEADLINE, values.DEADLINES = 2.0, deadline, {}
    async with resolve_runtime(load(), application="wzrd-forked") as runtime:
        runtime.providers.retry_policy = RetryPolicy(tries=3, first=0.02, longest=0.1)
        try:
            lease = await claim(runtime, run_id, flow_run_id=None)
            if lease is not None:
                async with runtime.begin() as tx:
                    run = await find_run(tx, run_id)
                assert run is not None
                work: Any = WORKS[run.kind]
                with disable_run_logger():
                    await execute(runtime, lease, partial(work, at_once=at_once) if at_once else work)
        except RunStopped:
            return ELSEWHERE
    return ENDED


def _execute(asked: Mapping[str, Any]) -> None:
    """Fork the process that executes, wait for its end, and tell it."""
    pid = os.fork()
    if pid == 0:
        arm(asked["faults"])
        os._exit(asyncio.run(_run(uuid.UUID(asked["run_id"]), asked["deadline"], asked["at_once"])))
    signal.signal(signal.SIGALRM, lambda _number, _frame: os.kill(pid, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, asked["seconds"])
    _, status = os.waitpid(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    answer = json.dumps({"key": asked["key"], "code": os.waitstatus_to_exitcode(status)})
    os.write(1, f"{answer}\n".encode())


def serve() -> None:
    """Execute what comes, several at once, until there is no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait
    for line in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _execute(json.loads(line))
            os._exit(0)


class Forked:
    """The executing side, as a test sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[str, asyncio.Future[int]] = {}

    async def execute(
        self,
        run_id: uuid.UUID,
        faults: str = "",
        *,
        seconds: float = 0.0,
        deadline: float = 10.0,
        at_once: int | None = None,
    ) -> int:
        """Execute the run in a process of its own, killed after so many seconds unless 0; its exit code."""
        assert self._process.stdin is not None
        key = str(uuid.uuid4())
        self._waiting[key] = asyncio.get_running_loop().create_future()
        asked = {
            "run_id": str(run_id),
            "faults": faults,
            "seconds": seconds,
            "deadline": deadline,
            "at_once": at_once,
        }
        line = json.dumps({"key": key, **asked})
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()
        return await self._waiting[key]

    async def read(self) -> None:
        """Take what is told, until the process ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            self._waiting.pop(told["key"]).set_result(told["code"])
        for waiting in self._waiting.values():
            waiting.set_exception(EOFError("the executing process has ended: its stderr says why"))


@asynccontextmanager
async def open_forked(environment: Mapping[str, str]) -> AsyncGenerator[Forked]:
    """The executing side with these settings; ended on leaving."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.generation.forked",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    made = Forked(process)
    reading = asyncio.create_task(made.read())
    try:
        yield made
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        with suppress(ProcessLookupError):  # who still executes, where the test has failed
            os.killpg(process.pid, signal.SIGKILL)
        reading.cancel()


if __name__ == "__main__":
    serve()
