"""The bible of a project, its sheets of people, places and props: /functions/v1/projects/{id}/bible."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from wzrd.contracts.wire import WireModel


class SheetView(WireModel):
    """One sheet. `key` is its `kind`, the id in the breakdown and the look (`person/MIKE@12`: from scene 12 on).

    `url`: where its owner reads it for a day. `origin`: given by somebody, or made by `model`. `shots` show what is on
    it; `stale` ones have a picture or clip that was made of a former one. Locked shots are not among them.
    """

    key: str
    kind: Literal["person", "place", "prop"]
    name: str
    look: str
    origin: Literal["given", "made"]
    model: str
    url: str
    sha256: str
    size: int
    made_at: datetime
    shots: list[UUID]
    stale: list[UUID]


class BibleAnswer(WireModel):
    """A project's sheets; `missing`: keys of people, places and props of its shots that have none."""

    sheets: list[SheetView]
    missing: list[str]


class MadeFromSheet(WireModel):
    """A picture (`image`) or clip (`video`) that a shot shows, made from a sheet."""

    shot_id: UUID
    media: Literal["image", "video"]


class SheetDeleted(WireModel):
    """The answer to a deletion: what shots show that was made from the sheet, and stays until it is made again."""

    key: str
    made_from: list[MadeFromSheet]
