"""Which model makes a picture or a clip, what that costs, and why it is another than was asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from wzrd.domain.catalog import Model, price_of
from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.domain.offline import Offline, describe_obstacle, stand_in_reason
from wzrd.domain.routing import TASK_DEFAULTS, route
from wzrd.domain.submission import ANIMATIC, Target

DEFAULT_MODELS = {"image": TASK_DEFAULTS["image"], "video": TASK_DEFAULTS["image-to-video"]}
_REFERENCES = {"image": (), "video": ("image",)}


@dataclass(frozen=True, slots=True)
class MediaChoice:
    """`credits`: what one costs; `fallback_reason`: None when what runs is what was asked for."""

    target: Target
    credits: int
    fallback_reason: str | None = None


def choose_media(
    model_id: str | None, media_type: str, *, offline: Offline, obstacle: Callable[[str, str], str | None]
) -> MediaChoice:
    """The target for a picture (`image`) or for a clip made from one (`video`).

    `obstacle(provider, media_type)`: why this process cannot ask it for that, or None. Animatic mode stands in where
    WZRD_OFFLINE lets it, for nothing, and the reason says so (`wzrd.domain.offline`).

    Raises:
        BadRequest: the id means a model that makes something else.
        NotConfigured: the provider cannot be asked from here and WZRD_OFFLINE=never.
    """
    wanted = model_id or DEFAULT_MODELS[media_type]
    if wanted == ANIMATIC:
        return MediaChoice(Target(ANIMATIC, ANIMATIC), 0)
    way = route(wanted, parameters={}, references=_REFERENCES[media_type], media_type=media_type)
    assert way.model is not None, "no function of the caller's naming was asked for"
    model = way.model
    if model.media_type != media_type:
        raise BadRequest(f"{wanted!r} makes {model.media_type}, not {media_type}", field=f"{media_type}_model")
    missing = obstacle(model.provider, media_type)
    reason = stand_in_reason(missing, offline=offline, refusal=_refusal(model, missing) if missing else None)
    if reason is None:
        return MediaChoice(Target(model.provider, model.id), price_of(model), way.fallback_reason)
    return MediaChoice(Target(ANIMATIC, ANIMATIC), 0, reason)


def _refusal(model: Model, obstacle: str) -> NotConfigured:
    way_out = f"ask for the model {ANIMATIC!r}, or set WZRD_OFFLINE=auto"
    return NotConfigured(f"{model.id}: {describe_obstacle(obstacle)}; {way_out}", provider=model.provider)
