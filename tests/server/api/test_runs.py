"""A run as its owner sees it, and as nobody else does: views, streams, tickets, cancel, retry."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from starlette.requests import Request

from server.api.routes.runs import last_event_id
from tests.playing import opened
from tests.rows import Studio, balance, make_studio
from tests.server.served import bearer, calling, claimed, deliver, ended, read
from tests.waiting import until
from wzrd.domain.settlement import Outcome
from wzrd.runs.finish import finish
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

RUNS = "/functions/v1/runs"


@pytest.fixture(scope="module")
async def client(module_runtime: Runtime) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the application on a loopback port."""
    async with calling(module_runtime) as (made, _):
        yield made


async def view(client: httpx.AsyncClient, studio: Studio, run_id: uuid.UUID) -> dict[str, Any]:
    response = await client.get(f"{RUNS}/{run_id}", headers=bearer(studio.user_id))
    assert response.status_code == 200
    return response.json()


async def numbers(client: httpx.AsyncClient, studio: Studio, run_id: uuid.UUID) -> tuple[Any, ...]:
    """Status, progress, last event, held, charged, and whether it has ended."""
    seen = await view(client, studio, run_id)
    money = seen["credits"]
    over = seen["finishedAt"] is not None
    listed = (await client.get(RUNS, headers=bearer(studio.user_id))).json()["runs"]
    (row,) = [one for one in listed if one["id"] == str(run_id)]
    assert row == {**seen, "items": [], "details": None}
    return seen["status"], seen["progress"], seen["lastEventId"], money["held"], money["charged"], over


