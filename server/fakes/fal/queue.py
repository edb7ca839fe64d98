"""fal's queue: submit, status, result, cancel; and a model that is run at once.

Sources: docs.fal.ai (queue API, errors), fal_client 1.0.3, @fal-ai/client 1.10.1.

A request's addresses are without the sub-path of its app, as fal answers them.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.fal.ffmpeg import COMPOSE, read_film
from server.fakes.fal.ffmpeg import MODELS as FFMPEG_MODELS
from server.fakes.files import FORMATS, NO_MEDIA, colours_of, film_url, result_url, sounds_of
from server.fakes.jobs import FakeJob
from server.fakes.media import TYPES
from server.fakes.meter import filled
from server.fakes.shapes import MAX_SECONDS, Shape, kind_of, names_audio_file, outputs_of, prompt_of, seed_of, shape_of
from server.fakes.state import FakeState, Refused, key_of
from server.fakes.stills import stills_of
from wzrd.models.schemas.input_schemas import find_schema
from wzrd.models.sounds import writes_words
from wzrd.net.file_types import ANY

PROVIDER = "fal-ai"
NAMESPACES = ("workflows", "comfy")
"""First segments that are no owner."""
UPDATE_SECONDS = 0.1
"""Seconds between the events of a stream of statuses."""
LEAST_START_SECONDS = 0.1
"""A shorter time to start is none."""
_FAILURES = {
    "failure": (500, "The model failed: out of memory", "internal_error"),
    "refusal": (422, "Unprocessable Entity", "bad_request"),
    "cancelled": (499, "The request was cancelled", "client_cancelled"),
    "expired": (504, "The request did not start within the time that was given", "startup_timeout"),
}


async def answer(call: Call, state: FakeState) -> Answer:
    """One call of the queue's API; `call.path` is below the queue's own address. It raises `Refused`."""
    key_of(call.headers, "key", "bearer")
    segments = [part for part in call.path.split("/") if part]
    if "requests" in segments[2:]:
        return await _about(call, state, segments)
    if call.method != "POST":
        raise Refused(405, "Method Not Allowed")
    return await _submit(call, state, segments)


async def run(call: Call, state: FakeState) -> Answer:
    """One call of a model at once, by `fal.run`: its result; below `/stream` the same as an event stream."""
    key_of(call.headers, "key", "bearer")
    if call.method != "POST":
        raise Refused(405, "Method Not Allowed")
    path = call.path.removesuffix("/stream")
    job = await _accepted(call, state, [part for part in path.split("/") if part])
    async for _ in _statuses(job):
        pass
    result = replace(_result(job), reply=job.behaviour.reply)
    if path == call.path or result.status != 200:
        return result
    return replace(result, kind="text/event-stream", events=_events(result.body))


async def _statuses(job: FakeJob, *, logs: bool = False) -> AsyncGenerator[Answer]:
    """Statuses of a job, until it has ended."""
    while (status := _status(job, logs=logs)).status != 200:
        yield status
        with suppress(TimeoutError):
            await asyncio.wait_for(job.done.wait(), UPDATE_SECONDS)
    yield status


async def _events(*bodies: bytes) -> AsyncGenerator[bytes]:
    for body in bodies:
        yield b"data: " + body + b"\n\n"


def refuse(refused: Refused) -> Answer:
    """An error as fal spells it: `detail` is a text, or a list of what is wrong with the input."""
    detail: Any = refused.message
    if refused.faults:
        detail = [{**fault, "loc": ["body", *fault["loc"]]} for fault in refused.faults]
    elif refused.status == 422:
        loc = ["body", *refused.loc]
        detail = [{"loc": loc, "msg": refused.message, "type": "value_error", "input": None}]
    return json_answer({"detail": detail}, refused.status, {**refused.headers, "x-fal-request-id": uuid4().hex})


async def _submit(call: Call, state: FakeState, segments: list[str]) -> Answer:
    job = await _accepted(call, state, segments)
    places = job.behaviour.places
    payload = {"status": "IN_QUEUE", "request_id": job.request_id, **_urls(job), "queue_position": max(0, places - 1)}
    return json_answer(payload, 200, _about_request(job), reply=job.behaviour.reply)


async def _accepted(call: Call, state: FakeState, segments: list[str]) -> FakeJob:
    """A new job, which is counted and has begun."""
    if len(segments) < 2:
        raise Refused(404, f"Path /{'/'.join(segments)} not found")
    body, model, request_id = call.object(), "/".join(segments), uuid4().hex
    if body is None:
        raise Refused(422, "The body is not a JSON object")
    prompt = prompt_of(body)
    if model in FFMPEG_MODELS:
        read_film(model, body)
    if (schema := find_schema(PROVIDER, model)) and (faults := schema.problems(body)):
        state.submits.add(PROVIDER, model, prompt, body, "", paid=False)
        raise Refused(422, faults[0]["msg"], faults=faults)
    behaviour = await state.take(PROVIDER, model, prompt, body, bad=422)
    request_id = behaviour.request_id or request_id
    within = _start_seconds(call.headers)
    kind = kind_of(model)
    colours, seconds = sounds_of(body, state) if kind == "video" else ((), 0.0)
    job = FakeJob(request_id, model, prompt, body, behaviour, call.origin, call.query.get("fal_webhook"), within)
    job.colours, job.seconds = colours_of(body, state) if kind == "image" else colours, seconds
    job.stills = stills_of(body, state.uploads) if kind == "video" else ""
    job.on_end = lambda ended: _call_webhook(ended, state)
    state.fal_jobs.add(job, _app(model))
    job.begin(state.holds)
    await state.accept(PROVIDER, model, prompt, body, request_id, behaviour, start_seconds=within)
    return job


def _start_seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds that it may wait in the queue, by `X-Fal-Request-Timeout`; None: no such number was sent."""
    try:
        seconds = float(headers.get("x-fal-request-timeout", "nan"))
    except ValueError:
        return None
    return seconds if LEAST_START_SECONDS < seconds < math.inf else None


