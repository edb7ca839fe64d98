"""Which model makes a shot's picture or clip, what that costs, and why it is another than was asked for."""

from dataclasses import dataclass

from wzrd.domain.errors import BadRequest
from wzrd.domain.generation_choice import Obstacle, check_known, choose_generation
from wzrd.domain.offline import Offline
from wzrd.domain.routing import TASK_DEFAULTS
from wzrd.domain.submission import Target

DEFAULT_MODELS = {"image": TASK_DEFAULTS["image"], "video": TASK_DEFAULTS["image-to-video"]}
_REFERENCES = {"image": (), "video": ("image",)}


@dataclass(frozen=True, slots=True)
class MediaChoice:
    """`credits`: what one costs; `fallback_reason`: None when what runs is what was asked for."""

    target: Target
    credits: int
    fallback_reason: str | None = None


def choose_media(model_id: str | None, media_type: str, *, offline: Offline, obstacle: Obstacle) -> MediaChoice:
    """The target for a picture (`image`) or for a clip made from one (`video`); see `choose_generation`.

    Raises:
        BadRequest: the id means no model, or one that makes something else.
        NotConfigured: the provider cannot be asked from here and WZRD_OFFLINE=never.
    """
    wanted = model_id or DEFAULT_MODELS[media_type]
    check_known(wanted)
    choice = choose_generation(
        wanted,
        parameters={},
        references=_REFERENCES[media_type],
        media_type=media_type,
        offline=offline,
        obstacle=obstacle,
    )
    if choice.model.media_type != media_type:
        raise BadRequest(f"{wanted!r} makes {choice.model.media_type}, not {media_type}", field=f"{media_type}_model")
    choice.check_runnable()
    return MediaChoice(choice.target, choice.credits, choice.fallback_reason)
