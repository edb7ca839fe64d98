"""POST /functions/v1/gemini-text-generation: a text model of the catalog, whole or as a stream of OpenAI chunks."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.envelopes import in_envelope, shared
from server.api.services import ServicesOf
from server.api.texts import (
    CHUNKS,
    FAILURES,
    RATE_LIMITED,
    TEXT_ERRORS,
    failed,
    open_text,
    stream_text,
    text_params,
    whole_completion,
)
from wzrd.contracts.text_generation import DEFAULT_MODEL, TextRequest, completion
from wzrd.domain.errors import BadRequest
from wzrd.operations.text_choice import choose_chat

router = APIRouter(tags=["generation"], dependencies=[in_envelope(shared)])

FUNCTION = "gemini-text-generation"


def words(status: int, _message: str) -> tuple[int, str]:
    """A refusal in the documented words."""
    if status == RATE_LIMITED:
        return status, "Rate limits exceeded, please try again later."
    return 500, "Groq API error"


@router.post(f"/functions/v1/{FUNCTION}")
@described(
    body=TextRequest,
    answers={200: (completion, CHUNKS)},
    raises=TEXT_ERRORS,
    failures={**FAILURES, "provider_rejected": 500},
    names_run=True,
    waits=True,
)
async def gemini_text_generation(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Ask a text model; `stream` passes its words on as they come, else the whole completion is the answer."""
    runtime = services.runtime
    body = parse(TextRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    if not body.prompt.strip():
        raise BadRequest("Prompt is required", field="prompt")
    body = body.model_copy(update={"model": body.model.strip() or DEFAULT_MODEL})
    chosen = choose_chat(runtime, FUNCTION, body.model)
    params = text_params(user, FUNCTION, body, chosen, stream=None if body.stream else False)
    run = await open_text(request, services, user, params)
    if body.stream:
        return await stream_text(request, services, run, chosen.resolved, words)
    ended = await run.whole(request)
    return json_response(whole_completion(ended)) if ended.status == "succeeded" else failed(request, ended, words)
