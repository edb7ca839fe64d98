"""An action that goes on: the clip ends with the picture that the next one begins with."""

import io
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from server.fakes import Fakes
from tests.playing import run_once
from tests.tasks.speech_project import CLIPS, FUNDS, MIKE, a_still, open_speech_rig
from tests.tasks.test_speech import CLIP
from wzrd.assets.sources import open_source
from wzrd.runtime.process import Runtime

SCRIPT = """Title: The Lamp

INT. KITCHEN - DAY

MIKE, a man of 45, runs to the table. MIKE falls. MIKE crawls.
"""
SHOTS: dict[str, dict[str, Any]] = {
    "runs": {"size": "full", "move": "dolly_in", "brief": {"subjects": [MIKE], "beats": [0]}},
    "falls": {"size": "medium", "move": "static", "brief": {"subjects": [MIKE], "beats": [1]}},
    "crawls": {"size": "close_up", "move": "static", "brief": {"subjects": [MIKE], "beats": [2]}},
}


def a_picture(data: bytes, size: tuple[int, int]) -> NDArray[np.float64]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize(size), np.float64)


async def test_a_clip_ends_where_the_next_begins(runtime: Runtime, fakes: Fakes) -> None:
    """The plan tells which; the clip's last frame is the next shot's still, and no other clip is given one."""
    async with open_speech_rig(runtime, fakes, script=SCRIPT, shots=SHOTS) as rig:
        asked: dict[str, Any] = {"phase": "videos", "model": CLIPS}
        plan, shots = await rig.plan(**asked), rig.batch.shots
        assert {one.shot_id: one.ends_in for one in plan.items} == {
            shots["runs"]: shots["falls"], shots["falls"]: None, shots["crawls"]: None,
        }  # fmt: skip
        opened = await rig.open(**asked)
        assert await run_once(rig.runtime, opened.run_id) == "succeeded"
        assert await rig.batch.left() == FUNDS - plan.estimated_credits == FUNDS - 3 * CLIP
        for name, following in (("runs", 80), ("falls", 120)):
            async with open_source(rig.runtime, (await rig.batch.row(name)).video_url, "video") as path:
                with av.open(str(path), "r") as file:
                    *_, last = file.decode(video=0)
            seen = np.asarray(last.to_ndarray(format="rgb24"), np.float64)
            next_still = a_picture(a_still(following), (last.width, last.height))
            assert (np.abs(seen - next_still).mean() < 4) == (name == "runs"), name
