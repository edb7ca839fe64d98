"""POST /functions/v1/generation-route: a request for a generation, and what it would run on."""

from typing import Any, Literal

from pydantic import Field

from wzrd.contracts.wire import WireModel


class RouteReference(WireModel):
    """One reference of a generation."""

    url: str = Field("", max_length=100_000)
    type: Literal["image", "video", "audio", "text", "model"]
    role: str | None = Field(None, max_length=200)


class GenerationRouteRequest(WireModel):
    """The parts of a generation's request that decide where it goes. `media_type` helps where the id says nothing."""

    model: str = Field(max_length=1000)
    parameters: dict[str, Any] = Field(default_factory=dict[str, Any])
    reference_assets: list[RouteReference] = Field(default_factory=list[RouteReference], max_length=64)
    media_type: Literal["text", "image", "video", "audio", "json", "3d"] | None = None


class GenerationRouteAnswer(WireModel):
    """Where it goes, what runs, what that costs; what is none is left out.

    `reason`: why it cannot run. `verified`: its vendor's own words of its inputs are at hand. `unknown_model`: that the
    id names no model, and the ids nearest to it.
    """

    route: str
    function: str
    resolved_model: str
    media_type: str
    fallback_used: bool
    fallback_reason: str | None = None
    credits: int
    runnable: bool
    verified: bool
    reason: str | None = None
    unknown_model: str | None = None

    def wire(self) -> dict[str, Any]:
        """The answer without the reasons that there are not."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
