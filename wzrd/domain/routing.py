"""Where a generation goes: which model runs, by which route, and why not the one that was asked.

Everything here is a table or a pure function over tables. Sources: the documented routing table and the original's
behaviour, with three differences: every id in the catalog runs itself, an unknown id runs a default and the result
says so, a text route needs a model whose media type is text.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from wzrd.domain.catalog import MEDIA_TYPES, Model, load_catalog
from wzrd.domain.errors import BadRequest

RouteName = Literal[
    "elevenlabs-tts",
    "elevenlabs-sfx",
    "elevenlabs-music",
    "gmi-cloud",
    "groq-text",
    "gemini-text",
    "edge-function",
    "fal-stream",
]

KLING_T2V = "fal-ai/kling-video/o3/standard/text-to-video"
KLING_I2V = "fal-ai/kling-video/o3/standard/image-to-video"
KLING_REFERENCE = "fal-ai/kling-video/o3/pro/video-to-video/reference"

ALIASES: Mapping[str, str] = {
    "flux-dev": "fal-ai/flux/dev",
    "flux-schnell": "fal-ai/flux/schnell",
    "flux-pro": "fal-ai/flux-pro/v1.1-ultra",
    "fal-ai/flux-pro/v1.1": "fal-ai/flux-pro/v1.1-ultra",
    "gemini-2.5-flash-image": "fal-ai/nano-banana-2",
    "gemini-2.5-flash-image-preview": "fal-ai/nano-banana-2",
    "google/gemini-2.5-flash-image": "fal-ai/nano-banana-2",
    "google/gemini-2.5-flash-image-preview": "fal-ai/nano-banana-2",
    "gemini-2.5-flash-video": KLING_T2V,
    "google/gemini-2.5-flash-video": KLING_T2V,
    "veo3-fast": KLING_T2V,
    "kling-2-1": KLING_T2V,
    "fal-ai/kling-video/v1/standard/text-to-video": KLING_T2V,
    "kling-pro-16": "fal-ai/kling-video/o3/pro/text-to-video",
    "fal-ai/kling-video/v1.6/pro/text-to-video": "fal-ai/kling-video/o3/pro/text-to-video",
    "fal-ai/kling-video/v1.5/pro/text-to-video": "fal-ai/kling-video/o3/pro/text-to-video",
    "luma-ray": "fal-ai/kling-video/v3/pro/image-to-video",
    "luma-dream": "fal-ai/kling-video/v3/pro/image-to-video",
    "luma-ray-flash": "fal-ai/kling-video/v3/pro/image-to-video",
    "luma/dream-machine": "fal-ai/kling-video/v3/pro/image-to-video",
    "minimax-video-01": "fal-ai/kling-video/o3/pro/image-to-video",
    "hailuo": "fal-ai/kling-video/o3/pro/image-to-video",
    "fal-ai/magi-1": "fal-ai/magi",
}
"""Retired and short names, and the model that each means today."""

INFERENCE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("audio", ("audio", "speech", "tts", "music", "sfx")),
    ("video", ("video", "kling", "sora", "magi", "seedance", "ltx")),
    ("json", ("metadata", "waveform", "loudnorm")),
    ("image", ("image", "flux", "ideogram", "seedream", "banana")),
    ("text", ("gemini", "gpt", "llama", "groq")),
)
"""What kind of thing an unknown id would have made; the first row with a word in the id decides, else an image."""

MEDIA_DEFAULTS: Mapping[str, str] = {
    "text": "llama-3.3-70b-versatile",
    "image": "fal-ai/nano-banana-2",
    "video": KLING_T2V,
    "audio": "fal-ai/elevenlabs/tts/turbo-v2.5",
    "3d": "fal-ai/trellis/multi",
    "json": "fal-ai/ffmpeg-api/metadata",
}
"""The model of a node that names none."""

FALLBACKS: Mapping[str, str] = {**MEDIA_DEFAULTS, "image": "fal-ai/flux/schnell"}
"""The model that stands in for an id nobody knows, or for one that failed. The original's own fallbacks for video
and audio need an image and two sound files: here they are models that a prompt is enough for."""

TASK_DEFAULTS: Mapping[str, str] = {
    "image": "fal-ai/nano-banana-2",
    "image-edit": "fal-ai/nano-banana-2/edit",
    "video": KLING_T2V,
    "image-to-video": KLING_I2V,
    "video-reference": KLING_REFERENCE,
    "audio": "fal-ai/elevenlabs/tts/turbo-v2.5",
    "text": "gmi/deepseek-r1",
}
"""The model a front end starts from, by what its user wants to do."""

Given = Literal["video", "image", "none"]


@dataclass(frozen=True, slots=True)
class VideoRules:
    """For one provider: the workflows that can use what was given, and the model to take when none can."""

    compatible: Mapping[Given, frozenset[str]]
    default: Mapping[Given, str]
    by_family: bool  # whether a sibling of the same family is tried before the default


VIDEO_RULES: Mapping[str, VideoRules] = {
    "fal-ai": VideoRules(
        compatible={
            "video": frozenset({"reference-to-video", "video-reference", "video-edit"}),
            "image": frozenset({"image-to-video", "reference-to-video"}),
            "none": frozenset({"text-to-video"}),
        },
        default={"video": KLING_REFERENCE, "image": KLING_I2V, "none": KLING_T2V},
        by_family=False,
    ),
    "gmi-cloud": VideoRules(
        compatible={
            "video": frozenset({"reference-to-video"}),
            "image": frozenset({"image-to-video", "reference-to-video"}),
            "none": frozenset({"text-to-video"}),
        },
        default={"video": "gmi/wan2.7-r2v", "image": "gmi/ltx-fast-i2v", "none": "gmi/kling-v3-omni"},
        by_family=True,
    ),
}

SPECIALISED: Mapping[str, frozenset[str]] = {
    "lip-sync": frozenset({"image", "video", "audio"}),
    "talking-head": frozenset({"image", "video", "audio"}),
    "audio-to-video": frozenset({"audio"}),
    "element-creation": frozenset({"image", "video"}),
    "video-compose": frozenset({"image", "video", "audio"}),
    "video-edit": frozenset({"video"}),
    "video-to-video": frozenset({"video"}),
}
"""Workflows that do something of their own with what they are given. With that at hand such a model runs itself:
who asks for lip-sync and sends a face and a voice does not want another film."""

_FAMILY_SUFFIXES = ("/reference-to-video", "/image-to-video", "/text-to-video", "-r2v", "-i2v", "-t2v")
_KEY_WORDS = (("video", ("video", "clip")), ("audio", ("audio", "voice_sample")), ("image", ("image", "frame")))
_FUNCTION = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_MAX_ID = 200


@dataclass(frozen=True, slots=True)
class Route:
    """Where a generation goes. `model` is what runs and is paid for; None only for a function of the caller's naming.

    `target` is the id of the model that runs, or that function's name. `fallback_reason` is set when the model is
    another than the one asked for.
    """

    route: RouteName
    target: str
    model: Model | None
    fallback_used: bool = False
    fallback_reason: str | None = None


def infer_media_type(model_id: str) -> str:
    """What an id makes: the catalog's word for a known id, else a guess from the words in it."""
    known = load_catalog().find(ALIASES.get(model_id, model_id))
    if known:
        return known.media_type
    text = model_id.lower()
    return next((media for media, words in INFERENCE if any(word in text for word in words)), "image")


