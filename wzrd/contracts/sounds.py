"""elevenlabs-tts, -sfx, -music and -voices: what they take. A sound is answered as it is, `audio/mpeg`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AliasChoices, ConfigDict, Field

from wzrd.contracts.generate import GenerationOptions
from wzrd.contracts.wire import NUMBER, WireModel

MAX_NAME = 200
ACTIONS = ("list", "clone")


class SoundRequest(GenerationOptions):
    """Fields that every sound takes. `text` and `prompt` stand for each other."""

    text: str | None = None
    prompt: str | None = None
    request_id: str | None = Field(default=None, max_length=MAX_NAME)
    project_id: str | None = Field(default=None, max_length=MAX_NAME)


class SpeechRequest(SoundRequest):
    """The body of elevenlabs-tts; null means the default."""

    voice_id: str | None = Field(
        default=None, max_length=MAX_NAME, validation_alias=AliasChoices("voiceId", "voice_id", "voice")
    )
    model_id: str | None = Field(default=None, max_length=MAX_NAME)


class TimedRequest(SoundRequest):
    """The body of elevenlabs-sfx and -music: `duration` in seconds; null means the default."""

    duration: Annotated[float | None, NUMBER] = Field(default=None, allow_inf_nan=False)


class VoicesRequest(WireModel):
    """The body of elevenlabs-voices. To clone: a name, and a sample of somebody speaking, in base64."""

    model_config = ConfigDict(str_max_length=None)

    action: str = Field(default="list", max_length=MAX_NAME, json_schema_extra={"enum": list(ACTIONS)})
    name: str | None = Field(default=None, max_length=MAX_NAME)
    description: str | None = Field(default=None, max_length=2_000)
    audio_base64: str | None = Field(default=None, max_length=16 << 20)
    audio_file_name: str | None = Field(default=None, max_length=MAX_NAME)


def listed(voices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The voices that there are, as the provider tells them."""
    return {"voices": voices}


def cloned(voice: Mapping[str, Any], voice_id: str | None) -> dict[str, Any]:
    """The voice that was made."""
    return {"success": True, "voice_id": voice_id, "voice": voice}
