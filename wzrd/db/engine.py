"""Connections: the pool, a transaction, migrations, rows as values. One driver (psycopg 3), one colour (async).

A column that no field takes, or a field that no column fills, is a TypeError that names it.
"""

import asyncio
import logging
import select
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast
from urllib.parse import urlsplit

import orjson
from sqlalchemy import URL, Connection, CursorResult, create_engine, event, text
from sqlalchemy import Engine as BlockingEngine
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

_Value = TypeVar("_Value")


def read_all(make: Callable[..., _Value], result: CursorResult[Any]) -> list[_Value]:
    """Every row, made by a class or function that takes the columns by name."""
    names = tuple(result.keys())
    return [make(**dict(zip(names, row, strict=True))) for row in result]


def read_first(make: Callable[..., _Value], result: CursorResult[Any]) -> _Value | None:
    """The first row, or None when there is none."""
    row = result.first()
    return None if row is None else make(**dict(zip(result.keys(), row, strict=True)))


def read_one(make: Callable[..., _Value], result: CursorResult[Any]) -> _Value:
    """The one row.

    Raises:
        NoResultFound, MultipleResultsFound: SQLAlchemy's, when there are fewer or more.
    """
    return make(**dict(zip(result.keys(), result.one(), strict=True)))


Engine: TypeAlias = AsyncEngine
"""The pool of a process."""
Tx: TypeAlias = AsyncConnection
"""An open transaction: functions of wzrd.db take one and never commit it."""

log = logging.getLogger(__name__)

IDLE_IN_TRANSACTION_SECONDS = 10
SILENCE_SECONDS = 30.0
POOL_SECONDS = 10
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x775A5244  # "wZRD": two processes that migrate at once take turns

_VERSION_TABLE = """create table if not exists wzrd.alembic_version
    (version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num))"""


def normalise_url(url: str) -> str:
    """Any PostgreSQL address as SQLAlchemy's psycopg dialect wants it.

    Raises:
        ValueError: the address names another database; SQLite is refused by name.
    """
    scheme = url.split(":", 1)[0].split("+", 1)[0]
    if scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"WZRD_DATABASE_URL must be a postgresql:// address, not {scheme}://")
    hosts = urlsplit(url).netloc.rpartition("@")[2]
    several = hosts.split(",") if "," in hosts else []  # libpq's way to name a primary and its standbys
    plain = url.replace(hosts, "", 1) if several else url
    address = make_url("postgresql" + plain[plain.index(":") :]).set(drivername="postgresql+psycopg")
    return address.update_query_dict({"host": several} if several else {}).render_as_string(False)


def to_json(value: object) -> str:
    """A value as the text of a json parameter. NUL characters, which PostgreSQL refuses in text, are left out."""
    encoded = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    return encoded if r"\u0000" not in encoded else orjson.dumps(_without_nul(orjson.loads(encoded))).decode()


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "")
        case dict():
            items = cast("dict[str, Any]", value).items()
            return {name.replace("\0", ""): _without_nul(inner) for name, inner in items}
        case list():
            return [_without_nul(inner) for inner in cast("list[Any]", value)]
        case _:
            return value


def open_engine(
    url: str,
    *,
    pool_size: int = 8,
    pool_seconds: float = POOL_SECONDS,
    application: str = "wzrd",
    prepare: bool = True,
    silence: float = SILENCE_SECONDS,
) -> AsyncEngine:
    """An engine whose pool holds at most `pool_size` connections; nothing connects until it is used.

    Whoever waits longer than `pool_seconds` for one is refused.

    A pooled connection whose server has ended it meanwhile is replaced before its next transaction begins. A server
    that has vanished without a word is given up after `silence` seconds. `prepare`: statements that come again are
    prepared on their connection, which some poolers do not know.
    """
    address = make_url(normalise_url(url))
    engine = create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_seconds,
        pool_use_lifo=True,  # the connection used last has its statements prepared and its caches warm
        pool_pre_ping=False,  # a round trip each time: see _replace_dead
        pool_recycle=1800,
        hide_parameters=True,  # an error in a log shows the statement, never what a user wrote or holds
        json_serializer=to_json,
        json_deserializer=orjson.loads,
        connect_args=_connect_args(address, application, silence, 3 if prepare else None),
    )
    event.listen(engine.sync_engine, "connect", _bound_idleness)
    event.listen(engine.sync_engine, "checkout", _replace_dead(engine.dialect))
    return engine


def open_blocking_engine(engine: AsyncEngine, *, application: str, silence: float) -> BlockingEngine:
    """An engine of one connection to the same database, for a thread that must not depend on any event loop.

    A far side that says nothing for `silence` seconds is given up, whatever the network believes.
    """
    made = create_engine(
        engine.url,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        connect_args=_connect_args(engine.url, application, silence, None),
    )
    event.listen(made, "checkout", _replace_dead(made.dialect))
    return made


def connections_used(engine: AsyncEngine) -> int:
    """Connections of the pool that are lent out now."""
    return cast("QueuePool", engine.pool).checkedout()


def pool_size(engine: AsyncEngine) -> int:
    """Connections of the pool, at most."""
    return cast("QueuePool", engine.pool).size()


def pool_seconds(engine: AsyncEngine) -> float:
    """Seconds that somebody waits for a connection of the pool, at most."""
    return cast("QueuePool", engine.pool).timeout()


