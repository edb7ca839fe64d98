"""Where a generation goes: which model runs, by which route, and why not the one that was asked.

Everything here is a table or a pure function over tables. Sources: the documented routing table and the original's
behaviour, with three differences: every id in the catalog runs itself, an unknown id runs a default and the result
says so, a text route needs a model whose media type is text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from wzrd.contracts.functions import EDGE_FUNCTION, FUNCTION_OF, FUNCTIONS, Function, RouteName
from wzrd.domain.errors import BadRequest
from wzrd.domain.offline import ANIMATIC
from wzrd.models.catalog import MEDIA_TYPES, Model, ModelCatalog, load_catalog
from wzrd.models.functions import check_runs, find_function
from wzrd.models.references import find_references, kind_at
from wzrd.models.text_targets import WRITER
from wzrd.models.video_upgrade import KLING_I2V, KLING_REFERENCE, KLING_T2V, VIDEO_RULES, upgrade_video

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
"""Media types inferred from words in an unknown id; the first row with a match decides, else image."""

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
    "visual-prompt": "gmi/gemini-3.1-flash-lite",
}
"""The model a front end starts from, by what its user wants to do."""

_MAX_ID = 200
ALIAS_OF = "alias:"
"""Beginning of the reason of a model that was asked for by another of its names."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a generation goes: the function that answers it, and the model that runs and is paid for.

    `fallback_reason` is set when the model is another than the one asked for.
    """

    route: RouteName
    function: str
    model: Model
    fallback_reason: str | None = None

    @property
    def fallback_used(self) -> bool:
        """True if another model runs than was asked for."""
        return self.fallback_reason is not None


def check_tables(catalog: ModelCatalog) -> None:
    """See that every model which a table of routing names is in the catalog and makes what it stands for.

    Raises:
        ValueError: one is not; the message names it.
    """
    kinds = {"image-edit": "image", "image-to-video": "video", "video-reference": "video", "visual-prompt": "text"}
    named = [(task, id_) for table in (MEDIA_DEFAULTS, FALLBACKS, TASK_DEFAULTS) for task, id_ in table.items()]
    named += [("video", id_) for rules in VIDEO_RULES.values() for id_ in rules.default.values()]
    named += [(makes, one.model) for one in FUNCTIONS.values() if one.model for makes in one.makes]
    named += [("text", id_) for id_ in (WRITER, *(id_ for one in FUNCTIONS.values() for id_ in one.instead))]
    for task, model_id in named:
        model = catalog.models.get(model_id)
        if model is None or model.media_type != kinds.get(task, task):
            raise ValueError(
                f"routing's model for {task} is {model_id}, which the catalog lacks or lists as another kind"
            )
    if gone := sorted({model_id for model_id in ALIASES.values() if model_id not in catalog.models}):
        raise ValueError(f"routing's aliases mean models that the catalog lacks: {', '.join(gone)}")


@cache
def routed_catalog() -> ModelCatalog:
    """The shipped catalog, once it is known to hold what the tables here name.

    Raises:
        ValueError: as `load_catalog`, `check_tables`.
    """
    catalog = load_catalog()
    check_tables(catalog)
    return catalog


def infer_media_type(model_id: str) -> str:
    """Media type of an id: the catalog's for a known id, else a guess from the words in it."""
    known = routed_catalog().find(ALIASES.get(model_id, model_id))
    if known:
        return known.media_type
    text = model_id.lower()
    return next((media for media, words in INFERENCE if any(word in text for word in words)), "image")


def given_media(parameters: Mapping[str, Any], references: Iterable[str]) -> frozenset[str]:
    """The kinds of media a request brings: its references' types, and parameters that hold an address of one."""
    places = (field for field, _ in find_references(parameters) if all(isinstance(one, int) for one in field[1:]))
    return frozenset({*references, *filter(None, map(kind_at, places))})


def fallback_model(media_type: str, given: frozenset[str] = frozenset(), *, provider: str = "fal-ai") -> Model:
    """The model that stands in for an unknown or failed one: video by provider and by what was given, else by kind."""
    if media_type == "video":
        rules = VIDEO_RULES.get(provider, VIDEO_RULES["fal-ai"])
        kind = "video" if "video" in given else "image" if "image" in given else "none"
        return routed_catalog().models[rules.default[kind]]
    return routed_catalog().models[FALLBACKS.get(media_type, FALLBACKS["image"])]


