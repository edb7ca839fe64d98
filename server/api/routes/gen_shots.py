"""POST /functions/v1/gen-shots: a request becomes a run, and the response streams the run's log."""

import time

from fastapi import APIRouter, Request
from prometheus_client import Histogram
from starlette.responses import PlainTextResponse, Response

from server.api.bodies import parse, read_json
from server.api.callers import CurrentUser
from server.api.described import Stream, described
from server.api.routes.runs import ResumeHeaders, last_event_id, stream_run
from server.api.services import ServicesOf
from wzrd.contracts import encoders
from wzrd.contracts.encoders import EventEncoder
from wzrd.contracts.events import RunEvent
from wzrd.contracts.gen_shots import EVENTS, GenShotsRequest
from wzrd.domain.errors import BadRequest, Conflict, Forbidden, InsufficientCredits, NotFound, TooMany
from wzrd.domain.money import read_money
from wzrd.operations.gen_shots import GEN_SHOTS, GenShotsParams, start_gen_shots

router = APIRouter(tags=["film"])

STREAM_DISABLED = (
    "The shot stream is switched off on this server (WZRD_ENABLE_SHOT_STREAM / VITE_ENABLE_SHOT_STREAM is false). "
    "Create shots by CRUD on the shots table instead."
)

PATH = "/functions/v1/gen-shots"
OTHER_METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE"]

meta_seconds = Histogram("wzrd_gen_shots_meta_seconds", "From a request's receipt to its run's `meta`")
done_seconds = Histogram(
    "wzrd_gen_shots_done_seconds",
    "From a request's receipt to its run's `done`, for clients that stayed",
    buckets=(0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300),
)


@router.api_route(PATH, methods=OTHER_METHODS, include_in_schema=False)
async def other_methods() -> Response:
    """The documented refusal, before any question of who asks."""
    return PlainTextResponse("Method Not Allowed", 405, {"allow": "POST, OPTIONS"})


@router.post(PATH)
@described(
    body=GenShotsRequest,
    headers=ResumeHeaders,
    answers={200: Stream(EVENTS, encoders.gen_shots)},
    raises=(Forbidden, NotFound, Conflict, InsufficientCredits, TooMany),
    names_run=True,
)
async def gen_shots(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Write shots for a scene and stream them as they are written; the run goes on if the client goes away."""
    received = time.perf_counter()
    runtime = services.runtime
    if not runtime.settings.shot_stream:
        raise Forbidden(STREAM_DISABLED, code="shot_stream_disabled")
    raw = await read_json(request, max_bytes=runtime.settings.max_body)
    if not raw.get("projectId"):
        raise BadRequest("projectId is required")
    body = parse(GenShotsRequest, raw)
    params = GenShotsParams(
        user_id=user.user_id,
        project_id=body.project_id,
        scene_id=body.scene_id,
        shot_count=body.shot_count,
        request_id=body.request_id,
        numbers_after=body.highest_number,
        money=read_money(body.max_usd, body.allow_unpriced),
        scene_shots=int(body.scene_shots or 0),
    )
    with services.hub.admit(user.user_id).held() as admission:
        started = await start_gen_shots(runtime, params, latency=lambda: round((time.perf_counter() - received) * 1000))
    if not started.created:
        return stream_run(services, started.run_id, admission, last_event_id(request), GEN_SHOTS.encoder)
    services.dispatcher.send_soon(started.run_id, started.row)
    encoder = _timed(GEN_SHOTS.encoder, received) if runtime.settings.stream_telemetry else GEN_SHOTS.encoder
    return stream_run(services, started.run_id, admission, 0, encoder, first=started.first_event)


def _timed(encoder: EventEncoder, received: float) -> EventEncoder:
    """The encoder, which also measures (the telemetry that WZRD_ENABLE_STREAM_TELEMETRY switches off)."""
    clocks = {"meta": meta_seconds, "done": done_seconds}

    def encode(event: RunEvent) -> bytes | None:
        if clock := clocks.get(event.event):
            clock.observe(time.perf_counter() - received)
        return encoder(event)

    return encode
