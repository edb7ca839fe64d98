"""Sounds for the anon key: who pays, how much a day, and what stays closed to it."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.rows import Studio, balance
from tests.server.api.generate_server import GenerateServer
from tests.server.api.test_anon_key import BAD_KEYS, BY_ADDRESS, OPEN, WALLET_ROUTES, anon_key, bearing
from tests.server.api.test_elevenlabs import EACH, MUSIC, SAID, SFX, TTS, VOICES
from wzrd.db.anonymous_days import count_anonymous, fits_today
from wzrd.db.ledger import lock_account
from wzrd.db.runs import RunRow
from wzrd.media.mp3 import read_mp3
from wzrd.settings import Settings

ENVIRONMENT = {"WZRD_LEASE_SECONDS": 2}

PRICE, MOST = 4, 20
CATALOG = "/functions/v1/model-catalog"


@pytest.fixture
async def server(server: GenerateServer) -> AsyncGenerator[GenerateServer]:
    """As it comes: nobody pays for the anon key."""
    before = server.runtime.settings
    yield server
    server.runtime.settings = before


@pytest.fixture
async def payer(server: GenerateServer) -> Studio:
    """An account that pays for it from here on, 20 credits a day."""
    made = await server.maker()
    settings = {"anon_sounds_user": made.user_id, "anon_sounds_credits": MOST}
    server.runtime.settings = server.runtime.settings.model_copy(update=settings)
    return made


async def ask(server: GenerateServer, path: str = TTS, **more: Any) -> httpx.Response:
    """As the sound panel asks: the anon key as the bearer's token, and its own JSON."""
    return await server.client.post(path, json={**SAID[path], **more}, headers=bearing(anon_key()))


async def runs_of(server: GenerateServer, payer: Studio) -> dict[uuid.UUID, RunRow]:
    return {run.run_id: run for run in await server.runs(payer)}


async def counted(server: GenerateServer, payer: Studio) -> list[int]:
    """Credits that the account's days have come to, the latest first."""
    statement = text("select credits from wzrd.anonymous_days where user_id = :user_id order by day desc")
    async with server.runtime.begin() as tx:
        return list((await tx.execute(statement, {"user_id": payer.user_id})).scalars())


@EACH
async def test_without_the_setting(server: GenerateServer, path: str) -> None:
    """401 that says what to set; nothing runs."""
    answer = await ask(server, path)
    assert answer.status_code == 401
    assert all(name in answer.json()["error"] for name in ("WZRD_ANON_SOUNDS_USER", "WZRD_ANON_SOUNDS_CREDITS"))
    assert answer.headers["www-authenticate"] == "Bearer"
    assert await server.fakes.paid_submits() == []


