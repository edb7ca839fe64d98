"""A PostgreSQL of a test's own, which may be ended and started."""

import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server.stack import postgres
from server.stack.process import Process


@dataclass(slots=True)
class Database:
    """It runs, unless the test has stopped it."""

    cluster: postgres.Cluster
    log: Path
    process: Process | None = None

    @property
    def url(self) -> str:
        return self.cluster.url("postgres")

    async def start(self) -> None:
        """Start it, and return when it answers."""
        self.process = await postgres.start(self.cluster, self.log, durable=False)
        await postgres.wait(self.cluster)

    async def stop(self, first: signal.Signals = signal.SIGINT) -> None:
        """End it by a signal, and wait for that."""
        if self.process is not None:
            self.process.send_signal(first)
            await self.process.wait()
            self.process = None


@asynccontextmanager
async def own_database() -> AsyncGenerator[Database]:
    """One without durability, on a unix socket in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="wzrd-t", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        root.chmod(0o755)
        made = Database(postgres.Cluster(root / "data", root / "s"), root / "log")
        await made.start()
        try:
            yield made
        finally:
            await made.stop()
