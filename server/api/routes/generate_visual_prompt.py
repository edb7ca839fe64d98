"""POST /functions/v1/generate-visual-prompt: the words from which a shot's picture is made, written into its row."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, options_of, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.envelopes import flagged, in_envelope
from server.api.services import ServicesOf
from server.api.texts import FAILURES, TEXT_ERRORS, failed, follow_text
from wzrd.contracts.shot_functions import VisualPromptRequest, visual_prompt
from wzrd.domain.errors import BadRequest
from wzrd.models.visual_prompts import read_prompt
from wzrd.operations.generate import GenerateParams
from wzrd.operations.shots.prompt import open_prompt, plan_prompt
from wzrd.operations.shots.rows import FUNCTION

router = APIRouter(tags=["film"], dependencies=[in_envelope(flagged)])


@router.post(f"/functions/v1/{FUNCTION}")
@described(
    body=VisualPromptRequest,
    answers={200: visual_prompt},
    raises=TEXT_ERRORS,
    failures=FAILURES,
    names_run=True,
    waits=True,
)
async def generate_visual_prompt(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Have a shot's visual prompt written by the project's text model, or by rule where none can be asked."""
    runtime = services.runtime
    body = parse(VisualPromptRequest, await read_json(request, max_bytes=runtime.settings.max_body))
    if not body.shot_id:
        raise BadRequest("Missing shot ID", field="shot_id")
    work = await plan_prompt(runtime, user.user_id, body.shot_id)
    params = GenerateParams(
        user_id=user.user_id,
        project_id=str(work.project_id),
        request_id=body.request_id,
        function=FUNCTION,
        model=work.model,
        media_type="text",
        inputs=work.inputs,
        **options_of(body),
        shot_id=work.shot_id,
        chosen=work.chosen,
    )
    run = await follow_text(request, services, user, partial(open_prompt, services.inline, runtime, work, params))
    ended = await run.whole(request)
    if ended.status != "succeeded":
        return failed(request, ended)
    return json_response(visual_prompt(read_prompt(ended.text), shot_id=work.shot_id))
