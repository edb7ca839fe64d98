"""A shot's row, and the project's prompts, as a run that writes a visual prompt has them. All are mirrors."""

from collections.abc import Mapping, Sequence
from typing import Any

from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.runs import RunRow
from wzrd.db.shot_assets import write_prompt_version
from wzrd.db.shots import write_prompt
from wzrd.domain.ids import derive, parse_uuid
from wzrd.domain.settlement import Settlement
from wzrd.models.visual_prompts import read_prompt

FUNCTION = "generate-visual-prompt"
"""The function whose runs write one."""
STAGE = "shot_prompt"


async def show_prompt(tx: Tx, run: RunRow, ending: Settlement, _open_items: Sequence[Item]) -> None:
    """A prompt that was written is in its shot, and among the project's prompts; whoever ends the run."""
    shot_id = parse_uuid(run.params.get("shotId"))
    if run.params.get("function") != FUNCTION or ending.status != "succeeded" or shot_id is None:
        return
    said: Mapping[str, Any] = ending.terminal.data.get("result") or {}
    prompt = read_prompt(str(said.get("text") or ""))
    if not prompt:
        return
    await write_prompt(tx, shot_id, visual_prompt=prompt)
    if run.project_id is not None:
        await write_prompt_version(
            tx,
            prompt_id=derive(run.run_id, STAGE, prompt),
            project_id=run.project_id,
            shot_id=shot_id,
            stage=STAGE,
            prompt=prompt,
            metadata={"model": run.params["chosen"]["model"]},
        )