def _is_address(value: object) -> bool:
    if isinstance(value, list):
        return any(_is_address(item) for item in cast("list[object]", value))
    return isinstance(value, str) and value.lower().startswith(("https://", "http://", "data:"))


def given_media(parameters: Mapping[str, Any], references: Iterable[str]) -> frozenset[str]:
    """The kinds of media a request brings: its references' types, and parameters that hold an address of one."""
    given = set(references)
    for key, value in parameters.items():
        if _is_address(value):
            words = (media for media, words in _KEY_WORDS if any(word in key.lower() for word in words))
            given.update(list(words)[:1])
    return frozenset(given)


def _family(model_id: str) -> str:
    return next((model_id.removesuffix(end) for end in _FAMILY_SUFFIXES if model_id.endswith(end)), model_id)


def _sibling(model: Model, compatible: frozenset[str]) -> Model | None:
    siblings = [
        other
        for other in load_catalog().models.values()
        if (other.provider, other.media_type, other.ui_group) == (model.provider, "video", "generation")
        and other.workflow_type in compatible
        and _family(other.id) == _family(model.id)
    ]
    return min(siblings, key=lambda other: other.rank, default=None)


def _runs_itself(model: Model, given: frozenset[str]) -> bool:
    takes = SPECIALISED.get(model.workflow_type, frozenset())
    return bool(takes & given) and given.issuperset(model.requires_assets)


