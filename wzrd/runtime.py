"""The live objects of a process, made once by its composition root and handed down: no globals below this floor."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db.engine import Tx, open_engine
from wzrd.settings import Settings


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Runtime:
    """Settings, database, clock; providers and storage are added by the composition root (blocks/resolve.py)."""

    settings: Settings
    engine: AsyncEngine
    now: Callable[[], datetime] = utc_now
    closers: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Tx]:
        """One transaction: committed on leaving, rolled back on an exception."""
        async with self.engine.begin() as tx:
            yield tx


@asynccontextmanager
async def open_runtime(settings: Settings, *, application: str) -> AsyncGenerator[Runtime]:
    """The runtime of one process, closed on leaving."""
    engine = open_engine(settings.require_database_url(), pool_size=settings.pool_size, application=application)
    try:
        yield Runtime(settings, engine)
    finally:
        await engine.dispose()
