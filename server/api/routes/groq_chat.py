"""POST /functions/v1/groq-chat: a prompt and its whole answer, `{text, usage}`."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.envelopes import in_envelope, shared
from server.api.services import ServicesOf
from server.api.texts import FAILURES, TEXT_ERRORS, failed, key_missing, open_text, text_params
from wzrd.contracts.text_generation import ChatRequest, answered
from wzrd.domain.errors import BadRequest
from wzrd.models.text_targets import GROQ_PREFIX
from wzrd.operations.text_choice import TextKeyMissing, choose_chat

router = APIRouter(tags=["generation"], dependencies=[in_envelope(shared)])

FUNCTION = "groq-chat"
SYSTEM = "You are a helpful assistant."
TEMPERATURE, MAX_TOKENS = 0.7, 1024


@router.post(f"/functions/v1/{FUNCTION}")
@described(
    body=ChatRequest,
    answers={200: answered},
    raises=TEXT_ERRORS,
    failures=FAILURES,
    refusals=("4XX", "5XX"),
    names_run=True,
    waits=True,
)
async def groq_chat(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Ask a text model; the answer comes when it is whole, and is charged even if nobody waits for it any more."""
    runtime = services.runtime
    body = parse(ChatRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    for name in ("prompt", "model"):
        if not getattr(body, name).strip():
            raise BadRequest(f"{name} is required", field=name)
    try:
        chosen = choose_chat(runtime, FUNCTION, body.model, prefix=GROQ_PREFIX)
    except TextKeyMissing as error:
        return key_missing(request, error)
    defaults: dict[str, Any] = {"temperature": TEMPERATURE, "max_tokens": MAX_TOKENS, "system_prompt": SYSTEM}
    filled = {name: value for name, value in defaults.items() if getattr(body, name) is None}
    params = text_params(user, FUNCTION, body.model_copy(update=filled), chosen, stream=False)
    ended = await (await open_text(request, services, user, params)).whole(request)
    if ended.status != "succeeded":
        return failed(request, ended, lambda status, message: (status, message or "Failed to generate text"))
    return json_response(answered(ended.text, ended.raw.get("usage")))
