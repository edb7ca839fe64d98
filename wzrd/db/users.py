"""Users and their accounts, wallets, and what lets them in once: signatures, nonces, tickets; sessions.py has the rest.

Tickets are stored as hashes only; every expiry is judged by the database's clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import exc, text

from wzrd.db.engine import Tx, read_all, read_first, to_json
from wzrd.db.upkeep import forget_some
from wzrd.domain.errors import Conflict, NotConfigured
from wzrd.domain.ids import UserId, derive, parse_uuid
from wzrd.domain.wallet import wallet_email

WALLET_NAMESPACE = UUID("9351ebe5-b5ef-46b0-8905-856e38644bc3")
_FOREIGN_KEY_VIOLATION = "23503"


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user that this server knows. `created`: made by the very call that returned it."""

    user_id: UserId
    email: str | None
    metadata: Mapping[str, Any]
    created_at: datetime
    created: bool = field(default=False, compare=False)


_COLUMNS = "id as user_id, email, user_metadata as metadata, created_at"


# Whoever comes second with the same id or email waits for the first one's commit, inserts nothing, and the next
# statement (read committed) sees the row that won.
_INSERT_USER = text("""
    insert into wzrd.users (id, email, user_metadata) values (:user_id, :email, cast(:metadata as jsonb))
    on conflict do nothing
""")
_INSERT_PROFILE = text("""
    insert into public.profiles (id, email) values (:user_id, :email) on conflict (id) do nothing
""")


async def ensure_user(
    tx: Tx, user_id: UUID | None, email: str | None, metadata: Mapping[str, Any] | None = None
) -> StoredUser:
    """The user of that id or email, made with a profile where there is none. Credits are the ledger's business.

    Without an id the email decides; without both a new user is made. An existing user's metadata stays.

    Raises:
        Conflict: the email belongs to a user of another id.
        NotConfigured: the database is a Supabase's, where only its own Auth may make users.
    """
    email = email.strip().lower() if email else None
    values = {"user_id": user_id or uuid4(), "email": email, "metadata": to_json(metadata or {})}
    inserted = (await tx.execute(_INSERT_USER, values)).rowcount == 1
    found = await find_user(tx, str(user_id) if user_id else email or str(values["user_id"]))
    if found is None:
        raise Conflict(f"the email {email} belongs to another user")
    await _insert_foreign(tx, _INSERT_PROFILE, {"user_id": found.user_id, "email": found.email})
    return replace(found, created=inserted)


async def _insert_foreign(tx: Tx, statement: Any, values: Mapping[str, Any]) -> None:
    """Insert into a table that, in an adopted database, may refer to auth.users; under a savepoint."""
    try:
        async with tx.begin_nested():
            await tx.execute(statement, values)
    except exc.IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _FOREIGN_KEY_VIOLATION:
            raise
        raise NotConfigured("Users of this database are made by Supabase Auth: sign up there first") from None


_FIND_USER = text(f"""
    select {_COLUMNS} from wzrd.users where id = cast(:user_id as uuid) or email = cast(:email as text)
""")
_FIRST_USER = text(f"select {_COLUMNS} from wzrd.users order by created_at, id limit 1")


async def find_user(tx: Tx, email_or_id: str) -> StoredUser | None:
    """The user of that email or id."""
    user_id = parse_uuid(email_or_id)
    values = {"user_id": user_id, "email": None if user_id else email_or_id.strip().lower()}
    return read_first(StoredUser, await tx.execute(_FIND_USER, values))


async def first_user(tx: Tx) -> StoredUser | None:
    """The user who was here first: whom a command without `--user` means."""
    return read_first(StoredUser, await tx.execute(_FIRST_USER))


_FIND_WALLET = text("select user_id from public.wallet_users where wallet_address = :account")
_INSERT_WALLET = text("""
    insert into public.wallet_users (wallet_address, user_id) values (:account, :user_id)
    on conflict (wallet_address) do nothing
""")
_NAME_WALLET = text("""
    update public.profiles set wallet_address = :account where id = :user_id and wallet_address is null
""")


async def ensure_wallet_user(tx: Tx, account: str) -> StoredUser:
    """The user of a wallet (lower-case address), made and linked on its first login.

    A new user's id is derived from the address, so that two first logins at once make one user: the second waits for
    the first one's commit, and only the first one has `created` it.

    Raises:
        NotConfigured: see `ensure_user`.
    """
    known = await tx.scalar(_FIND_WALLET, {"account": account})
    user_id = known or derive(WALLET_NAMESPACE, account)
    user = await ensure_user(tx, user_id, wallet_email(account), {"wallet_address": account, "auth_type": "wallet"})
    await _insert_foreign(tx, _INSERT_WALLET, {"account": account, "user_id": user.user_id})
    await tx.execute(_NAME_WALLET, {"account": account, "user_id": user.user_id})
    return replace(user, created=user.created and known is None)


