"""ElevenLabs: speech with times, effects, music, voices. Sources: elevenlabs 2.78.0 and its maker's documentation.

The sounds are as long as their words take, or as was asked for; a voice hums a tone of its own (tones.py). Cloned
voices stay until the next reset. A scripted refusal whose `text` is one of `DETAILS` has that in its `detail.status`:
`system_busy` is the other kind of 429.
"""

import asyncio
import base64
from typing import Any
from uuid import uuid4

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.files import result_url
from server.fakes.media import TYPES
from server.fakes.script import Behaviour, Reply
from server.fakes.shapes import Shape, seed_of
from server.fakes.state import FakeState, Refused
from server.fakes.tones import TONES, tone_of
from wzrd.models.schemas.input_schemas import find_schema

PROVIDER = "elevenlabs"
SECONDS_A_CHARACTER = 0.06
MAX_CHARACTERS = 40_000
VOICES = {
    "JBFqnCBsd6RMkjVDRZzb": ("George", ("british", "warm", "middle_aged", "male", "narrative_story")),
    "EXAVITQu4vr4xnSDxMaL": ("Sarah", ("american", "professional", "young", "female", "entertainment_tv")),
    "onwK4e9ZLuTAKqWW03F9": ("Daniel", ("british", "formal", "middle_aged", "male", "informative_educational")),
    "XrExE9yKIg1WjnnlVkGX": ("Matilda", ("american", "friendly", "middle_aged", "female", "narration")),
    "pqHfZKP75CvOlQylNhV4": ("Bill", ("american", "crisp", "old", "male", "advertisement")),
    "TX3LPaxmHKxFdv7VOQHJ": ("Liam", ("american", "confident", "young", "male", "social_media")),
}
"""The voices that everybody has: name, and what each label says of it."""
LABELS = ("accent", "description", "age", "gender", "use_case")
STORE = "https://storage.googleapis.com"
"""Where previews lie at ElevenLabs."""
PREVIEW = Shape("audio", seconds=1.5)
SPEECH = "elevenlabs-tts"
SOUND = "elevenlabs-sfx"
MUSIC = "elevenlabs-music"
_STATUS = {
    400: "invalid_request",
    401: "invalid_api_key",
    402: "payment_required",
    404: "not_found",
    422: "validation_error",
    429: "too_many_concurrent_requests",
}
DETAILS = frozenset(
    {"system_busy", "too_many_concurrent_requests", "quota_exceeded", "voice_not_found", "missing_permissions"}
)


class Denied(Refused):
    """A refusal that says what it is in `detail.status`."""

    def __init__(self, status: int, detail: str, message: str) -> None:
        super().__init__(status, message)
        self.detail = detail


async def answer(call: Call, state: FakeState) -> Answer:
    """One call of the API; raises `Refused`."""
    key = call.headers.get("xi-api-key", "")
    if not key or not key.isprintable():
        raise Refused(401, "Invalid API key")
    match call.method, [part for part in call.path.split("/") if part]:
        case "POST", ["v1", "text-to-speech", voice, *rest] if rest in ([], ["stream"], ["with-timestamps"]):
            return await _speak(call, state, voice, timed=rest == ["with-timestamps"])
        case "POST", ["v1", "sound-generation"]:
            return await _sound(call, state, SOUND, "text")
        case "POST", ["v1", "music"]:
            return await _sound(call, state, MUSIC, "prompt")
        case "POST", ["v1", "voices", "add"]:
            return await _clone(call, state)
        case "GET", parts:
            return await _read(call, state, parts)
        case _:
            raise Refused(404, "Not Found")


async def _read(call: Call, state: FakeState, parts: list[str]) -> Answer:
    match parts:
        case ["v1" | "v2", "voices"]:
            voices = [_voice(call, voice_id, name) for voice_id, name in _voices(state).items()]
            return json_answer({"voices": voices, "has_more": False, "total_count": len(voices)})
        case ["v1", "voices", voice_id] if voice_id in _voices(state):
            return json_answer(_voice(call, voice_id, _voices(state)[voice_id]))
        case ["v1", "voices", _]:
            raise Denied(400, "voice_not_found", "A voice with this voice_id does not exist.")
        case ["v1", "user", "subscription"]:
            reply = await state.ask("check", PROVIDER, "", "")
            return json_answer({"tier": "creator", "character_count": 0, "character_limit": 100_000}, reply=reply)
        case _:
            raise Refused(404, "Not Found")


def refuse(refused: Refused) -> Answer:
    """An error as ElevenLabs spells it: `detail` says its status, or lists what is wrong with the input."""
    if refused.faults:
        detail = [{**fault, "loc": ["body", *fault["loc"]]} for fault in refused.faults]
        return json_answer({"detail": detail}, refused.status, refused.headers)
    usual = refused.detail if isinstance(refused, Denied) else _STATUS.get(refused.status, "internal_error")
    status = refused.message if refused.message in DETAILS else usual
    return json_answer({"detail": {"status": status, "message": refused.message}}, refused.status, refused.headers)


def _voices(state: FakeState) -> dict[str, str]:
    return {**{voice_id: name for voice_id, (name, _) in VOICES.items()}, **state.voices}


