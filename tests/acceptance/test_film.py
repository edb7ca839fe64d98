"""`wzrd film` on the real stack: screenplay in, film out; killed on the way, made again, changed."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from tests.acceptance.conftest import ROOT, Stack
from tests.acceptance.test_prefect import prefect
from tests.waiting import looks
from wzrd.db.runs import find_run
from wzrd.media.probe import probe

SCRIPT = """Title: {title}
Aspect Ratio: 1:1

INT. KITCHEN - NIGHT

A kettle boils on the stove.

MARA
It is late. Somebody left the light on. 🌧️

@李
水开了。

EXT. SEA - DAY

{sea}
"""


@dataclass(frozen=True, slots=True)
class Filmed:
    """Result of a film command: code, events, stderr, folder."""

    code: int
    events: list[dict[str, Any]]
    err: str
    folder: Path

    @property
    def film(self) -> Path:
        return self.folder / "film.mp4"

    def last(self, stage: str) -> Mapping[str, Any]:
        """The stage's last event."""
        return [event for event in self.events if event.get("stage") == stage][-1]["data"]


async def film(stack: Stack, script: Path, folder: Path, *more: str) -> Filmed:
    """`wzrd film SCRIPT --out FOLDER --shots 1 --json`, as the stack's first user."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", "film", str(script), "--out", str(folder), "--shots", "1", "--json", *more,
        cwd=ROOT, env=stack.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(150):
        out, err = await process.communicate()
    events = [json.loads(line) for line in out.decode().splitlines()]
    return Filmed(process.returncode or 0, events, err.decode(), folder)


def write(folder: Path, *, title: str | None = None, sea: str = "Waves. Nobody.") -> Path:
    script = folder / "script.fountain"
    script.write_text(SCRIPT.format(title=title or f"Small Hours {uuid.uuid4().hex[:8]}", sea=sea))
    return script


async def kept(stack: Stack) -> int:
    """Number of media files that have ever been kept, without those that only Prefect's pages show."""
    made = "select count(*) from wzrd.node_outputs where output ? 'path' and output ->> 'path' not like '%/posters/%'"
    async with stack.runtime.begin() as tx:
        return int(await tx.scalar(text(made)))


async def artifacts_of(stack: Stack, run_id: str) -> set[str]:
    """Types of the artifacts on the run's page in Prefect, beside the results of its steps."""
    async with stack.runtime.begin() as tx:
        run = await find_run(tx, uuid.UUID(run_id))
    assert run is not None
    wanted = {"artifacts": {"flow_run_id": {"any_": [str(run.flow_run_id)]}}}
    return {artifact["type"] for artifact in await prefect(stack, "POST", "/artifacts/filter", wanted)} - {None}


async def test_a_film_in_a_format_of_its_own(stack: Stack, tmp_path: Path) -> None:
    """1080p at 25 a second, drawn so: the panels have its lines, the clips its frames; the film is their sum."""
    asked = ("--resolution", "1080p", "--fps", "25", "--loudness", "-23")
    made = await film(stack, write(tmp_path), tmp_path / "out", *asked)
    assert made.code == 0, made.err
    facts, end = probe(made.film), made.last("cut")
    assert (facts.width, facts.height, facts.fps) == (1080, 1080, 25)
    assert end["rendered"] == {"width": 1080, "height": 1080, "fps": 25}
    assert abs(end["lufs"] + 23) <= 0.5
    run = {"run": uuid.UUID([e for e in made.events if e.get("stage") == "clips"][-1]["runId"])}
    async with stack.runtime.begin() as tx:
        statement = "select sum((output ->> 'frames')::int) from wzrd.run_items where run_id = :run"
        assert await tx.scalar(text(f"{statement} and entity_type = 'shot_video'"), run) == facts.frames
        statement = (
            "select image_url from public.shots where id in (select entity_id from wzrd.run_items where run_id = :run)"
        )
        urls = (await tx.scalars(text(statement), run)).all()
    for url in urls:
        place = stack.runtime.storage.locate(url)
        assert place is not None
        async with stack.runtime.storage.local(*place) as panel:
            assert Image.open(panel).size == (1350, 1350), "a quarter larger than the frame, for the camera"