async def lacks_migrations(tx: Tx) -> bool:
    """True if the database's schema is older than this version's, or is not there: `wzrd prepare` brings it."""
    if await tx.scalar(text("select to_regclass('wzrd.alembic_version')")) is None:
        return True
    known = await tx.scalar(text("select max(version_num) from wzrd.alembic_version"))
    return (known or "") < max(path.name[:4] for path in MIGRATIONS.glob("[0-9]*.sql"))


def giving_up(silence: float) -> dict[str, Any]:
    """Options of a connection whose far side has vanished if it acknowledges nothing for `silence` seconds.

    Without them the kernel takes a quarter of an hour, and two hours where nothing was to be sent.
    """
    seconds = max(1, round(silence / 3))
    return {
        "keepalives_idle": seconds,
        "keepalives_interval": seconds,
        "keepalives_count": 2,
        "tcp_user_timeout": round(silence * 1000),
    }


def _connect_args(address: URL, application: str, silence: float, prepare_after: int | None) -> dict[str, Any]:
    # SQLAlchemy drops the address's empty password, and libpq would prefer PGPASSWORD to the file that is named
    unnamed = {"password": ""} if "passfile" in address.query and not address.password else {}
    said = {"application_name": application, "connect_timeout": 10, "prepare_threshold": prepare_after}
    return {**said, **giving_up(silence), **unnamed}


def _replace_dead(dialect: Dialect) -> Callable[[Any, ConnectionPoolEntry, Any], None]:
    """Pool listener that refuses a dead connection on checkout, so that the pool opens a fresh one.

    Nobody speaks on an idle connection, except a server that ends it: its farewell can be read without a round trip.
    Looking costs 10 µs, a ping before each transaction 80, BEGIN sent by itself 60. What could be read may also be
    harmless (a notice), so then a ping decides. A fresh connection is not looked at: its own error is the better one.
    """

    def replace(connection: Any, entry: ConnectionPoolEntry, _fairy: Any) -> None:
        if entry.info.pop(_FRESH, False):
            return
        try:
            if _is_readable(getattr(connection, "driver_connection", connection).fileno()):
                dialect.do_ping(connection)
        except Exception as error:  # whatever it raises, it is of no use any more
            log.info("a pooled connection has died and is replaced: %s", type(error).__name__)
            raise DisconnectionError("the server has ended the connection") from error

    return replace


_FRESH = "wzrd_fresh"


def _is_readable(socket: int) -> bool:
    poll = select.poll()  # select.select() refuses numbers from 1,024 on
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


def _bound_idleness(connection: Any, entry: ConnectionPoolEntry) -> None:
    """A process that is stopped in mid-transaction holds row locks: PostgreSQL ends its session after a while.

    Said by SET rather than in the connection's options, which poolers refuse.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"set idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_SECONDS}s'")
    connection.commit()
    entry.info[_FRESH] = True


@asynccontextmanager
async def begin(engine: AsyncEngine) -> AsyncGenerator[Tx]:
    """One transaction: committed on leaving, rolled back on an exception."""
    async with engine.begin() as tx:
        yield tx


@asynccontextmanager
async def mirrored(tx: Tx) -> AsyncGenerator[None]:
    """A write to a public row that mirrors an engine row: it may fail without undoing the step that was paid for.

    Its owner may have deleted the row's parent, or a foreign trigger may refuse it. A lost connection still raises.
    """
    try:
        async with tx.begin_nested():
            yield
    except DBAPIError as error:
        if is_outage(error):
            raise
        log.warning("public mirror not written: %s", type(error.orig).__name__)


def _upgrade(connection: Connection) -> None:
    """Run each SQL file whose number is above the database's; Alembic's own table keeps that number, as it always has.

    Raises:
        RuntimeError: a newer version of this product has migrated the database.
    """
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.execute(text("create schema if not exists wzrd"))
    connection.execute(text(_VERSION_TABLE))
    known = connection.execute(text("select version_num from wzrd.alembic_version")).scalar() or ""
    files = {path.name[:4]: path for path in sorted(MIGRATIONS.glob("[0-9]*.sql"))}
    if known and known not in files:
        last = max(files)
        raise RuntimeError(
            f"the database is at migration {known}, and this version knows none above {last}: upgrade it"
        )
    for number, path in files.items():
        if number > known:
            connection.exec_driver_sql(path.read_text(encoding="utf-8"))
            connection.execute(text("delete from wzrd.alembic_version"))
            connection.execute(text("insert into wzrd.alembic_version values (:number)"), {"number": number})


async def migrate(engine: AsyncEngine) -> None:
    """Bring the database to this version's schema; safe to run from several processes at once."""
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade)


async def wait_until_ready(engine: AsyncEngine, *, seconds: float = 30.0) -> None:
    """Return when a real connection answers.

    Raises:
        TimeoutError: nothing answered in time.
    """
    async with asyncio.timeout(seconds):
        while True:
            try:
                async with engine.connect() as connection:
                    await connection.execute(text("select 1"))
            except Exception:  # noqa: BLE001 - any refusal means: not yet
                await asyncio.sleep(0.05)
            else:
                return


def is_outage(error: BaseException) -> bool:
    """True if the database was out of reach: worth another try, and no verdict on the work."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout)
