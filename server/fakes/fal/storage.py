"""fal's REST address and its store: the key of its webhooks, tokens, uploads. Source: fal_client 1.0.3.

An uploaded file's address is on fal's own host, which everybody may hand over; here it lies below `/files/u/`.
"""

import secrets
import time
from datetime import UTC, datetime

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.state import FakeState, Refused, key_of

PROVIDER = "fal-ai"
STORE = "https://v3.fal.media"
TOKEN_SECONDS = 3600


async def answer(call: Call, state: FakeState) -> Answer:
    """One call of the REST address; it raises `Refused`."""
    if call.path == "/.well-known/jwks.json" and call.method == "GET":
        return json_answer(state.webhooks.jwks())
    key_of(call.headers, "key", "bearer")
    store = STORE if call.origin == "https://rest.fal.ai" else call.origin.removesuffix("/fal/rest")
    if call.method == "POST" and call.path == "/storage/auth/token":
        reply = await state.ask("check", PROVIDER, "", "")
        until = datetime.fromtimestamp(time.time() + TOKEN_SECONDS, UTC).isoformat()
        token = state.uploads.issue_token()
        return json_answer(
            {"token": token, "token_type": "Bearer", "base_url": store, "expires_at": until}, reply=reply
        )
    if call.method == "POST" and call.path == "/storage/upload/initiate":
        location = _place((call.object() or {}).get("file_name"))
        state.uploads.issue_location(location)
        return json_answer({"upload_url": f"{store}{location}", "file_url": f"{STORE}{location}"})
    raise Refused(404, "Not Found")


async def upload(call: Call, state: FakeState) -> Answer:
    """One file: posted with a token, or put at a place that was given out. It raises `Refused`."""
    kind = call.headers.get("content-type", "application/octet-stream")
    if call.method == "PUT" and state.uploads.allows(call.path):
        reply = await state.ask("upload", PROVIDER, "", call.path)
        state.uploads.put(call.path, call.body, kind)
        return Answer(reply=reply)
    if call.method != "POST" or call.path != "/files/upload":
        raise Refused(404, "Not Found")
    if not state.uploads.allows(key_of(call.headers, "bearer")):
        raise Refused(401, "The token is not valid")
    location = _place(call.headers.get("x-fal-file-name"))
    reply = await state.ask("upload", PROVIDER, "", location)
    state.uploads.put(location, call.body, kind)
    return json_answer({"access_url": f"{STORE}{location}"}, reply=reply)


def _place(name: object) -> str:
    """A new place, which ends with what is harmless of the file's name."""
    shown = name if isinstance(name, str) else ""
    plain = "".join(char for char in shown if char.isascii() and (char.isalnum() or char in "._-"))[-80:]
    return f"/files/u/{secrets.token_hex(12)}/{plain.lstrip('.') or 'upload.bin'}"
