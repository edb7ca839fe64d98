"""Which video model can use what a request brings: the asked one, a sibling, or its provider's default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from wzrd.models.catalog import Model, load_catalog

KLING_T2V = "fal-ai/kling-video/o3/standard/text-to-video"
KLING_I2V = "fal-ai/kling-video/o3/standard/image-to-video"
KLING_REFERENCE = "fal-ai/kling-video/o3/pro/video-to-video/reference"

Given = Literal["video", "image", "none"]


@dataclass(frozen=True, slots=True)
class VideoRules:
    """For one provider: the workflows that can use what was given, and the model to take when none can."""

    compatible: Mapping[Given, frozenset[str]]
    default: Mapping[Given, str]
    by_family: bool  # whether a sibling of the same family is tried before the default


_COMPATIBLE: Mapping[Given, frozenset[str]] = {
    "video": frozenset({"reference-to-video"}),
    "image": frozenset({"image-to-video", "reference-to-video"}),
    "none": frozenset({"text-to-video"}),
}
VIDEO_RULES: Mapping[str, VideoRules] = {
    "fal-ai": VideoRules(
        compatible={**_COMPATIBLE, "video": frozenset({"reference-to-video", "video-reference", "video-edit"})},
        default={"video": KLING_REFERENCE, "image": KLING_I2V, "none": KLING_T2V},
        by_family=False,
    ),
    "gmi-cloud": VideoRules(
        compatible=_COMPATIBLE,
        default={"video": "gmi/wan2.7-r2v", "image": "gmi/ltx-fast-i2v", "none": "gmi/kling-v3-omni"},
        by_family=True,
    ),
}

SPECIALISED: Mapping[str, frozenset[str]] = {
    "lip-sync": frozenset({"image", "video", "audio"}),
    "talking-head": frozenset({"image", "video", "audio"}),
    "audio-to-video": frozenset({"audio"}),
    "first-last-frame-to-video": frozenset({"image"}),
    "element-creation": frozenset({"image", "video"}),
    "video-compose": frozenset({"image", "video", "audio"}),
    "video-edit": frozenset({"video"}),
    "video-to-video": frozenset({"video"}),
}
"""Workflows that do something of their own with what they are given. With that at hand such a model runs itself:
who asks for lip-sync and sends a face and a voice does not want another film."""

_FAMILY_SUFFIXES = ("/reference-to-video", "/image-to-video", "/text-to-video", "-r2v", "-i2v", "-t2v")


def family_of(model_id: str) -> str:
    """An id without its ending that says what the model is made from."""
    return next((model_id.removesuffix(end) for end in _FAMILY_SUFFIXES if model_id.endswith(end)), model_id)


def sibling_for(model: Model, given: Given) -> Model | None:
    """The first model of the same family, in the catalog's order, that can use what is given."""
    rules = VIDEO_RULES.get(model.provider)
    compatible = rules.compatible[given] if rules else frozenset[str]()
    siblings = [
        other
        for other in load_catalog().models.values()
        if (other.provider, other.media_type, other.ui_group) == (model.provider, "video", "generation")
        and other.workflow_type in compatible
        and family_of(other.id) == family_of(model.id)
    ]
    return min(siblings, key=lambda other: other.rank, default=None)


def _runs_itself(model: Model, given: frozenset[str]) -> bool:
    takes = SPECIALISED.get(model.workflow_type, frozenset())
    return bool(takes & given) and given.issuperset(model.requires_assets)


def upgrade_video(model: Model, given: frozenset[str]) -> tuple[Model, str | None]:
    """The video model that can use what was given, and the reason when it is another than `model`.

    A model that is no video, or whose provider has no rules, is left as it is. The defaults are in the catalog
    (`wzrd.models.routing.check_tables`).
    """
    rules = VIDEO_RULES.get(model.provider)
    if rules is None or model.media_type != "video" or _runs_itself(model, given):
        return model, None
    kind: Given = "video" if "video" in given else "image" if "image" in given else "none"
    if model.workflow_type in rules.compatible[kind]:
        return model, None
    cause = "text_only" if kind == "none" else "reference_input"
    sibling = sibling_for(model, kind) if rules.by_family else None
    chosen, how = (sibling, "same_family") if sibling else (load_catalog().models[rules.default[kind]], "default")
    return chosen, f"incompatible_with_{cause}:{model.workflow_type}->{how}:{chosen.id}"
