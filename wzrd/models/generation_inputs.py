"""A generation's inputs: merged as the documented client sends them, bounded, and read for size and length. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import orjson

from wzrd.contracts.generate import OutputConfig, ReferenceAsset
from wzrd.contracts.wire import members_of
from wzrd.domain.errors import BadRequest
from wzrd.domain.film import Frame, house_frame
from wzrd.models.model_inputs import snake_case
from wzrd.models.references import TEXT_KEYS
from wzrd.models.schemas.field_values import NAMED_SIZES, read_number

MAX_TEXT = 200_000
"""Characters of one text; a prompt is one. A `data:` URI has the route's own bound."""
MAX_VALUES = 5_000
"""Values of all inputs together: no model has as many settings."""
MAX_NAMES = 500
"""Inputs of one generation: each is looked up under every name that a model might have for it."""
LONGEST_CLIP = 60.0
"""Seconds of a clip that this machine films from a picture."""

_CAMEL = ("aspectRatio", "imageSize", "numImages", "durationSeconds", "generateAudio")
_MAX_SETTINGS = 2_000
_BOUNDS: Mapping[str, tuple[float, float, str]] = {
    "duration": (0.1, 86_400, "seconds"),
    "duration_seconds": (0.1, 86_400, "seconds"),
    "width": (16, 16_384, "pixels"),
    "height": (16, 16_384, "pixels"),
    "fps": (1, 240, "frames a second"),
    "num_frames": (1, 100_000, "frames"),
    "num_inference_steps": (1, 1_000, "steps"),
}
"""The least and the most that any model could mean. What a model itself takes within these its provider says."""


def is_data_uri(value: object) -> bool:
    """True if a value is a data URI, a file in a text."""
    return isinstance(value, str) and value[:5].lower() == "data:"


def merge_inputs(
    inputs: Mapping[str, Any], references: Sequence[ReferenceAsset], output: OutputConfig
) -> dict[str, Any]:
    """The inputs as the provider's model is to get them: camelCase spelled out, settings laid over, references named.

    `settings` lie over the inputs, `settings_override` over those. One image is `image_url`, all are `image_urls`;
    the first video and the first sound are `video_url` and `audio_url`. What the inputs name themselves stays.

    Raises:
        BadRequest: settings that are no object, or too long; more inputs than any model has.
    """
    merged = dict(inputs)
    for camel in _CAMEL:
        if merged.get(camel) is not None and not merged.get(snake_case(camel)):
            merged[snake_case(camel)] = merged[camel]
    if isinstance(style := merged.get("styleReferenceUrl"), str) and style and not merged.get("image_urls"):
        merged["image_urls"] = [style]
    for name in ("settings", "settings_override"):
        merged |= _settings(name, merged.pop(name, None))
    if len(merged) > MAX_NAMES:
        raise BadRequest(f"there are {len(merged)} inputs of {MAX_NAMES} at most", field="inputs")
    return {**_referred(references), **_configured(output), **{k: v for k, v in merged.items() if v is not None}}


def _settings(name: str, value: object) -> dict[str, Any]:
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        if len(value) > _MAX_SETTINGS:
            raise BadRequest(f"{name} has {len(value)} characters of {_MAX_SETTINGS} at most", field=name)
        try:
            value = orjson.loads(value)
        except ValueError:
            raise BadRequest(f"{name} is no JSON: {value[:40]!r}", field=name) from None
    if not isinstance(value, dict):
        raise BadRequest(f"{name} must be an object, not {value!r:.40}", field=name)
    return cast("dict[str, Any]", value)


def _referred(references: Sequence[ReferenceAsset]) -> dict[str, Any]:
    by_type = {kind: [one.url for one in references if one.type == kind] for kind in ("image", "video", "audio")}
    images = by_type["image"]
    named: dict[str, Any] = {"image_urls": images} if images else {}
    if len(images) == 1:
        named["image_url"] = images[0]
    return named | {f"{kind}_url": by_type[kind][0] for kind in ("video", "audio") if by_type[kind]}


def _configured(output: OutputConfig) -> dict[str, Any]:
    wanted = {"output_format": output.format or None, "count": output.count}
    return {name: value for name, value in wanted.items() if value is not None}


