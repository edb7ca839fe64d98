"""The timeline of a cut as it was just read or synced, and what the client is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from wzrd.contracts.director_cut import MissingShotDetail, Summary
from wzrd.domain.storyboard import Storyboard
from wzrd.domain.timeline import MISSING_REASON, Readiness, TimelineRow


@dataclass(frozen=True, slots=True)
class CutTimeline:
    """A project's storyboard, the rows made of it, and how many of them were synced just now."""

    storyboard: Storyboard
    rows: Sequence[TimelineRow]
    ready: Readiness
    synced: int

    @property
    def summary(self) -> Summary:
        """Summary of the timeline for the client."""
        ready = self.ready
        details = [
            MissingShotDetail(
                shot_id=missing.shot.shot_id,
                scene_id=missing.scene.scene_id,
                scene_number=missing.scene.number,
                shot_number=missing.shot.number,
                reason=MISSING_REASON,
                image_status=missing.shot.image_status,
                video_status=missing.shot.video_status,
            )
            for missing in ready.missing
        ]
        return Summary(
            total_shots=ready.total,
            synced_assets=self.synced,
            visual_assets=ready.ready,
            ready_shots=ready.ready,
            ready_videos=ready.videos,
            fallback_images=ready.images,
            missing_shots=len(details),
            missing_shot_details=details,
            audio_assets=ready.audio,
            can_export=ready.blocking_reason is None,
            blocking_reason=ready.blocking_reason,
        )
