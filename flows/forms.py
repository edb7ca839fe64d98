"""Common parts of the flows' forms: titles for people, and bounds that Prefect's server already refuses by.

A bound stands in the annotation: as a default, `Field(3, ge=1)` would drop it from the form.
"""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, WithJsonSchema

from wzrd.contracts.generate import MAX_URL
from wzrd.domain.credits import MAX_SHOTS, MIN_SHOTS
from wzrd.domain.wanted_format import RESOLUTION_PATTERN


def titled(title: str, **bounds: Any) -> Any:
    """A field under a title that people read; Prefect would show the parameter's name."""
    return Field(json_schema_extra={"title": title}, **bounds)


Project = Annotated[str, titled("Project", min_length=1, max_length=200)]
"""A project's id, the beginning of its id, or its title."""
PayingProject = Annotated[
    str | None,
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200}),
    titled("Project", min_length=1, max_length=200),
]
"""A project that a form must name, since its owner pays; a run from the API may have none."""
Scene = Annotated[str | None, titled("Scene", max_length=200)]
"""A scene's number, its heading or its id."""
ShotCount = Annotated[int, titled("Shots", ge=MIN_SHOTS, le=MAX_SHOTS)]
SceneShots = Annotated[int, titled("Shots of the scene in all", ge=0, le=60)]
OnlyMissing = Annotated[bool, titled("Only if it has none")]
References = Annotated[list[Annotated[str, Field(min_length=1, max_length=MAX_URL)]] | None, titled("References")]
"""Addresses of pictures."""
VoiceModel = Annotated[str | None, titled("Voice model", max_length=200)]
Model = Annotated[str | None, titled("Model")]
MaxCredits = Annotated[int | None, titled("Credits at most", ge=0, lt=2**31)]
MaxUsd = Annotated[float | None, titled("US dollars at most", ge=0, le=1_000_000)]
Resolution = Annotated[str | None, titled("Resolution", pattern=RESOLUTION_PATTERN)]
RequestId = Annotated[str | None, titled("Idempotency key", max_length=200)]
RunId = Annotated[UUID | None, titled("Internal: leave empty")]
"""The last field of every form."""