def check_inputs(inputs: Mapping[str, Any]) -> None:
    """See that the inputs can be kept and sent.

    Raises:
        BadRequest: a text is too long, a number is none, or there are too many values; the place is named.
    """
    for count, (path, value) in enumerate(_values(inputs)):
        if count >= MAX_VALUES:
            raise BadRequest(f"the inputs have more than {MAX_VALUES} values", field="inputs")
        name = path.rpartition(".")[2]
        if isinstance(value, str) and len(value) > MAX_TEXT and (name in TEXT_KEYS or not is_data_uri(value)):
            raise BadRequest(f"{path} has {len(value)} characters of {MAX_TEXT} at most: shorten it", field=path)
        if isinstance(value, float) and not math.isfinite(value):
            raise BadRequest(f"{path} is {value}, which is no number", field=path)


def check_bounds(merged: Mapping[str, Any]) -> None:
    """See that the merged inputs' sizes and lengths are some model's: numbers, as texts too; words are left alone.

    Raises:
        BadRequest: one is none; the field, its value and the bounds are named.
    """
    size = merged.get("image_size")
    sides: Mapping[str, Any] = members_of(size)
    for path, value in [*merged.items(), *((f"image_size.{name}", value) for name, value in sides.items())]:
        bounds, number = _BOUNDS.get(path.rpartition(".")[2]), read_number(value)
        if bounds is not None and number is not None and not bounds[0] <= number <= bounds[1]:
            least, most, unit = bounds
            raise BadRequest(f"{path} is {str(value)[:40]}: give {least:g} to {most:g} {unit}", field=path)


def data_uris(inputs: object) -> tuple[str, ...]:
    """Every file in a text among the inputs, each once, in order; a prompt is words, whatever it begins with."""
    found = (value for path, value in _values(inputs) if path.rpartition(".")[2] not in TEXT_KEYS)
    return tuple(dict.fromkeys(value for value in found if is_data_uri(value)))


def _values(root: object) -> Iterator[tuple[str, Any]]:
    waiting: list[tuple[str, object]] = [("", root)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            members = cast("dict[object, object]", value).items()
            waiting += [(f"{path}.{key}" if path else str(key), inner) for key, inner in members]
        elif isinstance(value, list | tuple):
            inside = enumerate(cast("Sequence[object]", value))
            waiting += [(f"{path}.{at}", inner) for at, inner in inside]
        else:
            yield path, value


def prompt_of(inputs: Mapping[str, Any]) -> str:
    """Prompt in the inputs; empty where there is none."""
    found = next((inputs[name] for name in ("prompt", "text") if isinstance(inputs.get(name), str)), "")
    return str(found).strip()


def wanted_frame(inputs: Mapping[str, Any]) -> Frame:
    """The size of what this machine draws: `width` and `height`, `image_size` or `aspect_ratio`, else 16:9."""
    size = inputs.get("image_size")
    sides = cast("Mapping[str, Any]", size) if isinstance(size, dict) else inputs
    width, height = read_number(sides.get("width")), read_number(sides.get("height"))
    if width and height and min(width, height) > 0:
        return house_frame(f"{width:.0f}:{height:.0f}" if max(width, height) < 10_000 else f"{width / height:.3f}")
    ratio = inputs.get("aspect_ratio")
    named = ":".join(map(str, NAMED_SIZES.get(size, (size,)))) if isinstance(size, str) else None
    return house_frame(named if named and not isinstance(ratio, str) else ratio if isinstance(ratio, str) else None)


def wanted_seconds(inputs: Mapping[str, Any]) -> float | None:
    """Wanted seconds of a clip, by `duration` or `duration_seconds` (`5`, `"5"`, `"5s"`); None: not given.

    Raises:
        BadRequest: no length of a clip, or longer than this machine films.
    """
    name = next((name for name in ("duration", "duration_seconds") if inputs.get(name) is not None), None)
    if name is None or inputs[name] == "auto":
        return None
    seconds = read_number(inputs[name])
    if seconds is None or not 0 < seconds <= LONGEST_CLIP:
        message = f"{name} must be a number of seconds up to {LONGEST_CLIP:.0f}, not {str(inputs[name])[:40]!r}"
        raise BadRequest(message, field=name)
    return seconds


def chat_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a text model: `messages` as they are, or made of the prompt and the system prompt."""
    if isinstance(inputs.get("messages"), list):
        return dict(inputs)
    system = next((inputs[n] for n in ("system_prompt", "systemPrompt") if isinstance(inputs.get(n), str)), None)
    messages = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": prompt_of(inputs)})
    rest = {name: value for name, value in inputs.items() if name not in {"prompt", "system_prompt", "systemPrompt"}}
    return {**rest, "messages": messages}
