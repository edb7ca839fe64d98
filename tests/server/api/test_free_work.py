"""Work that nobody pays for: attacks by a client that cancels once it has read what it wanted."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.fakes.chat import ChatServer, chat_server, hangs, says
from tests.generation.claimed import providers_for
from tests.playing import log_of, run_once
from tests.rows import Studio, balance, make_studio
from tests.server.served import bearer, calling
from tests.tasks.written_shots import PHASES, answer, rows_of
from tests.waiting import looks, until
from wzrd.contracts.sse import SseReader
from wzrd.db.listen import RUN_CANCEL, Listener
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

GEN_SHOTS = "/functions/v1/gen-shots"
RUNS = "/functions/v1/runs"
IDEAS = [f"Wide shot {name} of the lamp room at night, rain streaking the glass." for name in "ABCDEF"]


@pytest.fixture(scope="module")
async def chat() -> AsyncGenerator[ChatServer]:
    """One scripted model that is paid for each question."""
    async with chat_server() as made:
        yield made


@pytest.fixture(scope="module")
async def module_runtime(module_runtime: Runtime, chat: ChatServer) -> AsyncGenerator[Runtime]:
    """A cancel over HTTP reaches the work that goes on in this process."""
    module_runtime.providers = providers_for(chat)

    def on_cancel(run_id: str) -> None:
        module_runtime.leases.cancel(uuid.UUID(run_id))

    listener = Listener(module_runtime.settings.require_database_url(), {RUN_CANCEL: on_cancel})
    await listener.start()
    yield module_runtime
    await listener.close()
    await module_runtime.providers.aclose(grace=0.1)


@pytest.fixture(scope="module")
async def client(module_runtime: Runtime) -> AsyncGenerator[httpx.AsyncClient]:
    """A client on a socket."""
    async with calling(module_runtime) as (made, _):
        yield made


@pytest.fixture(autouse=True)
def _clean(chat: ChatServer) -> None:
    chat.script.clear()
    chat.calls.clear()
    chat.otherwise = None


def drafts(*ideas: str, more: str = "") -> Any:
    """The model writes these, begins another perhaps, and then says nothing more."""
    whole = answer(*ideas, "?")
    return hangs(after=[whole[: whole.index('"?"')] + more])


@dataclass(slots=True)
class Attacker:
    """Somebody who reads the stream and cancels."""

    client: httpx.AsyncClient
    runtime: Runtime
    studio: Studio
    run_id: uuid.UUID = field(default_factory=uuid.uuid4)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.client.post(path, json=body or None, headers=bearer(self.studio.user_id))

    async def left(self) -> int:
        return await balance(self.runtime, self.studio.user_id)

    async def ask(self, count: int) -> None:
        """Begin a run and leave its stream at once."""
        body = {"projectId": str(self.studio.project_id), "shotCount": count, "requestId": str(uuid.uuid4())}
        async with self.client.stream("POST", GEN_SHOTS, json=body, headers=bearer(self.studio.user_id)) as response:
            assert response.status_code == 200
            await anext(response.aiter_bytes())
        async with self.runtime.begin() as tx:
            statement = text("select id from wzrd.runs where request_id = :id")
            self.run_id = await tx.scalar(statement, {"id": body["requestId"]}) or self.run_id

    async def read_until(self, enough: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Follow the run's stream until its shots say enough."""
        reader, shots = SseReader(), list[dict[str, Any]]()
        url = f"{RUNS}/{self.run_id}/events"
        async with asyncio.timeout(60), self.client.stream("GET", url, headers=bearer(self.studio.user_id)) as response:
            async for chunk in response.aiter_bytes():
                shots += [json.loads(frame.data) for frame in reader.feed(chunk) if frame.event == "shot"]
                if enough(shots):
                    return

    @asynccontextmanager
    async def worked(self) -> AsyncGenerator[None]:
        """The run is worked on meanwhile, and canceled on leaving: `canceled` is how it ends."""
        playing = asyncio.create_task(run_once(self.runtime, self.run_id))
        yield
        assert (await self.post(f"{RUNS}/{self.run_id}/cancel")).status_code in {200, 202}
        async with asyncio.timeout(60):
            assert await playing == "canceled"


def drafted(count: int) -> Callable[[list[dict[str, Any]]], bool]:
    return lambda shots: sum(shot["status"] == "drafting" for shot in shots) >= count


