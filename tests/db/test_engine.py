"""Migrations and addresses."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db import migrations
from wzrd.db.engine import is_outage, migrate, normalise_url, to_json


async def test_migrations_may_run_twice_and_at_once(engine: AsyncEngine) -> None:
    """Two processes that start together migrate once, and a second start changes nothing."""
    await asyncio.gather(*(migrate(engine) for _ in range(4)))
    async with engine.connect() as connection:
        newest = max(path.name[:4] for path in (Path(migrations.__file__).parent / "versions").glob("0*.py"))
        assert await connection.scalar(text("select version_num from wzrd.alembic_version")) == newest


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://u@h/d"])
def test_only_postgresql_is_taken(url: str) -> None:
    """SQLite and others are refused by name."""
    with pytest.raises(ValueError, match="must be a postgresql:// address"):
        normalise_url(url)


def test_any_spelling_of_postgresql_becomes_our_driver() -> None:
    """Supabase, Heroku and asyncpg spellings are all one database."""
    for scheme in ("postgres", "postgresql", "postgresql+asyncpg"):
        assert normalise_url(f"{scheme}://u:p@h:5432/d").startswith("postgresql+psycopg://u:p@h:5432/d")


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