def _resolve(model_id: str, given: frozenset[str], media_type: str | None) -> tuple[Model, str | None]:
    """The model that an id means, and the reason when it is not that id's own."""
    catalog = routed_catalog()
    if model_id == ANIMATIC:
        return animatic_model(media_type or "image"), None
    if own := catalog.get(model_id):
        return upgrade_video(own, given)
    if meant := catalog.find(ALIASES.get(model_id, model_id)):
        model, reason = upgrade_video(meant, given)
        return model, reason or (f"{ALIAS_OF}{model_id}" if model.provider == "fal-ai" else "model_alias_resolved")
    media = media_type if media_type in MEDIA_TYPES else infer_media_type(model_id)
    provider = "gmi-cloud" if model_id.startswith("gmi/") else "fal-ai"
    return fallback_model(media, given, provider=provider), f"unknown_model:{model_id}"


def asked_model(model_id: str, media_type: str) -> Model:
    """The model that was asked for, by what it would have made itself; of an id nobody knows what stands in for it.

    For whom something else runs in its place, and must know what that was.
    """
    if model_id.strip() == ANIMATIC:
        return animatic_model(media_type)
    known = routed_catalog().find(ALIASES.get(model_id.strip(), model_id.strip()))
    return known or fallback_model(media_type)


def find_animatic(media_type: str) -> Model | None:
    """Animatic mode's own model for this kind of thing, or None where it makes no such thing."""
    return routed_catalog().models.get(f"{ANIMATIC}/{media_type}")


def animatic_model(media_type: str) -> Model:
    """Animatic model for the media type, where no other will do.

    Raises:
        BadRequest: animatic mode makes no such thing.
    """
    model = find_animatic(media_type)
    if model is None:
        raise BadRequest(f"{ANIMATIC} makes no {media_type[:20]}: name a model of the catalog", field="model")
    return model


def _named_route(model: Model) -> RouteName | None:
    """The routes that a model's name or provider decides, first match wins."""
    own = next((one for one in FUNCTIONS.values() if one.model == model.id and one.route), None)
    if own is not None:
        return own.route
    if model.provider == "gmi-cloud":
        return "gmi-cloud"
    if model.media_type == "text" and (model.provider == ANIMATIC or model.id.startswith(("groq/", "llama-"))):
        return "groq-text"
    by_name = model.id.startswith(("google/gemini", "openai/gpt"))
    return "gemini-text" if model.media_type == "text" and (model.provider == "lovable-ai" or by_name) else None


def route(
    model_id: str, *, parameters: Mapping[str, Any], references: Iterable[str] = (), media_type: str | None = None
) -> Route:
    """Where a request for `model_id` goes.

    Args:
        model_id: a catalog id, an alias, or anything at all.
        parameters: the request's own; `_edgeFunction` names one of ours, for a model without a route of its own.
        references: the `type` of each reference asset (`image`, `video`, `audio`, …).
        media_type: what the caller wants made, when it knows; decides the stand-in of an unknown id.

    Raises:
        BadRequest: no id, one longer than 200 characters or not printable, or `_edgeFunction` names no function of ours
            or one that cannot run the model.
    """
    wanted, function = check_model_id(model_id), parameters.get(EDGE_FUNCTION)
    chosen = find_function(function) if isinstance(function, str) else None
    given = given_media(parameters, references)
    model, reason = _resolve(wanted, given, media_type)
    stands_in = reason is not None and reason.startswith("unknown_model:") and not wanted.startswith("gmi/")
    named = None if stands_in else _named_route(model)
    if named is None and chosen is not None:
        return _function_route(chosen, wanted, given, media_type)
    name = named or _named_route(model) or "fal-stream"
    return Route(name, FUNCTION_OF[name], model, reason)


def check_model_id(model_id: str) -> str:
    """The id without spaces around it.

    Raises:
        BadRequest: nothing, too long, or not printable.
    """
    wanted = model_id.strip()
    if not wanted or len(wanted) > _MAX_ID or not wanted.isprintable():
        raise BadRequest(f"model must be 1 to {_MAX_ID} printable characters", field="model")
    return wanted


def _function_route(function: Function, wanted: str, given: frozenset[str], media_type: str | None) -> Route:
    if function.model is not None:
        reason = None if wanted == function.model else f"function:{function.name}"
        return Route("edge-function", function.name, routed_catalog().models[function.model], reason)
    model, reason = _resolve(wanted, given, function.media_type or media_type)
    check_runs(function, model)
    return Route("edge-function", function.name, model, reason)
