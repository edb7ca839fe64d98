"""Bodies of image models and video models for a shot, of what it wishes by roles. Pure."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from wzrd.domain.errors import BadRequest
from wzrd.domain.film import FPS
from wzrd.domain.shots import Line
from wzrd.domain.storyboard import StoryboardShot
from wzrd.domain.wanted_format import WantedFormat
from wzrd.models.bodies import ModelBody, fields_for, fields_of_role, make_body, schema_of
from wzrd.models.catalog import Model
from wzrd.models.output_counts import order_outputs
from wzrd.models.placeholders import PROMPT, STILL
from wzrd.models.schemas.field_values import read_number, read_shape

RESOLUTION = "1080p"
SECONDS = 6.0
"""Duration of a clip in which nobody speaks (the original's value)."""
GENERIC_MOTION = "Subtle natural movement, the camera slowly pushing in."
"""Motion prompt for the clip of a shot that nobody has described."""
DEFAULT_RATIO = "16:9"
_EDITS = frozenset({"image-edit", "image-to-image"})
_GMI = "gmi-cloud"
NONE: Mapping[str, Any] = MappingProxyType({})
"""No references."""


def shot_prompt(shot: StoryboardShot) -> str:
    """The words that a picture is made of: the visual prompt, else the idea; empty when there are neither."""
    return (shot.visual_prompt or shot.prompt_idea).strip()


def motion_prompt(shot: StoryboardShot) -> str:
    """The words that a clip is made of: the shot's, else that something moves."""
    return shot_prompt(shot) or GENERIC_MOTION


def speak_lines(prompt: str, lines: Sequence[Line]) -> str:
    """The words that a clip is made of, with what its people say in it."""
    said = " ".join(f'{line.character or "A voice"} says: "{line.text}"' for line in lines)
    return f"{prompt} {said} Nobody says anything else."


def takes_reference(model: Model) -> bool:
    """True if an image model takes a reference picture."""
    return bool(fields_for(schema_of(model), "image", "first_frame"))


def takes_last_frame(model: Model) -> bool:
    """True if a video model takes the picture that its clip ends with beside the one that it begins with."""
    return bool(fields_for(schema_of(model), "last_frame"))


def needs_reference(model: Model) -> bool:
    """True if an image model needs a picture. GMI's rows without a schema name one that their models do not need."""
    if model.workflow_type not in _EDITS:
        return False
    schema = schema_of(model)
    named = {*fields_for(schema, "image", "first_frame")}
    return bool(named & {*schema.required}) if schema.sources else model.provider != _GMI


def image_body(
    model: Model,
    *,
    prompt: str,
    aspect_ratio: str | None,
    reference: str | None = None,
    references: Mapping[str, Any] = NONE,
) -> ModelBody:
    """Body of an image model for a shot. `aspect_ratio` as people write it; `reference`: the address of a picture.

    A reference is left out where the model takes none. `references`: several, in the model's own fields.
    """
    reference = reference if takes_reference(model) and not references else None
    return _one(model, {"prompt": prompt, "shape": shape_of(aspect_ratio), "image": reference}, references)


def needs_words_alone(model: Model) -> bool:
    """True if an image model makes pictures of words, so that it can make the sheets that others refer to."""
    return model.media_type == "image" and not needs_reference(model)


def video_body(
    model: Model,
    *,
    prompt: str,
    image_url: str,
    aspect_ratio: str | None,
    seconds: float,
    holds: bool = False,
    resolution: str = RESOLUTION,
    fps: int = FPS,
    sound: bool = False,
    camera_motion: str | None = None,
    references: Mapping[str, Any] = NONE,
    last_url: str = "",
) -> ModelBody:
    """Body of a video model for a shot: its first picture, and the clip's length, size and sound.

    `seconds` becomes the nearest length that the model makes. `holds`: the shortest that is long enough, else the
    longest. `references`: pictures of whom it shows, in the model's own fields. `last_url`: the picture that it ends
    with, as far as the model has a place for it.

    Raises:
        BadRequest: as `make_body`; or the model has no place for the picture.
    """
    roles = {"prompt": prompt, "first_frame": image_url, "shape": shape_of(aspect_ratio), "resolution": resolution}
    roles |= {"least_seconds" if holds else "seconds": seconds}
    roles |= {"last_frame": last_url} if last_url and takes_last_frame(model) else {}
    given = {"camera_motion": camera_motion} if camera_motion and "camera_motion" in schema_of(model).properties else {}
    body = _one(model, roles | {"fps": fps, "sound": sound}, {**given, **references})
    if "first_frame" in body.ignored:
        raise BadRequest(f"{model.id} makes no clip of a picture: {body.ignored['first_frame']}", field="image_url")
    return body


def longest_clip(model: Model) -> float:
    """The most seconds that a video model makes at once; infinite where its vendor names no bound."""
    asked = 3600.0
    try:
        body = video_body(model, prompt=PROMPT, image_url=STILL, aspect_ratio=None, seconds=asked, holds=True).inputs
    except BadRequest:  # its clips are refused before anything is sent
        return math.inf
    said = next(((name, body[name]) for name in fields_of_role(model, "seconds") if name in body), None)
    if said is None or (number := read_number(said[1])) is None:
        return math.inf
    rate = read_number(body.get("fps") or body.get("frames_per_second")) or FPS
    seconds = number / rate if "frames" in said[0] else number
    return math.inf if seconds >= asked else seconds


def clip_format(wanted: WantedFormat) -> dict[str, Any]:
    """The resolution and rate that a clip is asked in for such a film; the usual ones where it leaves them open."""
    resolution = RESOLUTION if wanted.lines is None else f"{round(wanted.lines)}p"
    return {"resolution": resolution, "fps": round(wanted.fps or FPS)}


def shape_of(aspect_ratio: str | None) -> str:
    """The ratio as it was written where it is one, else the usual one."""
    return aspect_ratio if aspect_ratio and read_shape(aspect_ratio) else DEFAULT_RATIO


def _one(model: Model, roles: dict[str, Any], given: Mapping[str, Any]) -> ModelBody:
    """The body, which asks for one output."""
    body = make_body(model, given, roles=roles)
    return ModelBody(order_outputs(model, body.inputs, 1).inputs, body.ignored)
