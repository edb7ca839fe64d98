"""Request to fal's ffmpeg for a film: compose, with keyframes in milliseconds, or merge-videos. Pure.

Source: the vendor's types (@fal-ai/client 1.10.1). Neither takes an in-point, a transition or captions, and compose no
size: picture only, one track a visual. Sound and captions are laid beside it afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from wzrd.domain.film import DeliveryFormat, seconds_of
from wzrd.domain.submission import Target
from wzrd.film.made_segments import Segment
from wzrd.models.catalog import Model, load_catalog, price_of

PROVIDER = "fal-ai"
COMPOSE, MERGE = "fal-ai/ffmpeg-api/compose", "fal-ai/ffmpeg-api/merge-videos"
LEAST_SIDE, MOST_SIDE = 512, 2048
"""The sides that merge-videos takes; of another frame it is told nothing."""
TOLERANCE = 0.5
"""Seconds by which a rendered picture may be longer or shorter than the film: beyond, sound and picture part."""


@dataclass(frozen=True, slots=True)
class RemoteRender:
    """One render: the model, its inputs, and the seconds that its picture is to last."""

    model: Model
    inputs: Mapping[str, Any]
    seconds: float

    @property
    def target(self) -> Target:
        """Where it goes."""
        return Target(self.model.provider, self.model.endpoint_id)


def render_price() -> int:
    """Highest price of a film, in credits; the model it needs is known once its visuals are read."""
    return max(price_of(_model(COMPOSE)), price_of(_model(MERGE)))


def plan_render(
    visuals: Sequence[Segment], urls: Sequence[str], delivery: DeliveryFormat, *, heard: bool
) -> RemoteRender | None:
    """The render of these visuals, one a URL, in order; None when one silent clip is the film already.

    A house clip (one that had to be made here) is a video too. Only a silent film of clips is merged: where something
    is heard, each visual must begin exactly when its sound does, which compose's times say.
    """
    if not heard and all(visual.source != "image" for visual in visuals):
        return _merge(visuals, urls, delivery) if len(visuals) > 1 else None
    return _compose(visuals, urls, delivery.fps)


def _model(model_id: str) -> Model:
    return load_catalog().models[model_id]


def _merge(visuals: Sequence[Segment], urls: Sequence[str], delivery: DeliveryFormat) -> RemoteRender:
    frame, fps = delivery.frame, delivery.fps
    sides = {"width": frame.width, "height": frame.height}
    takes = all(LEAST_SIDE <= side <= MOST_SIDE for side in sides.values())
    inputs = {"video_urls": list(urls), "target_fps": round(fps), **({"resolution": sides} if takes else {})}
    seconds = sum(visual.seconds or seconds_of(visual.frames, fps) for visual in visuals)
    return RemoteRender(_model(MERGE), inputs, seconds)


def _compose(visuals: Sequence[Segment], urls: Sequence[str], fps: Fraction) -> RemoteRender:
    tracks: list[dict[str, Any]] = []
    frames = 0
    for number, (visual, url) in enumerate(zip(visuals, urls, strict=True)):
        start, frames = frames, frames + visual.frames
        keyframe = {"timestamp": _ms(start, fps), "duration": _ms(frames, fps) - _ms(start, fps), "url": url}
        tracks.append({"id": f"visual-{number}", "type": visual.source or "video", "keyframes": [keyframe]})
    return RemoteRender(_model(COMPOSE), {"tracks": tracks}, seconds_of(frames, fps))


def _ms(frames: int, fps: Fraction) -> int:
    """Milliseconds; each moment is rounded by itself, so that nothing adds up."""
    return round(frames * 1000 / fps)
