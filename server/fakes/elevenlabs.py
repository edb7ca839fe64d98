"""ElevenLabs: speech with times, effects, music, voices. Sources: elevenlabs 2.78.0 and its maker's documentation.

The sounds are as long as their words take, or as was asked for; a voice hums a tone of its own (tones.py). Cloned
voices stay until the next reset. A scripted refusal whose `text` is one of `DETAILS` has that in its `detail.status`:
`system_busy` is the other kind of 429.
"""

import asyncio
import base64
import hashlib
import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

from server.fakes.calls import Answer, Call, json_answer
from server.fakes.files import result_url
from server.fakes.media import TYPES
from server.fakes.script import Behaviour, Reply
from server.fakes.shapes import Shape, seed_of
from server.fakes.state import FakeState, Refused, is_key
from server.fakes.tones import TONES, tone_of
from wzrd.models.schemas.input_schemas import find_schema
from wzrd.models.sounds import MAX_EFFECT_TEXT, MAX_MUSIC_TEXT, MAX_SPEECH_TEXT, SPEECH_TEXT, refused_of_speech

PROVIDER = "elevenlabs"
SECONDS_A_CHARACTER = 0.06
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
SPEECH_WAYS: tuple[list[str], ...] = ([], ["stream"], ["with-timestamps"], ["stream", "with-timestamps"])
MODELS = ("eleven_v3", "eleven_multilingual_v2", "eleven_flash_v2_5", "eleven_turbo_v2_5", "eleven_multilingual_sts_v2")
SPEAKERS = {*MODELS[:-1], *SPEECH_TEXT}
NOT_BESIDE_WORDS = ("composition_plan", "seed")
NOT_FAKED = "Not Found: the fake has speech, its change of voice, effects, music and voices alone (docs/fakes.md)"
_FORMAT = re.compile(
    r"mp3_(22050_32|24000_48|44100_(32|64|96|128|192))|(pcm|wav)_\d{4,5}|[ua]law_8000|opus_48000_\d{2,3}"
)
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
    if not is_key(key):
        raise Refused(401, "Invalid API key")
    match call.method, [part for part in call.path.split("/") if part]:
        case "GET", parts:
            return await _read(call, state, parts)
        case "DELETE", ["v1", "voices", voice] if state.voices.pop(voice, None) is not None:
            return json_answer({"status": "ok"})
        case "POST", ["v1", *parts]:
            return await _make(call, state, parts)
        case _:
            raise Refused(404, NOT_FAKED)


async def _make(call: Call, state: FakeState, parts: list[str]) -> Answer:
    """A sound, or a voice."""
    match parts:
        case ["text-to-speech", voice, *rest] if rest in SPEECH_WAYS:
            return await _speak(call, state, voice, rest)
        case ["speech-to-speech" | "voice-changer", voice, *rest] if rest in ([], ["stream"]):
            return await _respeak(call, state, voice)
        case ["sound-generation"]:
            return await _sound(call, state, SOUND, "text")
        case ["music"] | ["music", "stream"]:
            return await _sound(call, state, MUSIC, "prompt")
        case ["voices", "add"]:
            return await _clone(call, state)
        case _:
            raise Refused(404, NOT_FAKED)


async def _read(call: Call, state: FakeState, parts: list[str]) -> Answer:
    match parts:
        case ["v1" | "v2", "voices"]:
            return _list_voices(call, state, is_paged=parts[0] == "v2")
        case ["v1", "voices", voice_id] if voice_id in _voices(state):
            return json_answer(_voice(call, voice_id, _voices(state)[voice_id]))
        case ["v1", "voices", _]:
            raise Denied(400, "voice_not_found", "A voice with this voice_id does not exist.")
        case ["v1", "user", "subscription"]:
            reply = await state.ask("check", PROVIDER, "", "")
            return json_answer({"tier": "creator", "character_count": 0, "character_limit": 100_000}, reply=reply)
        case ["v1", "models"]:
            return json_answer([{"model_id": one, "name": one, "can_do_text_to_speech": True} for one in MODELS])
        case _:
            raise Refused(404, NOT_FAKED)


def refuse(refused: Refused) -> Answer:
    """An error as ElevenLabs spells it: `detail` says its status, or lists what is wrong with the input."""
    if refused.faults:
        detail = [{**fault, "loc": ["body", *fault["loc"]]} for fault in refused.faults]
        return json_answer({"detail": detail}, refused.status, refused.headers)
    usual = refused.detail if isinstance(refused, Denied) else _STATUS.get(refused.status, "internal_error")
    status = refused.message if refused.message in DETAILS else usual
    return json_answer({"detail": {"status": status, "message": refused.message}}, refused.status, refused.headers)