# The primary key decides between two at once: the second waits for the first one's commit and then inserts nothing.
_USE_SIGNATURE = text("""
    insert into wzrd.used_signatures (signature_hash) values (:hash) on conflict do nothing returning true
""")


async def use_signature(tx: Tx, signature_hash: bytes) -> bool:
    """Spend a signature; False when it was spent before."""
    await forget_some(tx, "used_signatures")
    return bool(await tx.scalar(_USE_SIGNATURE, {"hash": signature_hash}))


# `take` deletes what it returns: of two at once the second finds nothing. Another run's ticket stays untouched.
_STORE_TICKET = text("""
    insert into wzrd.stream_tickets (ticket_hash, user_id, run_id, expires_at)
    values (:hash, :user_id, :run_id, clock_timestamp() + make_interval(secs => :ttl))
""")
_TAKE_TICKET = text("""
    delete from wzrd.stream_tickets where ticket_hash = :hash and run_id = :run_id and expires_at > clock_timestamp()
    returning user_id
""")


async def store_ticket(tx: Tx, ticket_hash: bytes, user_id: UUID, run_id: UUID, ttl_seconds: float) -> None:
    """Keep a stream ticket for one run, good once within `ttl_seconds`."""
    await forget_some(tx, "stream_tickets")
    values = {"hash": ticket_hash, "user_id": user_id, "run_id": run_id, "ttl": ttl_seconds}
    await tx.execute(_STORE_TICKET, values)


async def take_ticket(tx: Tx, ticket_hash: bytes, run_id: UUID) -> UserId | None:
    """Spend a ticket and say whose it was; None when it is unknown, spent, expired, or another run's."""
    user_id = await tx.scalar(_TAKE_TICKET, {"hash": ticket_hash, "run_id": run_id})
    return UserId(user_id) if user_id else None


_STORE = text("""
    insert into wzrd.wallet_nonces (nonce, expires_at)
    values (:nonce, clock_timestamp() + make_interval(secs => :ttl)) returning expires_at
""")
# What is spent is deleted: of two at once the second waits, finds nothing, and is refused. A rollback gives it back.
_SPEND = text("""
    delete from wzrd.wallet_nonces where nonce = :nonce and expires_at > clock_timestamp() returning true
""")


async def store_nonce(tx: Tx, nonce: str, ttl_seconds: float) -> datetime:
    """Keep a nonce that is good once within `ttl_seconds`; returns when it expires."""
    await forget_some(tx, "wallet_nonces")
    expires_at: datetime = (await tx.execute(_STORE, {"nonce": nonce, "ttl": ttl_seconds})).scalar_one()
    return expires_at


async def spend_nonce(tx: Tx, nonce: str) -> bool:
    """Spend a nonce; False when it is unknown, spent or expired."""
    return bool(await tx.scalar(_SPEND, {"nonce": nonce}))


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A user, and what they can spend (0 without an account)."""

    user_id: UUID
    email: str | None
    credits: int


async def list_accounts(tx: Tx) -> list[AccountLine]:
    """All users of this server, the first one first."""
    statement = text("""
        select u.id as user_id, u.email, coalesce(c.total_credits - c.used_credits, 0) as credits from wzrd.users u
        left join public.user_credits c on c.user_id = u.id order by u.created_at, u.id
    """)
    return read_all(AccountLine, await tx.execute(statement))


@dataclass(frozen=True, slots=True)
class Transaction:
    """One signed entry of the ledger, and the run that it is for, where it is for one."""

    amount: int
    kind: str
    metadata: Mapping[str, Any]
    created_at: str
    run_id: str | None = None


async def list_transactions(tx: Tx, user_id: UUID, *, limit: int = 50) -> list[Transaction]:
    """The newest entries first."""
    statement = text("""
        select entry.amount, entry.transaction_type as kind, entry.metadata, entry.created_at,
            coalesce(entry.metadata ->> 'run_id', hold.metadata ->> 'run_id') as run_id
        from public.credit_transactions entry
        left join public.credit_holds hold on cast(hold.id as text) = entry.metadata ->> 'hold_id'
        where entry.user_id = :user_id order by entry.created_at desc, entry.id limit :limit
    """)
    return read_all(_transaction, await tx.execute(statement, {"user_id": user_id, "limit": limit}))


def _transaction(*, created_at: datetime, **columns: Any) -> Transaction:
    return Transaction(created_at=created_at.isoformat(), **columns)
