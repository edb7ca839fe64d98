"""Users, wallets, signatures, tickets: made once, spent once, also when two come at the same time."""

import asyncio
import hashlib
import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db import users
from wzrd.db.engine import begin
from wzrd.domain.errors import Conflict, NotConfigured
from wzrd.domain.ids import UserId

ACCOUNT = "0x" + "ab" * 20
HASH = hashlib.sha256(b"x").digest()


async def _count(engine: AsyncEngine, table: str) -> int:
    async with begin(engine) as tx:
        return int(await tx.scalar(text(f"select count(*) from {table}")) or 0)


async def test_a_user_is_made_once_with_a_profile(engine: AsyncEngine) -> None:
    """An email, in whatever case and with spaces, is one user with one profile; its metadata stays."""
    async with begin(engine) as tx:
        first = await users.ensure_user(tx, None, "Ada@Example.org", {"name": "Ada"})
        again = await users.ensure_user(tx, None, " ada@example.org ", {"name": "Eve"})
    assert first == again
    assert (first.email, first.metadata) == ("ada@example.org", {"name": "Ada"})
    assert await _count(engine, "public.profiles") == 1


async def test_a_given_id_decides(engine: AsyncEngine) -> None:
    """With an id the user is that id's; an email that belongs to another id is refused."""
    user_id = uuid.uuid4()
    async with begin(engine) as tx:
        made = await users.ensure_user(tx, user_id, "ada@example.org")
        assert made.user_id == user_id
        assert await users.ensure_user(tx, user_id, None) == made
        with pytest.raises(Conflict, match=r"ada@example\.org"):
            await users.ensure_user(tx, uuid.uuid4(), "ada@example.org")


async def test_users_without_email_are_different_users(engine: AsyncEngine) -> None:
    """Neither id nor email: a new user each time."""
    async with begin(engine) as tx:
        made = [await users.ensure_user(tx, None, email) for email in (None, "", None)]
    assert len({user.user_id for user in made}) == 3


async def test_ten_at_once_make_one_user(engine: AsyncEngine) -> None:
    """Simultaneous calls with one email find or make the same user."""

    async def ensure() -> UserId:
        async with begin(engine) as tx:
            return (await users.ensure_user(tx, None, "ada@example.org")).user_id

    assert len(set(await asyncio.gather(*(ensure() for _ in range(10))))) == 1


async def test_finding(engine: AsyncEngine) -> None:
    """By id, by email in any case; nothing for strangers and hostile text; the first user is the oldest."""
    async with begin(engine) as tx:
        assert await users.first_user(tx) is None
        ada = await users.ensure_user(tx, None, "ada@example.org")
    async with begin(engine) as tx:
        await users.ensure_user(tx, None, "bob@example.org")
        assert await users.first_user(tx) == ada
        assert await users.find_user(tx, str(ada.user_id)) == ada
        assert await users.find_user(tx, "ADA@example.org") == ada
        for stranger in ("", "eve@example.org", str(uuid.uuid4()), "' or true --"):
            assert await users.find_user(tx, stranger) is None


async def test_ten_first_logins_of_a_wallet_make_one_user(engine: AsyncEngine) -> None:
    """Simultaneous first logins end with one user, one link, one profile that carries the address."""

    async def log_in() -> UserId:
        async with begin(engine) as tx:
            return (await users.ensure_wallet_user(tx, ACCOUNT)).user_id

    found = set(await asyncio.gather(*(log_in() for _ in range(10))))
    assert len(found) == 1
    for table in ("wzrd.users", "public.wallet_users", "public.profiles"):
        assert await _count(engine, table) == 1
    async with begin(engine) as tx:
        row = (await tx.execute(text("select id, email, wallet_address from public.profiles"))).one()
    assert tuple(row) == (found.pop(), f"{ACCOUNT}@wallet.local", ACCOUNT)


async def test_a_wallets_user_is_created_once(engine: AsyncEngine) -> None:
    """Of ten first logins at once one has created the user; later ones, and those of a wallet known before, none."""
    known = "0x" + "cd" * 20
    async with begin(engine) as tx:
        link = text("insert into public.wallet_users (wallet_address, user_id) values (:a, :u)")
        await tx.execute(link, {"a": known, "u": uuid.uuid4()})

    async def log_in(account: str = ACCOUNT) -> bool:
        async with begin(engine) as tx:
            return (await users.ensure_wallet_user(tx, account)).created

    assert sorted(await asyncio.gather(*(log_in() for _ in range(10)))) == [False] * 9 + [True]
    assert not await log_in()
    assert not await log_in(known)


