"""The timeline of a cut as it was just read, and the items of the film with their prices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from wzrd.contracts.director_cut import MissingShotDetail, Summary
from wzrd.domain.errors import BadRequest
from wzrd.domain.runs import NewItem
from wzrd.domain.timeline import MISSING_REASON, Readiness, TimelineRow
from wzrd.film.cut_list import Cut
from wzrd.film.cut_outcome import FILM, rendered


@dataclass(frozen=True, slots=True)
class CutPrice:
    """Credits that a film costs at most: its rendering, and each shot's voice by the shot's number."""

    film: int = 0
    voices: Mapping[int, int] = field(default_factory=dict[int, int])

    @property
    def total(self) -> int:
        """All of it."""
        return self.film + sum(self.voices.values())

    def check(self, most: int | None) -> None:
        """See that it stays within `settings.maxCredits`.

        Raises:
            BadRequest: it may not; both numbers are named.
        """
        if most is not None and self.total > most:
            message = f"this film may cost {self.total} credits, more than settings.maxCredits {most}"
            raise BadRequest(f"{message}: raise it, or name fewer voices", field="maxCredits")


def items_of(cut: Cut, price: CutPrice) -> Callable[[UUID], Sequence[NewItem]]:
    """Voices before the visuals that must be long enough for them, and what is made of all at the end."""
    made: list[tuple[str, UUID | None, int]] = []
    for shot in cut.shots:
        if cut.audio and shot.heard:
            made.append((f"voice/{shot.number}", shot.asset_id, price.voices.get(shot.number, 0)))
        made.append((f"visual/{shot.number}", shot.asset_id, 0))
    made += [(f"effect/{effect.number}", effect.asset_id, 0) for effect in cut.effects]
    made += [("score", None, 0), ("mix", None, 0)] if cut.audio else []
    made.append((FILM, None, price.film))
    return lambda _: [
        NewItem(key, at, "timeline_asset", asset, price=costs) for at, (key, asset, costs) in enumerate(made, start=1)
    ]


def counts_of(cut: Cut) -> dict[str, Any]:
    """Counts that a job tells of the film before it is made."""
    return {
        "visualTracks": len(cut.shots),
        "audioTracks": cut.tracks,
        "totalAssets": cut.assets,
        "rendered": rendered(cut.frame.width, cut.frame.height, float(cut.fps)),
    }


@dataclass(frozen=True, slots=True)
class CutTimeline:
    """The rows made of a project's storyboard, and how many of them were synced just now."""

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
