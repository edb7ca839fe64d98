"""What becomes of a shot's row when the run that works on it ends or is reopened, whichever kind of run it is."""

from collections.abc import Sequence

from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.runs import RunRow
from wzrd.db.shots import mark_failed, mark_generating, mark_waiting
from wzrd.domain.ids import parse_uuid
from wzrd.domain.settlement import Settlement
from wzrd.runtime.kind import entities

MADE = ("image", "video")


async def release_shots(tx: Tx, _run: RunRow, ending: Settlement, open_items: Sequence[Item]) -> None:
    """Shots that were being worked on do not say so for ever."""
    for made in MADE:
        shots = entities(open_items, f"shot_{made}")
        if shots and ending.status != "canceled" and ending.error:
            await mark_failed(tx, shots, made, ending.error)
        elif shots:
            await mark_waiting(tx, shots, made)


async def mark_again(tx: Tx, run: RunRow) -> None:
    """The shot of a run that makes nothing else is being made again."""
    shot_id, made = parse_uuid(run.params.get("shotId") or ""), run.params["chosen"]["mediaType"]
    if shot_id is not None and made in MADE:
        await mark_generating(tx, shot_id, made)
