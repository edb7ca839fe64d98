"""The functions of one shot on the wire: what they take, in snake_case, and what they answer."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from wzrd.contracts.generate import MAX_URL, GenerationOptions
from wzrd.contracts.wire import NUMBER, Needed

MAX_NAME, MAX_PROMPT = 200, 200_000


class ShotImageRequest(GenerationOptions):
    """The body of generate-shot-image; null means the default."""

    model_config = ConfigDict(str_max_length=None)

    shot_id: Annotated[str | None, Needed()] = Field(default=None, max_length=MAX_NAME, alias="shot_id")
    request_id: str | None = Field(default=None, max_length=MAX_NAME, alias="request_id")
    style_reference_url: str | None = Field(default=None, max_length=MAX_URL, alias="style_reference_url")
    image_model: str | None = Field(default=None, max_length=MAX_NAME, alias="image_model")


class ShotVideoRequest(GenerationOptions):
    """The body of generate-video-from-image; null means the default. `duration` in seconds."""

    model_config = ConfigDict(str_max_length=None)

    shot_id: Annotated[str | None, Needed()] = Field(default=None, max_length=MAX_NAME, alias="shot_id")
    image_url: Annotated[str | None, Needed()] = Field(default=None, max_length=MAX_URL, alias="image_url")
    prompt: str | None = Field(default=None, max_length=MAX_PROMPT)
    request_id: str | None = Field(default=None, max_length=MAX_NAME, alias="request_id")
    model_id: str | None = Field(default=None, max_length=MAX_NAME, alias="model_id")
    duration: Annotated[float | None, NUMBER] = Field(default=None, gt=0, le=60, allow_inf_nan=False)
    resolution: str | None = Field(default=None, max_length=20)
    fps: Annotated[int | None, NUMBER] = Field(default=None, ge=1, le=120)
    generate_audio: bool | None = Field(default=None, strict=True, alias="generate_audio")
    camera_motion: str | None = Field(default=None, max_length=40, alias="camera_motion")

    @property
    def wishes(self) -> dict[str, Any]:
        """Clip settings that are given, by the names of `wzrd.models.shot_orders.ShotOrder`."""
        given = {
            "seconds": self.duration,
            "resolution": self.resolution,
            "fps": self.fps,
            "sound": self.generate_audio,
            "camera_motion": self.camera_motion,
        }
        return {name: value for name, value in given.items() if value is not None and value != ""}


class VisualPromptRequest(GenerationOptions):
    """The body of generate-visual-prompt; null means the default."""

    shot_id: Annotated[str | None, Needed()] = Field(default=None, max_length=MAX_NAME, alias="shot_id")
    request_id: str | None = Field(default=None, max_length=MAX_NAME, alias="request_id")


class ShotAudioRequest(GenerationOptions):
    """The body of generate-shot-audio; null means the default."""

    shot_id: Annotated[str | None, Needed()] = Field(default=None, max_length=MAX_NAME, alias="shot_id")
    request_id: str | None = Field(default=None, max_length=MAX_NAME, alias="request_id")
    voice_id: str | None = Field(default=None, max_length=MAX_NAME, alias="voice_id")
    model_id: str | None = Field(default=None, max_length=MAX_NAME, alias="model_id")

    @property
    def settings(self) -> dict[str, Any]:
        """Voice settings that are given, by the names of elevenlabs-tts."""
        given = {"voiceId": self.voice_id, "modelId": self.model_id}
        return {name: value for name, value in given.items() if value}


def shot_audio(message: str, shot_id: str, url: str | None, *, from_cache: bool) -> dict[str, Any]:
    """The answer of generate-shot-audio; `url` None: there is nothing to say in the shot."""
    return {"message": message, "shot_id": shot_id, "audio_url": url, **({"from_cache": True} if from_cache else {})}


def shot_image(url: str, *, resolved: str, fallback_reason: str | None) -> dict[str, Any]:
    """The answer of generate-shot-image. Only where another model ran than was asked for is more told."""
    fallback = {"resolved_model_id": resolved, "fallback_used": True, "fallback_reason": fallback_reason}
    return {"success": True, "image_url": url, "status": "completed", **(fallback if fallback_reason else {})}


def shot_video(url: str, *, requested: str, resolved: str, fallback_reason: str | None) -> dict[str, Any]:
    """The answer of generate-video-from-image."""
    return {
        "success": True,
        "video_url": url,
        "requested_model_id": requested,
        "resolved_model_id": resolved,
        "fallback_used": fallback_reason is not None,
        **({"fallback_reason": fallback_reason} if fallback_reason is not None else {}),
    }


def visual_prompt(prompt: str, *, shot_id: UUID) -> dict[str, Any]:
    """The answer of generate-visual-prompt."""
    return {"success": True, "visual_prompt": prompt, "shot_id": str(shot_id)}
