"""Payloads for GMI Cloud's models: each family spells its inputs in its own way. Pure tables and functions.

Sources: the original's translations (server and client share them) and the catalog's `payload_keys`. A value that a
model would refuse is an error; one that it would not know (a ratio, a resolution) becomes the model's default.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from wzrd.models.catalog import Model, load_catalog
from wzrd.models.gmi_models import DURATION, RESPELLED, TAKES_DATA_URIS, TRANSLATIONS, Payload
from wzrd.models.model_inputs import ModelInputs, check_json, snake_case
from wzrd.models.output_counts import OUTPUT_NAMES, count_outputs

PROVIDER = "gmi-cloud"

_OWN = frozenset({"path"})
"""Inputs that are for providers of this machine, and never sent."""


def translate(model: str, inputs: Mapping[str, Any]) -> Payload:
    """The payload that GMI's `model` (an endpoint id or a catalog id) gets for the caller's `inputs`.

    Inputs are spelled as the documented clients do (`prompt`, `image_url`, `aspect_ratio`, `duration` in seconds, …).
    The models' defaults are filled in here: a catalog's defaults laid under `inputs` would hide what was asked for.

    Raises:
        BadRequest: a value that the model cannot take; it names the field, the value and what it must be.
    """
    row = find_media_model(model)
    endpoint = row.endpoint_id if row else model
    given = ModelInputs({name: value for name, value in inputs.items() if name not in _OWN and name[:1] != "_"})
    own = TRANSLATIONS.get(endpoint)
    payload = own(given) if own else _pick(given, row.payload_keys if row else ())
    check_json(payload)
    return payload


def spellings(model: str, payload: Payload) -> tuple[Payload, ...]:
    """The ways in which this model may want its payload spelled, the likeliest first; for most models there is one.

    LTX's schema differs from release to release: a duration as a number or in letters, a picture as `image_uri` or
    as `image`.
    """
    if _endpoint(model) not in RESPELLED:
        return (payload,)
    ways = [payload]
    if "duration" in payload:
        ways.append({**payload, "duration": str(payload["duration"])})
    if "image_uri" in payload:
        ways += [{"image" if name == "image_uri" else name: value for name, value in way.items()} for way in ways]
    return tuple(ways)


def takes_files(model: str) -> bool:
    """True if this model (an endpoint id or a catalog id) takes pictures inside its payload, as data URIs."""
    return _endpoint(model) in TAKES_DATA_URIS


def _endpoint(model: str) -> str:
    row = find_media_model(model)
    return row.endpoint_id if row else model


def find_media_model(model: str) -> Model | None:
    """The catalog's row of a GMI media model, by its endpoint id or its own id; of several the best ranked."""
    return _media_models().get(model)


@cache
def _media_models() -> Mapping[str, Model]:
    rows = [row for row in load_catalog().models.values() if row.provider == PROVIDER and row.media_type != "text"]
    rows.sort(key=lambda row: row.rank, reverse=True)
    by_endpoint = {row.endpoint_id: row for row in rows}
    return {**by_endpoint, **{row.id: row for row in rows}}


_GROUPS: tuple[tuple[str, ...], ...] = (
    ("image", "image_url", "image_urls", "first_frame"),
    ("audio", "audio_url", "voice_sample"),
    ("video", "video_url", "video_urls"),
    ("aspect_ratio", "ratio"),
    ("duration", "duration_seconds"),
    ("prompt", "text"),
)
"""Names that mean one thing: what stands under one is sent under the other that the model knows."""
_LISTS = frozenset({"image_urls", "video_urls"})


def _pick(given: ModelInputs, keys: tuple[str, ...]) -> Payload:
    """The keys that the model knows, whatever name their values were given under; all as it is when none matches."""
    given.text("prompt")
    given.seconds(*DURATION)
    picked = {key: value for key in keys if (value := _value_for(given, key)) is not None}
    return picked or dict(given.given)


def _value_for(given: ModelInputs, key: str) -> Any:
    name = snake_case(key)
    if name in OUTPUT_NAMES and given.find(*OUTPUT_NAMES)[1] is not None:
        return count_outputs(given.given)
    if (value := given.find(key, name)[1]) is not None:
        return value
    group = next((names for names in _GROUPS if name in names), ())
    if "duration" in group:
        seconds = given.seconds(*group)
        return int(seconds) if seconds is not None and seconds == int(seconds) else seconds
    if group and group[0] in {"image", "audio", "video"}:
        found = given.addresses(*group)
        return (found if name in _LISTS else found[0]) if found else None
    return given.find(*group)[1] if group else None
