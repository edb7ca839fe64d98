"""Order for one shot's picture or clip, and any model's inputs for it. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from wzrd.domain.film import FPS
from wzrd.domain.offline import ANIMATIC
from wzrd.models.bodies import ModelBody
from wzrd.models.catalog import Model
from wzrd.models.shot_inputs import RESOLUTION, image_body, video_body

ShotMedia = Literal["image", "video"]
SECONDS = 6.0
"""The length of a clip when none is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotOrder:
    """A picture (`reference`: the address of one that it is to be like), or a clip that begins with `image_url`.

    `aspect_ratio` as people write it; `seconds`, `fps` and `resolution` are wishes, which a model fits to what it has.
    """

    media: ShotMedia
    prompt: str
    aspect_ratio: str | None = None
    reference: str | None = None
    image_url: str = ""
    seconds: float = SECONDS
    resolution: str = RESOLUTION
    fps: int = FPS
    sound: bool = True
    camera_motion: str | None = None

    def body_for(self, model: Model) -> ModelBody:
        """The body as the model takes it."""
        if model.provider == ANIMATIC:
            return ModelBody(self._animatic_inputs())
        if self.media == "image":
            return image_body(model, prompt=self.prompt, aspect_ratio=self.aspect_ratio, reference=self.reference)
        return video_body(
            model,
            prompt=self.prompt,
            image_url=self.image_url,
            aspect_ratio=self.aspect_ratio,
            seconds=self.seconds,
            resolution=self.resolution,
            fps=self.fps,
            sound=self.sound,
            camera_motion=self.camera_motion,
        )

    def _animatic_inputs(self) -> dict[str, Any]:
        ratio = {"aspect_ratio": self.aspect_ratio} if self.aspect_ratio else {}
        clip = {"image_url": self.image_url, "duration": self.seconds} if self.media == "video" else {}
        return {"prompt": self.prompt, **ratio, **clip}


@dataclass(frozen=True, slots=True)
class ShotRequest:
    """A shot's brief; `instead` are ids of models to be asked, in order, should the chosen one be switched off."""

    brief: ShotOrder
    instead: tuple[str, ...] = ()

    def kept(self) -> dict[str, Any]:
        """The order as a run keeps it."""
        return {"brief": asdict(self.brief), "instead": list(self.instead)}


def read_order(run_params: Mapping[str, Any]) -> ShotRequest | None:
    """The order that a run keeps among its parameters, if it is for a shot."""
    kept = run_params.get("shot")
    return None if kept is None else ShotRequest(ShotOrder(**kept["brief"]), tuple(kept["instead"]))
