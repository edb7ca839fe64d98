"""Which lines a paid voice speaks, which voice, and under what key each is found again. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from wzrd.domain.emphasis import plain
from wzrd.domain.errors import BadRequest
from wzrd.domain.names import voice_key
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.shots import Line
from wzrd.models.placeholders import PROMPT
from wzrd.models.sounds import DEFAULT_SPEECH_MODEL, SPEECH, translate

EVERYBODY = "*"
"""The name that stands for whoever is not named."""
MAX_VOICES = 200
MAX_SHOWN = 60
LINE = "line-1"
"""Enters the keys of spoken lines: changed whenever the same words would be kept otherwise."""


@dataclass(frozen=True, slots=True)
class PaidVoices:
    """Voices by `voice_key`, `*` for whoever is not named; an empty one is the scratch voice.

    `price`: credits a line.
    """

    by_name: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    model: str = DEFAULT_SPEECH_MODEL
    price: int = 0

    @property
    def any(self) -> bool:
        """True if anybody speaks in a paid voice."""
        return any(self.by_name.values())

    def inputs_for(self, line: Line) -> dict[str, str] | None:
        """Inputs sent for a line; None: it is spoken in scratch voice, or nothing in it can be said."""
        voice = self.by_name.get(voice_key(line.character), self.by_name.get(EVERYBODY, ""))
        text = spoken_text(line)
        return {"text": text, "voiceId": voice, "modelId": self.model} if voice and text else None

    def lines_of(self, lines: Iterable[Line]) -> list[dict[str, str] | None]:
        """Inputs for each of a shot's lines, as `inputs_for`."""
        return [self.inputs_for(line) for line in lines]


def spoken_text(line: Line) -> str:
    """A line's words without emphasis and line breaks; empty where no letter or digit is among them."""
    text = " ".join(plain(line.text).split())
    return text if any(character.isalnum() for character in text) else ""


def recipe_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Recipe that a spoken line is found again by, for one user: all of the text, the voice, the model.

    Raises:
        BadRequest: as `wzrd.models.sounds.translate`.
    """
    call = translate(SPEECH, inputs)
    return {"tool": SPEECH, "version": LINE, "path": call.path, **call.body}


def read_voices(voices: Mapping[str, str] | None, model: str | None, *, price: int = 0) -> PaidVoices:
    """The voices of `settings.voices` and `settings.voiceModel`; `animatic` is the scratch voice.

    Raises:
        BadRequest: a name that is none or stands twice, no id of a voice or model, or too many; the value is named.
    """
    if len(voices or {}) > MAX_VOICES:
        told = f"{len(voices or {})} voices are more than {MAX_VOICES}: name {EVERYBODY!r} for the rest"
        raise BadRequest(f"settings.voices: {told}", field="voices")
    found: dict[str, str] = {}
    for name, voice in (voices or {}).items():
        key = EVERYBODY if name.strip() == EVERYBODY else voice_key(name)
        if not key:
            raise BadRequest(f"settings.voices: {name[:MAX_SHOWN]!r} is no character's name", field="voices")
        if key in found:
            raise BadRequest(f"settings.voices: {name[:MAX_SHOWN]!r} is named twice", field="voices")
        found[key] = "" if voice == ANIMATIC else voice
        if found[key]:
            _check_id("voices", voice, voice=voice)
        elif not voice:
            raise BadRequest(f"settings.voices: {name[:MAX_SHOWN]!r} has no voice: give an id", field="voices")
    if model:
        _check_id("voiceModel", model, model=model)
    return PaidVoices(dict(sorted(found.items())), model or DEFAULT_SPEECH_MODEL, price)


def _check_id(name: str, value: str, *, voice: str = "", model: str = "") -> None:
    try:
        translate(SPEECH, {"text": PROMPT, "voiceId": voice, "modelId": model})
    except BadRequest:
        message = f"settings.{name}: {value[:MAX_SHOWN]!r} is no id: it has 1 to 64 letters, digits, - and _"
        raise BadRequest(message, field=name) from None


def check_names(voices: PaidVoices, characters: Iterable[str]) -> None:
    """See that everybody who was named speaks in the film; `characters` are `voice_key`s.

    Raises:
        BadRequest: somebody does not; the message has the nearest names.
    """
    known = sorted(key for key in set(characters) if key)
    for name in voices.by_name:
        if name != EVERYBODY and name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.5) or known[:12]
            message = f"there are {', '.join(near)}" if near else "nobody speaks in it"
            raise BadRequest(
                f"settings.voices: nobody in this film is called {name[:MAX_SHOWN]!r}: {message}", field="voices"
            )


def check_texts(lines: Sequence[Mapping[str, Any] | None]) -> None:
    """See that the model takes every line.

    Raises:
        BadRequest: one is too long; both lengths are named.
    """
    for inputs in lines:
        if inputs is not None:
            recipe_of(inputs)
