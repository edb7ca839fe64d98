"""Speech, effects and music as ElevenLabs takes them: what is sent, within which limits, and the words' times. Pure.

Sources: elevenlabs 2.78.0 (paths, fields, lengths), elevenlabs.io/docs/models (characters a model takes), and the
original's own requests (voice, model and settings where nothing is said).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from wzrd.contracts.wire import members_of
from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.domain.film import Caption
from wzrd.domain.offline import ANIMATIC
from wzrd.models.body_maker import take_known
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.schemas.field_values import check_body, read_number
from wzrd.models.schemas.input_schemas import find_schema

PROVIDER = "elevenlabs"
SPEECH, EFFECTS, MUSIC = "elevenlabs-tts", "elevenlabs-sfx", "elevenlabs-music"
Sound: TypeAlias = Literal["speech", "effects", "music"]
KINDS: Mapping[str, Sound] = {SPEECH: "speech", EFFECTS: "effects", MUSIC: "music"}
"""Kind of sound that each of its models makes."""

DEFAULT_VOICE = "JBFqnCBsd6RMkjVDRZzb"
DEFAULT_SPEECH_MODEL = "eleven_multilingual_v2"
OUTPUT_FORMAT = "mp3_44100_128"
EFFECT_SECONDS = (0.5, 22.0)
"""Bounds of an effect's length in seconds; other lengths are brought within, as the original did."""
MUSIC_SECONDS = (3.0, 600.0)
DEFAULT_EFFECT, DEFAULT_MUSIC = 5.0, 30.0

MAX_EFFECT_TEXT, MAX_MUSIC_TEXT = 450, 4_100
MAX_SPEECH_TEXT = 40_000
"""Characters that the most patient speech model takes; of a model that is new to us its provider says less."""
SPEECH_TEXT: Mapping[str, int] = {
    "eleven_v3": 5_000,
    "eleven_multilingual_v2": 10_000,
    "eleven_multilingual_v1": 10_000,
    "eleven_monolingual_v1": 10_000,
    "eleven_flash_v2": 30_000,
    "eleven_turbo_v2": 30_000,
}
"""Characters that a speech model takes; those that are not here take `MAX_SPEECH_TEXT`."""

_BYTES_A_SECOND, _BYTES_A_CHARACTER = 32_000, 4_000
"""Twice what the output format takes; of speech in base64 with its times twice what slow speakers need."""
_SPARE = 1 << 20
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SETTINGS = {"stability": 0.5, "similarity_boost": 0.75, "style": 0.5, "use_speaker_boost": True}

_LONE = ("previous_text", "next_text", "previous_request_ids", "next_request_ids")
"""Fields that tie lines together, which Eleven v3 refuses (`unsupported_model`), as its users report."""
_INSTEAD_OF_WORDS = frozenset({"composition_plan", "respect_sections_durations", "seed"})
"""Fields of music that it does not take beside a prompt."""
NO_KEY = "ElevenLabs API key not configured"


class SoundKeyMissing(NotConfigured):
    """The provider's key is not configured here."""