def _list_voices(call: Call, state: FakeState, *, is_paged: bool) -> Answer:
    """All of them; the newer route looks for words in their names and labels, a page at a time."""
    words = call.query.get("search", "").casefold() if is_paged else ""
    voices = [_voice(call, voice_id, name) for voice_id, name in _voices(state).items()]
    found = [one for one in voices if words in f"{one['name']} {' '.join(one['labels'].values())}".casefold()]
    told = [call.query.get("next_page_token", "0"), call.query.get("page_size", "10")] if is_paged else ["0", "100"]
    if not all(number.isdecimal() for number in told) or not 1 <= int(told[1]) <= 100:
        raise Refused(422, "page_size: Input should be from 1 to 100")
    start, end = int(told[0]), int(told[0]) + int(told[1])
    more = {"next_page_token": str(end)} if end < len(found) else {"next_page_token": None}
    return json_answer({"voices": found[start:end], "has_more": end < len(found), "total_count": len(found), **more})


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


def _check_format(call: Call) -> None:
    """Raise `Denied` for a form of sound that the vendor has not, and for one that this fake does not make."""
    form = call.query.get("output_format", "mp3_44100_128")
    if not _FORMAT.fullmatch(form):
        raise Denied(422, "invalid_output_format", f"output_format {form[:40]!r} is none of the supported ones")
    if not form.startswith("mp3_"):
        raise Denied(400, "output_format_not_allowed", f"the fake makes MP3 alone, and {form} is asked for")


def _body(call: Call, state: FakeState, model: str, name: str) -> dict[str, Any]:
    _check_format(call)
    body, schema = call.object(), find_schema(PROVIDER, model)
    said = None if body is None else body.get(name)
    if body is None or not isinstance(said, str) or not said.strip():
        raise Refused(422, f"{name}: Field required")
    if schema is not None and (faults := schema.problems(body)):
        state.submits.add(PROVIDER, model, said, body, "", paid=False)
        raise Refused(422, str(faults[0]["msg"]), faults=faults)
    return body


async def _respeak(call: Call, state: FakeState, voice: str) -> Answer:
    """Somebody's words in another voice. The form's file is heard for its bytes alone."""
    _check_format(call)
    if b'name="audio"' not in call.body:
        raise Refused(422, "audio: Field required")
    if voice not in _voices(state):
        raise Denied(404, "voice_not_found", f"A voice with the voice_id {voice[:64]} was not found.")
    body = {"audio": hashlib.sha256(call.body.partition(b'name="audio"')[2]).hexdigest(), "voice": voice}
    model = _field(call.body, "model_id") or "eleven_english_sts_v2"
    behaviour = await state.take(PROVIDER, model, "", body, bad=400)
    request_id = await _accepted(state, model, "", body, behaviour)
    sound = await _mp3(state, body, model, 5.0, behaviour, TONES[tone_of(voice, [*VOICES])])
    return _raw(sound, {"request-id": request_id}, behaviour.reply)


async def _speak(call: Call, state: FakeState, voice: str, way: list[str]) -> Answer:
    body = _body(call, state, SPEECH, "text")
    text, model = str(body["text"]), str(body.get("model_id") or "eleven_multilingual_v2")
    if voice not in _voices(state):
        raise Denied(404, "voice_not_found", f"A voice with the voice_id {voice[:64]} was not found.")
    if model not in SPEAKERS:
        raise Denied(400, "model_not_found", f"A model with model ID {model[:64]} does not exist or can not speak")
    if refused := refused_of_speech(body):
        raise Denied(400, "unsupported_model", refused[1])
    _check_length(text, SPEECH_TEXT.get(model, MAX_SPEECH_TEXT))
    behaviour = await state.take(PROVIDER, model, text, body, bad=400)
    request_id = await _accepted(state, model, text, body, behaviour)
    hertz = TONES[tone_of(voice, [*VOICES])]
    sound = await _mp3(state, {**body, "voice": voice}, model, len(text) * SECONDS_A_CHARACTER, behaviour, hertz)
    headers = {"request-id": request_id, "character-cost": str(len(text))}
    if "with-timestamps" not in way:
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
    answer = json_answer(payload, headers=headers, reply=behaviour.reply)
    return replace(answer, body=answer.body + b"\n") if "stream" in way else answer


def _check_length(text: str, most: int) -> None:
    if len(text) > most:
        raise Denied(400, "text_too_long", f"The text is too long: {most} characters are allowed")


async def _sound(call: Call, state: FakeState, model: str, name: str) -> Answer:
    body = _body(call, state, model, name)
    if wrong := next((one for one in NOT_BESIDE_WORDS if model == MUSIC and body.get(one) is not None), None):
        raise Refused(422, f"prompt, {wrong}: only one of the two may be given")
    text, milliseconds = str(body[name]), body.get("music_length_ms")
    _check_length(text, MAX_MUSIC_TEXT if model == MUSIC else MAX_EFFECT_TEXT)
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