async def test_a_screenplay_becomes_a_film_and_is_made_once(stack: Stack, tmp_path: Path) -> None:
    """Film and storyboard; the film is the sum of its clips to the frame, with sound and captions in any script.

    Made again: byte for byte the same, and no file is made but the film's own. One scene changed: only that one's.
    """
    script = write(tmp_path, title="Small Hours, whole")
    first = await film(stack, script, tmp_path / "one")
    assert first.code == 0, first.err
    assert (tmp_path / "one" / "storyboard.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    panels = [event for event in first.events if event.get("stage") == "panels"][-1]["runId"]
    assert await artifacts_of(stack, panels) - {"progress"} == {"markdown", "table"}
    facts = probe(first.film)
    async with stack.runtime.begin() as tx:
        clips = await tx.scalar(
            text("""select sum((i.output ->> 'frames')::int) from wzrd.run_items i
                where i.entity_type = 'shot_video' and i.run_id = :run"""),
            {"run": uuid.UUID([e for e in first.events if e.get("stage") == "clips"][-1]["runId"])},
        )
    assert (facts.width, facts.height, facts.frames, facts.audio) == (720, 720, clips, True)
    assert "水开了。".encode() in first.film.read_bytes()

    before = await kept(stack)
    again = await film(stack, script, tmp_path / "two")
    assert again.code == 0, again.err
    assert again.film.read_bytes() == first.film.read_bytes()
    assert await kept(stack) == before + 1  # the cut's own film file

    write(tmp_path, title="Small Hours, whole", sea="A gull.\n\nThe boat is gone.")
    changed = await film(stack, script, tmp_path / "three")
    assert changed.code == 0, changed.err
    assert changed.last("panels")["reused"] == 1
    assert changed.last("clips")["reused"] == 1


@pytest.mark.parametrize("place", ["before_store", "after_store", "before_shot"])
async def test_a_worker_killed_among_panels_and_clips(stack: Stack, tmp_path: Path, place: str) -> None:
    """SIGKILL there, once in the images and once in the videos: resumed; nothing finished is made a second time."""
    script = write(tmp_path)
    stack.arm(place, "kill@2")
    made = await film(stack, script, tmp_path / "out")
    assert made.code == 0, made.err
    await stack.wait_for_fault(place)
    assert probe(made.film).frames > 0
    for stage in ("panels", "clips"):
        delivered = [
            event["data"]["shotId"]
            for event in made.events
            if event.get("stage") == stage and event["event"] == "shot" and event["data"]["status"] == "completed"
        ]
        assert len(delivered) == len(set(delivered)) == 2


def programs_of(pid: int) -> list[int]:
    """The ffmpeg processes that a process has started."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            children = (thread / "children").read_text().split()
            found += [int(child) for child in children if "ffmpeg" in Path(f"/proc/{child}/comm").read_text()]
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker's children in /proc")
async def test_ffmpeg_killed_in_the_cut_of_a_long_speech(stack: Stack, tmp_path: Path) -> None:
    """Kill -9 of the ffmpeg that the mix has started: the step is repeated, and the film has its sound.

    The speech lasts a minute: its shot holds it to the last word.
    """
    speech = "MARA\n" + "We waited for the light, and when it came it was not the light that we had waited for. " * 12
    script = write(tmp_path)
    script.write_text(script.read_text().replace("MARA\n", speech + "\n\nMARA\n", 1))
    stack.arm("before_mix", "hold")
    cutting = asyncio.create_task(film(stack, script, tmp_path / "out"))
    await stack.wait_for_fault("before_mix", "held", seconds=120)
    stack.release_fault("before_mix")
    killed = 0
    async for _ in looks(every=0.001):
        if killed or cutting.done():
            break
        for pid in programs_of(stack.pid("worker")):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
    made = await cutting
    assert killed
    assert made.code == 0, made.err
    facts = probe(made.film)
    assert facts.audio
    assert facts.seconds > 55
