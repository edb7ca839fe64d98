"""The events of a gen-shots stream as a client reads them: Meta, ShotUpdates, Done; `error` is an exception."""

from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from wzrd.contracts.gen_shots import Phase
from wzrd.contracts.wire import WireModel


class Meta(WireModel):
    """The stream stands; `latency` is in milliseconds."""

    request_id: str
    project_id: str
    scene_id: str
    latency: int = 0


class ShotUpdate(BaseModel):
    """The latest known state of one shot; merge updates by `id`. This event is spelled with underscores."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    id: str
    project_id: str
    scene_id: str
    shot_number: int
    status: Phase
    title: str | None = None
    description: str | None = None
    visual_prompt: str | None = None
    thumbnail: str | None = None


class Done(WireModel):
    """All shots are ready; `fallback_reason` says why the offline writer stood in, if it did."""

    total: int
    request_id: str
    fallback_used: bool = False
    fallback_reason: str | None = None


GenShotsEvent: TypeAlias = Meta | ShotUpdate | Done

EVENTS: dict[str, type[Meta] | type[ShotUpdate] | type[Done]] = {"meta": Meta, "shot": ShotUpdate, "done": Done}
