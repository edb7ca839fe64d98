"""POST /webhooks/fal/{token}: fal says that a job has ended. The call wakes us; the result is asked for at fal.

The token is the name of one submit in its webhook's address: unguessable, never logged. Whoever is no job's caller is
answered as if there were nothing to know: 202.
"""

import logging
import re

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from server.api.bodies import BodyTooLarge, BodyTooSlow, json_response, read_body
from server.api.callers import WEBHOOK
from server.api.described import Parameters, described
from server.api.services import ServicesOf
from wzrd.contracts.health import Noted
from wzrd.generation.recovery import note_call

log = logging.getLogger(__name__)

MAX_BODY = 1 << 20
"""Bytes of a call: fal puts the result into it, which is not read."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")


class FalHeaders(Parameters):
    """Headers that fal signs beside the body; the signature itself is who calls."""

    request_id: str = Field(alias="X-Fal-Webhook-Request-Id", pattern=r"^[A-Za-z0-9_-]{1,128}$")
    user_id: str = Field(alias="X-Fal-Webhook-User-Id", pattern=r"^[!-~]{1,256}$")
    timestamp: str = Field(alias="X-Fal-Webhook-Timestamp", pattern=r"^[0-9]{1,12}$")


router = APIRouter(tags=["webhooks"])


@router.post("/webhooks/fal/{token}")
@described(
    answers={200: Noted, 202: Noted}, headers=FalHeaders, raises=(BodyTooLarge, BodyTooSlow), security=(WEBHOOK,)
)
async def post_fal_webhook(request: Request, services: ServicesOf, token: str) -> Response:
    """Signed calls only (401). 200 once the call is noted; 202 for a token or request that is not known."""
    head = services.fal_signatures.read_head(request.headers)
    await services.fal_signatures.verify(head, await read_body(request, max_bytes=MAX_BODY))
    noted = await note_call(services.runtime, token, head.request_id) if _TOKEN.fullmatch(token) else "foreign"
    if noted == "foreign":
        log.warning("a webhook of fal's for request %s is none of ours: set aside", head.request_id)
        return json_response(Noted(status="accepted").wire(), 202)
    return json_response(Noted(status="ok").wire())
