"""The answer to a call about one shot: it begins or joins the work and waits for its end.

Nothing is sent before the answer, so that its status is the real one. A client that goes away leaves the work going.
"""

import asyncio
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from server.api.bodies import json_response
from server.api.envelopes import flagged, name_run
from server.api.hub import Hub
from server.api.services import Services
from server.api.waiting import while_connected
from wzrd.contracts.events import RunEvent
from wzrd.db.engine import is_outage
from wzrd.db.items import Item, find_item
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.errors import (
    AwaitingApproval,
    Conflict,
    InsufficientCredits,
    NotConfigured,
    NotFound,
    TooMany,
    Unavailable,
    WzrdError,
)
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.operations.generate import ITEM
from wzrd.operations.shots.generation import ShotCall, ShotWork, start_shot
from wzrd.runtime.process import Runtime

MAX_BODY = 32 << 20
"""Bytes of a request: a picture may come as a `data:` URI."""
OUTAGE_SECONDS = 0.5
SHOT_ERRORS = (NotFound, Conflict, AwaitingApproval, InsufficientCredits, TooMany)
"""Errors that a call about a shot may answer, whether its work began or not."""
OPEN = frozenset({"pending", "running"})


class ShotAnswerFailed(WzrdError):
    """The shot could not be made; told under the code of what stopped it."""

    code = "shot_failed"

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


FAILURES = {ShotAnswerFailed.code: 500, NotConfigured.code: 500}
"""The statuses of work that failed, and of a server that cannot ask anybody: as these functions have always said it."""


@dataclass(frozen=True, slots=True)
class ShotAnswer:
    """Result of a call about a shot: its address, the requested and the resolved model, and why they differ."""

    url: str
    requested: str
    resolved: str
    fallback_reason: str | None


async def make_shot(request: Request, services: Services, call: ShotCall) -> ShotAnswer:
    """Begin or join the shot's work and wait for it.

    Raises:
        as `start_shot`; TooMany: the caller waits for as much as is allowed.
        ShotFailed, InsufficientCredits, Conflict: how the work ended: failed, unpaid, canceled.
        Unavailable: this process is leaving, and the work goes on.
        ClientDisconnect: nobody waits for the answer any more.
    """
    with closing(services.hub.admit(call.user_id)):
        work = await start_shot(services.runtime, call)
        name_run(request, work.run_id)
        return await finish_shot(request, services, work, named=call.model is not None)


async def finish_shot(request: Request, services: Services, work: ShotWork, *, named: bool) -> ShotAnswer:
    """Hand the work over where this call has begun it, and wait for it; `named`: its caller named the model.

    Raises:
        ShotFailed, InsufficientCredits, Conflict, Unavailable, ClientDisconnect: as `make_shot`.
    """
    if work.row is not None:
        services.dispatcher.send_soon(work.run_id, work.row)
    run, item = await while_connected(request, wait_for_work(services, work))
    return _answer_of(run, item, work, named=named)


async def wait_for_work(services: Services, work: ShotWork) -> tuple[RunRow, Item]:
    """The run and the item, once the item has ended; a run that makes nothing else, once it has ended itself.

    The log tells when to look again; between two looks nothing of the pool is held.
    """
    hub = services.hub
    while True:
        run, item = await _read(services.runtime, work)
        if run.status in TERMINAL_RUN or (item.key != ITEM and item.status not in OPEN):
            return run, item
        if hub.closing:
            message = "This server is being restarted. The work goes on: ask again for its result"
            raise Unavailable(f"{message} (run {run.run_id})")
        await _next_news(hub, run, work.shot_id)


async def _next_news(hub: Hub, run: RunRow, shot_id: UUID) -> None:
    """Return when there is news of the shot, at the latest with the next ping."""

    def news(event: RunEvent) -> bytes | None:
        about = event.event == "shot" and event.data.get("shotId") == str(shot_id)
        return b"." if event.terminal or about else None

    async with aclosing(hub.follow(run.run_id, run.last_seq, news)) as frames:
        async for _ in frames:
            return


async def _read(runtime: Runtime, work: ShotWork) -> tuple[RunRow, Item]:
    """The run before its item: an item that is seen open ends with an event that is still to come."""
    while True:
        try:
            async with runtime.begin() as tx:
                run, item = await find_run(tx, work.run_id), await find_item(tx, work.run_id, work.item_key)
        except Exception as error:
            if not is_outage(error):
                raise
            await asyncio.sleep(OUTAGE_SECONDS)
            continue
        if run is None or item is None:
            raise NotFound(f"Run {work.run_id} is no longer there")
        return run, item


def _answer_of(run: RunRow, item: Item, work: ShotWork, *, named: bool) -> ShotAnswer:
    """End of the work, as an answer or as the error that it is."""
    output = item.output or {}
    if item.status != "succeeded":
        raise _failure(run, item, output)
    made = output.get("result", output)
    resolved, reason = str(made.get("resolvedModel") or work.requested), made.get("fallbackReason")
    if reason is None and named and work.row is None and resolved != work.requested:
        reason = f"joined_run:{run.run_id}"
    return ShotAnswer(str(made["url"]), work.requested, resolved, reason)


def _failure(run: RunRow, item: Item, output: Any) -> WzrdError:
    if item.status == "canceled" or run.status == "canceled":
        return Conflict("Canceled", code="canceled")
    code = str(output.get("code") or run.error_code or ShotAnswerFailed.code)
    if code == InsufficientCredits.code:
        return InsufficientCredits(int(output.get("required", 0)), int(output.get("available", 0)))
    return ShotAnswerFailed(item.error or run.error or "The shot could not be made", code)


def failed(error: ShotAnswerFailed | NotConfigured, message: str) -> Response:
    """Response for what could not be made, as these functions have always said it: a 500."""
    return json_response(flagged(message, {"code": error.code}), 500)
