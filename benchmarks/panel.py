"""A storyboard panel and a clip with a camera move over it, against ffmpeg's zoompan: processor time."""

import resource
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Measure
from benchmarks.peers import one_graph
from wzrd.animatic.provider import draw_panel, film_still, read_panel
from wzrd.domain.film import Frame
from wzrd.domain.shots import SceneBrief, ShotIdea, ShotSize
from wzrd.media.ffmpeg import run_ffmpeg

FRAME = Frame(1280, 720)
ROUNDS = 3
SECOND = 24
CLIP = 5 * SECOND
SCENES = (
    SceneBrief(1, "INT. KITCHEN - NIGHT", "Anna waits by the kettle.", characters=("ANNA", "BEN")),
    SceneBrief(2, "EXT. FOREST - DAY", "Rain. Ben runs between the trees.", weather="rain", characters=("BEN",)),
)
SIZES: tuple[ShotSize, ...] = ("extreme_wide", "medium", "close_up", "insert")


async def measure() -> list[Measure]:
    """Panels of several sizes in two places, the mean of a round; the least of the rounds counts."""
    shots = [ShotIdea("Anna looks up from the kettle at Ben.", size, subject="kettle") for size in SIZES]
    briefs = [read_panel(scene, shot, shot_number=1 + at) for scene in SCENES for at, shot in enumerate(shots)]
    rounds: list[float] = []
    drawn: list[bytes] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        drawn = [draw_panel(brief, FRAME) for brief in briefs]
        rounds.append((time.process_time() - began) / len(drawn) * 1000)
    least = min(rounds)
    with tempfile.TemporaryDirectory(prefix="wzrd-b") as name:
        still = Path(name) / "panel.png"
        still.write_bytes(drawn[0])
        second, clip = await _zoompan(still, SECOND) * 1000, await _zoompan(still, CLIP)
        ours = _filmed(still)
    return [
        Measure("a panel, CPU / one second of zoompan over it", least, second, "ms", "<= 150 ms", least <= 150),
        Measure("5 s of camera move, CPU / zoompan's", ours, clip, "CPU-s", "<= 2.5 CPU-s", ours <= 2.5),
    ]


def _filmed(still: Path) -> float:
    """Least processor seconds of a push over the panel."""
    spent: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        film_still(still, still.with_suffix(".mp4"), frame=FRAME, frames=CLIP, move="dolly_in")
        spent.append(time.process_time() - began)
    return min(spent)


async def _zoompan(still: Path, frames: int) -> float:
    """Least processor seconds of the usual recipe for the same push."""
    spent: list[float] = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        await run_ffmpeg(*one_graph.still_clip(still, still.with_suffix(".mp4"), one_graph.zoompan(frames), frames))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)
