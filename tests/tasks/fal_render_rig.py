"""Director's Cut whose renderer is fal's, played by the fakes."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server.fakes import Fakes
from server.fakes.submits import Submit
from tests.fakes.providers import asking
from tests.tasks.director_cut_rig import CutRig, cut_rig
from wzrd.db.ledger import read_balance
from wzrd.db.provider_jobs import list_item_jobs
from wzrd.db.run_holds import list_run_holds
from wzrd.runtime.process import Runtime

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
