"""Bodies of image models and video models for a shot, of what it wishes by roles.

Pure. Vendors' schemas say what a model takes (`wzrd.models.bodies`). GMI's have none yet: they get the documented
names, fitted by their rows and the tables here, which `wzrd.models.gmi_payloads` translates.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from wzrd.domain.film import FPS, read_ratio
from wzrd.domain.storyboard import StoryboardShot
from wzrd.models.bodies import ROLES, ModelBody, make_body, read_shape
from wzrd.models.catalog import Model
from wzrd.models.gmi_models import KLING_RATIOS, SEEDREAM_SIZES
from wzrd.models.gmi_payloads import PROVIDER as GMI
from wzrd.models.model_inputs import camel_case
from wzrd.models.output_counts import order_outputs
from wzrd.models.schemas.input_schemas import find_schema

RESOLUTION = "1080p"
SECONDS = 6.0
"""Duration of a clip in which nobody speaks (the original's value)."""
GENERIC_MOTION = "Subtle natural movement, the camera slowly pushing in."
"""Motion prompt for the clip of a shot that nobody has described."""

DEFAULT_RATIO = "16:9"
_RATIOS = ("21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16")
_OWN_RATIOS: Mapping[str, tuple[str, ...]] = {
    "kling-v3-omni": KLING_RATIOS,
    "seedream-5.0-lite": tuple(SEEDREAM_SIZES),
    "seedream-5-0-lite": tuple(SEEDREAM_SIZES),
}
_EDITS = frozenset({"image-edit", "image-to-image"})
_PIXELS = re.compile(r"(\d{2,5})x(\d{2,5})")
_SECONDS: Mapping[str, Sequence[int]] = {
    "kling-v3-omni": range(3, 16),
    "ltx-2-fast-image-to-video": range(6, 21, 2),
    "wan2.7-i2v": range(2, 16),
    "wan2.7-r2v": range(2, 16),
}
"""Lengths that GMI's models make, in seconds and ascending, where their rows do not tell."""


def shot_prompt(shot: StoryboardShot) -> str:
    """The words that a picture is made of: the visual prompt, else the idea; empty when there are neither."""
    return (shot.visual_prompt or shot.prompt_idea).strip()


def motion_prompt(shot: StoryboardShot, given: str = "") -> str:
    """The words that a clip is made of: the caller's, else the shot's, else that something moves."""
    return given.strip() or shot_prompt(shot) or GENERIC_MOTION


def takes_reference(model: Model) -> bool:
    """True if an image model takes a reference picture."""
    known = _known(model) if (schema := find_schema(model.provider, model.endpoint_id)) is None else schema.properties
    return any(name in known for name in (*ROLES["image"], *ROLES["first_frame"]))


def needs_reference(model: Model) -> bool:
    """True if an image model needs a picture. GMI's rows name one that their models do not need."""
    return model.workflow_type in _EDITS and model.provider != GMI


def image_body(model: Model, *, prompt: str, aspect_ratio: str | None, reference: str | None = None) -> ModelBody:
    """Body of an image model for a shot. `aspect_ratio` as people write it; `reference`: the address of a picture.

    A reference is left out where the model takes none.
    """
    reference = reference if takes_reference(model) else None
    if model.provider == GMI:
        named = {"image_urls": [reference]} if reference else {}
        return _one(model, {"prompt": prompt, **_gmi_picture(model, aspect_ratio), **named})
    return _one(
        model, make_body(model, {}, roles={"prompt": prompt, "shape": shape_of(aspect_ratio), "image": reference})
    )


def video_body(
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
) -> ModelBody:
    """Body of a video model for a shot: its first picture, and the clip's length, size and sound.

    `seconds` becomes the shortest length that is long enough, else the longest that the model makes.
    """
    if model.provider == GMI:
        wished = {"prompt": prompt, "image_url": image_url, "generate_audio": sound, **_gmi_seconds(model, seconds)}
        wished["aspect_ratio"] = nearest_ratio(model, aspect_ratio)
        known = _known(model)
        wished |= {"resolution": _resolution(model, resolution)} if "resolution" in known else {}
        wished |= {"fps": _nearest_option(model, "fps", fps)} if "fps" in known else {}
        wished |= {"camera_motion": camera_motion} if camera_motion and "camera_motion" in known else {}
        return _one(model, wished)
    roles = {"prompt": prompt, "first_frame": image_url, "seconds": seconds, "shape": shape_of(aspect_ratio)}
    return _one(model, make_body(model, {}, roles={**roles, "resolution": resolution, "fps": fps, "sound": sound}))


def shape_of(aspect_ratio: str | None) -> str:
    """The ratio as it was written where it is one, else the usual one."""
    return aspect_ratio if aspect_ratio and read_shape(aspect_ratio) else DEFAULT_RATIO


def _one(model: Model, body: ModelBody | Mapping[str, Any]) -> ModelBody:
    """The body, which asks for one output."""
    made = body if isinstance(body, ModelBody) else ModelBody(dict(body))
    return ModelBody(order_outputs(model, made.inputs, 1).inputs, made.ignored)


def _known(model: Model) -> frozenset[str]:
    """Every name that the catalog knows the model by."""
    controls = (control.key for control in model.controls)
    return frozenset((*model.supports, *model.payload_keys, *model.defaults, *controls))


def nearest_ratio(model: Model, aspect_ratio: str | None) -> str:
    """The ratio, among those that the model has, that is most like the wanted one."""
    offered = _OWN_RATIOS.get(model.endpoint_id) or _options(model, "aspect_ratio", "ratio") or _RATIOS
    return _most_like([one for one in offered if ":" in one], aspect_ratio)


def _most_like(ratios: Sequence[str], aspect_ratio: str | None) -> str:
    wanted = math.log(read_ratio(aspect_ratio))
    return min(ratios, key=lambda one: abs(math.log(read_ratio(one.replace("x", ":"))) - wanted))


def _options(model: Model, *names: str) -> tuple[str, ...]:
    """The texts that a setting of the model offers."""
    keys = {*names, *(camel_case(name) for name in names)}
    found = next((control for control in model.controls if control.key in keys and control.options), None)
    return tuple(str(value) for _, value in found.options) if found else ()


def _gmi_picture(model: Model, aspect_ratio: str | None) -> dict[str, Any]:
    """The original's settings of a picture at GMI; its models by keys make a square one unless told better."""
    if sizes := [one for one in _options(model, "size") if _PIXELS.fullmatch(one)]:
        return {"size": _most_like(sizes, aspect_ratio)}
    offered = {"resolution": RESOLUTION} if RESOLUTION in _options(model, "resolution") else {}
    return {"aspect_ratio": nearest_ratio(model, aspect_ratio), "image_output_format": "png", **offered}


def _gmi_seconds(model: Model, seconds: float) -> dict[str, Any]:
    """The length that a model of GMI's makes for these seconds; nothing where nobody knows its lengths."""
    lengths = _SECONDS.get(model.endpoint_id) or _offered_seconds(model)
    if not lengths:
        return {}
    return {"duration": next((one for one in lengths if one >= seconds - 1e-6), lengths[-1])}


def _offered_seconds(model: Model) -> Sequence[int]:
    for control in model.controls:
        if control.key in {"duration", "duration_seconds", "durationSeconds"}:
            if offered := sorted(int(value) for _, value in control.options if isinstance(value, int | float)):
                return offered
            if control.min is not None and control.max is not None:
                return range(math.ceil(control.min), int(control.max) + 1)
    return ()


def _resolution(model: Model, wanted: str) -> str:
    """A resolution by its lines (`1920x1080` is `1080p`), spelled as the model offers it; else what it offers last."""
    pixels = _PIXELS.fullmatch(wanted.strip().lower())
    lines = f"{min(map(int, pixels.groups()))}p" if pixels else wanted.strip().lower()
    offered = [one for one in _options(model, "resolution") if one[0].isdigit()]
    return next((one for one in offered if one.lower() == lines), offered[-1] if offered else lines)


def _nearest_option(model: Model, name: str, wanted: int) -> int:
    offered = [int(one) for one in _options(model, name) if one.isdigit()]
    return min(offered, key=lambda one: abs(one - wanted)) if offered else wanted