async def test_the_numbers_are_right_in_every_state(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Queued, running, half done, failed with something delivered, retried, succeeded: progress, log and money."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio, count=4)
    assert await numbers(client, studio, run_id) == ("queued", 0, 1, 2, 0, False)
    lease = await claimed(runtime, run_id)
    assert await numbers(client, studio, run_id) == ("running", 0, 1, 2, 0, False)
    await deliver(runtime, lease, 1)
    assert await numbers(client, studio, run_id) == ("running", 25, 2, 2, 0, False)
    await ended(runtime, lease, Outcome(error="The model fell asleep", error_code="asleep"))
    assert await numbers(client, studio, run_id) == ("partial", 25, 3, 0, 1, True)
    seen = await view(client, studio, run_id)
    assert (seen["error"], seen["code"], seen["attempt"]) == ("The model fell asleep", "asleep", 1)
    assert [item["status"] for item in seen["items"]] == ["succeeded", "failed", "failed", "failed"]
    again = await client.post(f"{RUNS}/{run_id}/retry", headers=bearer(studio.user_id))
    assert (again.status_code, again.json()["attempt"], again.json()["error"]) == (202, 2, None)
    assert await numbers(client, studio, run_id) == ("queued", 25, 4, 1, 1, False)
    lease = await claimed(runtime, run_id)
    await deliver(runtime, lease, 4)
    await ended(runtime, lease)
    assert await numbers(client, studio, run_id) == ("succeeded", 100, 8, 0, 2, True)
    assert await balance(runtime, studio.user_id) == 98


async def test_cancel_and_retry_answer_by_the_state(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """202 while a worker is stopping, 200 when it has ended; retry: 409 while open, 402 without money."""
    studio = await make_studio(runtime, funds=2)
    headers, run_id = bearer(studio.user_id), await opened(runtime, studio)
    assert (await client.post(f"{RUNS}/{run_id}/retry", headers=headers)).status_code == 409
    lease = await claimed(runtime, run_id)
    stopping = await client.post(f"{RUNS}/{run_id}/cancel", headers=headers)
    assert (stopping.status_code, stopping.json()["cancelRequested"]) == (202, True)
    await ended(runtime, lease, Outcome(canceled=True))
    over = await client.post(f"{RUNS}/{run_id}/cancel", headers=headers)
    assert (over.status_code, over.json()["status"]) == (200, "canceled")
    other = await opened(runtime, studio)
    refused = await client.post(f"{RUNS}/{run_id}/retry", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (402, "insufficient_credits")
    await client.post(f"{RUNS}/{other}/cancel", headers=headers)
    assert (await client.post(f"{RUNS}/{run_id}/retry", headers=headers)).status_code == 202


async def test_a_strangers_run_is_not_there(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """View, stream, ticket, cancel and retry: 404 for a stranger, for an absent run, for what is no id; 401 unasked."""
    studio, stranger = await make_studio(runtime), await make_studio(runtime)
    run_id = await opened(runtime, studio)
    wrong = (run_id, uuid.uuid4(), "x", "..", "%00", "é", "1" * 5_000, f"{run_id}x")
    for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/retry")):
        for name in wrong:
            response = await client.request(method, f"{RUNS}/{name}{path}", headers=bearer(stranger.user_id))
            assert response.status_code == 404, (method, path, name)
        assert (await client.request(method, f"{RUNS}/{run_id}{path}")).status_code == 401
    for name in wrong[:3]:
        body = {"runId": str(name)}
        refused = await client.post("/functions/v1/stream-ticket", json=body, headers=bearer(stranger.user_id))
        assert (refused.status_code, refused.json()) == (404, {"error": "Run not found"})
    async with runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.stream_tickets")) == 0
    assert (await view(client, studio, run_id))["status"] == "queued"


async def test_a_ticket_opens_one_stream_of_one_run_once(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Not another run's, not twice, not after its minute, and not what it never was."""
    studio = await make_studio(runtime)
    run_id, other = await opened(runtime, studio), await opened(runtime, studio)
    for open_run in (run_id, other):
        await finish(runtime, open_run, Outcome(canceled=True))

    async def ticket(run: uuid.UUID) -> dict[str, Any]:
        body = {"runId": str(run)}
        made = await client.post("/functions/v1/stream-ticket", json=body, headers=bearer(studio.user_id))
        assert made.status_code == 200
        return made.json()

    given_out = await ticket(run_id)
    assert given_out["expiresIn"] == 60
    elsewhere = await client.get(f"{RUNS}/{other}/events", params={"ticket": given_out["ticket"]})
    assert (elsewhere.status_code, elsewhere.json()) == (401, {"error": "Unauthorized"})
    async with client.stream("GET", given_out["url"]) as response:
        assert [frame.event for frame in await read(response.aiter_bytes())] == ["meta", "error"]
    assert (await client.get(given_out["url"])).status_code == 401
    late = await ticket(run_id)
    async with runtime.begin() as tx:
        assert late["ticket"] not in str((await tx.execute(text("select * from wzrd.stream_tickets"))).all())
        await tx.execute(text("update wzrd.stream_tickets set expires_at = clock_timestamp()"))
    assert (await client.get(late["url"])).status_code == 401
    for nothing in ("", "x", "\0", "é" * 400):
        assert (await client.get(f"{RUNS}/{run_id}/events", params={"ticket": nothing})).status_code == 401
    missing = await client.post("/functions/v1/stream-ticket", json={}, headers=bearer(studio.user_id))
    assert missing.status_code == 400


async def test_a_stream_goes_on_where_the_client_says(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """By header or by `?after=`; the header wins; what is no place in the log means from the start."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio))
    await deliver(runtime, lease, 3)
    await ended(runtime, lease)

    async def ids(header: str | None, query: str) -> list[str | None]:
        headers = bearer(studio.user_id) | ({"last-event-id": header} if header is not None else {})
        async with client.stream("GET", f"{RUNS}/{lease.run_id}/events{query}", headers=headers) as response:
            assert response.headers["content-type"] == "text/event-stream"
            return [frame.id for frame in await read(response.aiter_bytes())]

    whole = ["1", "2", "3", "4", "5"]
    assert await ids(None, "") == whole
    assert await ids("3", "") == await ids(None, "?after=3") == await ids("3", "?after=1") == ["4", "5"]
    assert await ids("5", "") == []
    for nonsense in ("6", "99999999999999999999", "-1", "3.5", "x", "0x3"):
        assert await ids(nonsense, "") == whole
        assert await ids(None, f"?after={nonsense}") == whole


@given(st.text(max_size=25))
def test_whatever_a_client_calls_its_place_is_a_number(told: str) -> None:
    """Never an exception, and never a number that the database does not hold."""
    scope = {"type": "http", "headers": [(b"last-event-id", told.encode("utf-8", "replace"))], "query_string": b""}
    place = last_event_id(Request(scope))
    assert 0 <= place < 10**18
    assert place == 0 or str(place) == told.lstrip("0")


async def test_the_list_is_bounded_and_only_ones_own(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Newest first; the limit is clamped to 1..500; a project that is none of the caller's has no runs."""
    studio, stranger = await make_studio(runtime), await make_studio(runtime)
    run_ids = [str(await opened(runtime, studio, count=1)) for _ in range(3)]

    async def listed(query: str = "", who: Studio = studio) -> list[str]:
        response = await client.get(f"{RUNS}{query}", headers=bearer(who.user_id))
        assert response.status_code == 200, response.text
        return [run["id"] for run in response.json()["runs"]]

    assert await listed() == run_ids[::-1]
    for limit, many in ((2, 2), (0, 1), (-9, 1), (10**9, 3), (10**30, 3)):
        assert await listed(f"?limit={limit}") == run_ids[::-1][:many]
    assert await listed(f"?project_id={studio.project_id}") == run_ids[::-1]
    for other in (stranger.project_id, "x", "%00"):
        assert await listed(f"?project_id={other}") == []
    assert await listed(who=stranger) == []
    assert (await client.get(f"{RUNS}?limit=many", headers=bearer(studio.user_id))).status_code == 400


async def test_a_spent_place_comes_back(runtime: Runtime) -> None:
    """A stream that was refused, that ended or whose client left leaves no place taken under the caps."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    async with calling(runtime) as (client, app):
        headers = bearer(studio.user_id)
        assert (await client.get(f"{RUNS}/{uuid.uuid4()}/events", headers=headers)).status_code == 404
        async with client.stream("GET", f"{RUNS}/{run_id}/events", headers=headers) as response:
            await read(response.aiter_bytes(), until=1)
            assert places(app) == 1
        await finish(runtime, run_id, Outcome(canceled=True))
        assert (await client.get(f"{RUNS}/{run_id}/events", headers=headers)).status_code == 200
        await until(lambda: not places(app))


def places(app: FastAPI) -> int:
    return app.state.services.hub._by_user.total()


async def test_no_request_is_refused_after_the_database_was_away(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """All connections that the API had are dead: of fifty requests at once every one is answered 200."""
    studio = await make_studio(runtime)
    headers = bearer(studio.user_id)

    async def ask() -> int:
        return (await client.get(RUNS, headers=headers)).status_code

    for _ in range(3):
        assert await asyncio.gather(*(ask() for _ in range(50))) == [200] * 50
        async with runtime.begin() as tx:
            await tx.execute(
                text("""
                    select pg_terminate_backend(pid, 5000) from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid()
                """)
            )
    assert await ask() == 200
