"""Shape that a payload asks for: kind of media, size in pixels, seconds, how many.

Pure; lenient as the vendors are.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from wzrd.models.catalog import load_catalog
from wzrd.models.routing import infer_media_type
from wzrd.models.schemas.field_values import NAMED_SIZES, read_number

Kind: TypeAlias = Literal["image", "video", "audio", "3d", "json"]
MAX_SIDE, MAX_VIDEO_SIDE, MIN_SIDE = 4096, 1920, 16
MAX_SECONDS, MAX_COUNT = 60.0, 100
_SIZE = re.compile(r"(\d{2,5})\s*[xX*]\s*(\d{2,5})")
_RATIO = re.compile(r"(\d{1,3}(?:\.\d+)?):(\d{1,3}(?:\.\d+)?)")
_TIERS = {"1K": 1024, "2K": 2048, "3K": 3072, "4K": 4096, "0.5K": 512, "512": 512}
_LINES = re.compile(r"(\d{3,4})[pP]")
_AUDIO_FILE = ("cassetteai/", "fal-ai/stable-audio")
"""Models whose answer names its sound `audio_file`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One piece of media: width and height in pixels, seconds; 0 for what its kind does not have.

    `sound`: a clip has a sound of its own. `colours`: six hexadecimal digits each, of the references that it was made
    from; they stand in fixed fields of a picture (`field_of`). A clip's spell the sounds that it was made to, in greys.
    `hertz`: a sound's tone.
    """

    kind: Kind
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    sound: bool = False
    colours: tuple[str, ...] = ()
    hertz: int = 220


FIELDS = 8
"""Fields for references: squares along the upper edge of a picture, from the left."""


def field_of(at: int, width: int, height: int) -> tuple[int, int, int, int]:
    """The box (left, upper, right, lower) of a reference's field in a picture."""
    side = width // (2 * FIELDS)
    left = side // 2 + at * 2 * side
    return left, height // 8, left + side, height // 8 + side


def kind_of(model: str) -> Kind:
    """Kind of media that a model makes: as the catalog has it, by id or vendor's name, else as its name sounds."""
    known = _KINDS.get(model)
    found = known or infer_media_type(model)
    return cast("Kind", found) if found in {"image", "video", "audio", "3d"} else "json"


def _kinds() -> dict[str, str]:
    models = load_catalog().models.values()
    return {name: model.media_type for model in models for name in (model.endpoint_id, model.id)}


_KINDS = _kinds()


def names_audio_file(model: str) -> bool:
    """True if the model's answer calls its sound `audio_file`."""
    return model.startswith(_AUDIO_FILE)


def prompt_of(payload: Mapping[str, Any]) -> str:
    """The words that a payload is about; without any, its media, so that different payloads differ."""
    for name in ("prompt", "text", "lyrics", "script"):
        if isinstance(said := payload.get(name), str) and said:
            return said
    return ""


def seed_of(payload: Mapping[str, Any], model: str) -> str:
    """Eight hexadecimal digits that follow from model and payload: equal requests get equal media."""
    return hashlib.sha256(f"{model}\n{sorted(payload.items(), key=str)}".encode()).hexdigest()[:8]


COUNTS = ("num_images", "num_outputs")


def count_of(payload: Mapping[str, Any], names: Sequence[str] = COUNTS) -> int:
    """Number of results asked for, under the names that the vendor knows; a text that is a number is one."""
    for name in names:
        if (count := _number(payload.get(name))) is not None:
            return max(1, min(MAX_COUNT, int(count)))
    return 1


def outputs_of(model: str, payload: Mapping[str, Any]) -> int:
    """Number of files that a model at fal makes: Seedream `max_images` pictures of each, at most."""
    if kind_of(model) != "image":
        return 1
    each = count_of(payload, ("max_images",)) if "seedream" in model else 1
    return min(MAX_COUNT, count_of(payload) * each)


def shape_of(kind: Kind, payload: Mapping[str, Any]) -> Shape:
    """The shape that a payload asks for, within what a fake makes."""
    if kind == "image":
        return Shape(kind, *_bounded(*_size(payload, 1024, is_still=True), MAX_SIDE))
    if kind in {"3d", "json"}:
        return Shape(kind)
    seconds = _seconds(payload)
    if kind == "video":
        width, height = _bounded(*_size(payload, 720), MAX_VIDEO_SIDE)
        return Shape(kind, width // 2 * 2, height // 2 * 2, seconds, sound=_has_sound(payload))
    return Shape(kind, seconds=seconds)


def _has_sound(payload: Mapping[str, Any]) -> bool:
    """True if a clip is asked for with its own sound, in any vendor's word for that."""
    asked = (payload.get(name) for name in ("generate_audio", "generate_audio_switch", "sound"))
    return any(value is True or str(value).casefold() in {"true", "on"} for value in asked)


def _number(value: object) -> float | None:
    number = read_number(value)
    return number if number is not None and 0 < number < 1e6 else None


def _seconds(payload: Mapping[str, Any]) -> float:
    for name in ("duration", "duration_seconds", "seconds", "seconds_total", "length"):
        if (seconds := _number(payload.get(name))) is not None:
            return min(MAX_SECONDS, max(0.5, seconds))
    if (milliseconds := _number(payload.get("music_length_ms"))) is not None:
        return min(MAX_SECONDS, max(0.5, milliseconds / 1000))
    frames, rate = _number(payload.get("num_frames")), _number(payload.get("fps")) or 24.0
    return min(MAX_SECONDS, max(0.5, frames / rate)) if frames else 5.0


def _size(payload: Mapping[str, Any], usual: int, *, is_still: bool = False) -> tuple[int, int]:
    """Width and height: told outright, by a name, or as a ratio with the tier of its size."""
    for name in ("image_size", "size", "video_size", "resolution"):
        value = payload.get(name)
        if isinstance(value, Mapping):
            members = cast("Mapping[str, Any]", value)
            width, height = _number(members.get("width")), _number(members.get("height"))
            if width and height:
                return int(width), int(height)
        if isinstance(value, str):
            if value in NAMED_SIZES:
                return NAMED_SIZES[value]
            if found := _SIZE.fullmatch(value.strip()):
                return int(found[1]), int(found[2])
    width, height = _number(payload.get("width")), _number(payload.get("height"))
    if width and height:
        return int(width), int(height)
    return _by_ratio(payload, _tier(payload) or usual, is_still=is_still)


def _tier(payload: Mapping[str, Any]) -> int | None:
    for name in ("image_size", "size", "resolution"):
        value = str(payload.get(name, "")).strip().upper()
        if value in _TIERS:
            return _TIERS[value]
        if found := _LINES.fullmatch(value):
            return int(found[1])
    return None


def _by_ratio(payload: Mapping[str, Any], side: int, *, is_still: bool) -> tuple[int, int]:
    """The shorter side of a clip has `side` pixels, as in 720p; a picture has as many as a square of that side."""
    for name in ("aspect_ratio", "ratio"):
        if found := _RATIO.fullmatch(str(payload.get(name, "")).strip()):
            across, up = float(found[1]), float(found[2])
            if across and up and is_still:
                return round(side * math.sqrt(across / up)), round(side * math.sqrt(up / across))
            if across and up:
                return (round(side * across / up), side) if across >= up else (side, round(side * up / across))
    return (round(side * 16 / 9), side) if side in {480, 720, 1080} else (side, side)


def _bounded(width: int, height: int, most: int) -> tuple[int, int]:
    longest = max(width, height)
    if longest > most:
        width, height = round(width * most / longest), round(height * most / longest)
    return max(MIN_SIDE, width), max(MIN_SIDE, height)
