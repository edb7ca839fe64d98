"""Types of local tools: which files each takes, what it makes, what it may be told. Pure."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from wzrd.graph.parameters import Parameter

MediaType: TypeAlias = Literal["image", "video", "audio"]
Made: TypeAlias = Literal["image", "video", "audio", "json"]

MOST_CLIPS = 32
"""Files that are joined at most."""


@dataclass(frozen=True, slots=True)
class MediaInput:
    """Files that a tool takes: of which media, under which handles, and how many of them."""

    media: MediaType
    handles: tuple[str, ...]
    least: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True)
class Tool:
    """A local tool. `several`: it makes more than one file."""

    makes: Made
    about: str
    inputs: tuple[MediaInput, ...]
    parameters: tuple[Parameter, ...] = ()
    several: bool = False

    def schema(self) -> dict[str, Any]:
        """Its parameters as a JSON Schema of a node's `params`."""
        properties = {parameter.name: parameter.schema() for parameter in self.parameters}
        return {"type": "object", "description": self.about, "properties": properties}


def tool(
    makes: Made, inputs: tuple[MediaInput, ...], about: str, *parameters: Parameter, several: bool = False
) -> Tool:
    """A local tool, as the tables spell it."""
    return Tool(makes, about, inputs, parameters, several)
