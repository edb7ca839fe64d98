"""Migrations and addresses."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db.engine import migrate, normalise_url


async def test_migrations_may_run_twice_and_at_once(engine: AsyncEngine) -> None:
    """Two processes that start together migrate once, and a second start changes nothing."""
    await asyncio.gather(*(migrate(engine) for _ in range(4)))
    async with engine.connect() as connection:
        assert await connection.scalar(text("select version_num from wzrd.alembic_version")) == "0001"


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://u@h/d"])
def test_only_postgresql_is_taken(url: str) -> None:
    """SQLite and others are refused by name."""
    with pytest.raises(ValueError, match="must be a postgresql:// address"):
        normalise_url(url)


def test_any_spelling_of_postgresql_becomes_our_driver() -> None:
    """Supabase, Heroku and asyncpg spellings are all one database."""
    for scheme in ("postgres", "postgresql", "postgresql+asyncpg"):
        assert normalise_url(f"{scheme}://u:p@h:5432/d").startswith("postgresql+psycopg://u:p@h:5432/d")
