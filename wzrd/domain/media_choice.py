"""Which model makes a picture or a clip, what that costs, and why it is another than was asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from wzrd.domain.catalog import price_of
from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.domain.routing import TASK_DEFAULTS, route
from wzrd.domain.submission import ANIMATIC, Offline, Target

DEFAULT_MODELS = {"image": TASK_DEFAULTS["image"], "video": TASK_DEFAULTS["image-to-video"]}
_REFERENCES = {"image": (), "video": ("image",)}


@dataclass(frozen=True, slots=True)
class MediaChoice:
    """`credits`: what one costs; `fallback_reason`: None when what runs is what was asked for."""

    target: Target
    credits: int
    fallback_reason: str | None = None


def choose_media(
    model_id: str | None, media_type: str, *, offline: Offline, usable: Callable[[str], bool]
) -> MediaChoice:
    """The target for a picture (`image`) or for a clip made from one (`video`).

    `usable(provider)`: whether this process can call it. Animatic mode stands in where WZRD_OFFLINE lets it, for
    nothing, and the reason says so.

    Raises:
        BadRequest: the id means a model that makes something else.
        NotConfigured: the provider cannot be called from here and WZRD_OFFLINE=never.
    """
    wanted = model_id or DEFAULT_MODELS[media_type]
    if wanted == ANIMATIC:
        return MediaChoice(Target(ANIMATIC, ANIMATIC), 0)
    way = route(wanted, parameters={}, references=_REFERENCES[media_type], media_type=media_type)
    assert way.model is not None, "no function of the caller's naming was asked for"
    model = way.model
    if model.media_type != media_type:
        raise BadRequest(f"{wanted!r} makes {model.media_type}, not {media_type}", field=f"{media_type}_model")
    if offline == "always":
        return MediaChoice(Target(ANIMATIC, ANIMATIC), 0, "offline_always")
    if usable(model.provider):
        return MediaChoice(Target(model.provider, model.id), price_of(model), way.fallback_reason)
    if offline == "never":
        raise NotConfigured(
            f"{model.id} needs {model.provider}, which this server cannot call: add its key, "
            f"ask for the model {ANIMATIC!r}, or set WZRD_OFFLINE=auto",
            provider=model.provider,
        )
    return MediaChoice(Target(ANIMATIC, ANIMATIC), 0, f"unsupported_provider:{model.provider}")
