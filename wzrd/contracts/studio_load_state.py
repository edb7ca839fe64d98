"""POST /functions/v1/studio-load-state on the wire."""

from typing import Any

from pydantic import Field

from wzrd.contracts.wire import WireModel


class StudioState(WireModel):
    """A graph that lies in no table of the studio's: there is none."""

    blocks: list[Any] = Field(default_factory=list[Any], max_length=0)
    canvas_state: None = None