def _about_request(job: FakeJob) -> dict[str, str]:
    return {"x-fal-request-id": job.request_id}


def _app(model: str) -> str:
    parts = model.split("/")
    return "/".join(parts[: 3 if parts[0] in NAMESPACES else 2])


def _urls(job: FakeJob) -> dict[str, str]:
    base = f"{job.origin}/{_app(job.model)}/requests/{job.request_id}"
    return {"response_url": base, "status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}


async def _about(call: Call, state: FakeState, segments: list[str]) -> Answer:
    at = segments.index("requests", 2)
    job = state.fal_jobs.find(segments[at + 1], "/".join(segments[:at])) if len(segments) > at + 1 else None
    if job is None:
        if call.method == "PUT":
            return json_answer({"status": "NOT_FOUND"}, 404)
        raise Refused(404, "Request not found")
    logs = call.query.get("logs", "") in {"1", "true", "True"}
    match call.method, segments[at + 2 :]:
        case "GET", ["status"]:
            reply = await state.ask("status", PROVIDER, job.model, job.prompt)
            answer = _status(job, logs=logs)
        case "GET", ["status", "stream"]:
            reply = await state.ask("status", PROVIDER, job.model, job.prompt)
            events = (event async for one in _statuses(job, logs=logs) async for event in _events(one.body))
            answer = Answer(kind="text/event-stream", headers=_about_request(job), events=events)
        case "GET", []:
            reply = await state.ask("result", PROVIDER, job.model, job.prompt)
            answer = _result(job)
        case "PUT", ["cancel"]:
            reply = await state.ask("cancel", PROVIDER, job.model, job.prompt)
            answer = _cancel(job)
        case _:
            raise Refused(405, "Method Not Allowed")
    return replace(answer, reply=reply)


def _status(job: FakeJob, *, logs: bool) -> Answer:
    payload: dict[str, Any] = {"request_id": job.request_id, **_urls(job)}
    if job.phase == "queued":
        payload |= {"status": "IN_QUEUE", "queue_position": job.position}
    elif job.phase == "running":
        payload |= {"status": "IN_PROGRESS", "logs": _logs(job) if logs else None}
    else:
        took = max(0.0, job.ended - (job.started or job.created))
        payload |= {"status": "COMPLETED", "logs": _logs(job) if logs else None, "metrics": {"inference_time": took}}
        if job.phase in _FAILURES:
            _, payload["error"], payload["error_type"] = _FAILURES[job.phase]
    answer = json_answer(payload, 200 if job.has_ended else 202, _about_request(job))
    job.ask()
    return answer


def _logs(job: FakeJob) -> list[dict[str, str]]:
    said = [(job.started, f"Running {job.model}")] if job.started else []
    said += [(job.ended, f"Finished: {job.phase}")] if job.ended else []
    return [
        {"timestamp": datetime.fromtimestamp(at, UTC).isoformat(), "level": "INFO", "source": "USER", "message": text}
        for at, text in said
    ]


def _result(job: FakeJob) -> Answer:
    if not job.has_ended:
        return json_answer({"detail": "Request is still in progress"}, 400, _about_request(job))
    status, value = end_of(job)
    blamed = {"x-fal-error-type": _FAILURES[job.phase][2]} if job.phase in _FAILURES else {}
    blamed |= {"x-fal-request-timeout-type": "user"} if job.phase == "expired" else {}  # whose time it was that ran out
    return json_answer(value, status, {**_about_request(job), **blamed})


def end_of(job: FakeJob) -> tuple[int, dict[str, Any]]:
    """Status and JSON with which a job has ended."""
    if job.phase == "error_body":
        return 200, {"error": {"type": "internal_error", "message": "No output was generated"}}
    if job.phase not in _FAILURES:
        return 200, _output(job)
    status, message, kind = _FAILURES[job.phase]
    return status, _error_payload(job) if job.phase == "refusal" else {"detail": message, "error_type": kind}


def _error_payload(job: FakeJob) -> dict[str, Any]:
    """As fal.ai/docs/errors has `content_policy_violation`: an entry for each input that was flagged."""
    message = job.behaviour.text or "The content could not be processed: it was flagged by a content checker."
    wrong = {"msg": message, "type": "content_policy_violation", "input": job.prompt[:200]}
    why = {"categories": list(job.behaviour.categories)} if job.behaviour.categories else {}
    places = [[int(part) if part.isdigit() else part for part in name.split(".")] for name in job.behaviour.blames]
    return {"detail": [{"loc": ["body", *place], **wrong, **why} for place in places]}


def _cancel(job: FakeJob) -> Answer:
    was_queued = job.phase == "queued"
    if not job.cancel():
        return json_answer({"status": "ALREADY_COMPLETED"}, 400)
    return json_answer({"status": "OK"}) if was_queued else json_answer({"status": "CANCELLATION_REQUESTED"}, 202)


def _output(job: FakeJob) -> dict[str, Any]:
    """Output of the model in the form of its kind."""
    if job.model in FFMPEG_MODELS:
        return _film_output(job)
    kind, seed = kind_of(job.model), seed_of(job.payload, job.model)
    shape = replace(shape_of(kind, filled(PROVIDER, job.model, job.payload)), colours=job.colours)
    shape = replace(shape, seconds=min(MAX_SECONDS, job.seconds)) if job.seconds else shape
    base, filtered = files_base(job.origin), job.phase == "filtered"

    def made(number: int = 0) -> dict[str, Any]:
        url = result_url(
            base, shape, seed, number, stills=job.stills, media="black" if filtered else job.behaviour.media
        )
        name = url.rpartition("/")[2]
        return {"url": url, "content_type": TYPES[FORMATS[kind]], "file_name": name, "file_size": None}

    if kind == "image":
        sizes = {"width": shape.width, "height": shape.height}
        images = [
            {**made(number), **sizes} for number in range(min(outputs_of(job.model, job.payload), job.behaviour.most))
        ]
        return {
            "images": images,
            "seed": int(seed, 16),
            "has_nsfw_concepts": [filtered] * len(images),
            "prompt": job.prompt,
        }
    if kind == "video":
        before, behind = (_beside(base, name) if job.behaviour.beside else dict[str, Any]() for name in NO_MEDIA)
        return {**before, "video": made(), **behind, "seed": int(seed, 16)}
    if kind == "audio":
        words = {"text": f"A fake transcript of {job.payload.get('audio_url')}"}
        return (
            words
            if writes_words(PROVIDER, job.model)
            else {"audio_file" if names_audio_file(job.model) else "audio": made()}
        )
    if kind == "3d":
        return {"model_mesh": made(), "timings": {"prepare": 0.0}}
    return {"media": {"media_type": "json", "duration": 5.0}}


def _beside(base: str, name: str) -> dict[str, Any]:
    """A file that is no media, as fal describes what its models write beside their clips."""
    member = {"zip": "frames_zip", "srt": "caption_file"}[name.rpartition(".")[2]]
    return {member: {"url": f"{base}/files/{name}", "content_type": ANY, "file_name": name, "file_size": None}}


def _film_output(job: FakeJob) -> dict[str, Any]:
    """As the two models of ffmpeg-api spell it."""
    base, url = files_base(job.origin), film_url(files_base(job.origin), job.request_id, media=job.behaviour.media)
    if job.model == COMPOSE:
        picture = result_url(base, Shape("image", 320, 180), seed_of(job.payload, job.model), media="good")
        return {"video_url": url, "thumbnail_url": picture}
    name = url.rpartition("/")[2]
    return {"video": {"url": url, "content_type": TYPES["mp4"], "file_name": name, "file_size": None}, "metadata": {}}


def files_base(origin: str) -> str:
    """Where results lie: beside the queue's address, or fal's own host when it was asked under its name."""
    at_home = origin in {"https://queue.fal.run", "https://fal.run"}
    return "https://v3.fal.media" if at_home else origin.removesuffix("/fal/queue").removesuffix("/fal/run")


def _call_webhook(job: FakeJob, state: FakeState) -> None:
    if job.webhook is None or job.behaviour.webhook == "lost" or job.phase == "cancelled":
        return
    body: dict[str, Any] = {"request_id": job.request_id, "gateway_request_id": job.request_id, "status": "OK"}
    if job.phase not in _FAILURES:
        _, body["payload"] = end_of(job)
    else:
        payload = _error_payload(job) if job.phase == "refusal" else {"detail": _FAILURES[job.phase][1]}
        body |= {"status": "ERROR", "error": _FAILURES[job.phase][1], "payload": payload}
    how = job.behaviour.webhook
    state.webhooks.send(job.webhook, body, times=2 if how == "twice" else 1, forged=how == "forged")
