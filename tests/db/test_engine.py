"""Migrations and addresses."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db.engine import MIGRATIONS, is_outage, migrate, normalise_url, to_json


async def test_migrations_may_run_twice_and_at_once(engine: AsyncEngine) -> None:
    """Two processes that start together migrate once, and a second start changes nothing."""
    await asyncio.gather(*(migrate(engine) for _ in range(4)))
    assert await _version(engine) == max(MIGRATIONS.glob("*.sql")).name[:4]


async def _version(engine: AsyncEngine) -> str | None:
    async with engine.connect() as connection:
        return await connection.scalar(text("select version_num from wzrd.alembic_version"))


async def test_a_database_of_an_older_version_gets_what_it_lacks(engine: AsyncEngine) -> None:
    """Only migrations above its number run; what Alembic noted of them counts."""
    last = await _version(engine)
    async with engine.begin() as tx:
        for schema in ("wzrd", "public"):
            await tx.execute(text(f"drop schema {schema} cascade"))
            await tx.execute(text(f"create schema {schema}"))
        await tx.execute(text("create table wzrd.alembic_version (version_num varchar(32) primary key)"))
        for path in sorted(MIGRATIONS.glob("*.sql"))[:10]:
            await tx.exec_driver_sql(path.read_text())
        await tx.execute(text("insert into wzrd.alembic_version values ('0010')"))
    await migrate(engine)
    assert await _version(engine) == last
    async with engine.connect() as connection:
        await connection.execute(text("select work_queue, page_due_at from wzrd.runs"))


async def test_a_database_of_a_newer_version_is_left_alone(engine: AsyncEngine) -> None:
    """An old process beside a new one says which migration it does not know, and changes nothing."""
    last = await _version(engine)
    async with engine.begin() as tx:
        await tx.execute(text("update wzrd.alembic_version set version_num = '9999'"))
    with pytest.raises(RuntimeError, match="at migration 9999"):
        await migrate(engine)
    assert await _version(engine) == "9999"
    async with engine.begin() as tx:
        await tx.execute(text("update wzrd.alembic_version set version_num = :last"), {"last": last})


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://u@h/d"])
def test_only_postgresql_is_taken(url: str) -> None:
    """SQLite and others are refused by name."""
    with pytest.raises(ValueError, match="must be a postgresql:// address"):
        normalise_url(url)


def test_any_spelling_of_postgresql_becomes_our_driver() -> None:
    """Supabase, Heroku and asyncpg spellings are all one database."""
    for scheme in ("postgres", "postgresql", "postgresql+asyncpg"):
        assert normalise_url(f"{scheme}://u:p@h:5432/d").startswith("postgresql+psycopg://u:p@h:5432/d")


def test_a_primary_and_its_standbys_are_one_address() -> None:
    """As libpq spells it: the driver is given every host with its port, and what else the address says."""
    address = make_url(normalise_url("postgresql://u:p@h1:5432,h2:6432/d?target_session_attrs=read-write"))
    given = address.get_dialect()().create_connect_args(address)[1]
    expected = {"host": "h1,h2", "port": "5432,6432", "target_session_attrs": "read-write"}
    assert given == {"user": "u", "password": "p", "dbname": "d", **expected}


def test_what_postgresql_refuses_is_left_out_of_json() -> None:
    """NUL goes, in keys and values at any depth; the six characters that only look like it stay."""
    assert to_json({"a\0": ["x\0y", {"b": "\\u0000"}]}) == '{"a":["xy",{"b":"\\\\u0000"}]}'


async def test_a_full_disk_is_an_outage(engine: AsyncEngine) -> None:
    """No space left is no verdict on the work: the step is tried again and the run resumed."""
    raise_it = text("do $$ begin raise exception 'no space' using errcode = '53100'; end $$")
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError) as full:
            await connection.execute(raise_it)
    assert is_outage(full.value)


async def test_a_session_that_sleeps_in_a_transaction_is_ended(engine: AsyncEngine) -> None:
    """A stopped process cannot hold row locks for ever."""
    async with engine.connect() as connection:
        assert await connection.scalar(text("show idle_in_transaction_session_timeout")) == "10s"