@dataclass(frozen=True, slots=True)
class SoundCall:
    """One call: the path below the provider's address, with its query, and the JSON that is sent.

    `most`: bytes of an answer that could be one.
    """

    kind: Sound
    path: str
    body: Mapping[str, Any]
    most: int


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word and when it is heard, in seconds from the beginning."""

    text: str
    start: float
    end: float


def translate(model: str, inputs: Mapping[str, Any]) -> SoundCall:
    """Call that is sent for a model's inputs; `model` is one of `KINDS`.

    Raises:
        BadRequest: no words or too many, no voice's or model's id, or no such length; the value and the limit are
            named.
    """
    kind = KINDS.get(model)
    if kind == "speech":
        return _speech(inputs)
    if kind == "effects":
        return _effects(inputs)
    if kind == "music":
        return _music(inputs)
    raise BadRequest(f"{PROVIDER} has no model {model[:60]!r}: there are {', '.join(KINDS)}", field="model")


def _speech(inputs: Mapping[str, Any]) -> SoundCall:
    model = _id(inputs, "modelId", "model_id", otherwise=DEFAULT_SPEECH_MODEL)
    voice = _id(inputs, "voiceId", "voice_id", "voice", otherwise=DEFAULT_VOICE)
    text = _text(inputs, "text", SPEECH_TEXT.get(model, MAX_SPEECH_TEXT), of=model)
    path = f"/v1/text-to-speech/{voice}/with-timestamps?output_format={OUTPUT_FORMAT}"
    body = _body(SPEECH, inputs, {"text": text, "model_id": model}, {"voice_settings": dict(_SETTINGS)})
    if refused := refused_of_speech(body):
        raise BadRequest(refused[1], field=refused[0])
    return SoundCall("speech", path, body, _SPARE + _BYTES_A_CHARACTER * len(text))


def refused_of_speech(body: Mapping[str, Any]) -> tuple[str, str] | None:
    """Field of a valid body that its model refuses, and why. Eleven v3 takes three stabilities, and lines alone."""
    if body.get("model_id") != "eleven_v3":
        return None
    if (stability := members_of(body.get("voice_settings")).get("stability", 0.5)) not in (0, 0.5, 1):
        return "stability", f"stability is {stability}: eleven_v3 takes 0, 0.5 or 1"
    name = next((one for one in _LONE if body.get(one)), None)
    return (name, f"{name} is nothing that eleven_v3 takes") if name else None


def _effects(inputs: Mapping[str, Any]) -> SoundCall:
    text = _text(inputs, "prompt", MAX_EFFECT_TEXT, of=EFFECTS)
    least, most = EFFECT_SECONDS
    seconds = min(max(_seconds(inputs, DEFAULT_EFFECT), least), most)
    body = _body(EFFECTS, inputs, {"text": text, "duration_seconds": seconds}, {"prompt_influence": 0.3})
    return SoundCall("effects", f"/v1/sound-generation?output_format={OUTPUT_FORMAT}", body, _bytes(seconds))


def _music(inputs: Mapping[str, Any]) -> SoundCall:
    text, seconds = _text(inputs, "prompt", MAX_MUSIC_TEXT, of=MUSIC), _seconds(inputs, DEFAULT_MUSIC)
    least, most = MUSIC_SECONDS
    if not least <= seconds <= most:
        message = f"duration is {seconds:g}: music lasts {least:g} to {most:g} seconds"
        raise BadRequest(message, field="duration")
    given = {name: value for name, value in inputs.items() if name not in _INSTEAD_OF_WORDS}
    body = _body(MUSIC, given, {"prompt": text, "music_length_ms": round(seconds * 1000)}, {})
    return SoundCall("music", f"/v1/music?output_format={OUTPUT_FORMAT}", body, _bytes(seconds))


def _body(model: str, inputs: Mapping[str, Any], own: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a call: what it is about, over what else was given of the vendor's fields, over what is usual.

    Raises:
        BadRequest: it is not valid by the vendor's schema; field, value and what is allowed are named.
    """
    schema = find_schema(PROVIDER, model)
    assert schema is not None, "the schemas of all its calls are shipped"
    rest = {name: value for name, value in inputs.items() if name not in own}
    body = {**usual, **take_known(schema, rest), **own}
    check_body(schema, body)
    return body


def _bytes(seconds: float) -> int:
    return _SPARE + round(_BYTES_A_SECOND * seconds)


def _id(inputs: Mapping[str, Any], *names: str, otherwise: str) -> str:
    name = next((name for name in names if inputs.get(name) not in (None, "")), None)
    if name is None:
        return otherwise
    value = inputs[name]
    if not isinstance(value, str) or not _ID.fullmatch(value):
        message = f"{name} is {str(value)[:60]!r}: give an id of 1 to 64 letters, digits, - and _"
        raise BadRequest(message, field=name)
    return value


def _text(inputs: Mapping[str, Any], name: str, most: int, *, of: str) -> str:
    """The words; `prompt` and `text` stand for each other, the model's own name first."""
    other = "prompt" if name == "text" else "text"
    text = next((said for one in (name, other) if isinstance(said := inputs.get(one), str) and said.strip()), "")
    if not text:
        raise BadRequest(f"{name.capitalize()} is required", field=name)
    if len(text) > most:
        message = f"{name} has {len(text)} characters, and {of} takes {most} at most: shorten it, or send it in parts"
        raise BadRequest(message, field=name)
    return text


def _seconds(inputs: Mapping[str, Any], usual: float) -> float:
    name = next((name for name in ("duration", "duration_seconds") if inputs.get(name) is not None), None)
    if name is None:
        return usual
    if (seconds := read_number(inputs[name])) is None:
        raise BadRequest(f"{name} is {str(inputs[name])[:40]!r}: give a number of seconds", field=name)
    return seconds


