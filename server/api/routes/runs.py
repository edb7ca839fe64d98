"""Runs as their owner sees them: state, stream, cancel, retry; and the ticket for pages that cannot send a header."""

import hashlib
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import TICKET, USER, CurrentUser
from server.api.described import LOG, Parameters, Stream, described
from server.api.limits import Admission
from server.api.services import Services, ServicesOf
from server.api.sse import EventStream
from wzrd.contracts.encoders import EventEncoder, plain
from wzrd.contracts.events import NewEvent, RunEvent
from wzrd.contracts.runs import (
    CreditsView,
    FramingView,
    ItemView,
    RetryRequest,
    RunList,
    RunView,
    TicketAnswer,
    TicketRequest,
)
from wzrd.db.events import find_latest
from wzrd.db.items import Item, list_items
from wzrd.db.runs import RunRow, RunSums, find_run, list_runs, sum_runs
from wzrd.db.users import store_ticket, take_ticket
from wzrd.domain.errors import Conflict, InsufficientCredits, NotFound, TooMany, Unauthenticated
from wzrd.domain.ids import parse_uuid
from wzrd.operations import KINDS
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

router = APIRouter(prefix="/functions/v1", tags=["runs"])
TICKET_SECONDS = 60
EVENTS = (LOG, *(Stream(kind.events) for kind in KINDS.values() if not kind.for_operators))
"""Events in the log of any kind of run that a user may have."""


class ResumeHeaders(Parameters):
    """Where a stream goes on: after this event."""

    last_event_id: str | None = Field(default=None, alias="Last-Event-ID")


class ResumeQuery(Parameters):
    """Place where a stream goes on, for pages, which send no header."""

    after: str | None = None


def last_event_id(request: Request) -> int:
    """Where a client wants to go on: `Last-Event-ID`, else `?after=`; what is no number means from the start."""
    text = request.headers.get("last-event-id") or request.query_params.get("after") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def stream_run(
    services: Services,
    run_id: UUID,
    admission: Admission,
    after: int,
    encoder: EventEncoder,
    *,
    first: NewEvent | None = None,
    closing_frame: bytes = b"",
) -> EventStream:
    """The run's stream. A run that this very request made has its first event at hand and need not read it again.

    `closing_frame` is the last frame of a stream that ends before its run.
    """
    runtime, hub = services.runtime, services.hub

    async def frames() -> AsyncGenerator[bytes]:
        after_seq = after
        if first is not None:
            frame = encoder(RunEvent(run_id, 1, 1, first.event, first.data))
            if frame is not None:
                yield frame
            after_seq = 1
        async with aclosing(hub.follow(run_id, after_seq, encoder, closing_frame=closing_frame)) as following:
            async for frame in following:
                yield frame

    return EventStream(
        frames(),
        admission=admission,
        send_timeout=runtime.settings.stream_send_timeout,
        headers={"x-run-id": str(run_id)},
    )


def _run_id(text: str) -> UUID:
    run_id = parse_uuid(text)
    if run_id is None:
        raise NotFound("Run not found")
    return run_id


def run_view(
    run: RunRow, sums: RunSums, items: Sequence[Item] = (), details: Mapping[str, Any] | None = None
) -> RunView:
    """The row as the wire shows it; progress counts the items that are done."""
    return RunView(
        id=run.run_id,
        kind=run.kind,
        project_id=run.project_id,
        request_id=run.asked_id,
        status=run.status,
        attempt=run.attempt,
        progress=100 if run.status == "succeeded" else round(100 * sums.done / max(sums.items, 1)),
        last_event_id=run.last_seq,
        flow_run_id=run.flow_run_id,
        cancel_requested=run.cancel_requested_at is not None,
        error=run.error,
        code=run.error_code,
        result=dict(run.result) if run.result is not None else None,
        items=[_item_view(item) for item in items],
        credits=CreditsView(held=sums.held, charged=sums.charged),
        details=dict(details) if details is not None else None,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )


def _item_view(item: Item) -> ItemView:
    idea: Mapping[str, Any] | None = (item.output or {}).get("idea")
    framing = FramingView(size=idea["size"], lens_mm=idea["lens_mm"], move=idea["move"]) if idea else None
    return ItemView(
        key=item.key, id=item.entity_id, status=item.status, phase=item.phase, error=item.error, framing=framing
    )


async def _view(runtime: Runtime, run_id: UUID, user_id: UUID) -> dict[str, Any]:
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id, user_id=user_id)
        if run is None:
            raise NotFound("Run not found")
        items, sums = await list_items(tx, run_id), (await sum_runs(tx, [run_id]))[run_id]
        return run_view(run, sums, items, await find_latest(tx, run_id, "progress")).wire()