def _voice(call: Call, voice_id: str, name: str) -> dict[str, Any]:
    """A voice with its labels (a clone has none) and a preview that plays."""
    _, labels = VOICES.get(voice_id, (name, ()))
    preview = result_url(_files_base(call.origin), PREVIEW, seed_of({"voice": voice_id}, "preview"), media="good")
    return {
        "voice_id": voice_id,
        "name": name,
        "category": "premade" if labels else "cloned",
        "labels": dict(zip(LABELS, labels, strict=False)),
        "preview_url": preview,
        "settings": None,
    }


def _files_base(origin: str) -> str:
    """Where previews lie: beside the API's address, or in the vendor's store when it was asked under its own name."""
    return STORE if origin == "https://api.elevenlabs.io" else origin.removesuffix("/elevenlabs")


def _body(call: Call, state: FakeState, model: str, name: str) -> dict[str, Any]:
    body, schema = call.object(), find_schema(PROVIDER, model)
    said = None if body is None else body.get(name)
    if body is None or not isinstance(said, str) or not said.strip():
        raise Refused(422, f"{name}: Field required")
    if schema is not None and (faults := schema.problems(body)):
        state.submits.add(PROVIDER, model, said, body, "", paid=False)
        raise Refused(422, str(faults[0]["msg"]), faults=faults)
    return body


async def _speak(call: Call, state: FakeState, voice: str, *, timed: bool) -> Answer:
    body = _body(call, state, SPEECH, "text")
    text, model = str(body["text"]), str(body.get("model_id") or "eleven_multilingual_v2")
    if voice not in _voices(state):
        raise Denied(404, "voice_not_found", f"A voice with the voice_id {voice[:64]} was not found.")
    if len(text) > MAX_CHARACTERS:
        raise Denied(400, "text_too_long", "The text is too long.")
    behaviour = await state.take(PROVIDER, model, text, body, bad=400)
    request_id = await _accepted(state, model, text, body, behaviour)
    hertz = TONES[tone_of(voice, [*VOICES])]
    sound = await _mp3(state, {**body, "voice": voice}, model, len(text) * SECONDS_A_CHARACTER, behaviour, hertz)
    headers = {"request-id": request_id, "character-cost": str(len(text))}
    if not timed:
        return _raw(sound, headers, behaviour.reply)
    alignment = {
        "characters": list(text),
        "character_start_times_seconds": [round(at * SECONDS_A_CHARACTER, 3) for at in range(len(text))],
        "character_end_times_seconds": [round((at + 1) * SECONDS_A_CHARACTER, 3) for at in range(len(text))],
    }
    payload = {
        "audio_base64": base64.b64encode(sound).decode(),
        "alignment": alignment,
        "normalized_alignment": alignment,
    }
    return json_answer(payload, headers=headers, reply=behaviour.reply)


async def _sound(call: Call, state: FakeState, model: str, name: str) -> Answer:
    body = _body(call, state, model, name)
    text, milliseconds = str(body[name]), body.get("music_length_ms")
    seconds = body.get("duration_seconds") or 5.0
    if model == MUSIC and milliseconds is not None:
        seconds = milliseconds / 1000
    behaviour = await state.take(PROVIDER, model, text, body, bad=400)
    request_id = await _accepted(state, model, text, body, behaviour)
    sound = await _mp3(state, body, model, float(seconds), behaviour)
    return _raw(sound, {"request-id": request_id}, behaviour.reply)


def _raw(sound: bytes, headers: dict[str, str], reply: Reply) -> Answer:
    """A sound as the whole answer; a malformed one begins as no sound does."""
    body, reply = (b'"~' + sound, "whole") if reply == "malformed" else (sound, reply)
    return Answer(body=body, kind=TYPES["mp3"], headers=headers, reply=reply)


async def _accepted(state: FakeState, model: str, text: str, body: dict[str, Any], behaviour: Behaviour) -> str:
    """The submit counts; then it works as long as the script says."""
    request_id = uuid4().hex
    await state.accept(PROVIDER, model, text, body, request_id, behaviour)
    if behaviour.outcome != "success":
        raise Refused(500, "The model failed.")
    if behaviour.hold == "result":
        await state.holds.add(model, text)
    await asyncio.sleep(behaviour.seconds or 0)
    return request_id


async def _mp3(
    state: FakeState, payload: dict[str, Any], model: str, seconds: float, behaviour: Behaviour, hertz: int = 220
) -> bytes:
    """The sound, or what the script has in its place: nothing at all, or silence."""
    if behaviour.media == "empty":
        return b""
    length = round(min(600.0, max(0.5, seconds)), 1)
    form = "silent" if behaviour.media == "silent" else "mp3"
    return await state.media.make(Shape("audio", seconds=length, hertz=hertz), form, seed_of(payload, model))


async def _clone(call: Call, state: FakeState) -> Answer:
    kind = call.headers.get("content-type", "")
    name = _field(call.body, "name")
    if not kind.startswith("multipart/form-data") or not name or b'name="files"' not in call.body:
        raise Refused(422, "name and files are required")
    voice_id = uuid4().hex[:20]
    state.voices[voice_id] = name
    return json_answer({"voice_id": voice_id, "requires_verification": False})


def _field(body: bytes, name: str) -> str:
    """A text field of a form, read as simply as it was written."""
    _, found, rest = body.partition(f'name="{name}"\r\n\r\n'.encode())
    return rest.partition(b"\r\n")[0].decode("utf-8", "replace") if found else ""
