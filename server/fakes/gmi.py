"""GMI Cloud's request queue: submit, ask, list, models. Sources: docs.gmicloud.ai, gmicloud 0.1.10 (its models).

Models that answer at once (`sync`) have their outcome in the answer to the submit.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.files import result_url
from server.fakes.jobs import FakeJob
from server.fakes.shapes import count_of, kind_of, prompt_of, seed_of, shape_of
from server.fakes.state import FakeState, Refused, key_of
from server.fakes.stills import stills_of
from wzrd.contracts.wire import is_object
from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import find_schema

PROVIDER = "gmi-cloud"
PATH = "/api/v1/ie/requestqueue/apikey"
SYNC = ("seedream", "gemini", "gpt-image")
"""The beginnings of the names of models that answer at once."""
MORE = ("kling-v3-omni", "kling-t2v-v2.1-master", "ltx-2-pro-audio-to-video", "luma-ray2", "pixverse-v5-t2v")
"""Models of GMI's that the catalog may lack."""
NAMES = frozenset(MORE) | {
    model.endpoint_id
    for model in load_catalog().models.values()
    if model.provider == PROVIDER and model.transport == "request_queue"
}
REFUSAL = (
    "InputTextSensitiveContentDetected: The request failed because the input text may contain sensitive information."
)
"""The words of ByteDance's models, which GMI passes on (docs.byteplus.com/en/docs/ModelArk/1299023)."""
COUNTS = ("n", "max_images")
"""Names that the models have for the number of pictures."""
_STATUSES = {
    "running": "processing",
    "success": "success",
    "filtered": "success",
    "error_body": "success",
    "failure": "failed",
    "refusal": "failed",
}


async def answer(call: Call, state: FakeState) -> Answer:
    """One call of the queue's API; raises `Refused`."""
    key_of(call.headers, "bearer")
    match call.method, [part for part in call.path.removeprefix(PATH).split("/") if part]:
        case "POST", ["requests"]:
            return await _submit(call, state)
        case "GET", ["requests"]:
            return await _list(call.query.get("model_id", ""), state)
        case "GET", ["requests", request_id]:
            return await _ask(state, request_id)
        case "GET", ["models"]:
            reply = await state.ask("check", PROVIDER, "", "")
            return json_answer({"models": [_model(name) for name in sorted(NAMES)]}, reply=reply)
        case "GET", ["models", *parts] if parts and "/".join(parts) in NAMES:
            return json_answer(_model("/".join(parts)))
        case _:
            raise Refused(404, "not found")


def refuse(refused: Refused) -> Answer:
    """An error as GMI spells it."""
    return json_answer({"error": refused.message}, refused.status, refused.headers)


async def _submit(call: Call, state: FakeState) -> Answer:
    body = call.object() or {}
    model, payload = body.get("model"), body.get("payload")
    if not isinstance(model, str) or not model or not is_object(payload):
        raise Refused(400, "invalid request body: model and payload are required")
    if model not in NAMES:
        raise Refused(404, f"model {model[:100]} does not exist")
    prompt = prompt_of(payload)
    if (schema := find_schema(PROVIDER, model)) and (faults := schema.problems(_as_documented(model, payload))):
        state.submits.add(PROVIDER, model, prompt, body, "", paid=False)
        wrong = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
        raise Refused(400, f"invalid payload parameters: {wrong}")
    behaviour = await state.take(PROVIDER, model, prompt, body, bad=400)
    job = FakeJob(str(uuid4()), model, prompt, payload, behaviour, call.origin)
    job.stills = stills_of(payload, state.uploads) if kind_of(model) == "video" else ""
    state.gmi_jobs.add(job)
    job.begin(state.holds)
    await state.accept(PROVIDER, model, prompt, body, job.request_id, behaviour)
    if model.startswith(SYNC):
        await job.done.wait()
        return json_answer(_about(job), reply=behaviour.reply)
    status = {"status": "queued"} if job.phase != "queued" or job.position else {"status": "dispatched"}
    times = {name: int(job.created) for name in ("created_at", "queued_at", "updated_at")}
    return json_answer({"request_id": job.request_id, "model": model, **status, **times}, reply=behaviour.reply)


def _as_documented(model: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The payload in the documented spelling: LTX's releases differ, and the fake takes each."""
    if not model.startswith("ltx-2"):
        return payload
    seconds = payload.get("duration")
    number = {"duration": int(seconds)} if isinstance(seconds, str) and seconds.isdigit() else {}
    return {"image_uri" if name == "image" else name: value for name, value in payload.items()} | number


async def _list(model: str, state: FakeState) -> Answer:
    reply = await state.ask("list", PROVIDER, model, "")
    found = state.gmi_jobs.of_model(model)
    return json_answer({"requests": [_about(job) for job in found], "total": len(found)}, reply=reply)


async def _ask(state: FakeState, request_id: str) -> Answer:
    job = state.gmi_jobs.find(request_id)
    if job is None:
        raise Refused(404, f"request {request_id[:100]} not found")
    reply = await state.ask("status", PROVIDER, job.model, job.prompt)
    answer = json_answer(_about(job), reply=reply)
    job.ask()
    return answer


def _about(job: FakeJob) -> dict[str, Any]:
    queued = "queued" if job.position else "dispatched"
    return {
        "request_id": job.request_id,
        "model": job.model,
        "org_id": "fake-org",
        "status": queued if job.phase == "queued" else _STATUSES[job.phase],
        "payload": dict(job.payload),
        "outcome": _outcome(job),
        "is_public": False,
        "created_at": int(job.created),
        "queued_at": int(job.created),
        "updated_at": int(job.ended or job.started or job.created),
        "qworker_id": "fake-worker" if job.started else "",
    }


def outputs_of(model: str, payload: Mapping[str, Any]) -> int:
    """Number of files that a model makes: Seedream several pictures only in a sequence."""
    alone = kind_of(model) != "image" or payload.get("sequential_image_generation") == "disabled"
    return 1 if alone else count_of(payload, COUNTS)


def _outcome(job: FakeJob) -> dict[str, Any]:
    if job.phase in {"failure", "refusal"}:
        return {
            "error": (job.behaviour.text or REFUSAL) if job.phase == "refusal" else "the model failed: out of memory"
        }
    if job.phase == "error_body":
        return {"error": "No output was generated"}
    if job.phase != "success":
        return {}
    kind = kind_of(job.model)
    shape, seed = shape_of(kind, job.payload), seed_of(job.payload, job.model)
    base, media = job.origin.removesuffix("/gmi"), job.behaviour.media
    count = outputs_of(job.model, job.payload)
    urls = [result_url(base, shape, seed, at, stills=job.stills, media=media) for at in range(count)]
    outcome: dict[str, Any] = {"media_urls": [{"id": str(at), "url": url} for at, url in enumerate(urls)]}
    if kind == "video":
        outcome["video_url"] = urls[0]
        still = shape_of("image", {"image_size": {"width": shape.width, "height": shape.height}})
        outcome["thumbnail_image_url"] = result_url(base, still, seed, media=media)
    return outcome


def _model(name: str) -> dict[str, Any]:
    return {"model": name, "model_type": kind_of(name), "parameters": [], "price_info": None, "qworkers": 1}
