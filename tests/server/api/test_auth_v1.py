"""Holding a session: the user object, rotation, reuse, theft, expiry and logout, as supabase-js meets them."""

import asyncio
import uuid
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import text

from server.api.sessions import issue_access_token, issue_session, successor
from tests.server.conftest import Clock
from wzrd.db.users import StoredUser
from wzrd.runtime.process import Runtime

TOKEN = "/auth/v1/token?grant_type=refresh_token"
SECRET = "a-secret-of-more-than-thirty-two-bytes-for-tests"


@pytest.fixture
async def session(runtime: Runtime, user: StoredUser) -> dict[str, Any]:
    """A fresh session of `user`."""
    async with runtime.begin() as tx:
        made = await issue_session(tx, runtime.settings, user, now=runtime.now())
    return made.model_dump(mode="json")


async def refresh(client: httpx.AsyncClient, token: object) -> httpx.Response:
    return await client.post(TOKEN, json={"refresh_token": token})


def bearer_of(session: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {session['access_token']}"}


def refused(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert set(body) == {"code", "error_code", "msg"}
    assert body["code"] == response.status_code
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"
    return response.status_code, body["error_code"]


async def age(runtime: Runtime, column: str, interval: str) -> None:
    async with runtime.begin() as tx:
        await tx.execute(text(f"update wzrd.refresh_tokens set {column} = {column} - interval '{interval}'"))


async def test_the_user_object(client: httpx.AsyncClient, session: dict[str, Any], user: StoredUser) -> None:
    """GET user answers the object that supabase-js keeps."""
    response = await client.get("/auth/v1/user", headers=bearer_of(session))
    assert response.status_code == 200
    found = response.json()
    assert (found["id"], found["email"]) == (str(user.user_id), user.email)
    assert (found["aud"], found["role"], found["user_metadata"]) == ("authenticated", "authenticated", {"name": "Ada"})
    assert {"app_metadata", "created_at", "identities", "is_anonymous"} <= set(found)


async def test_a_supabase_user_unknown_here_is_described_by_the_token(
    client: httpx.AsyncClient, make_token: Any
) -> None:
    """A token of the Supabase beside us needs no row of ours; strange metadata and times do not break the answer."""
    user_id = str(uuid.uuid4())
    for changed in ({"user_metadata": {"a": 1}}, {"user_metadata": "x", "phone": 7}, {"iat": -(10**18), "exp": 10**18}):
        token = make_token(sub=user_id, **changed)
        response = await client.get("/auth/v1/user", headers={"authorization": f"Bearer {token}"})
        assert response.status_code == 200
        assert response.json()["id"] == user_id


async def test_no_token_and_a_wrong_one_are_refused_in_gotrues_shape(client: httpx.AsyncClient) -> None:
    """401 either way, in the shape that supabase-js reads."""
    for headers in ({}, {"authorization": "Bearer nonsense"}):
        assert refused(await client.get("/auth/v1/user", headers=headers)) == (401, "bad_jwt")
        assert refused(await client.post("/auth/v1/logout", headers=headers)) == (401, "bad_jwt")


async def test_a_refresh_rotates(client: httpx.AsyncClient, session: dict[str, Any], user: StoredUser) -> None:
    """A refresh token brings a new pair of the same session; the chain goes on."""
    first = jwt.decode(session["access_token"], SECRET, ["HS256"], audience="authenticated")
    for _ in range(3):
        response = await refresh(client, session["refresh_token"])
        assert response.status_code == 200
        following = response.json()
        assert following["refresh_token"] != session["refresh_token"]
        claims = jwt.decode(following["access_token"], SECRET, ["HS256"], audience="authenticated")
        assert (claims["session_id"], claims["sub"]) == (first["session_id"], str(user.user_id))
        assert (await client.get("/auth/v1/user", headers=bearer_of(following))).status_code == 200
        session = following


async def test_two_tabs_at_once_get_the_same_successor(client: httpx.AsyncClient, session: dict[str, Any]) -> None:
    """Within ten seconds a used token leads to the successor it led to before: the family does not fork."""
    answers = await asyncio.gather(*(refresh(client, session["refresh_token"]) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    (token,) = {answer.json()["refresh_token"] for answer in answers}
    assert (await refresh(client, token)).status_code == 200


async def test_a_stolen_token_ends_the_session(
    client: httpx.AsyncClient, runtime: Runtime, session: dict[str, Any]
) -> None:
    """A token presented again after the interval revokes the whole family: its newest token is worth nothing."""
    newest = (await refresh(client, session["refresh_token"])).json()
    await age(runtime, "used_at", "11 seconds")
    assert refused(await refresh(client, session["refresh_token"])) == (400, "refresh_token_already_used")
    assert refused(await refresh(client, newest["refresh_token"])) == (400, "refresh_token_not_found")
    assert refused(await client.get("/auth/v1/user", headers=bearer_of(newest))) == (403, "session_not_found")


async def test_a_theft_touches_no_other_session(
    client: httpx.AsyncClient, runtime: Runtime, user: StoredUser, session: dict[str, Any]
) -> None:
    """The user's session on another device lives on."""
    async with runtime.begin() as tx:
        other = await issue_session(tx, runtime.settings, user, now=runtime.now())
    await refresh(client, session["refresh_token"])
    await age(runtime, "used_at", "11 seconds")
    assert (await refresh(client, session["refresh_token"])).status_code == 400
    assert (await refresh(client, other.refresh_token)).status_code == 200


async def test_replays_of_a_whole_chain_at_once_neither_deadlock_nor_pass(
    client: httpx.AsyncClient, runtime: Runtime, session: dict[str, Any]
) -> None:
    """Many used tokens of one family presented together: all refused, none answered by an error of the database."""
    chain = [session["refresh_token"]]
    for _ in range(5):
        chain.append((await refresh(client, chain[-1])).json()["refresh_token"])
    await age(runtime, "used_at", "11 seconds")
    answers = await asyncio.gather(*(refresh(client, token) for token in chain[:-1] * 3))
    assert {answer.status_code for answer in answers} == {400}
    assert refused(await refresh(client, chain[-1])) == (400, "refresh_token_not_found")


async def test_an_unknown_and_an_expired_token_have_gotrues_words(
    client: httpx.AsyncClient, runtime: Runtime, session: dict[str, Any]
) -> None:
    """The answers have the codes by which supabase-js decides to sign out."""
    response = await refresh(client, "unknown")
    assert response.status_code == 400
    assert response.json() == {
        "code": 400,
        "error_code": "refresh_token_not_found",
        "msg": "Invalid Refresh Token: Refresh Token Not Found",
    }
    assert refused(await refresh(client, successor("another secret", session["refresh_token"])))[0] == 400
    await age(runtime, "expires_at", "61 days")
    assert refused(await refresh(client, session["refresh_token"])) == (400, "session_expired")


async def test_an_access_token_is_no_refresh_token(client: httpx.AsyncClient, session: dict[str, Any]) -> None:
    """Nor is a hash, or the reverse."""
    assert refused(await refresh(client, session["access_token"])) == (400, "refresh_token_not_found")
    headers = {"authorization": f"Bearer {session['refresh_token']}"}
    assert refused(await client.get("/auth/v1/user", headers=headers)) == (401, "bad_jwt")


@pytest.mark.parametrize("token", ["", None, 7, ["x"], {"a": 1}, "x" * 5000])
async def test_a_malformed_refresh_names_what_is_wrong(client: httpx.AsyncClient, token: object) -> None:
    """Absent, of another type, or too long: 400."""
    response = await refresh(client, token)
    assert refused(response) == (400, "validation_failed")
    assert "refresh_token" in response.json()["msg"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"refresh_token":"\\u0000"}'])
async def test_a_hostile_refresh_body_is_refused(client: httpx.AsyncClient, content: bytes) -> None:
    """400 in GoTrue's shape; 413 when it is too large."""
    assert refused(await client.post(TOKEN, content=content)) == (400, "validation_failed")
    assert refused(await client.post(TOKEN, content=b"x" * 20_000))[0] == 413


async def test_other_grants_are_not_served(client: httpx.AsyncClient) -> None:
    """Passwords and codes are Supabase's business."""
    for query in ("", "?grant_type=password", "?grant_type="):
        assert refused(await client.post(f"/auth/v1/token{query}", json={})) == (400, "validation_failed")


@pytest.mark.parametrize(
    ("scope", "this", "other"),
    [("", 400, 400), ("?scope=global", 400, 400), ("?scope=local", 400, 200), ("?scope=others", 200, 400)],
)
async def test_logout_ends_what_its_scope_says(
    client: httpx.AsyncClient,
    runtime: Runtime,
    user: StoredUser,
    session: dict[str, Any],
    scope: str,
    this: int,
    other: int,
) -> None:
    """All sessions unless told otherwise; 204 without a body."""
    async with runtime.begin() as tx:
        elsewhere = await issue_session(tx, runtime.settings, user, now=runtime.now())
    response = await client.post(f"/auth/v1/logout{scope}", headers=bearer_of(session))
    assert (response.status_code, response.content) == (204, b"")
    assert (await refresh(client, session["refresh_token"])).status_code == this
    assert (await refresh(client, elsewhere.refresh_token)).status_code == other


async def test_logout_during_refreshes_leaves_no_living_token(
    client: httpx.AsyncClient, runtime: Runtime, session: dict[str, Any]
) -> None:
    """Whichever comes first, after both no token of the user stands."""
    await asyncio.gather(
        *(refresh(client, session["refresh_token"]) for _ in range(4)),
        client.post("/auth/v1/logout", headers=bearer_of(session)),
        *(refresh(client, session["refresh_token"]) for _ in range(4)),
    )
    async with runtime.begin() as tx:
        standing = text("select count(*) from wzrd.refresh_tokens where revoked_at is null")
        assert await tx.scalar(standing) == 0


async def test_an_unknown_scope_is_named(client: httpx.AsyncClient, session: dict[str, Any]) -> None:
    """400 with the parameter's name."""
    response = await client.post("/auth/v1/logout?scope=galaxy", headers=bearer_of(session))
    assert response.status_code == 400
    assert "scope" in response.text


async def test_a_deleted_user_cannot_refresh(
    client: httpx.AsyncClient, runtime: Runtime, user: StoredUser, session: dict[str, Any]
) -> None:
    """With the user its tokens go."""
    async with runtime.begin() as tx:
        await tx.execute(text("delete from wzrd.users where id = :id"), {"id": user.user_id})
    assert refused(await refresh(client, session["refresh_token"])) == (400, "refresh_token_not_found")


async def test_a_token_for_the_command_line(
    client: httpx.AsyncClient, runtime: Runtime, user: StoredUser, clock: Clock
) -> None:
    """An access token alone (no session row) serves for its time, and no longer."""
    token = issue_access_token(runtime.settings, user, 60, now=runtime.now())
    headers = {"authorization": f"Bearer {token}"}
    assert (await client.get("/auth/v1/user", headers=headers)).status_code == 200
    clock.forward(100)
    assert (await client.get("/auth/v1/user", headers=headers)).status_code == 401