def upgrade_video(model: Model, given: frozenset[str]) -> tuple[Model, str | None]:
    """The video model that can use what was given, and the reason when it is another than `model`.

    A model that is no video, or whose provider has no rules, is left as it is.
    """
    rules = VIDEO_RULES.get(model.provider)
    if rules is None or model.media_type != "video" or _runs_itself(model, given):
        return model, None
    kind: Given = "video" if "video" in given else "image" if "image" in given else "none"
    if model.workflow_type in rules.compatible[kind]:
        return model, None
    cause = "text_only" if kind == "none" else "reference_input"
    sibling = _sibling(model, rules.compatible[kind]) if rules.by_family else None
    chosen, how = (sibling, "same_family") if sibling else (_known(rules.default[kind]), "default")
    return chosen, f"incompatible_with_{cause}:{model.workflow_type}->{how}:{chosen.id}"


def _known(model_id: str) -> Model:
    model = load_catalog().get(model_id)
    assert model is not None, f"a routing table names {model_id}, which the catalog lacks"
    return model


def fallback_model(media_type: str, given: frozenset[str] = frozenset(), *, provider: str = "fal-ai") -> Model:
    """The model that stands in for an unknown or failed one: video by provider and by what was given, else by kind."""
    if media_type == "video":
        rules = VIDEO_RULES.get(provider, VIDEO_RULES["fal-ai"])
        return _known(rules.default["video" if "video" in given else "image" if "image" in given else "none"])
    return _known(FALLBACKS.get(media_type, FALLBACKS["image"]))


def _resolve(model_id: str, given: frozenset[str], media_type: str | None) -> tuple[Model, str | None]:
    """The model that an id means, and the reason when it is not that id's own."""
    catalog = load_catalog()
    if own := catalog.get(model_id):
        return upgrade_video(own, given)
    if meant := catalog.find(ALIASES.get(model_id, model_id)):
        model, reason = upgrade_video(meant, given)
        return model, reason or (f"alias:{model_id}" if model.provider == "fal-ai" else "model_alias_resolved")
    media = media_type if media_type in MEDIA_TYPES else infer_media_type(model_id)
    provider = "gmi-cloud" if model_id.startswith("gmi/") else "fal-ai"
    return fallback_model(media, given, provider=provider), f"unknown_model:{model_id}"


def _named_route(model: Model) -> RouteName | None:
    """The routes that a model's name or provider decides, first match wins."""
    if model.id in ("elevenlabs-tts", "elevenlabs-sfx", "elevenlabs-music"):
        return model.id
    if model.provider == "gmi-cloud":
        return "gmi-cloud"
    if model.media_type == "text" and model.id.startswith(("groq/", "llama-")):
        return "groq-text"
    by_name = model.id.startswith(("google/gemini", "openai/gpt"))
    return "gemini-text" if model.media_type == "text" and (model.provider == "lovable-ai" or by_name) else None


def route(
    model_id: str,
    *,
    parameters: Mapping[str, Any],
    references: Iterable[str] = (),
    media_type: str | None = None,
) -> Route:
    """Where a request for `model_id` goes.

    Args:
        model_id: a catalog id, an alias, or anything at all.
        parameters: the request's own; `_edgeFunction` names a function to call instead of a provider.
        references: the `type` of each reference asset (`image`, `video`, `audio`, …).
        media_type: what the caller wants made, when it knows; decides the stand-in of an unknown id.

    Raises:
        BadRequest: no id, one longer than 200 characters or not printable, or `_edgeFunction` is no function's name.
    """
    wanted = model_id.strip()
    if not wanted or len(wanted) > _MAX_ID or not wanted.isprintable():
        raise BadRequest(f"model must be 1 to {_MAX_ID} printable characters", field="model")
    model, reason = _resolve(wanted, given_media(parameters, references), media_type)
    stands_in = reason is not None and reason.startswith("unknown_model:") and not wanted.startswith("gmi/")
    named = None if stands_in else _named_route(model)
    function = parameters.get("_edgeFunction")
    if named is None and isinstance(function, str):
        if not _FUNCTION.fullmatch(function):
            raise BadRequest("_edgeFunction must be a function's name: a-z, 0-9 and -", field="_edgeFunction")
        return Route("edge-function", function, None)
    return Route(named or _named_route(model) or "fal-stream", model.id, model, reason is not None, reason)
