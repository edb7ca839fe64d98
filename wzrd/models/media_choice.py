"""Which model makes a shot's picture or clip, what that costs, and why it is another than was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wzrd.domain.errors import BadRequest
from wzrd.domain.offline import ANIMATIC, Offline
from wzrd.domain.submission import Target
from wzrd.models.catalog import Model
from wzrd.models.generation_choice import Obstacle, check_known, choose_generation
from wzrd.models.routing import ALIASES, TASK_DEFAULTS, find_animatic, routed_catalog
from wzrd.models.shot_inputs import needs_words_alone
from wzrd.models.video_upgrade import sibling_for

DEFAULT_MODELS = {"image": TASK_DEFAULTS["image"], "video": TASK_DEFAULTS["image-to-video"]}
_REFERENCES = {"image": (), "video": ("image",)}


@dataclass(frozen=True, slots=True)
class MediaChoice:
    """`credits`: what one costs; `fallback_reason`: None when what runs is what was asked for.

    `model_id` is the catalog's id of what runs.
    """

    target: Target
    credits: int
    fallback_reason: str | None = None
    model_id: str = field(default="", compare=False)

    @property
    def drawn(self) -> bool:
        """True if animatic mode makes it."""
        return self.target.provider == ANIMATIC

    def kept(self) -> dict[str, Any]:
        """The choice as a run keeps it: what was priced at its start is what runs."""
        return {
            "provider": self.target.provider,
            "target": self.target.model,
            "model": self.model_id,
            "credits": self.credits,
            "fallbackReason": self.fallback_reason,
        }


def read_choice(kept: Mapping[str, Any]) -> MediaChoice:
    """The choice that `MediaChoice.kept` made."""
    target = Target(kept["provider"], kept["target"])
    return MediaChoice(target, kept["credits"], kept["fallbackReason"], kept["model"])


def choose_media(model_id: str | None, media_type: str, *, offline: Offline, obstacle: Obstacle) -> MediaChoice:
    """The target for a picture (`image`) or for a clip made from one (`video`); see `choose_generation`.

    Raises:
        BadRequest: the id means no model, several, or one that makes something else; the nearest or all are named.
        NotConfigured: the provider cannot be asked from here and WZRD_OFFLINE=never.
    """
    wanted = model_id or DEFAULT_MODELS[media_type]
    check_known(wanted)
    _check_single(wanted.strip(), media_type)
    sibling, reason = _clip_sibling(wanted) if media_type == "video" else (wanted, None)
    choice = choose_generation(
        sibling,
        parameters={},
        references=_REFERENCES[media_type],
        media_type=media_type,
        offline=offline,
        obstacle=obstacle,
    )
    if choice.model.media_type != media_type:
        raise BadRequest(f"{wanted!r} makes {choice.model.media_type}, not {media_type}", field=f"{media_type}_model")
    choice.check_runnable()
    return MediaChoice(choice.target, choice.credits, choice.fallback_reason or reason, choice.model.id)


def stand_in_choice(media_type: str, reason: str) -> MediaChoice:
    """Animatic mode, in place of a model whose provider can no longer be asked."""
    free = find_animatic(media_type)
    assert free is not None, "animatic mode makes pictures and clips"
    return MediaChoice(Target(free.provider, free.endpoint_id), free.credits, reason, free.id)


def sheet_model(model_id: str) -> str:
    """The id of who makes the sheets for a picture model: itself, where words are enough for it; else its sibling.

    Where it has none that makes pictures of words, the default model does.
    """
    models = routed_catalog().models
    model = models[model_id]
    if needs_words_alone(model):
        return model_id
    base = model.endpoint_id.removesuffix("/edit").removesuffix("/image-to-image")
    alike = {base, f"{base}/text-to-image"} - {model.endpoint_id}
    found = (one for one in models.values() if one.endpoint_id in alike and needs_words_alone(one))
    return next(found, models[DEFAULT_MODELS["image"]]).id


def reference_model(model: Model) -> str:
    """The id of the sibling of a picture model that makes pictures by references; empty where there is none."""
    base = model.endpoint_id.removesuffix("/text-to-image")
    alike = {f"{base}/edit", f"{base}/image-to-image"}
    found = (one for one in routed_catalog().listed if one.provider == model.provider and one.endpoint_id in alike)
    return next((one.id for one in found), "")


def _clip_sibling(wanted: str) -> tuple[str, str | None]:
    """Who makes clips of pictures in the family of a model that makes them of words, and why it runs; else `wanted`."""
    known = routed_catalog().find(ALIASES.get(wanted, wanted))
    if known is None or known.workflow_type != "text-to-video" or (sibling := sibling_for(known, "image")) is None:
        return wanted, None
    return sibling.id, f"incompatible_with_reference_input:{known.workflow_type}->same_family:{sibling.id}"


def _check_single(wanted: str, media_type: str) -> None:
    """Refuse an alias that several models have: one would be paid, and nobody asked for that one."""
    catalog = routed_catalog()
    if wanted in ALIASES or catalog.get(wanted) is not None:
        return
    meant = [model.id for model in catalog.listed if wanted in model.aliases and model.media_type == media_type]
    if len(meant) > 1:
        raise BadRequest(f"{wanted!r} means several models: name one of {', '.join(meant)}", field="model")
