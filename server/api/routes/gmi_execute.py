"""POST /functions/v1/gmi-execute: GMI Cloud's models, submitted as runs and polled by their clients; texts at once."""

from dataclasses import replace
from typing import cast
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.auth import AuthUser
from server.api.bodies import json_response, options_of, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.envelopes import in_envelope, name_run, shared
from server.api.services import Services, ServicesOf
from server.api.texts import FAILURES, TEXT_ERRORS, failed, open_text
from wzrd.contracts.gmi_execute import PROVIDER, GmiExecuteRequest, GmiMeta, completed, outcome_of, polled, submitted
from wzrd.db.runs import RunRow, find_request, find_run
from wzrd.domain.errors import BadRequest, NotConfigured, NotFound
from wzrd.domain.ids import parse_uuid
from wzrd.domain.results import media_urls
from wzrd.models.catalog import Model
from wzrd.models.routing import ALIASES, routed_catalog
from wzrd.operations.generate import GENERATE, GenerateParams, start_generate
from wzrd.operations.text_choice import choose_chat

router = APIRouter(tags=["generation"], dependencies=[in_envelope(shared)])

PATH = "/functions/v1/gmi-execute"
FUNCTION = "gmi-execute"
MAX_BODY = 32 << 20
"""Bytes of a request: pictures may come as `data:` URIs."""
NO_KEY = "GMI_CLOUD_API_KEY environment variable is not set"
TEXT_DEFAULTS = {"max_tokens": 2000, "temperature": 1}


@router.post(PATH)
@described(
    body=GmiExecuteRequest,
    answers={200: (submitted, polled, completed)},
    raises=TEXT_ERRORS,
    failures={**FAILURES, NotConfigured.code: 502},
    names_run=True,
    waits=True,
)
async def gmi_execute(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Submit a request, or ask how one stands."""
    body = parse(GmiExecuteRequest, await read_json(request, max_bytes=MAX_BODY))
    if body.action == "poll":
        return await _poll(request, services, user.user_id, body.request_id)
    if body.action != "submit":
        raise BadRequest(f"action is {body.action!r}: use submit or poll", field="action")
    model = _find_model(body.model_id)
    is_text = model.media_type == "text"
    params = GenerateParams(
        user_id=user.user_id,
        project_id=None,
        request_id=body.request_id,
        function=FUNCTION,
        model=model.id,
        inputs={**(TEXT_DEFAULTS if is_text else {}), **body.inputs},
        references=tuple(body.reference_assets),
        **options_of(body),
        reference_id=body.metadata.node_id or body.request_id,
    )
    try:
        if is_text:
            return await _answer_text(request, services, user, params)
        return await _submit(request, services, params)
    except NotConfigured as error:
        return json_response(shared(NO_KEY, {"code": error.code}), 502)


def _find_model(model_id: object) -> Model:
    """The model that the id means.

    Raises:
        BadRequest: in the documented words: no text, or no model of GMI Cloud's.
    """
    if not isinstance(model_id, str) or not model_id.strip():
        raise BadRequest("Invalid model ID", field="modelId")
    wanted = model_id.strip()
    model = routed_catalog().find(ALIASES.get(wanted, wanted))
    if model is None or model.provider != PROVIDER:
        raise BadRequest(f"Model {wanted[:200]} is not a GMI Cloud model", field="modelId")
    return model


async def _submit(request: Request, services: Services, params: GenerateParams) -> Response:
    """A run, answered at once: its id is what its client polls for."""
    started = await start_generate(services.runtime, params)
    name_run(request, started.run_id)
    if started.created:
        services.dispatcher.send_soon(started.run_id, started.row)
    status_url = f"{services.runtime.settings.address}/functions/v1/runs/{started.run_id}"
    first = started.first_event.data if started.first_event is not None else {}
    meta = cast("GmiMeta", {name: first[name] for name in ("ignored", "verified") if name in first})
    return json_response(
        submitted(started.run_id, model=params.model, status=started.status, status_url=status_url, meta=meta)
    )


async def _answer_text(request: Request, services: Services, user: AuthUser, params: GenerateParams) -> Response:
    """A text, answered when it is whole: executed in this process, and no flow run."""
    chosen = choose_chat(services.runtime, FUNCTION, params.model)
    inputs = {**params.inputs, "stream": False}
    run = await open_text(request, services, user, replace(params, chosen=chosen, inputs=inputs))
    ended = await run.whole(request)
    if ended.status != "succeeded":
        return failed(request, ended, lambda _status, message: (502, message))
    said, model = ended.raw, str(ended.result["resolvedModel"])
    return json_response(completed(run.run_id, ended.text, model=model, created_at=services.runtime.now(), said=said))


async def _poll(request: Request, services: Services, user_id: UUID, request_id: str | None) -> Response:
    """State of the run, found by the id that its submit answered or that its caller gave."""
    if not request_id:
        raise BadRequest("requestId is required for polling", field="requestId")
    run = await _find_request(services, user_id, request_id)
    name_run(request, run.run_id)
    outcome = None
    if run.status == "succeeded":
        result = run.result or {}
        urls = [found.url for found in media_urls(result.get("raw"))] or [url for url in [result.get("url")] if url]
        outcome = outcome_of(result.get("raw"), urls, str(result.get("mediaType")))
    answer = polled(
        run.run_id,
        model=str(run.params["chosen"]["model"]),
        status=run.status,
        created_at=run.created_at,
        error=run.error,
        code=run.error_code,
        outcome=outcome,
    )
    return json_response(answer)


async def _find_request(services: Services, user_id: UUID, request_id: str) -> RunRow:
    """The caller's run of this function.

    Raises:
        NotFound: there is none; another user's looks the same.
    """
    run_id = parse_uuid(request_id)
    async with services.runtime.begin() as tx:
        run = await find_run(tx, run_id, user_id=user_id) if run_id is not None else None
        if run is None:
            run = await find_request(tx, user_id, GENERATE.name, f"{FUNCTION}:{request_id}")
    if run is None or run.kind != GENERATE.name or run.params.get("function") != FUNCTION:
        raise NotFound(f"Request {request_id[:200]} not found")
    return run
