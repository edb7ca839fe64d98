"""POST /functions/v1/director-cut: its request, its answers, and the events of a cut's stream."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypedDict
from uuid import UUID

from pydantic import Field

from wzrd.contracts.money import MoneyLimits
from wzrd.contracts.wire import NUMBER, Needed, WireModel, or_null

ACTIONS = ("sync", "create", "retry", "status", "plan")
PREFLIGHT_FAILED = "DIRECTOR_CUT_PREFLIGHT_FAILED"


class FilmFormat(WireModel):
    """A film's format, as far as it is wished for."""

    resolution: str | None = Field(default=None, max_length=40)
    fps: Annotated[float | None, NUMBER] = Field(default=None, gt=0, le=1000)
    loudness: Annotated[float | None, NUMBER] = Field(default=None, description="In LUFS: -14, -16, -23 or -24.")
    codec: str | None = Field(default=None, max_length=40)


class CutSettings(FilmFormat, MoneyLimits):
    """Settings that a client may wish for a film; others that it sends (quality, renderMode) change nothing."""

    include_audio: Annotated[bool, or_null(bool), Field(strict=True)] = True
    provider: str | None = Field(default=None, max_length=40)
    voices: dict[str, str] | None = Field(
        default=None,
        description="Voice ids by character; * is everybody else, animatic the scratch voice, auto one that suits.",
    )
    voice_model: str | None = Field(default=None, max_length=200)
    max_credits: Annotated[int | None, NUMBER] = Field(default=None, ge=0)


class DirectorCutRequest(WireModel):
    """The body. Which of the ids is needed is the action's business."""

    action: Annotated[str | None, Needed(*ACTIONS)] = Field(None, max_length=200)
    project_id: str | None = Field(None, max_length=200)
    job_id: str | None = Field(None, max_length=200)
    settings: Annotated[CutSettings, or_null(CutSettings)] = Field(default_factory=CutSettings)


class CastVoice(WireModel):
    """Somebody who was cast by register: whose voice they have; `*` is whoever is not named."""

    character: str
    voice_id: str
    name: str


class VoicesPlan(WireModel):
    """The answer to `plan`: `lines` that paid voices have yet to speak, at most, and `credits` of each.

    `estimatedCost`: what their vendor may ask for all of them, in dollars. `fallbackReason`: why nobody is paid.
    `cast`: who was cast by register, with the voice.
    """

    lines: int = 0
    credits: int = 0
    estimated_cost: dict[str, Any] = Field(default_factory=dict[str, Any])
    fallback_reason: str | None = None
    cast: list[CastVoice] = Field(default_factory=list[CastVoice])

    @property
    def total(self) -> int:
        """Credits of all lines."""
        return self.lines * self.credits


class MissingShotDetail(WireModel):
    """A shot that keeps a film from being made."""

    shot_id: UUID
    scene_id: UUID
    scene_number: int | None
    shot_number: int | None
    reason: str
    image_status: str | None
    video_status: str | None


class Summary(WireModel):
    """Summary of what a film could be made of."""

    total_shots: int
    synced_assets: int
    visual_assets: int
    ready_shots: int
    ready_videos: int
    fallback_images: int
    missing_shots: int
    missing_shot_details: list[MissingShotDetail]
    audio_assets: int
    can_export: bool
    blocking_reason: str | None


class JobView(WireModel):
    """The row of `export_jobs` as `status` answers it; nulls are kept."""

    status: str
    progress: int
    output_url: str | None
    error: str | None
    provider: str | None
    provider_status: str | None
    provider_job_id: str | None
    fallback_used: bool
    provider_payload: dict[str, Any]


def synced(summary: Summary) -> dict[str, Any]:
    """The answer to `sync`."""
    return {"success": True, "summary": summary.wire()}


def refused(summary: Summary) -> dict[str, Any]:
    """The body of a 409: why no film can be made now."""
    message = summary.blocking_reason
    return {"success": False, "error": PREFLIGHT_FAILED, "message": message, "summary": summary.wire()}


class StartedCut(TypedDict, total=False):
    """Details of a job at its start: who stands in for whom and why, and its highest cost in credits."""

    fallbackReason: str
    voiceFallbackReason: str
    estimatedCredits: int


def created(job_id: UUID, view: JobView, payload: Annotated[Mapping[str, Any], StartedCut]) -> dict[str, Any]:
    """The answer to `create` and `retry`; who stands in for another says why, who is paid how much at most."""
    answer = {
        "success": True,
        "status": view.status,
        "jobId": str(job_id),
        "progress": view.progress,
        "provider": view.provider,
        "providerStatus": view.provider_status,
        "fallbackUsed": view.fallback_used,
    }
    return answer | {name: payload[name] for name in StartedCut.__annotations__ if payload.get(name)}


class CutNews(TypedDict, total=False):
    """News of a film: its stage, and of an item which one, how it went, how many are done."""

    stage: str
    item: str
    name: str
    itemStatus: str
    reason: str
    done: int
    total: int
    fallbackReason: str
    falError: str
    voiceFallbacks: list["SpokenInstead"]


class LostAsset(TypedDict):
    """Asset missing in a film: which one, its place on the timeline, and why."""

    assetId: str
    orderIndex: int
    reason: str


class SpokenInstead(LostAsset):
    """A line that the scratch voice speaks: whose, in place of which voice; `fallbackReason` is a code."""

    character: str
    voice: str
    fallbackReason: str


class Rendered(TypedDict):
    """Size and rate of the rendered film: pixels, and pictures a second."""

    width: int
    height: int
    fps: float


class FilmResult(TypedDict, total=False):
    """The film, and what is missing in it, as its run keeps them."""

    outputUrl: str
    width: int
    height: int
    frames: int
    seconds: float
    lufs: float
    captions: bool
    rendered: Rendered
    provider: str
    credits: int
    shotFailures: list[LostAsset]
    failedShotCount: int
    partialSuccess: bool
    audioFailures: list[LostAsset]
    voiceFallbackReason: str
    voiceFallbacks: list[SpokenInstead]


def began() -> dict[str, Any]:
    """The first event: the timeline is being read."""
    return {"status": "processing", "progress": 5, "stage": "syncing_assets"}


def progressed(job_id: UUID, progress: int, news: Annotated[Mapping[str, Any], CutNews]) -> dict[str, Any]:
    """A `progress` event: how far the film is, and what has just been done."""
    return {"jobId": str(job_id), "status": "processing", "progress": progress, **news}


def complete(job_id: str, result: Annotated[Mapping[str, Any], FilmResult]) -> dict[str, Any]:
    """The last event of a film that is there."""
    return {"jobId": job_id, "status": "completed", "progress": 100, **result}


def error(job_id: str, message: str, result: Annotated[Mapping[str, Any], FilmResult]) -> dict[str, Any]:
    """The last event of a film that could not be made."""
    return {"jobId": job_id, "status": "failed", "error": message, **result}


EVENTS: Mapping[str, tuple[Callable[..., object], ...]] = {
    "progress": (began, progressed),
    "complete": (complete,),
    "error": (error,),
}
"""Functions that make a cut's stream, by the event's name."""
