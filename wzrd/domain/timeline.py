"""Director's Cut before it runs: is every shot ready, which rows make the timeline. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from wzrd.domain.ids import derive
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot

VIDEO_MS, IMAGE_MS = 6000, 5000
"""Duration on the timeline of a clip of unknown length and of a still, in milliseconds."""
MISSING_REASON = "Missing shot image or video"
STALE = "Synced timeline assets are stale. Sync timeline assets before retrying Director's Cut."

AssetType = Literal["video", "image", "audio"]


@dataclass(frozen=True, slots=True)
class MissingShot:
    """A shot that has neither picture nor clip."""

    scene: StoryboardScene
    shot: StoryboardShot


@dataclass(frozen=True, slots=True)
class Readiness:
    """Counts of what a film could be made of. `audio` counts sounds; `stale`: the rows do not cover the shots."""

    total: int
    videos: int
    images: int
    missing: tuple[MissingShot, ...]
    audio: int = 0
    stale: bool = False

    @property
    def ready(self) -> int:
        """Shots that have something to show."""
        return self.videos + self.images

    @property
    def blocking_reason(self) -> str | None:
        """Why no film can be made, in the documented words; None when one can."""
        if self.total == 0:
            return "No ordered shots are available for Director's Cut."
        if count := len(self.missing):
            shots = "1 ordered shot is" if count == 1 else f"{count} ordered shots are"
            return f"{shots} missing an image or video. Generate all visuals before starting Director's Cut."
        return STALE if self.stale else None


def readiness(storyboard: Storyboard, *, audio: int = 0, stale: bool = False) -> Readiness:
    """The storyboard's readiness; status columns are not asked."""
    shots = list(storyboard)
    videos = sum(bool(shot.video_url) for _, shot in shots)
    missing = tuple(MissingShot(scene, shot) for scene, shot in shots if not (shot.video_url or shot.image_url))
    return Readiness(len(shots), videos, len(shots) - videos - len(missing), missing, audio, stale)


@dataclass(frozen=True, slots=True)
class FinalAudio:
    """A sound of the whole project (`final_project_assets` of type audio)."""

    asset_id: UUID
    file_url: str
    duration_ms: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A row of `timeline_assets`; `position` counts the visuals from 0, sounds share their visual's."""

    asset_id: UUID
    scene_id: UUID | None
    shot_id: UUID | None
    asset_type: AssetType
    source_url: str
    duration_ms: int | None
    position: int
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)

    @property
    def role(self) -> Literal["visual", "voiceover", "sfx", "music"]:
        """Role of the row in a film; sounds that name no role are effects."""
        match self.metadata.get("asset_role"):
            case "voiceover" | "sfx" | "music" as role:
                return role
            case _:
                return "sfx" if self.asset_type == "audio" else "visual"


def build_timeline(
    storyboard: Storyboard, music: Sequence[FinalAudio], lengths: Mapping[str, int]
) -> list[TimelineRow]:
    """The rows of every shot that is ready, in film order, and of the project's music.

    `lengths` are clips' milliseconds by address, as far as known. A row's id follows from what it stands for, so that
    building the timeline again names the same things alike.
    """
    rows: list[TimelineRow] = []
    position = cursor = 0
    for scene, shot in storyboard:
        if not (shot.video_url or shot.image_url):
            continue
        visual = _visual(storyboard.project_id, scene, shot, position, cursor, lengths)
        rows.append(visual)
        if shot.audio_url:
            rows.append(_voiceover(storyboard.project_id, scene, shot, position, cursor))
        position += 1
        cursor += visual.duration_ms or 0
    return rows + [_music(storyboard.project_id, asset) for asset in music if asset.file_url]


def _visual(
    project_id: UUID,
    scene: StoryboardScene,
    shot: StoryboardShot,
    position: int,
    start: int,
    lengths: Mapping[str, int],
) -> TimelineRow:
    still = not shot.video_url
    duration = IMAGE_MS if still else lengths.get(shot.video_url, VIDEO_MS)
    metadata = {
        "asset_role": "shot_visual",
        "start_ms": start,
        "duration_ms": duration,
        "track": "visual",
        "thumbnail_url": shot.image_url or None,
        "scene_number": scene.number,
        "shot_number": shot.number,
        "prompt_idea": shot.prompt_idea or None,
        "visual_prompt": shot.visual_prompt or None,
        "fallback_image_segment": still,
    }
    url = shot.image_url if still else shot.video_url
    asset_id = derive(project_id, "timeline", "visual", str(shot.shot_id))
    kind: AssetType = "image" if still else "video"
    return TimelineRow(asset_id, scene.scene_id, shot.shot_id, kind, url, duration, position, metadata)


def _voiceover(
    project_id: UUID, scene: StoryboardScene, shot: StoryboardShot, position: int, start: int
) -> TimelineRow:
    metadata = {
        "asset_role": "voiceover",
        "start_ms": start,
        "track": "voiceover",
        "scene_number": scene.number,
        "shot_number": shot.number,
        "dialogue": shot.dialogue or None,
        "sound_effects": shot.sound_effects or None,
    }
    asset_id = derive(project_id, "timeline", "voiceover", str(shot.shot_id))
    return TimelineRow(asset_id, scene.scene_id, shot.shot_id, "audio", shot.audio_url, None, position, metadata)


def _music(project_id: UUID, asset: FinalAudio) -> TimelineRow:
    metadata = {
        **asset.metadata,
        "asset_role": "music",
        "start_ms": 0,
        "track": "music",
        "final_project_asset_id": str(asset.asset_id),
    }
    asset_id = derive(project_id, "timeline", "music", str(asset.asset_id))
    return TimelineRow(asset_id, None, None, "audio", asset.file_url, asset.duration_ms, 0, metadata)
