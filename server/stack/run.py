"""One supervisor from start to end: lock, clean up, plan, boot, keep, stop."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from server.stack import home as homes
from server.stack.boot import boot, prepare
from server.stack.errors import StackError
from server.stack.parts import ORDER
from server.stack.plan import StackPlan, make_plan
from server.stack.process import identify
from server.stack.state import PartState, StackState, read_state, write_state
from server.stack.supervisor import Notice, Report, Supervisor
from wzrd.domain.errors import NotConfigured
from wzrd.folders import make_private
from wzrd.settings import Settings


@dataclass(slots=True)
class Recorder:
    """Keeps state.json true. A record that cannot be written (a full disk) does not stop what it describes."""

    home: Path
    state: StackState

    def part(self, name: str, part: PartState) -> None:
        """One part has changed."""
        self.save(self.state.with_part(name, part))

    def save(self, state: StackState) -> None:
        """The whole has changed."""
        self.state = state
        with contextlib.suppress(OSError):
            write_state(self.home, state)


def first_state(plan: StackPlan) -> StackState:
    """State that is recorded before anything starts: the given servers, and where the rest is going to be."""
    parts: dict[str, PartState] = {}
    if not plan.embedded_database:
        parts["database"] = PartState("given by WZRD_DATABASE_URL", "given")
    if plan.prefect is None:
        parts["prefect"] = PartState(plan.prefect_api_url, "given")
    return StackState(
        identify(os.getpid()), plan.api.url, plan.database_url, plan.prefect_api_url, plan.prefect_ui_url,
        time.time(), ready=False, prefect_auth=plan.prefect_auth, parts=parts,
    )  # fmt: skip


class Signals:
    """SIGINT, SIGTERM and SIGHUP as an event: the first asks to stop, the second to stop at once."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.force = asyncio.Event()
        self.interrupted = False

    def install(self) -> None:
        """Listen, in this process."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.receive, number)

    def receive(self, number: signal.Signals) -> None:
        """One signal came."""
        self.interrupted = self.interrupted or number == signal.SIGINT
        (self.force if self.stop.is_set() else self.stop).set()


async def _until(event: asyncio.Event, work: asyncio.Task[None]) -> bool:
    """Wait for `work`, but cancel it when the event comes first. True when the work was done."""
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({waiting, work}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    if work.done():
        work.result()
        return True
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    return False


async def _serve(
    plan: StackPlan, recorder: Recorder, signals: Signals, report: Report, on_ready: Callable[[StackState], None]
) -> None:
    supervisor = Supervisor(ORDER, report, recorder.part)
    try:
        if await _until(signals.stop, asyncio.create_task(boot(plan, supervisor, report))):
            recorder.save(replace(recorder.state, ready=True))
            on_ready(recorder.state)
            await signals.stop.wait()
    finally:
        recorder.save(replace(recorder.state, ready=False))
        await _until(signals.force, asyncio.create_task(supervisor.stop()))
        recorder.save(replace(recorder.state, supervisor=None))


def _plan(settings: Settings, environ: Mapping[str, str], **options: Any) -> StackPlan:
    """The plan that `make_plan` makes; what keeps it from that is told as the stack's error."""
    try:
        return make_plan(settings, environ, **options)
    except NotConfigured as error:
        raise StackError(error.message, remedy=str(error.details.get("remedy", ""))) from error
    except (OSError, RuntimeError) as error:
        raise StackError(str(error)) from error


async def run(
    settings: Settings,
    environ: Mapping[str, str],
    report: Report,
    on_ready: Callable[[StackState], None],
    *,
    port: int | None = None,
    system_user: str | None = None,
    reset_deployments: bool = False,
) -> bool:
    """Run the stack until a signal; `on_ready` is called once, when all of it answers.

    Returns whether it was interrupted from the keyboard.

    Raises:
        StackError: it did not come up, or another supervisor holds the home. Nothing of it runs then.
    """
    signals = Signals()
    signals.install()
    os.umask(0o077)  # for us and every part: whatever is written anywhere is its owner's
    home = settings.home.resolve()
    homes.prepare(home)
    with homes.locked(home):
        before = read_state(home)
        if left := await homes.clear_leftovers(before):
            report(Notice("supervisor", "note", f"ended what was left of an earlier start: {', '.join(left)}"))
        named = {"port": port, "system_user": system_user, "reset_deployments": reset_deployments}
        plan = _plan(settings, environ, **named, before=before)
        recorder = Recorder(home, first_state(plan))
        recorder.save(recorder.state)
        with plan.api.socket, plan.prefect.socket if plan.prefect else contextlib.nullcontext():
            await _serve(plan, recorder, signals, report, on_ready)
    return signals.interrupted


async def prepare_servers(
    settings: Settings, environ: Mapping[str, str], report: Report, *, reset_deployments: bool = False
) -> None:
    """Put schema, work pool, deployments and blocks into the given servers; nothing is started.

    Raises:
        StackError: one does not answer, or refuses something.
    """
    plan = _plan(settings, environ, port=0, reset_deployments=reset_deployments)
    make_private(plan.home)
    with plan.api.socket:
        await prepare(plan, report)
