"""fal-stream on the wire: its request, and its refusal where there is no key; its events are a generation's."""

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from wzrd.contracts.generate import GenerationOptions
from wzrd.contracts.wire import Needed, members_of

NO_KEY = "Server configuration error: API key missing"
_REQUEST_ID = AliasChoices("request_id", "requestId")
_PROJECT_ID = AliasChoices("project_id", "projectId")
"""Project id's aliases: the camelCase of other functions is read here, too."""


class FalStreamRequest(GenerationOptions):
    """The body. Its own fields are in snake_case; what every generation accepts is as documented."""

    model_id: Annotated[str, Needed()] = Field(default="", max_length=400)
    inputs: Annotated[dict[str, Any], BeforeValidator(members_of, json_schema_input_type=Any)] = Field(
        default_factory=dict[str, Any]
    )
    media_type: str | None = Field(default=None, max_length=20, alias="media_type")
    request_id: str | None = Field(default=None, max_length=200, validation_alias=_REQUEST_ID)
    project_id: str | None = Field(default=None, max_length=200, validation_alias=_PROJECT_ID)
    scene_id: str | None = Field(default=None, max_length=200, alias="scene_id")
    node_id: str | None = Field(default=None, max_length=200, alias="node_id")


def no_key(details: str) -> dict[str, Any]:
    """The documented refusal of a server that cannot ask anybody."""
    return {"error": NO_KEY, "details": details}
