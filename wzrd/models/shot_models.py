"""Which model makes one shot's picture or clip when its own function is called. Pure.

The rule of a clip is the original's: its models are GMI's that take a picture. Where GMI cannot be asked and fal can,
the same rule holds over fal's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from wzrd.domain.offline import ANIMATIC
from wzrd.models.catalog import Model
from wzrd.models.generation_choice import Obstacle
from wzrd.models.routing import ALIASES, FALLBACKS, TASK_DEFAULTS, check_model_id, find_animatic, routed_catalog
from wzrd.models.video_upgrade import family_of

IMAGES: tuple[str, ...] = ("gmi/gemini-3.1-flash-image-preview", TASK_DEFAULTS["image"])
"""The models of a picture when none is named: the first whose provider can be asked."""
CLIPS: Mapping[str, str] = {"gmi-cloud": "gmi/ltx-fast-i2v", "fal-ai": TASK_DEFAULTS["image-to-video"]}
"""The providers whose models make clips, the first that can be asked, and the default model of each."""
_WORKFLOWS = frozenset({"image-to-video", "reference-to-video"})
_SURFACE = "studio:video"


@dataclass(frozen=True, slots=True)
class ShotModel:
    """The id that was asked for, the catalog's id that runs, and why it is another one (None: it is not).

    `instead`: what is asked, in order, when the provider says that this one is switched off.
    """

    requested: str
    runs: str
    reason: str | None = None
    instead: tuple[str, ...] = ()


def choose_shot_image(model_id: str | None, obstacle: Obstacle) -> ShotModel:
    """The model of a shot's picture. An unknown id runs as it is: routing replaces it, and says so.

    Raises:
        BadRequest: it is no id.
    """
    able = (one for one in IMAGES if obstacle(routed_catalog().models[one].provider, "image") is None)
    wanted = check_model_id(model_id) if model_id else next(able, IMAGES[0])
    known = _find(wanted)
    last = IMAGES[0] if known is not None and known.provider == "gmi-cloud" else ""
    instead = tuple(one for one in dict.fromkeys((last, FALLBACKS["image"])) if one and one != (known and known.id))
    return ShotModel(wanted, wanted, instead=instead)


def choose_shot_video(model_id: str | None, obstacle: Obstacle) -> ShotModel:
    """The model of a shot's clip: the asked one where it takes a picture, a sibling that does, or the default.

    Raises:
        BadRequest: it is no id.
    """
    provider = next((one for one in CLIPS if obstacle(one, "video") is None), next(iter(CLIPS)))
    default = CLIPS[provider]
    wanted = check_model_id(model_id) if model_id else default
    free = find_animatic("video")
    if free is not None and wanted in {ANIMATIC, free.id}:
        return ShotModel(wanted, free.id)
    runs, reason = _apply_rule(wanted, provider, default)
    return ShotModel(wanted, runs, reason, tuple(one.id for one in clip_models(provider) if one.id != runs))


@cache
def clip_models(provider: str) -> tuple[Model, ...]:
    """The provider's video models that take a picture, in the catalog's order."""
    return tuple(
        model
        for model in routed_catalog().listed
        if (model.provider, model.media_type) == (provider, "video")
        and model.workflow_type in _WORKFLOWS
        and _SURFACE in model.studio_surfaces
    )


def _apply_rule(wanted: str, provider: str, default: str) -> tuple[str, str | None]:
    known, able = _find(wanted), clip_models(provider)
    if known is None:
        return default, f"unknown_model:{wanted}->default:{default}"
    if known.provider != provider:
        return default, f"unsupported_provider:{known.provider}->default:{default}"
    if known in able:
        return known.id, None
    cause = f"incompatible_with_image_input:{known.workflow_type}"
    sibling = next((one for one in able if family_of(one.id) == family_of(known.id)), None)
    if sibling is not None and known.media_type == "video":
        return sibling.id, f"{cause}->same_family:{sibling.id}"
    return default, f"{cause}->default:{default}"


def _find(model_id: str) -> Model | None:
    return routed_catalog().find(ALIASES.get(model_id, model_id))
