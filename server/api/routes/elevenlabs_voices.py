"""POST /functions/v1/elevenlabs-voices: the voices of the operator's account, and a new one made from a sample."""

import binascii
from base64 import b64decode
from typing import Any, cast

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.envelopes import body_of, in_envelope, shared
from server.api.services import ServicesOf
from wzrd.contracts.sounds import ACTIONS, VoicesRequest, cloned, listed
from wzrd.domain.errors import (
    BadRequest,
    NotConfigured,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ProviderUnsent,
)
from wzrd.models.sounds import NO_KEY, PROVIDER
from wzrd.net.magic import SNIFF_BYTES, sniff
from wzrd.providers.base import VoiceCatalog
from wzrd.runtime.process import Runtime

router = APIRouter(tags=["generation"], dependencies=[in_envelope(shared)])

FUNCTION = "elevenlabs-voices"
MAX_SAMPLE = 10 << 20
"""Bytes of a sample."""
MAX_BODY = MAX_SAMPLE * 4 // 3 + (1 << 16)


@router.post(f"/functions/v1/{FUNCTION}")
@described(
    body=VoicesRequest,
    answers={200: (listed, cloned)},
    raises=(ProviderError, ProviderUnsent, ProviderUnknown, ProviderFailed),
    failures={NotConfigured.code: 500},
    refusals=("4XX", "5XX"),
)
async def elevenlabs_voices(request: Request, services: ServicesOf, _: CurrentUser) -> Response:
    """List the voices, or clone one. Nothing of it is charged."""
    body = parse(VoicesRequest, await read_json(request, max_bytes=MAX_BODY))
    if body.action not in ACTIONS:
        raise BadRequest("Unknown action", field="action")
    sample = _sample(body) if body.action == "clone" else b""
    try:
        voices = _voices(services.runtime)
        if body.action == "list":
            return json_response(listed(await voices.list_voices()))
        return json_response(await _clone(voices, body, sample))
    except NotConfigured:
        return json_response(body_of(NotConfigured(NO_KEY), NO_KEY, request.scope), 500)
    except ProviderRejected as error:
        return json_response(body_of(error, error.message, request.scope), error.status or 502)


def _voices(runtime: Runtime) -> VoiceCatalog:
    """Who has the voices.

    Raises:
        NotConfigured: there is no key for it.
    """
    return cast("VoiceCatalog", runtime.providers.find(PROVIDER, "audio"))


async def _clone(voices: VoiceCatalog, body: VoicesRequest, sample: bytes) -> dict[str, Any]:
    made = await voices.clone_voice(body.name or "", sample, body.audio_file_name or "", body.description)
    return cloned(made, made.get("voice_id"))


def _sample(body: VoicesRequest) -> bytes:
    """The sample, seen to be a sound.

    Raises:
        BadRequest: something of it is missing, or it is no sound; the field is named.
    """
    for field, value in (
        ("name", body.name),
        ("audioBase64", body.audio_base64),
        ("audioFileName", body.audio_file_name),
    ):
        if not value or not value.strip():
            raise BadRequest(f"{field} is required", field=field)
    try:
        data = b64decode((body.audio_base64 or "").rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("audioBase64 is no base64: send the file's bytes in it", field="audioBase64") from None
    if len(data) > MAX_SAMPLE:
        raise BadRequest(f"audioBase64 has {len(data)} bytes of {MAX_SAMPLE} at most: shorten it", field="audioBase64")
    if not (sniff(data[:SNIFF_BYTES]) or "").startswith("audio/"):
        raise BadRequest("audioBase64 holds no sound: send an MP3, WAV, M4A, OGG or FLAC file", field="audioBase64")
    return data