@EACH
async def test_the_account_pays(server: GenerateServer, payer: Studio, path: str) -> None:
    """The sound itself, as for a user; the run is the account's, and so is the charge."""
    answer = await ask(server, path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg"), answer.text
    assert read_mp3(answer.content).seconds > 0
    assert await balance(server.runtime, payer.user_id) == 100 - PRICE
    assert list(await runs_of(server, payer)) == [uuid.UUID(answer.headers["x-run-id"])]
    assert await counted(server, payer) == [PRICE]
    mine = await server.post(payer.user_id, SAID[path], path)
    assert mine.status_code == 200
    assert await counted(server, payer) == [PRICE], "what it asks for itself is no part of it"


@pytest.mark.parametrize("token", BAD_KEYS.values(), ids=BAD_KEYS.keys())
async def test_a_wrong_key_is_no_key(server: GenerateServer, payer: Studio, token: str) -> None:
    """Neither forged nor expired, and no other role."""
    answer = await server.client.post(TTS, json=SAID[TTS], headers=bearing(token))
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
    assert (await server.client.post(TTS, json=SAID[TTS])).status_code == 401
    assert await runs_of(server, payer) == {}


async def test_no_other_route_opens(server: GenerateServer, payer: Studio) -> None:
    """With the setting on, too: neither a run, its stream or its cancel, nor a file, nor the account's voices."""
    made = await ask(server)
    run_id = made.headers["x-run-id"]
    for method, path in (
        ("GET", f"/functions/v1/runs/{run_id}"),
        ("GET", f"/functions/v1/runs/{run_id}/events"),
        ("POST", f"/functions/v1/runs/{run_id}/cancel"),
        ("POST", f"/functions/v1/runs/{run_id}/retry"),
        ("POST", "/functions/v1/stream-ticket"),
    ):
        answer = await server.client.request(method, path, json={"runId": run_id}, headers=bearing(anon_key()))
        assert answer.status_code == 401, path
    opens = {TTS, SFX, MUSIC, CATALOG, *OPEN, *(path for _, path in WALLET_ROUTES)}
    for template, operations in server.app.openapi()["paths"].items():
        path = template.replace("{run_id}", run_id)
        for method in (name.upper() for name in operations if template not in opens):
            answer = await server.client.request(
                method, path, params={"project_id": str(payer.project_id)}, headers=bearing(anon_key())
            )
            assert answer.status_code == BY_ADDRESS.get((method, template), 401), (method, template)
    assert (await server.client.post(VOICES, json={}, headers=bearing(anon_key()))).status_code == 401


async def test_of_many_at_once_the_day_takes_what_fits(server: GenerateServer, payer: Studio) -> None:
    """Fifteen calls of all three functions: five sounds, ten times 429 till midnight, and the account paid for five."""
    paths = [TTS, SFX, MUSIC] * 5
    answers = await asyncio.gather(*(ask(server, path) for path in paths))
    assert sorted(answer.status_code for answer in answers) == [200] * (MOST // PRICE) + [429] * 10
    for answer in (one for one in answers if one.status_code == 429):
        assert 0 < int(answer.headers["retry-after"]) <= 86_400
        assert "today (UTC)" in answer.json()["error"]
        assert "x-run-id" not in answer.headers
    assert await balance(server.runtime, payer.user_id) == 100 - MOST
    assert await counted(server, payer) == [MOST]
    assert len(await runs_of(server, payer)) == MOST // PRICE, "what was refused has left no run"
    assert (await server.post(payer.user_id, SAID[TTS], TTS)).status_code == 200, "the account itself is not bound"


async def test_the_next_day_begins_anew(server: GenerateServer, payer: Studio) -> None:
    """A day is the database's, in UTC."""
    assert [(await ask(server)).status_code for _ in range(6)] == [200] * 5 + [429]
    async with server.runtime.begin() as tx:
        today = await tx.scalar(
            text("""update wzrd.anonymous_days set day = day - 1 where user_id = :user_id
                    returning day + 1 = cast(clock_timestamp() at time zone 'UTC' as date)"""),
            {"user_id": payer.user_id},
        )
    assert today is True
    assert (await ask(server)).status_code == 200
    assert await counted(server, payer) == [PRICE, MOST]


async def test_nobodys_request_is_nobodys_repetition(server: GenerateServer, payer: Studio) -> None:
    """A requestId sent again, with equal words, others, or one of the account's own, is a new run each time."""
    mine = await server.post(payer.user_id, {**SAID[TTS], "requestId": "known"}, TTS)
    answers = [
        await ask(server, requestId="known"),
        await ask(server, requestId="known"),
        await ask(server, requestId="known", text="Something else."),
    ]
    assert [answer.status_code for answer in answers] == [200] * 3
    runs = {answer.headers["x-run-id"] for answer in (mine, *answers)}
    assert len(runs) == 4
    assert mine.headers["x-run-id"] not in {answer.headers["x-run-id"] for answer in answers}
    assert len(await server.fakes.paid_submits("elevenlabs")) == 4
    again = await server.post(payer.user_id, {**SAID[TTS], "requestId": "known"}, TTS)
    assert again.headers["x-run-id"] == mine.headers["x-run-id"], "the account's own is repeated as ever"


async def test_nothing_of_the_accounts_own_is_reached(server: GenerateServer, payer: Studio) -> None:
    """Its projects, its folders and another's addresses are as if they had not been named."""
    answer = await ask(
        server,
        projectId=str(payer.project_id),
        metadata={"projectId": str(payer.project_id), "entityId": "node-1"},
        outputConfig={"storageBucket": "final-exports", "storagePathPrefix": "films"},
        referenceAssets=[{"url": "http://127.0.0.1:1/secret.png", "type": "image"}],
    )
    assert answer.status_code == 200
    (run,) = (await runs_of(server, payer)).values()
    assert run.project_id is None
    assert set(run.params["metadata"].values()) == {None}
    assert run.result is not None
    place = server.runtime.storage.locate(str(run.result["storageUrl"]))
    assert place is not None
    assert (place[0], place[1].split("/")[1]) == ("project-assets", "unfiled")
    foreign = await ask(server, projectId=str(uuid.uuid4()))
    assert foreign.status_code == 200, "whether there is such a project is not told"


async def test_what_the_account_has_is_not_told(server: GenerateServer, payer: Studio) -> None:
    """Where it has too little, whoever holds the anon key hears nothing of it; the day does not count."""
    poor = await server.maker(funds=PRICE - 1)
    settings = {"anon_sounds_user": poor.user_id}
    server.runtime.settings = server.runtime.settings.model_copy(update=settings)
    for path in (TTS, MUSIC):
        answer = await ask(server, path)
        assert (answer.status_code, set(answer.json())) == (429, {"error"})
        assert "credits" not in answer.text
        assert answer.headers["retry-after"]
    assert await counted(server, poor) == []
    own = await server.post(poor.user_id, SAID[TTS], TTS)
    assert (own.status_code, own.json()["available"]) == (402, PRICE - 1)
    assert await runs_of(server, payer) == {}


@pytest.mark.parametrize("more", [{"free_routes": ("elevenlabs-tts",)}, {"offline": "always"}], ids=["free", "offline"])
async def test_what_costs_nothing_here_counts(server: GenerateServer, payer: Studio, more: dict[str, Any]) -> None:
    """A free function and animatic mode are nobody's to use without end."""
    server.runtime.settings = server.runtime.settings.model_copy(update=more)
    assert [(await ask(server)).status_code for _ in range(6)] == [200] * 5 + [429]
    assert await balance(server.runtime, payer.user_id) == 100
    assert await counted(server, payer) == [MOST]


async def test_a_spent_day_waits_for_nobody(server: GenerateServer, payer: Studio) -> None:
    """Whoever holds the anon key cannot keep the account's own work waiting: no lock of its is asked for."""
    async with server.runtime.begin() as tx:
        assert await count_anonymous(tx, payer.user_id, MOST, most=MOST)
    async with server.runtime.begin() as tx, asyncio.timeout(60):
        await lock_account(tx, payer.user_id)
        assert [(await ask(server, path)).status_code for path in (TTS, SFX, MUSIC)] == [429] * 3


async def test_what_fails_counts(server: GenerateServer, payer: Studio) -> None:
    """It is free, and the provider was asked: nobody asks it without end."""
    assert [(await ask(server, voiceId="nobody")).status_code for _ in range(6)] == [404] * 5 + [429]
    assert await balance(server.runtime, payer.user_id) == 100
    assert (await ask(server, text="")).status_code == 400, "what is wrong in itself is told as ever, and counts not"
    assert await counted(server, payer) == [MOST]


async def test_connections_that_count_at_once(server: GenerateServer) -> None:
    """Whoever waited for another's commit is judged by it; what is rolled back has not counted."""
    user_id = uuid.uuid4()

    async def once(n: int) -> bool:
        async with server.runtime.begin() as tx:
            fits = await count_anonymous(tx, user_id, 3, most=10)
            if n % 4 == 0:
                await tx.rollback()
                return False
            return fits

    assert sum(await asyncio.gather(*map(once, range(40)))) == 3
    async with server.runtime.begin() as tx:
        assert await count_anonymous(tx, user_id, 2, most=10) is False
        assert [await fits_today(tx, user_id, price, most=10) for price in (1, 2)] == [True, False]
        assert [await fits_today(tx, uuid.uuid4(), price, most=10) for price in (10, 11)] == [True, False]
        assert await count_anonymous(tx, user_id, 1, most=10) is True
        assert await count_anonymous(tx, uuid.uuid4(), 11, most=10) is False


@pytest.mark.parametrize("value", ["somebody", "7", "me@example.org"])
def test_the_account_is_named_by_its_id(value: str) -> None:
    """Anything else stops the start, and the variable is named."""
    with pytest.raises(ValueError, match="WZRD_ANON_SOUNDS_USER"):
        Settings.model_validate({"WZRD_ANON_SOUNDS_USER": value})