@router.get("/runs")
@described(answers={200: RunList})
async def get_runs(services: ServicesOf, me: CurrentUser, limit: int = 50, project_id: str | None = None) -> Response:
    """The caller's runs, newest first."""
    only = parse_uuid(project_id) if project_id else None
    if project_id and only is None:
        return json_response(RunList(runs=[]).wire())
    async with services.runtime.begin() as tx:
        rows = await list_runs(tx, me.user_id, limit=max(1, min(limit, 500)), project_id=only)
        sums = await sum_runs(tx, [row.run_id for row in rows])
    return json_response(RunList(runs=[run_view(row, sums[row.run_id]) for row in rows]).wire())


@router.get("/runs/{run_id}")
@described(answers={200: RunView}, raises=(NotFound,))
async def get_run(services: ServicesOf, run_id: str, me: CurrentUser) -> Response:
    """One run: status, progress, items, credits."""
    return json_response(await _view(services.runtime, _run_id(run_id), me.user_id))


@router.get("/runs/{run_id}/events")
@described(
    answers={200: EVENTS},
    query=ResumeQuery,
    headers=ResumeHeaders,
    raises=(NotFound, TooMany),
    security=(USER, TICKET),
    names_run=True,
)
async def get_events(request: Request, services: ServicesOf, run_id: str, ticket: str | None = None) -> Response:
    """The run's log as a stream: replay beyond `Last-Event-ID` or `?after=`, then what comes."""
    runtime = services.runtime
    wanted = _run_id(run_id)
    user_id = await reader_of(services, request, wanted, ticket)
    async with runtime.begin() as tx:
        if await find_run(tx, wanted, user_id=user_id) is None:
            raise NotFound("Run not found")
    admission = services.hub.admit(user_id)
    return stream_run(services, wanted, admission, last_event_id(request), plain)


async def reader_of(services: Services, request: Request, run_id: UUID, ticket: str | None) -> UUID:
    """Who wants to read the run's stream: the bearer of a token, or of a ticket for this run.

    Raises:
        Unauthenticated: neither.
    """
    if ticket is None:
        return (await services.authenticator.authenticate(request.headers.get("authorization"))).user_id
    async with services.runtime.begin() as tx:
        user_id = await take_ticket(tx, hashlib.sha256(ticket.encode()).digest(), run_id)
    if user_id is None:
        raise Unauthenticated
    return user_id


@router.post("/stream-ticket")
@described(body=TicketRequest, answers={200: TicketAnswer}, raises=(NotFound,))
async def post_ticket(request: Request, services: ServicesOf, me: CurrentUser) -> Response:
    """A ticket for one connection to one run's stream within a minute: EventSource can send no header."""
    runtime = services.runtime
    body = parse(TicketRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    run_id = _run_id(body.run_id)
    ticket = secrets.token_urlsafe(32)
    async with runtime.begin() as tx:
        if await find_run(tx, run_id, user_id=me.user_id) is None:
            raise NotFound("Run not found")
        await store_ticket(tx, hashlib.sha256(ticket.encode()).digest(), me.user_id, run_id, TICKET_SECONDS)
    url = f"/functions/v1/runs/{run_id}/events?ticket={ticket}"
    return json_response(TicketAnswer(ticket=ticket, url=url, expires_in=TICKET_SECONDS).wire())


@router.post("/runs/{run_id}/cancel")
@described(answers={200: RunView, 202: RunView}, raises=(NotFound, Conflict))
async def post_cancel(services: ServicesOf, run_id: str, me: CurrentUser) -> Response:
    """Ask the run to stop; answers 202 while its worker is stopping, 200 when it has ended."""
    runtime = services.runtime
    run = await cancel(runtime, _run_id(run_id), me.user_id)
    return json_response(await _view(runtime, run.run_id, me.user_id), 200 if run.finished_at else 202)


@router.post("/runs/{run_id}/retry")
@described(body=RetryRequest, answers={202: RunView}, raises=(NotFound, Conflict, InsufficientCredits, TooMany))
async def post_retry(request: Request, services: ServicesOf, run_id: str, me: CurrentUser) -> Response:
    """Give an ended run its next attempt for what is left of it."""
    runtime = services.runtime
    body = parse(RetryRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    run = await reopen(runtime, _run_id(run_id), user_id=me.user_id, resubmit_unknown=body.resubmit_unknown)
    services.dispatcher.send_soon(run.run_id)
    return json_response(await _view(runtime, run.run_id, me.user_id), 202)
