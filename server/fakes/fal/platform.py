"""fal's platform API: models, prices, the list of one's requests, and their bills by the meter.

Source: fal.ai/docs/platform-apis/v1/models, …/pricing and …/requests/by-endpoint. Models as in answers of January 2026:
objects are named and referred to, what may be absent may be null, texts come with titles.

What is queued or running is not listed. Times are those of the ends; a cursor is a page's number in base64.
"""

import base64
import binascii
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.fal.queue import PROVIDER, end_of
from server.fakes.files import read_result
from server.fakes.jobs import FakeJob
from server.fakes.meter import base_price, bill
from server.fakes.state import FakeState, Refused, key_of
from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import Schema, find_schema

PATH = "/v1"
USUAL_PAGE, LONGEST_PAGE = 50, 100
MOST_ENDPOINTS = 50
EXPANDED = 10
"""Models of a page whose documents are told."""
DAY = 86_400.0
MACHINE_SECOND = Decimal("0.00111")
"""Dollars of a second of a machine."""
_STATUSES = ("success", "error", "user_error")
_ERRORS = {401: "authorization_error", 403: "authorization_error", 404: "not_found", 429: "rate_limited"}


async def answer(call: Call, state: FakeState) -> Answer:
    """One call of the platform API; it raises `Refused`."""
    if (call.method, call.path) == ("GET", f"{PATH}/models"):
        return await _tell_models(call, state)  # for which fal wants no key
    key_of(call.headers, "key")
    match call.method, call.path.removeprefix(PATH):
        case "GET", "/models/requests/by-endpoint":
            return await _list(call, state)
        case "GET", "/models/billing-events":
            return await _bill(call, state)
        case "GET", "/models/pricing":
            return await _prices(call, state)
        case _:
            raise Refused(404, "Endpoint not found")


def refuse(refused: Refused) -> Answer:
    """An error as the platform API spells it."""
    kind = _ERRORS.get(refused.status, "server_error" if refused.status >= 500 else "validation_error")
    error = {"type": kind, "message": refused.message, "request_id": uuid4().hex}
    return json_answer({"error": error}, refused.status, refused.headers)


async def _list(call: Call, state: FakeState) -> Answer:
    models = _models(call)
    limit, page = _limit(call), _page(call)
    reply = await state.ask("list", PROVIDER, ",".join(models), "")
    found = [job for model in dict.fromkeys(models) for job in state.fal_jobs.of_model(model) if _is_asked(call, job)]
    found.sort(key=lambda job: job.ended, reverse=True)
    payloads = any("payloads" in said.split(",") for said in call.queries.get("expand", ()))
    items = [_item(job, payloads=payloads) for job in found[(page - 1) * limit : page * limit]]
    return json_answer({"items": items, **_following(page, more=len(found) > page * limit)}, reply=reply)


async def _prices(call: Call, state: FakeState) -> Answer:
    """The base price of each endpoint: its card's lowest; where there is no card, the seconds of a machine."""
    models = _models(call)
    reply = await state.ask("prices", PROVIDER, ",".join(models), "")
    if any(find_schema(PROVIDER, model) is None and base_price(PROVIDER, model) is None for model in models):
        raise Refused(404, "Resource not found")
    rows = [(model, *(base_price(PROVIDER, model) or (MACHINE_SECOND, "compute second"))) for model in models]
    prices = [
        {"endpoint_id": model, "unit_price": float(price), "unit": f"{unit}s", "currency": "USD"}
        for model, price, unit in rows
    ]
    return json_answer({"prices": prices, **_following(1, more=False)}, reply=reply)