def sound_of(model: Model) -> Sound | None:
    """Kind of sound that a model makes of words alone; None where it works on a file."""
    if model.id in KINDS:
        return KINDS[model.id]
    if model.workflow_type in {"text-to-speech", "voice-clone", "voice-design"}:
        return "speech"
    if model.workflow_type == "text-to-music":
        return "music"
    return "effects" if model.workflow_type == "text-to-audio" else None


def works_on_file(model: Model) -> bool:
    """True if the model makes a sound of a file, or words of a sound: nothing stands in for that."""
    return model.media_type == "audio" and sound_of(model) is None and model.provider != ANIMATIC


def writes_words(provider: str, endpoint_id: str) -> bool:
    """True if a provider's model writes down what is said in a sound: it answers words, and no file."""
    rows = load_catalog().models.values()
    found = (row.workflow_type for row in rows if (row.provider, row.endpoint_id) == (provider, endpoint_id))
    return "speech-to-text" in found


def offline_inputs(model: Model, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs for animatic mode in place of `model`: `sound`, `text`, `voiceId`, `duration` in seconds.

    Raises:
        BadRequest: no words, too many, no such length, or the model works on a file, which animatic mode does not.
    """
    kind = sound_of(model)
    if kind is None:
        raise BadRequest(f"{ANIMATIC} makes sounds of words, and {model.id} works on a file", field="model")
    call = translate(next(name for name, makes in KINDS.items() if makes == kind), _plain(inputs))
    if kind == "speech":
        return {"sound": kind, "text": call.body["text"], "voiceId": call.path.split("/")[3]}
    seconds = call.body["duration_seconds"] if kind == "effects" else call.body["music_length_ms"] / 1000
    return {"sound": kind, "text": call.body["text" if kind == "effects" else "prompt"], "duration": seconds}


def _plain(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that count here; a voice that is described in words is as good as none, a length "auto" is none."""
    kept = {name: inputs[name] for name in ("text", "prompt", "duration", "duration_seconds") if name in inputs}
    kept = {name: value for name, value in kept.items() if value != "auto"}
    voice = next((inputs[name] for name in ("voiceId", "voice_id", "voice") if inputs.get(name)), None)
    return {**kept, "voiceId": voice} if isinstance(voice, str) and _ID.fullmatch(voice) else kept


def read_words(alignment: object) -> tuple[SpokenWord, ...]:
    """The words of an alignment of characters (three lists of one length); none where it makes no sense."""
    if not isinstance(alignment, Mapping):
        return ()
    members = cast("Mapping[str, Any]", alignment)
    rows = [
        members.get(name) for name in ("characters", "character_start_times_seconds", "character_end_times_seconds")
    ]
    if not all(isinstance(row, list) for row in rows) or len({len(cast("list[object]", row)) for row in rows}) != 1:
        return ()
    found: list[SpokenWord] = []
    word, begin, end = "", 0.0, 0.0
    for character, start, stop in zip(*cast("list[list[object]]", rows), strict=True):
        if not (isinstance(character, str) and _is_time(start) and _is_time(stop)):
            return ()
        if character.isspace():
            found += [SpokenWord(word, begin, end)] if word else []
            word = ""
            continue
        begin = begin if word else cast("float", start)
        word, end = word + character, max(cast("float", stop), begin)
    return (*found, SpokenWord(word, begin, end)) if word else tuple(found)


def read_timed(facts: Mapping[str, Any]) -> tuple[Caption, ...]:
    """The words of a spoken line with their times, within its sound; none where none were told."""
    seconds = float(facts["seconds"])
    words = ((float(one["start"]), float(one["end"]), str(one["text"])) for one in facts.get("words", ()))
    return tuple(Caption(min(start, seconds), min(end, seconds), text) for start, end, text in words)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


CAPTION_CHARACTERS = 76
_ENDS = (".", "!", "?", "\u2026", ":", ";", "\u3002", "\uff01", "\uff1f")


def captions_of(words: Sequence[SpokenWord]) -> tuple[Caption, ...]:
    """Captions as long as can be read at once, ending with a sentence where one ends."""
    found: list[Caption] = []
    held: list[SpokenWord] = []
    for word in words:
        if held and len(" ".join(one.text for one in (*held, word))) > CAPTION_CHARACTERS:
            found.append(_caption(held))
            held = []
        held.append(word)
        if word.text.rstrip("\"')\u201d\u2019").endswith(_ENDS):
            found.append(_caption(held))
            held = []
    return (*found, _caption(held)) if held else tuple(found)


def _caption(words: Sequence[SpokenWord]) -> Caption:
    return Caption(words[0].start, words[-1].end, " ".join(one.text for one in words))
