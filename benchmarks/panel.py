"""Drawing a storyboard panel, against what an animatic costs anyway: one second of ffmpeg's zoompan over a still."""

import resource
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.peers import one_graph
from wzrd.animatic.provider import draw_panel, read_panel
from wzrd.domain.film import Frame
from wzrd.domain.shots import SceneBrief, ShotIdea, ShotSize
from wzrd.media.ffmpeg import run_ffmpeg

FRAME = Frame(1280, 720)
ROUNDS = 3
SECOND = 24
SCENES = (
    SceneBrief(1, "INT. KITCHEN - NIGHT", "Anna waits by the kettle.", characters=("ANNA", "BEN")),
    SceneBrief(2, "EXT. FOREST - DAY", "Rain. Ben runs between the trees.", weather="rain", characters=("BEN",)),
)
SIZES: tuple[ShotSize, ...] = ("extreme_wide", "medium", "close_up", "insert")


async def measure() -> list[Figure]:
    """Panels of several sizes in two places, the mean of a round; the least of the rounds counts."""
    shots = [ShotIdea("Anna looks up from the kettle at Ben.", size, subject="kettle") for size in SIZES]
    briefs = [read_panel(scene, shot, shot_number=1 + at) for scene in SCENES for at, shot in enumerate(shots)]
    rounds: list[float] = []
    drawn: list[bytes] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        drawn = [draw_panel(brief, FRAME) for brief in briefs]
        rounds.append((time.process_time() - began) / len(drawn) * 1000)
    least, peer = min(rounds), await _one_second(drawn[0])
    return [Figure("a panel, CPU / one second of zoompan over it", least, peer, "ms", "<= 150 ms", least <= 150)]


async def _one_second(panel: bytes) -> float:
    """Processor milliseconds."""
    with tempfile.TemporaryDirectory(prefix="wzrd-b") as name:
        still = Path(name) / "panel.png"
        still.write_bytes(panel)
        spent: list[float] = []
        for _ in range(ROUNDS):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            await run_ffmpeg(*one_graph.still_clip(still, still.with_suffix(".mp4"), one_graph.zoompan(SECOND), SECOND))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent) * 1000
