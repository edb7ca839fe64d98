"""What every test can ask for: a real PostgreSQL, a fresh database cloned from a migrated template."""

import asyncio
import itertools
import os
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine

from server.stack import postgres
from wzrd.db.engine import migrate, open_engine
from wzrd.operations import KINDS
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.settings import Settings

settings.register_profile("same", derandomize=True)
settings.load_profile("default" if os.environ.get("SEEDS") else "same")
# A change lands or not by what it is, not by what was drawn: `SEEDS=1 make test` draws other examples each time.

_numbers = itertools.count(1)


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
            await postgres.ensure_database(made, "template_wzrd")
            engine = open_engine(made.url("template_wzrd"))
            await migrate(engine)
            await engine.dispose()
            yield made
        finally:
            await postgres.stop(process)


async def _admin(cluster: postgres.Cluster, statement: sql.Composed) -> None:
    async with await psycopg.AsyncConnection.connect(cluster.url("postgres"), autocommit=True) as connection:
        await connection.execute(statement)


@pytest.fixture
async def database_url(cluster: postgres.Cluster) -> AsyncGenerator[str]:
    """The address of a database of the test's own, with the schema in place."""
    name = f"test_{next(_numbers)}"
    await _admin(cluster, sql.SQL("create database {} template template_wzrd").format(sql.Identifier(name)))
    yield cluster.url(name)
    await _admin(cluster, sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


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
