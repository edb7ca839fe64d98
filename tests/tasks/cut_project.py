"""A project with real, tiny media, and Director's Cut of it: rendered here, or by the fake of fal."""

import asyncio
import io
import tempfile
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import text

from server.fakes import Fakes
from server.fakes.submits import Submit
from tests.fakes.providers import asking
from tests.playing import run_once
from tests.rows import Studio, make_studio
from tests.sounds import write_wav
from wzrd.animatic.camera.still_clip import film_still
from wzrd.contracts.director_cut import CutSettings, JobView
from wzrd.db.ledger import read_balance
from wzrd.db.provider_jobs import list_item_jobs
from wzrd.db.run_holds import list_run_holds
from wzrd.domain.film import Frame
from wzrd.operations.director_cut.kind import DirectorCutParams, Started, read_job, start_director_cut
from wzrd.runtime.process import Runtime

SMALL = "256x144"
FRAME = Frame(256, 144)


def picture(shade: int, size: tuple[int, int] = (256, 144)) -> bytes:
    """A PNG that no other shade has."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).point([min(255, (v + shade) % 256) for v in range(256)]).convert(
        "RGB"
    ).save(file, "PNG")
    return file.getvalue()


@dataclass(slots=True)
class CutRig:
    """A maker's project, whose files lie in a store of its own."""

    runtime: Runtime
    studio: Studio
    shots: list[uuid.UUID] = field(default_factory=list[uuid.UUID])

    async def store(self, data: bytes, path: str, content_type: str) -> str:
        stored = await self.runtime.storage.put_bytes("workflow-media", path, data, content_type=content_type)
        return self.runtime.storage.public_url(stored.bucket, stored.path)

    async def still(self, shade: int) -> str:
        return await self.store(picture(shade), f"{self.studio.project_id}/still-{shade}.png", "image/png")

    async def clip(self, shade: int, frames: int = 12, frame: Frame = FRAME) -> str:
        """A house clip."""
        with tempfile.TemporaryDirectory(prefix="wzrd-c") as folder:
            source, out = Path(folder) / "still.png", Path(folder) / "clip.mp4"
            source.write_bytes(picture(shade))
            await asyncio.to_thread(film_still, source, out, frame=frame, frames=frames, move="static")
            data = out.read_bytes()
        return await self.store(data, f"{self.studio.project_id}/clip-{shade}-{frames}.mp4", "video/mp4")

    async def voice(self, seconds: float, hertz: int = 220) -> str:
        """A WAV of the house's kind: a tone."""
        wave = np.sin(np.arange(int(48_000 * seconds)) * 2 * np.pi * hertz / 48_000).astype(np.float32) * 0.3
        with tempfile.TemporaryDirectory(prefix="wzrd-c") as folder:
            out = Path(folder) / "voice.wav"
            write_wav(out, wave)
            data = out.read_bytes()
        return await self.store(data, f"{self.studio.project_id}/voice-{hertz}-{seconds}.wav", "audio/wav")

    async def shot(self, *, scene: int = 0, number: int | None = None, **columns: Any) -> uuid.UUID:
        """A shot's row."""
        shot_id = uuid.uuid4()
        values = {
            "id": shot_id,
            "project_id": self.studio.project_id,
            "scene_id": self.studio.scene_ids[scene],
            "shot_number": number if number is not None else len(self.shots) + 1,
            **columns,
        }
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        async with self.runtime.begin() as tx:
            await tx.execute(text(f"insert into public.shots ({names}) values ({marks})"), values)
        self.shots.append(shot_id)
        return shot_id

    async def change(self, shot_id: uuid.UUID, **columns: Any) -> None:
        marks = ", ".join(f"{name} = :{name}" for name in columns)
        async with self.runtime.begin() as tx:
            await tx.execute(text(f"update public.shots set {marks} where id = :id"), {**columns, "id": shot_id})

    async def open(self, *, sync: bool = True, **settings: Any) -> Started:
        values = {"resolution": SMALL, **settings}
        wanted = DirectorCutParams(
            user_id=self.studio.user_id,
            project_id=str(self.studio.project_id),
            settings=CutSettings.model_validate(values),
            raw_settings=values,
            sync=sync,
        )
        return await start_director_cut(self.runtime, wanted)

    async def opened(self, **settings: Any) -> uuid.UUID:
        """A queued run."""
        started = await self.open(**settings)
        return started.run_id

    async def job(self, run_id: uuid.UUID) -> JobView:
        return await read_job(self.runtime, str(run_id), user_id=self.studio.user_id)

    async def film(self, run_id: uuid.UUID, to: Path) -> Path:
        """The finished film as a file."""
        url = (await self.job(run_id)).output_url
        assert url is not None
        place = self.runtime.storage.locate(url)
        assert place is not None
        async with self.runtime.storage.local(*place) as path:
            to.write_bytes(path.read_bytes())
        return to

    async def cut(self, **settings: Any) -> tuple[uuid.UUID, str | None]:
        """Open and run; the run and how it ended."""
        run_id = await self.opened(**settings)
        return run_id, await run_once(self.runtime, run_id)

    def files(self) -> set[str]:
        """Every file in the store."""
        root = self.runtime.settings.media_folder
        return {
            str(path.relative_to(root))
            for path in root.rglob("*")
            if path.is_file() and not str(path.relative_to(root)).startswith(".")
        }


@asynccontextmanager
async def cut_rig(runtime: Runtime, home: Path, *, scenes: int = 1) -> AsyncGenerator[CutRig]:
    """A rig whose files lie below `home`."""
    own = replace(runtime, settings=runtime.settings.model_copy(update={"home": home}))
    studio = await make_studio(own, scenes=scenes)
    yield CutRig(own, studio)


COMPOSE, MERGE = "fal-ai/ffmpeg-api/compose", "fal-ai/ffmpeg-api/merge-videos"
FUNDS, PRICE = 100, 1


@dataclass(slots=True)
class FalRig:
    """A maker's project, and the fakes."""

    cut: CutRig
    fakes: Fakes

    @property
    def runtime(self) -> Runtime:
        return self.cut.runtime

    async def credits(self) -> int:
        """Credits that the user can spend, without those that are held."""
        async with self.runtime.begin() as tx:
            return await read_balance(tx, self.cut.studio.user_id)

    async def paid(self) -> list[Submit]:
        """The renders that fal took."""
        return await self.fakes.paid_submits("fal-ai", "ffmpeg-api")

    async def jobs(self, run_id: uuid.UUID, key: str = "film") -> list[str]:
        """The statuses of the film's submits."""
        async with self.runtime.begin() as tx:
            return [job.status for job in await list_item_jobs(tx, run_id, key)]

    async def holds(self, run_id: uuid.UUID) -> list[tuple[str, str, int | None]]:
        """Item, status and charge of each hold."""
        async with self.runtime.begin() as tx:
            return [(hold.item, hold.status, hold.committed) for hold in await list_run_holds(tx, run_id)]


@asynccontextmanager
async def open_fal_rig(runtime: Runtime, fakes: Fakes, home: Path) -> AsyncGenerator[FalRig]:
    """The rig, its providers closed afterwards."""
    async with cut_rig(runtime, home, scenes=2) as cut, asking(fakes, cut.runtime, tries=2):
        yield FalRig(cut, fakes)
