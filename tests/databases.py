"""Databases with our schema, of a test's own: emptied and used again, since making one takes ten times as long."""

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import scalar_row

from server.stack import postgres

TEMPLATE = "template_wzrd"

Connection = psycopg.AsyncConnection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class _Database:
    name: str
    schema: str
    """Fingerprint of its schema."""
    keeper: Connection
    """Empties it after each test: on a new connection that takes five times as long."""


_numbers = itertools.count(1)
_free: dict[Path, list[_Database]] = {}
"""By cluster: databases that nobody uses."""

_HANG_UP = """select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid()"""
_TABLES = """select string_agg(quote_ident(schemaname) || '.' || quote_ident(tablename), ',' order by 1)
             from pg_tables where schemaname in ('public', 'wzrd') and tablename <> 'alembic_version'"""
_EMPTY = """do $$ declare name text; filled boolean;
  begin
    foreach name in array string_to_array({tables}, ',') loop
      execute format('select exists (select 1 from %s)', name) into filled;
      if filled then execute format('delete from %s', name); end if;
    end loop;
  end $$"""
_FINGERPRINT = """select md5(string_agg(line, ' ' order by line)) from (
    select concat('c', c.oid, c.relacl, c.relrowsecurity, c.relhastriggers) as line from pg_class c
      join pg_namespace n on n.oid = c.relnamespace where n.nspname not like 'pg\\_%'
    union all select concat('a', a.attrelid, a.attnum, a.xmin) from pg_attribute a
      join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'wzrd') and a.attnum > 0
    union all select concat('p', oid, xmin) from pg_proc where oid >= 16384
    union all select concat('t', oid, xmin) from pg_trigger
    union all select concat('k', oid, xmin) from pg_constraint where oid >= 16384
    union all select concat('n', oid, nspname, nspacl) from pg_namespace where nspname not like 'pg\\_%'
    union all select concat('o', oid, xmin) from pg_policy
    union all select concat('d', setdatabase, setrole, setconfig) from pg_db_role_setting
  ) facts"""


@asynccontextmanager
async def fresh_database(cluster: postgres.Cluster) -> AsyncGenerator[str]:
    """The address of an empty database with the schema in place; connections that are left are cut at its end."""
    free = _free.setdefault(cluster.data, [])
    database = free.pop() if free else await _create(cluster)
    yield cluster.url(database.name)
    if await _empty(database):
        free.append(database)
        return
    await database.keeper.close()
    async with await _connect(cluster, "postgres") as connection:
        await connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(database.name)))


async def close_databases(cluster: postgres.Cluster) -> None:
    """Hang up on every database that nobody uses."""
    for database in _free.pop(cluster.data, []):
        await database.keeper.close()


async def _create(cluster: postgres.Cluster) -> _Database:
    name = f"test_{next(_numbers)}"
    statement = sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
    async with await _connect(cluster, "postgres") as connection:
        await connection.execute(statement)
    keeper = await _connect(cluster, name)
    return _Database(name, await _ask(keeper, _FINGERPRINT), keeper)


async def _empty(database: _Database) -> bool:
    """True if it could be emptied, and its schema is as it was."""
    try:
        await _ask(database.keeper, _HANG_UP)
        if await _ask(database.keeper, _FINGERPRINT) != database.schema:
            return False
        tables = await _ask(database.keeper, _TABLES)
        await database.keeper.execute("set session_replication_role = replica")  # foreign keys and triggers rest
        await database.keeper.execute(sql.SQL(_EMPTY).format(tables=sql.Literal(tables)))
    except psycopg.Error:
        return False  # a test has made it unusable: that is its business
    return True


async def _connect(cluster: postgres.Cluster, name: str) -> Connection:
    return await psycopg.AsyncConnection.connect(cluster.url(name), autocommit=True)


async def _ask(connection: Connection, query: str) -> str:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        return str(await (await cursor.execute(query.encode())).fetchone())
