"""Number of outputs a request asks for, in any spelling, and as its model is told. Pure.

One function reads the number that is priced and writes the one that is sent: `order_outputs`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from wzrd.domain.errors import BadRequest
from wzrd.models.catalog import Model
from wzrd.models.model_inputs import snake_case
from wzrd.models.schemas.input_schemas import find_schema

MAX_COUNT = 100
"""The most outputs that one request may ask for."""
OUTPUT_NAMES = (
    "count", "num_images", "num_outputs", "num_samples", "num_videos", "number_of_images", "number_of_videos",
    "number_of_outputs", "num_images_per_prompt", "num_generations", "num_variations", "num_results", "num_songs",
    "num_candidates", "candidate_count", "sample_count", "image_count", "video_count", "batch_size", "batch_count",
    "n_images", "n_samples", "n",
)  # fmt: skip
"""Names that providers and clients use for the number of outputs; in camelCase too."""
_OF_EACH = "max_images"
"""Name for the number of pictures each output may become: Seedream makes as many and is paid for each."""
COUNTS = (*OUTPUT_NAMES, _OF_EACH)
_SEQUENCE = "sequential_image_generation"
"""Setting without which Seedream makes one picture, however many are asked for."""
_PLAIN = re.compile(r"[1-9][0-9]{0,2}")
"""A number as a text: three digits at most, no zero before them, no sign, no blank."""


def is_count(name: str) -> bool:
    """True if a field of this name gives the number of outputs."""
    return snake_case(name) in COUNTS


@dataclass(frozen=True, slots=True)
class OutputRequest:
    """`count` outputs are paid, and `inputs` ask for as many, by the model's own name for it."""

    count: int
    inputs: dict[str, Any]


def order_outputs(model: Model, inputs: Mapping[str, Any], count: int | None = None) -> OutputRequest:
    """Number of outputs the inputs ask this model for, and the inputs that ask it for exactly these.

    A model without a name for their number makes one, and is told none; a text has one answer. `count`: what was
    priced, where that has been read before; it is what is sent.

    Raises:
        BadRequest: as `count_outputs`.
    """
    asked = count or (1 if model.media_type == "text" else count_outputs(inputs))
    given = {snake_case(name) for name in inputs if is_count(name)}
    bare = {name: value for name, value in inputs.items() if not is_count(name)}
    outputs, of_each = _names_of(model)
    if outputs is None and (of_each is None or inputs.get(_SEQUENCE) == "disabled"):
        return OutputRequest(1 if count is None else count, bare)
    each = _largest(inputs, (_OF_EACH,)) if outputs and of_each else 1
    each = each if asked % each == 0 else 1
    counts = {outputs: asked // each if given else 1, of_each: each} if outputs else {of_each: asked}
    named = {name: one for name, one in counts.items() if name and (one > 1 or name in given)}
    schema = find_schema(model.provider, model.endpoint_id)
    is_sequence = counts.get(_OF_EACH, 1) > 1 and schema is not None and _SEQUENCE in schema.properties
    return OutputRequest(asked, ({_SEQUENCE: "auto"} if is_sequence else {}) | bare | named)


def count_outputs(inputs: Mapping[str, Any]) -> int:
    """Number of outputs the inputs ask for, of a model that makes several.

    Of several names the largest number counts, as any provider might read that one; pictures of each output multiply
    it.

    Raises:
        BadRequest: one is no whole number from 1 to MAX_COUNT, or all together are more; or one stands inside a
            value, where some model might read it. The message names it.
    """
    _check_within(inputs)
    count = _largest(inputs, OUTPUT_NAMES) * _largest(inputs, (_OF_EACH,))
    if count > MAX_COUNT:
        raise BadRequest(f"{count} outputs of one request are more than {MAX_COUNT}: ask for fewer", field="count")
    return count


def _largest(inputs: Mapping[str, Any], names: Sequence[str]) -> int:
    given = ((name, value) for name, value in inputs.items() if value is not None and snake_case(name) in names)
    return max((_read_count(name, value) for name, value in given), default=1)


def _read_count(name: str, value: object) -> int:
    number = value
    if (isinstance(value, str) and _PLAIN.fullmatch(value)) or (isinstance(value, float) and value.is_integer()):
        number = int(value)
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= MAX_COUNT:
        return number
    raise BadRequest(f"{name} must be a whole number from 1 to {MAX_COUNT}, not {str(value)[:40]!r}", field=name)


def _names_of(model: Model) -> tuple[str | None, str | None]:
    """Names the model has for the numbers of its outputs and of each output's pictures; None: no such field.

    Sources: the vendors' schemas, the catalog's `payload_keys`.
    """
    if model.media_type != "image":
        return None, None
    if schema := find_schema(model.provider, model.endpoint_id):
        own = next((name for name in OUTPUT_NAMES if name in schema.properties), None)
        return own, _OF_EACH if _OF_EACH in schema.properties else None
    return next((key for key in model.payload_keys if snake_case(key) in OUTPUT_NAMES), None), None


def _check_within(inputs: Mapping[str, Any]) -> None:
    """See that no number of outputs but 1 stands inside another value."""
    waiting: list[tuple[str, object]] = list(inputs.items())
    while waiting:
        path, value = waiting.pop()
        members: Iterable[tuple[object, object]] = ()
        if isinstance(value, Mapping):
            members = cast("Mapping[object, object]", value).items()
        elif isinstance(value, list | tuple):
            members = enumerate(cast("Sequence[object]", value))
        for key, inner in members:
            within = f"{path}.{key}"
            if isinstance(key, str) and is_count(key) and inner is not None and _read_count(within, inner) != 1:
                raise BadRequest(f"{within} is {inner}: give the number of outputs beside the prompt", field=within)
            if isinstance(inner, Mapping | list | tuple):
                waiting.append((within, cast("object", inner)))
