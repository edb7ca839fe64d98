"""What every test can ask for: a real PostgreSQL, a fresh database cloned from a migrated template."""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncEngine

from server.stack import postgres
from tests.databases import TEMPLATE, fresh_database
from wzrd.db.engine import migrate, open_engine
from wzrd.operations import KINDS
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.settings import Settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("drawn", deadline=None)
settings.load_profile("drawn" if os.environ.get("SEEDS") else "same")
# A change lands or not by what it is, not by what was drawn: `SEEDS=1 make test` draws other examples each time.


@pytest.fixture(scope="session")
async def cluster() -> AsyncGenerator[postgres.Cluster]:
    """One PostgreSQL for the whole session, without durability, on a unix socket in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="wzrd-t", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        root.chmod(0o755)
        made = postgres.Cluster(root / "data", root / "s")
        process = await postgres.start(made, root / "log", durable=False)
        await postgres.wait(made)
        try:
            await postgres.ensure_database(made, TEMPLATE)
            engine = open_engine(made.url(TEMPLATE))
            await migrate(engine)
            await engine.dispose()
            yield made
        finally:
            await postgres.stop(process)


@pytest.fixture
async def database_url(cluster: postgres.Cluster) -> AsyncGenerator[str]:
    """The address of a database of the test's own, with the schema in place."""
    async with fresh_database(cluster) as url:
        yield url


@pytest.fixture
async def engine(database_url: str) -> AsyncGenerator[AsyncEngine]:
    """An engine on the test's own database."""
    made = open_engine(database_url, pool_size=20)
    yield made
    await made.dispose()
    await asyncio.sleep(0)


@pytest.fixture
async def runtime(database_url: str, engine: AsyncEngine, tmp_path: Path) -> AsyncGenerator[Runtime]:
    """A process's runtime on the test's own database, with a home of the test's own."""
    values = {"WZRD_HOME": tmp_path / "home", "WZRD_DATABASE_URL": database_url, "SUPABASE_JWT_SECRET": "s" * 40}
    made = make_runtime(Settings.model_validate(values), engine, KINDS)
    yield made
    await made.aclose()
