"""fal's REST address and its store: the key of its webhooks, tokens, uploads. Source: fal_client 1.0.3.

An uploaded file's address is on fal's own host, which everybody may hand over; here it lies below `/files/u/`.
"""

import hashlib
import mimetypes
import secrets
import time
from datetime import UTC, datetime

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.state import FakeState, Refused, key_of
from wzrd.contracts.wire import elements_of, members_of

PROVIDER = "fal-ai"
STORE = "https://v3.fal.media"
TOKEN_SECONDS = 3600
PARTS = "/multipart/"
"""Between a file's place and the id of an upload in parts."""


async def answer(call: Call, state: FakeState) -> Answer:
    """One call of the REST address; it raises `Refused`."""
    if call.path == "/.well-known/jwks.json" and call.method == "GET":
        return json_answer(state.webhooks.jwks())
    key_of(call.headers, "key", "bearer")
    store = STORE if call.origin == "https://rest.fal.ai" else call.origin.removesuffix("/fal/rest")
    if call.method == "POST" and call.path == "/storage/auth/token":
        reply = await state.ask("check", PROVIDER, "", "")
        until = datetime.fromtimestamp(time.time() + TOKEN_SECONDS, UTC).isoformat()
        token = secrets.token_urlsafe(24)
        state.uploads.grant(token)
        return json_answer(
            {"token": token, "token_type": "Bearer", "base_url": store, "expires_at": until}, reply=reply
        )
    if call.method == "POST" and call.path in {"/storage/upload/initiate", "/storage/upload/initiate-multipart"}:
        location = _place((call.object() or {}).get("file_name"))
        below = _issue_parts(location, state) if call.path.endswith("-multipart") else location
        state.uploads.grant(location)
        return json_answer({"upload_url": f"{store}{below}", "file_url": f"{STORE}{location}"})
    raise Refused(404, "Not Found")


async def upload(call: Call, state: FakeState) -> Answer:
    """One file or part: posted with a token, or put at a place that was given out. It raises `Refused`."""
    location, found, tail = call.path.partition(PARTS)
    if found and state.uploads.allows(location + PARTS + tail.partition("/")[0]):
        return _take_part(call, state, location)
    kind = call.headers.get("content-type", "application/octet-stream")
    if call.method == "PUT" and state.uploads.allows(call.path):
        reply = await state.ask("upload", PROVIDER, "", call.path)
        state.uploads.put(call.path, call.body, kind)
        return Answer(kind="text/plain", reply=reply)
    if call.method != "POST" or call.path not in {"/files/upload", "/files/upload/multipart"}:
        raise Refused(404, "Not Found")
    if not state.uploads.allows(key_of(call.headers, "bearer")):
        raise Refused(401, "The token is not valid")
    location = _place(call.headers.get("x-fal-file-name"))
    reply = await state.ask("upload", PROVIDER, "", location)
    if call.path.endswith("/multipart"):
        upload_id = _issue_parts(location, state).rpartition("/")[2]
        return json_answer({"access_url": f"{STORE}{location}", "uploadId": upload_id}, reply=reply)
    state.uploads.put(location, call.body, kind)
    return json_answer({"access_url": f"{STORE}{location}"}, reply=reply)


def _issue_parts(location: str, state: FakeState) -> str:
    """The place where the parts of a file are put."""
    below = f"{location}{PARTS}{secrets.token_hex(8)}"
    state.uploads.grant(below)
    return below


def _take_part(call: Call, state: FakeState, location: str) -> Answer:
    """Keep one part, or make the file of those that are named."""
    base, _, number = call.path.rpartition("/")
    if call.method == "PUT" and number.isdecimal():
        etag = hashlib.md5(call.body, usedforsecurity=False).hexdigest()
        state.uploads.put(call.path, call.body, etag)
        return json_answer({"partNumber": int(number), "etag": etag}, headers={"etag": etag})
    if call.method != "POST" or number != "complete":
        raise Refused(404, "Not Found")
    told = map(members_of, elements_of((call.object() or {}).get("parts")))
    named = sorted(told, key=lambda one: str(one.get("partNumber")).zfill(9))  # they are told as they were done
    parts = [(one, state.uploads.get(f"{base}/{one.get('partNumber')}")) for one in named]
    if not parts or any(kept is None or kept[1] != told.get("etag") for told, kept in parts):
        raise Refused(400, "A part is missing, or is another one")
    kind = mimetypes.guess_type(location)[0] or "application/octet-stream"
    state.uploads.put(location, b"".join(kept[0] for _, kept in parts if kept), kind)
    return json_answer({"access_url": f"{STORE}{location}"})


def _place(name: object) -> str:
    """A new place, which ends with what is harmless of the file's name."""
    shown = name if isinstance(name, str) else ""
    plain = "".join(char for char in shown if char.isascii() and (char.isalnum() or char in "._-"))[-80:]
    return f"/files/u/{secrets.token_hex(12)}/{plain.lstrip('.') or 'upload.bin'}"
