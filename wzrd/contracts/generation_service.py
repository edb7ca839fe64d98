"""Requests and answers of the unified generation service, as documented; camelCase on the wire, snake_case here."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from wzrd.contracts.generate import GenerationResultMetadata, OutputConfig, ReferenceAsset
from wzrd.contracts.wire import WireModel, or_null

Source: TypeAlias = Literal["project-setup", "studio", "editor", "storyboard", "timeline"]
Status: TypeAlias = Literal["pending", "running", "completed", "failed"]

_STATUSES: dict[str, Status] = {
    "queued": "pending",
    "running": "running",
    "paused": "running",
    "succeeded": "completed",
}


def status_of(run_status: str) -> Status:
    """A run's status in the documented four words."""
    return _STATUSES.get(run_status, "failed")


class GenerationMetadata(WireModel):
    """For tracking: where a generation comes from, its project, and its node, shot or clip."""

    source: Source | None = None
    project_id: str | None = Field(default=None, max_length=200)
    entity_id: str | None = Field(default=None, max_length=200)
    custom: dict[str, Any] | None = None


class GenerationInput(WireModel):
    """One generation: a model of the catalog, a prompt, and what else the model is given."""

    model: str
    prompt: str
    parameters: Annotated[dict[str, Any], or_null(dict[str, Any])] = Field(default_factory=dict[str, Any])
    reference_assets: Annotated[list[ReferenceAsset], or_null(list[ReferenceAsset])] = Field(
        default_factory=list[ReferenceAsset]
    )
    output_config: Annotated[OutputConfig, or_null(OutputConfig)] = Field(default_factory=OutputConfig)
    metadata: Annotated[GenerationMetadata, or_null(GenerationMetadata)] = Field(default_factory=GenerationMetadata)


class GenerationResult(WireModel):
    """Result of a generation. `url` is empty for text, and until it is completed; a text is `metadata.raw["text"]`."""

    url: str
    metadata: GenerationResultMetadata
    status: Status


class RouteReference(WireModel):
    """One reference of a generation."""

    url: str = Field("", max_length=100_000)
    type: Literal["image", "video", "audio", "text", "model"]
    role: str | None = Field(None, max_length=200)


class GenerationRouteRequest(WireModel):
    """The parts of a generation's request that decide where it goes, and its price.

    `media_type` helps where the id says nothing. Of `outputConfig` the `count` alone is looked at.
    """

    model: str = Field(max_length=1000)
    parameters: dict[str, Any] = Field(default_factory=dict[str, Any])
    reference_assets: list[RouteReference] = Field(default_factory=list[RouteReference], max_length=64)
    output_config: Annotated[OutputConfig, or_null(OutputConfig)] = Field(default_factory=OutputConfig)
    media_type: Literal["text", "image", "video", "audio", "json", "3d"] | None = None


class GenerationRouteAnswer(WireModel):
    """Where it goes, what runs, what that costs; what is none is left out.

    `cost`: dollars that its vendor may ask, `least` and `most` (null: nobody knows yet), with a `reason`. `ownSound`: a
    clip would have its own sound, where its model lets one choose. `reason`: why it cannot run. `verified`: its maker's
    own words of its inputs are at hand. `unknown_model`: that the id names no model, and the ids nearest to it.
    """

    route: str
    function: str
    resolved_model: str
    media_type: str
    fallback_used: bool
    fallback_reason: str | None = None
    credits: int
    cost: dict[str, Any] | None = None
    own_sound: bool | None = None
    runnable: bool
    verified: bool
    reason: str | None = None
    unknown_model: str | None = None

    def wire(self) -> dict[str, Any]:
        """The answer without the reasons that there are not."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