async def _tell_models(call: Call, state: FakeState) -> Answer:
    """The models, ten a page, with the OpenAPI documents of their inputs where those are asked for."""
    models, page = _models(call), _page(call)
    behaviour = await state.answer_for("schemas", PROVIDER, ",".join(models), "")
    shown = models[(page - 1) * EXPANDED : page * EXPANDED]
    inputs = {model: behaviour.inputs for model in shown if behaviour.match.casefold() in model.casefold()}
    rows = [describe_model(model, call.queries.get("expand", ()), inputs.get(model)) for model in shown]
    following = _following(page, more=len(models) > page * EXPANDED)
    return json_answer({"models": rows, **following}, reply=behaviour.reply)


def _following(page: int, *, more: bool) -> dict[str, Any]:
    """The cursor of the next page, if there is one."""
    return {"next_cursor": base64.b64encode(str(page + 1).encode()).decode() if more else None, "has_more": more}


def _models(call: Call) -> list[str]:
    models = [model for said in call.queries.get("endpoint_id", ()) for model in said.split(",") if model]
    if not 1 <= len(models) <= MOST_ENDPOINTS:
        raise Refused(400, f"endpoint_id: give 1 to {MOST_ENDPOINTS} of them", loc=("endpoint_id",))
    return models


async def _bill(call: Call, state: FakeState) -> Answer:
    """The bills of these requests, by the meter; what failed is not billed."""
    wanted = [one for said in call.queries.get("request_id", ()) for one in said.split(",") if one]
    reply = await state.ask("bills", PROVIDER, "", "")
    jobs = [job for one in wanted for job in state.fal_jobs.of_request(one) if job.has_ended]
    events = [event for job in jobs if (event := await _event(job, state)) is not None]
    return json_answer({"billing_events": events, **_following(1, more=False)}, reply=reply)


async def _event(job: FakeJob, state: FakeState) -> dict[str, Any] | None:
    code, output = end_of(job)
    if code >= 400:
        return None
    found = output.get("images") or [one for name in ("video", "audio", "audio_file") if (one := output.get(name))]
    made = [await read_result(str(one["url"]), state) for one in found]
    cost = bill(PROVIDER, job.model, job.payload, [one for one in made if one is not None])
    if cost is None:
        return None
    about = {"request_id": job.request_id, "endpoint_id": job.model, "timestamp": _iso(job.ended)}
    return {**about, "cost_total": float(cost), "cost_estimate_nano_usd": int(cost * 10**9), "currency": "USD"}


def _is_asked(call: Call, job: FakeJob) -> bool:
    """True if it has ended in the time that was asked for, and the list knows of it by now."""
    now, status, wanted = time.time(), call.query.get("status"), call.query.get("request_id")
    if status is not None and status not in _STATUSES:
        raise Refused(400, f"status: one of {', '.join(_STATUSES)}", loc=("status",))
    start = _moment(call, "start", now - DAY * (90 if wanted else 1))
    end = _moment(call, "end", now)
    listed = job.has_ended and job.ended + job.behaviour.list_seconds <= now
    return listed and start <= job.ended < end and wanted in {None, job.request_id} and status in {None, _kind(job)}


def _kind(job: FakeJob) -> str:
    code, _ = end_of(job)
    return "success" if code < 400 else "user_error" if code < 500 else "error"


def _item(job: FakeJob, *, payloads: bool) -> dict[str, Any]:
    status, output = end_of(job)
    about: dict[str, Any] = {
        "request_id": job.request_id,
        "endpoint_id": job.model,
        "started_at": _iso(job.started or job.ended),
        "sent_at": _iso(job.created),
        "ended_at": _iso(job.ended),
        "status_code": status,
        "duration": round(job.ended - job.created, 3),
    }
    return about | {"json_input": job.payload, "json_output": output} if payloads else about


def _limit(call: Call) -> int:
    said = call.query.get("limit", str(USUAL_PAGE))
    if not said.isdecimal() or not 1 <= int(said) <= LONGEST_PAGE:
        raise Refused(400, f"limit: a number from 1 to {LONGEST_PAGE}", loc=("limit",))
    return int(said)