async def test_a_wallet_known_to_an_adopted_database_keeps_its_user(engine: AsyncEngine) -> None:
    """The link in public.wallet_users decides whose the wallet is."""
    user_id = uuid.uuid4()
    async with begin(engine) as tx:
        await tx.execute(
            text("insert into public.wallet_users (wallet_address, user_id) values (:a, :u)"),
            {"a": ACCOUNT, "u": user_id},
        )
        assert (await users.ensure_wallet_user(tx, ACCOUNT)).user_id == user_id


async def test_a_database_whose_users_are_supabases_says_so(engine: AsyncEngine) -> None:
    """Where profiles refer to auth.users, a user that Supabase does not know cannot be made here: a clear refusal."""
    async with begin(engine) as tx:
        await tx.execute(text("create schema auth"))
        await tx.execute(text("create table auth.users (id uuid primary key)"))
        await tx.execute(text("alter table public.profiles add foreign key (id) references auth.users (id)"))
        with pytest.raises(NotConfigured, match="Supabase Auth"):
            await users.ensure_wallet_user(tx, ACCOUNT)


async def test_a_signature_is_spent_once(engine: AsyncEngine) -> None:
    """Of ten at once exactly one may use it."""

    async def use() -> bool:
        async with begin(engine) as tx:
            return await users.use_signature(tx, HASH)

    assert sorted(await asyncio.gather(*(use() for _ in range(10)))) == [False] * 9 + [True]


async def test_a_failed_login_gives_its_signature_back(engine: AsyncEngine) -> None:
    """A rolled back transaction has spent nothing."""

    async def fail() -> None:
        async with begin(engine) as tx:
            assert await users.use_signature(tx, HASH)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with begin(engine) as tx:
        assert await users.use_signature(tx, HASH)


async def test_old_signatures_are_forgotten(engine: AsyncEngine) -> None:
    """A signature that its age refuses anyway is not kept for ever."""
    async with begin(engine) as tx:
        await users.use_signature(tx, HASH)
        await tx.execute(text("update wzrd.used_signatures set used_at = now() - interval '2 days'"))
        await users.use_signature(tx, hashlib.sha256(b"y").digest())
    assert await _count(engine, "wzrd.used_signatures") == 1


async def test_a_ticket_is_taken_once(engine: AsyncEngine) -> None:
    """Of ten at once exactly one is let in, as the user whose ticket it was."""
    user_id, run_id = uuid.uuid4(), uuid.uuid4()
    async with begin(engine) as tx:
        await users.store_ticket(tx, HASH, user_id, run_id, 60)

    async def take() -> UserId | None:
        async with begin(engine) as tx:
            return await users.take_ticket(tx, HASH, run_id)

    assert sorted(map(str, await asyncio.gather(*(take() for _ in range(10))))) == sorted([str(user_id)] + ["None"] * 9)


async def test_a_ticket_is_for_one_run(engine: AsyncEngine) -> None:
    """At another run it opens nothing, and is not spent by trying."""
    user_id, run_id = uuid.uuid4(), uuid.uuid4()
    async with begin(engine) as tx:
        await users.store_ticket(tx, HASH, user_id, run_id, 60)
        assert await users.take_ticket(tx, HASH, uuid.uuid4()) is None
        assert await users.take_ticket(tx, hashlib.sha256(b"y").digest(), run_id) is None
        assert await users.take_ticket(tx, HASH, run_id) == user_id


async def test_a_ticket_expires_by_the_databases_clock(engine: AsyncEngine) -> None:
    """An expired ticket opens nothing, even within the transaction that stored it, and is cleared away."""
    run_id = uuid.uuid4()
    async with begin(engine) as tx:
        await users.store_ticket(tx, HASH, uuid.uuid4(), run_id, 0.05)
        await asyncio.sleep(0.1)  # by the database's clock
        assert await users.take_ticket(tx, HASH, run_id) is None
    async with begin(engine) as tx:
        await users.store_ticket(tx, hashlib.sha256(b"y").digest(), uuid.uuid4(), run_id, 60)
    assert await _count(engine, "wzrd.stream_tickets") == 1
