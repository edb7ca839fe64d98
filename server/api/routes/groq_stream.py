"""POST /functions/v1/groq-stream: a prompt, and its answer as a stream of OpenAI chunks that ends with `[DONE]`."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.envelopes import in_envelope, shared
from server.api.services import ServicesOf
from server.api.texts import CHUNKS, FAILURES, TEXT_ERRORS, key_missing, open_text, phrase, stream_text, text_params
from wzrd.contracts.text_generation import DEFAULT_MODEL, TextRequest
from wzrd.domain.errors import BadRequest
from wzrd.models.text_targets import GROQ_PREFIX
from wzrd.operations.text_choice import TextKeyMissing, choose_chat

router = APIRouter(tags=["generation"], dependencies=[in_envelope(shared)])

FUNCTION = "groq-stream"
TEMPERATURE, MAX_TOKENS = 0.7, 4096
_REFUSALS = {429: "Rate limited by Groq. Please wait and try again.", 402: "Groq API payment required."}


def words(status: int, _message: str) -> tuple[int, str]:
    """A refusal in the documented words."""
    return status, _REFUSALS.get(status, f"Groq API error: {phrase(status)}")


@router.post(f"/functions/v1/{FUNCTION}")
@described(
    body=TextRequest,
    answers={200: CHUNKS},
    raises=TEXT_ERRORS,
    failures=FAILURES,
    refusals=("4XX", "5XX"),
    names_run=True,
    waits=True,
)
async def groq_stream(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Ask a text model and pass its words on as they come; the run goes on if the client goes away."""
    runtime = services.runtime
    body = parse(TextRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    if not body.prompt.strip():
        raise BadRequest("prompt is required", field="prompt")
    filled = {
        "model": body.model.strip() or DEFAULT_MODEL,
        "temperature": TEMPERATURE if body.temperature is None else body.temperature,
        "max_tokens": body.max_tokens or MAX_TOKENS,
    }
    body = body.model_copy(update=filled)
    try:
        chosen = choose_chat(runtime, FUNCTION, body.model, prefix=GROQ_PREFIX)
    except TextKeyMissing as error:
        return key_missing(request, error)
    run = await open_text(request, services, user, text_params(user, FUNCTION, body, chosen))
    return await stream_text(request, services, run, chosen.resolved, words)
