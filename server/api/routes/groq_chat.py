"""POST /functions/v1/groq-chat, groq-stream: a prompt; its answer whole, `{text, usage}`, or as OpenAI chunks."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import Description
from server.api.envelopes import in_envelope, shared
from server.api.services import ServicesOf
from server.api.texts import (
    CHUNKS,
    FAILURES,
    TEXT_ERRORS,
    failed,
    open_text,
    phrase,
    stream_text,
    text_params,
)
from wzrd.contracts.text_generation import DEFAULT_MODEL, ChatRequest, TextRequest, answered
from wzrd.domain.errors import BadRequest
from wzrd.models.text_targets import GROQ_PREFIX
from wzrd.operations.text_choice import choose_chat

router = APIRouter(tags=["generation"], dependencies=[in_envelope(shared)])

CHAT, STREAM = "groq-chat", "groq-stream"
TEMPERATURE, MAX_TOKENS, MAX_STREAMED_TOKENS = 0.7, 1024, 4096
SYSTEM = "You are a helpful assistant."
_described = partial(
    Description, raises=TEXT_ERRORS, failures=FAILURES, refusals=("4XX", "5XX"), names_run=True, waits=True
)


@router.post(f"/functions/v1/{CHAT}")
@_described(body=ChatRequest, answers={200: answered})
async def groq_chat(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Ask a text model; the answer comes when it is whole, and is charged even if nobody waits for it any more."""
    runtime = services.runtime
    body = parse(ChatRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    for name in ("prompt", "model"):
        if not getattr(body, name).strip():
            raise BadRequest(f"{name} is required", field=name)
    chosen = choose_chat(runtime, CHAT, body.model, prefix=GROQ_PREFIX)
    defaults: dict[str, Any] = {"temperature": TEMPERATURE, "max_tokens": MAX_TOKENS, "system_prompt": SYSTEM}
    filled = {name: value for name, value in defaults.items() if getattr(body, name) is None}
    params = text_params(user, CHAT, body.model_copy(update=filled), chosen, stream=False)
    ended = await (await open_text(request, services, user, params)).whole(request)
    if ended.status != "succeeded":
        return failed(request, ended, lambda status, message: (status, message or "Failed to generate text"))
    return json_response(answered(ended.text, ended.raw.get("usage")))


_REFUSALS = {429: "Rate limited by Groq. Please wait and try again.", 402: "Groq API payment required."}


def words(status: int, _message: str) -> tuple[int, str]:
    """A refusal in the documented words."""
    return status, _REFUSALS.get(status, f"Groq API error: {phrase(status)}")


@router.post(f"/functions/v1/{STREAM}")
@_described(body=TextRequest, answers={200: CHUNKS})
async def groq_stream(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Ask a text model and pass its words on as they come; the run goes on if the client goes away."""
    runtime = services.runtime
    body = parse(TextRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    if not body.prompt.strip():
        raise BadRequest("prompt is required", field="prompt")
    filled = {
        "model": body.model.strip() or DEFAULT_MODEL,
        "temperature": TEMPERATURE if body.temperature is None else body.temperature,
        "max_tokens": body.max_tokens or MAX_STREAMED_TOKENS,
    }
    body = body.model_copy(update=filled)
    chosen = choose_chat(runtime, STREAM, body.model, prefix=GROQ_PREFIX)
    run = await open_text(request, services, user, text_params(user, STREAM, body, chosen))
    return await stream_text(request, services, run, chosen.resolved, words)