def _page(call: Call) -> int:
    try:
        return int(base64.b64decode(call.query.get("cursor", "MQ=="), validate=True))
    except (binascii.Error, ValueError):
        raise Refused(400, "cursor: not one of ours", loc=("cursor",)) from None


def _moment(call: Call, name: str, usual: float) -> float:
    said = call.query.get(name)
    if said is None:
        return usual
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise Refused(400, f"{name}: a date in ISO 8601", loc=(name,)) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def describe_model(endpoint_id: str, expand: Sequence[str], inputs: Schema | None = None) -> dict[str, Any]:
    """The model's row; one that fal does not know has no metadata. `inputs`: in the place of its own."""
    known = find_schema(PROVIDER, endpoint_id)
    row: dict[str, Any] = {"endpoint_id": endpoint_id}
    names = {one.endpoint_id: one.name for one in load_catalog().models.values() if one.provider == PROVIDER}
    schema = inputs if inputs is not None else known.schema if known else None
    if endpoint_id not in names or schema is None:
        return row
    row["metadata"] = {"display_name": names[endpoint_id], "status": "active"}
    if any("openapi-3.0" in one.split(",") for one in expand):
        row["openapi"] = _document(endpoint_id, schema)
    return row


def _document(endpoint_id: str, schema: Schema) -> dict[str, Any]:
    named: dict[str, Any] = {}
    name = _title(endpoint_id.rpartition("/")[2]) + "Input"
    named[name] = _written(schema, name, named) | {
        "title": name,
        "x-fal-order-properties": [*schema.get("properties", ())],
    }
    body = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}, "required": True}
    accepted = {"200": {"description": "The request status."}}
    return {
        "openapi": "3.0.4",
        "info": {"title": f"Queue OpenAPI for {endpoint_id}", "version": "1.0.0"},
        "components": {"securitySchemes": {"apiKeyAuth": {"type": "apiKey", "in": "header", "name": "Authorization"}},
                       "schemas": named},
        "paths": {
            f"/{endpoint_id}/requests/{{request_id}}/status": {"get": {"responses": accepted}},
            f"/{endpoint_id}": {"post": {"requestBody": body, "responses": accepted}},
        },
    }  # fmt: skip


def _title(name: str) -> str:
    return "".join(part.title() for part in name.replace(".", "_").replace("-", "_").split("_"))


def _written(schema: Schema, title: str, named: dict[str, Any]) -> dict[str, Any]:
    """A schema as fal writes it; objects within it go to `named`."""
    made: dict[str, Any] = {
        "title": title,
        **{key: value for key, value in schema.items() if key != "additionalProperties"},
    }
    if "enum" in made and all(isinstance(one, str) for one in made["enum"]):
        made = {"type": "string", **made}
    if "items" in made:
        made["items"] = _referred(made["items"], title, named)
    if "anyOf" in made:
        made["anyOf"] = [_referred(one, title, named) for one in made["anyOf"]]
    if "properties" in made:
        needed = made.get("required", ())
        fields: Mapping[str, Schema] = made["properties"]
        made["properties"] = {
            name: _field(_referred(one, _title(name), named), needed=name in needed) for name, one in fields.items()
        }
    return made


def _field(written: dict[str, Any], *, needed: bool) -> dict[str, Any]:
    """A field; one that may be absent and has no default may be null."""
    if needed or "default" in written or not written.keys() & {"type", "$ref"}:
        return written
    return {"title": written.get("title", ""), "anyOf": [written, {"type": "null"}]}


def _referred(schema: Schema, title: str, named: dict[str, Any]) -> dict[str, Any]:
    written = _written(schema, title, named)
    if "properties" not in written:
        return written
    name = f"{title}{len(named)}"
    named[name] = {key: value for key, value in written.items() if key != "default"}
    referred = {"$ref": f"#/components/schemas/{name}"}
    return {"allOf": [referred], "default": written["default"]} if "default" in written else referred
