"""Inputs of an image model and a video model for a shot, spelled as their providers take them.

Pure. What a model takes is read from its catalog row (`supports`, `payload_keys`, `defaults`, `controls`); what the
row does not tell of fal's and GMI's families stands in the tables here. GMI's models get the names that
`wzrd.models.gmi_payloads` translates; the result is what `GenerationRequest.inputs` holds.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from wzrd.domain.film import FPS, read_ratio
from wzrd.domain.storyboard import StoryboardShot
from wzrd.models.catalog import Model
from wzrd.models.gmi_models import KLING_RATIOS, SEEDREAM_SIZES
from wzrd.models.gmi_payloads import PROVIDER as GMI
from wzrd.models.model_inputs import camel_case
from wzrd.models.output_counts import order_outputs

RESOLUTION = "1080p"
SECONDS = 6.0
"""Duration of a clip in which nobody speaks (the original's value)."""
GENERIC_MOTION = "Subtle natural movement, the camera slowly pushing in."
"""Motion prompt for the clip of a shot that nobody has described."""

_RATIOS = ("21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16")
_IMAGE_SIZES = {
    "1:1": "square_hd",
    "3:4": "portrait_4_3",
    "9:16": "portrait_16_9",
    "4:3": "landscape_4_3",
    "16:9": "landscape_16_9",
}
"""fal's names for a picture's size, by ratio."""
_OWN_RATIOS: Mapping[str, tuple[str, ...]] = {
    "kling-v3-omni": KLING_RATIOS,
    "seedream-5.0-lite": tuple(SEEDREAM_SIZES),
    "seedream-5-0-lite": tuple(SEEDREAM_SIZES),
}
_REFERENCES = ("image_urls", "image_url", "image")
_FIRST_FRAMES = ("image_url", "start_image_url", "first_frame", "image", "image_uri", "image_urls")
_EDITS = frozenset({"image-edit", "image-to-image"})
_PIXELS = re.compile(r"(\d{2,5})x(\d{2,5})")


@dataclass(frozen=True, slots=True)
class Durations:
    """The lengths that a model makes, in seconds and ascending, and how it wants one written (`5`, `"5"`, `"5s"`)."""

    seconds: Sequence[int]
    written: Literal["number", "text", "text_s"] = "number"

    def fit(self, seconds: float) -> int:
        """The shortest that is long enough, else the longest: what is too long is cut, what is too short stands."""
        enough = next((one for one in self.seconds if one >= seconds - 1e-6), None)
        return self.seconds[-1] if enough is None else enough

    def write(self, seconds: int) -> int | str:
        """A length as the model wants it."""
        return seconds if self.written == "number" else f"{seconds}{'s' if self.written == 'text_s' else ''}"


_FAL_DURATIONS: tuple[tuple[str, Durations], ...] = (
    ("fal-ai/kling-video/o3/", Durations(range(3, 16), "text")),
    ("fal-ai/kling-video/v3/", Durations(range(3, 16), "text")),
    ("fal-ai/kling-video/", Durations((5, 10), "text")),
    ("fal-ai/bytedance/seedance/v1.5/", Durations(range(4, 13), "text")),
    ("fal-ai/bytedance/seedance/", Durations(range(2, 13), "text")),
    ("fal-ai/veo3.1/", Durations((4, 6, 8), "text_s")),
    ("fal-ai/sora-2/", Durations((4, 8, 12))),
    ("fal-ai/minimax/hailuo-02/standard/", Durations((6, 10), "text")),
)
"""fal's `duration` by the beginning of a model's id, the longest first (fal's own schemas; the catalog's
`duration_seconds` is the original client's name and is sent beside it)."""
_GMI_DURATIONS: Mapping[str, Durations] = {
    "kling-v3-omni": Durations(range(3, 16)),
    "ltx-2-fast-image-to-video": Durations(range(6, 21, 2)),
    "wan2.7-i2v": Durations(range(2, 16)),
    "wan2.7-r2v": Durations(range(2, 16)),
}


def shot_prompt(shot: StoryboardShot) -> str:
    """The words that a picture is made of: the visual prompt, else the idea; empty when there are neither."""
    return (shot.visual_prompt or shot.prompt_idea).strip()


def motion_prompt(shot: StoryboardShot, given: str = "") -> str:
    """The words that a clip is made of: the caller's, else the shot's, else that something moves."""
    return given.strip() or shot_prompt(shot) or GENERIC_MOTION


def known_inputs(model: Model) -> frozenset[str]:
    """Every name that the catalog knows the model by."""
    controls = (control.key for control in model.controls)
    return frozenset((*model.supports, *model.payload_keys, *model.defaults, *controls))


def takes_reference(model: Model) -> bool:
    """True if an image model takes a reference picture."""
    return _reference_name(model) is not None


def needs_reference(model: Model) -> bool:
    """True if an image model needs a picture. GMI's rows name one that their models do not need."""
    return model.workflow_type in _EDITS and model.provider != GMI


def image_inputs(
    model: Model, *, prompt: str, aspect_ratio: str | None, reference: str | None = None
) -> dict[str, Any]:
    """Inputs of an image model for a shot. `aspect_ratio` as people write it; `reference`: the address of a picture.

    A reference is left out where the model takes none.
    """
    name = _reference_name(model) if reference else None
    inputs = {"prompt": prompt, **_picture_size(model, aspect_ratio)}
    if name is not None:
        inputs[name] = [reference] if name == "image_urls" else reference
    return _over_defaults(model, inputs)


def video_inputs(
    model: Model,
    *,
    prompt: str,
    image_url: str,
    aspect_ratio: str | None,
    seconds: float,
    resolution: str = RESOLUTION,
    fps: int = FPS,
    sound: bool = True,
    camera_motion: str | None = None,
) -> dict[str, Any]:
    """Inputs of a video model for a shot: its first picture, and the clip's length, size and sound.

    `seconds` becomes a length that the model makes (`clip_seconds`). What a model has no setting for is left out.
    """
    known = known_inputs(model)
    picture = "image_url" if model.provider == GMI else _first_known(model, _FIRST_FRAMES) or "image_url"
    inputs: dict[str, Any] = {"prompt": prompt, picture: [image_url] if picture == "image_urls" else image_url}
    inputs |= _duration(model, seconds)
    if _knows(model, "aspect_ratio", "ratio") or model.provider == GMI:
        inputs["aspect_ratio"] = nearest_ratio(model, aspect_ratio)
    if "resolution" in known:
        inputs["resolution"] = _resolution(model, resolution)
    if "fps" in known:
        inputs["fps"] = _nearest_option(model, "fps", fps)
    if _knows(model, "generate_audio", "sound") or model.provider == GMI:
        inputs["generate_audio"] = sound
    if camera_motion and "camera_motion" in known:
        inputs["camera_motion"] = camera_motion
    return _over_defaults(model, inputs)


def durations_of(model: Model) -> Durations | None:
    """The lengths that a video model makes; None when nothing is known of them."""
    if model.provider == GMI and (own := _GMI_DURATIONS.get(model.endpoint_id)):
        return own
    for beginning, durations in _FAL_DURATIONS:
        if model.endpoint_id.startswith(beginning):
            return durations
    for control in model.controls:
        if control.key in {"duration", "duration_seconds", "durationSeconds"}:
            offered = sorted(int(value) for _, value in control.options if isinstance(value, int | float))
            if offered:
                return Durations(tuple(offered))
            if control.min is not None and control.max is not None:
                return Durations(range(math.ceil(control.min), int(control.max) + 1))
    return None


def clip_seconds(model: Model, seconds: float) -> int | None:
    """Length of the model's clip when `seconds` are wanted; None if the model takes no length."""
    durations = durations_of(model)
    return durations.fit(seconds) if durations else None


def nearest_ratio(model: Model, aspect_ratio: str | None) -> str:
    """The ratio, among those that the model has, that is most like the wanted one."""
    offered = _OWN_RATIOS.get(model.endpoint_id) or _options(model, "aspect_ratio", "ratio") or _RATIOS
    return _most_like([one for one in offered if ":" in one], aspect_ratio)


def _most_like(ratios: Sequence[str], aspect_ratio: str | None) -> str:
    wanted = math.log(read_ratio(aspect_ratio))
    return min(ratios, key=lambda one: abs(math.log(read_ratio(one)) - wanted))


def _knows(model: Model, *names: str) -> bool:
    known = known_inputs(model)
    return any(name in known or camel_case(name) in known for name in names)


def _first_known(model: Model, names: Sequence[str]) -> str | None:
    """The first of the names that may stand in the model's payload."""
    known = model.payload_keys or model.supports
    return next((name for name in names if name in known), None)


def _reference_name(model: Model) -> str | None:
    name = _first_known(model, _REFERENCES)
    return "image_urls" if name and model.provider == GMI else name


def _options(model: Model, *names: str) -> tuple[str, ...]:
    """The texts that a setting of the model offers."""
    keys = {*names, *(camel_case(name) for name in names)}
    found = next((control for control in model.controls if control.key in keys and control.options), None)
    return tuple(str(value) for _, value in found.options) if found else ()


def _picture_size(model: Model, aspect_ratio: str | None) -> dict[str, Any]:
    if sizes := [one for one in _options(model, "size") if _PIXELS.fullmatch(one)]:
        return {"size": sizes[_index_of(sizes, aspect_ratio)]}
    ratio = nearest_ratio(model, aspect_ratio)
    if model.provider == GMI:
        return {"aspect_ratio": ratio, **_gmi_picture(model)}
    by_ratio, by_size = _knows(model, "aspect_ratio"), _knows(model, "image_size")
    size = _IMAGE_SIZES[_most_like(tuple(_IMAGE_SIZES), aspect_ratio)]
    both = by_ratio == by_size  # of a model that is known to take neither one may still be right
    picture: dict[str, Any] = {"aspect_ratio": ratio} if by_ratio or both else {}
    return {**picture, "image_size": size} if by_size or both else picture


def _gmi_picture(model: Model) -> dict[str, Any]:
    """The original's settings of a picture at GMI; its models by keys make a square one unless told better."""
    offered = _options(model, "resolution")
    return {"image_output_format": "png", **({"resolution": RESOLUTION} if RESOLUTION in offered else {})}


def _index_of(sizes: Sequence[str], aspect_ratio: str | None) -> int:
    ratios = [one.replace("x", ":") for one in sizes]
    return ratios.index(_most_like(ratios, aspect_ratio))


def _duration(model: Model, seconds: float) -> dict[str, Any]:
    durations = durations_of(model)
    if durations is None:
        return {}
    fitted = durations.fit(seconds)
    if model.provider == GMI:
        return {"duration": fitted}
    schema = any(model.endpoint_id.startswith(beginning) for beginning, _ in _FAL_DURATIONS)
    named = {"duration": durations.write(fitted)} if schema or _knows(model, "duration") else {}
    return {**named, **({"duration_seconds": fitted} if _knows(model, "duration_seconds") else {})}


def _resolution(model: Model, wanted: str) -> str:
    """A resolution by its lines (`1920x1080` is `1080p`), spelled as the model offers it; else what it offers last."""
    pixels = _PIXELS.fullmatch(wanted.strip().lower())
    lines = f"{min(map(int, pixels.groups()))}p" if pixels else wanted.strip().lower()
    offered = [one for one in _options(model, "resolution") if one[0].isdigit()]
    return next((one for one in offered if one.lower() == lines), offered[-1] if offered else lines)


def _nearest_option(model: Model, name: str, wanted: int) -> int:
    offered = [int(one) for one in _options(model, name) if one.isdigit()]
    return min(offered, key=lambda one: abs(one - wanted)) if offered else wanted


def _over_defaults(model: Model, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs over the model's own defaults, which ask for one; GMI's are filled in by its translation."""
    return order_outputs(model, inputs if model.provider == GMI else {**model.defaults, **inputs}, 1).inputs
