"""A whole application over a real database, called without sockets; tokens, a clock, and a user who may call."""

import json
import time
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from server.api.app import create_app
from wzrd.db import ledger, users
from wzrd.db.users import StoredUser
from wzrd.operations import KINDS
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.settings import Settings

SECRET = "a-secret-of-more-than-thirty-two-bytes-for-tests"


class Clock:
    """A clock that runs, and that a test may put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    """The runtime's clock (the database keeps its own)."""
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a server with the shared secret."""
    return Settings.model_validate({"WZRD_HOME": tmp_path / "home", "SUPABASE_JWT_SECRET": SECRET})


@pytest.fixture
async def own_runtime(engine: AsyncEngine, settings: Settings, clock: Clock) -> AsyncGenerator[Runtime]:
    """A runtime on the test's own database."""
    made = make_runtime(settings, engine, KINDS)
    made.now = clock
    yield made
    await made.aclose()


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    """The application."""
    return create_app(runtime)


@pytest.fixture
async def client(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """A client that calls the application in this process."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://wzrd.test") as made:
        yield made


@pytest.fixture
async def user(runtime: Runtime) -> StoredUser:
    """A user with an account and 100 credits."""
    async with runtime.begin() as tx:
        made = await users.ensure_user(tx, None, "ada@example.org", {"name": "Ada"})
        await ledger.open_account(tx, made.user_id)
    return made


MakeToken = Callable[..., str]


@pytest.fixture
def make_token(user: StoredUser) -> MakeToken:
    """Signs a valid token of `user`; keyword arguments replace claims, and None leaves one out."""

    def make(key: Any = SECRET, algorithm: str = "HS256", headers: dict[str, Any] | None = None, **changed: Any) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": "https://project.supabase.test/auth/v1",
            "sub": str(user.user_id),
            "aud": "authenticated",
            "role": "authenticated",
            "email": user.email,
            "session_id": "7a4b1f0e-7a0e-4a53-9f62-2b1a6c0f9d11",
            "iat": now,
            "exp": now + 3600,
            "is_anonymous": False,
        } | changed
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.api_jws.encode(json.dumps(kept).encode(), key, algorithm, headers)

    return make


@pytest.fixture
def bearer(make_token: MakeToken) -> dict[str, str]:
    """The headers of a call by `user`."""
    return {"authorization": f"Bearer {make_token()}"}