@pytest.fixture
async def attacker(client: httpx.AsyncClient, runtime: Runtime) -> Attacker:
    """With 100 credits."""
    return Attacker(client, runtime, await make_studio(runtime))


async def test_a_text_that_was_read_is_paid_whoever_cancels(attacker: Attacker, chat: ChatServer) -> None:
    """Six runs, each canceled at its first `drafting` event: six texts, six questions to the model, six credits."""
    for number in range(1, 7):
        chat.script = [drafts(IDEAS[0])]
        await attacker.ask(6)
        async with attacker.worked():
            await attacker.read_until(drafted(1))
        assert (chat.submits, await attacker.left()) == (number, 100 - number)
    assert len(await rows_of(attacker.runtime, attacker.studio)) == 6, "what was paid for stays on the storyboard"


async def test_the_worked_example(attacker: Attacker, chat: ChatServer) -> None:
    """Five hold 3; canceled at three drafted they cost 2, 1 comes back; the retry holds 1 and completes all: 3."""
    chat.script = [drafts(*IDEAS[:3]), says(answer(*IDEAS[3:5]))]
    await attacker.ask(5)
    assert await attacker.left() == 97
    async with attacker.worked():
        await attacker.read_until(drafted(3))
    assert await attacker.left() == 98
    assert [row.prompt_idea for row in await rows_of(attacker.runtime, attacker.studio)] == IDEAS[:3]
    view = (await attacker.post(f"{RUNS}/{attacker.run_id}/retry")).json()
    assert (view["credits"]["held"], view["credits"]["charged"], await attacker.left()) == (1, 2, 97)
    assert await run_once(attacker.runtime, attacker.run_id) == "succeeded"
    assert (await attacker.left(), chat.submits) == (97, 2)
    rows = await rows_of(attacker.runtime, attacker.studio)
    assert [row.prompt_idea for row in rows] == IDEAS[:5]
    assert {row.image_status for row in rows} == {"prompt_ready"}
    found = [data for name, data in await log_of(attacker.runtime, attacker.run_id) if name == "shot"]
    for row in rows[:3]:
        assert [data["status"] for data in found if data["id"] == str(row.id)] == PHASES, "each phase once, over both"


@pytest.mark.parametrize("table", ["shots", "scenes", "projects"])
async def test_deleting_what_was_read_makes_it_no_cheaper(attacker: Attacker, chat: ChatServer, table: str) -> None:
    """Shots, scene or project deleted before the cancel: charged all the same, and a retry is not charged again."""
    chat.script = [drafts(*IDEAS[:3]), says(answer(*IDEAS[3:5]))]
    await attacker.ask(5)
    async with attacker.worked():
        await attacker.read_until(drafted(3))
        column = "id" if table == "projects" else "project_id"
        async with attacker.runtime.begin() as tx:
            statement = text(f"delete from public.{table} where {column} = :id")
            await tx.execute(statement, {"id": attacker.studio.project_id})
    assert await attacker.left() == 98
    assert (await attacker.post(f"{RUNS}/{attacker.run_id}/retry")).status_code == 202
    assert await run_once(attacker.runtime, attacker.run_id) == "succeeded"
    assert await attacker.left() == 97


async def test_what_nobody_could_read_costs_nothing(attacker: Attacker, chat: ChatServer) -> None:
    """Canceled before any draft, while the model is in the middle of its first shot: all comes back, no row stays."""
    chat.script = [drafts(more='"Wide shot of the')]
    await attacker.ask(5)
    async with attacker.worked():
        await attacker.read_until(lambda shots: len(shots) == 5)
        await until(lambda: chat.submits != 0)
    assert (await attacker.left(), await rows_of(attacker.runtime, attacker.studio)) == (100, [])


async def test_retries_have_an_end(attacker: Attacker, chat: ChatServer) -> None:
    """Cancel and retry without end: ten attempts, ten questions at most; the eleventh is a 409 that says why."""
    chat.otherwise = drafts()
    await attacker.ask(1)
    for attempt in range(1, 11):
        async with attacker.worked():
            async for _ in looks():
                if chat.submits >= attempt:
                    break
        if attempt < 10:
            assert (await attacker.post(f"{RUNS}/{attacker.run_id}/retry")).status_code == 202
    refused = await attacker.post(f"{RUNS}/{attacker.run_id}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "attempts_exhausted")
    assert "ask for what is missing with a new request" in refused.json()["error"]
    assert (chat.submits, await attacker.left()) == (10, 100)
