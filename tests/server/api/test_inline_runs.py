"""Runs that the API executes itself: paid once under every fault, stopped when asked, and never left behind."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from server.fakes.script import Behaviour
from server.stack import postgres
from tests.generation.claimed import armed
from tests.server.api.text_server import CHAT, LLAMA, STREAM, TextServer, frames, open_text_server, words_of
from tests.waiting import answer_of, looks, until
from wzrd.operations.inline import end_abandoned
from wzrd.providers.credentials import Keys, read_keys
from wzrd.runtime.provider_keys import KeyRefresh

ENVIRONMENT = {"GMI_CLOUD_API_KEY": "", "WZRD_LEASE_SECONDS": 1}  # Groq alone has a key, so that nothing stands in


async def paid(texts: TextServer) -> int:
    """Number of submits that the provider has taken."""
    return len([one for one in await texts.fakes.paid_submits() if one.paid])


async def test_ten_at_once_are_one(texts: TextServer) -> None:
    """Ten requests at once with one request id: one run, one submit, one charge, one text for all."""
    await texts.fakes.script(Behaviour(text="one answer", seconds=0.2))
    answers = await asyncio.gather(*(texts.ask(requestId="same") for _ in range(10)))
    assert {answer.json()["text"] for answer in answers} == {"one answer"}
    assert len({answer.headers["x-run-id"] for answer in answers}) == 1
    assert (await paid(texts), await texts.balance()) == (1, 99)


async def test_the_same_id_later(texts: TextServer) -> None:
    """The recorded answer, without another submit; other words are refused, another route is another run."""
    first = await texts.ask(requestId="id")
    again = await texts.ask(requestId="id")
    assert (again.json(), again.headers["x-run-id"]) == (first.json(), first.headers["x-run-id"])
    other = await texts.ask(requestId="id", prompt="Something else.")
    assert other.status_code == 409
    assert "inputs was" in other.json()["error"]
    stream = await texts.ask(STREAM, requestId="id")
    assert stream.headers["x-run-id"] != first.headers["x-run-id"]
    assert (await texts.row(stream.headers["x-run-id"])).request_id == "groq-stream:id"
    assert await texts.balance() == 98


async def test_a_recorded_failure_is_told_again(texts: TextServer) -> None:
    """A failed run replays its failure under its id; nothing is sent for it."""
    await texts.fakes.script(Behaviour(status=402))
    first = await texts.ask(STREAM, requestId="id")
    again = await texts.ask(STREAM, requestId="id")
    assert (again.status_code, again.json()["error"]) == (402, "Groq API payment required.")
    assert (first.headers["x-run-id"], len(await texts.jobs(first.headers["x-run-id"]))) == (
        again.headers["x-run-id"],
        1,
    )


async def test_a_dropped_reply(texts: TextServer) -> None:
    """The provider took it and its answer was lost: one more submit, one charge, the first recorded as lost."""
    await texts.fakes.script(Behaviour(reply="dropped"))
    answer = await texts.ask()
    assert answer.status_code == 200
    assert [job.status for job in await texts.jobs(answer.headers["x-run-id"])] == ["lost", "succeeded"]
    assert (await paid(texts), await texts.balance()) == (2, 99)


async def test_replies_that_stay_away(texts: TextServer) -> None:
    """Twice dropped, or accepted with a 500: two submits at most, the documented code, and nothing is charged."""
    for behaviour in (Behaviour(reply="dropped", times=0), Behaviour(accepted_status=500, times=0)):
        await texts.fakes.reset()
        await texts.fakes.script(behaviour)
        answer = await texts.ask()
        assert (answer.status_code, answer.json()["details"]["code"]) == (504, "provider_outcome_unknown")
        assert await paid(texts) == 2
    assert await texts.balance() == 100


@pytest.mark.parametrize("behaviour", [Behaviour(reply="malformed", times=0), Behaviour(text="  ", times=0)])
async def test_answers_of_nothing(texts: TextServer, behaviour: Behaviour) -> None:
    """No JSON, or no words: a clear 502, and nothing is charged for what was not delivered."""
    await texts.fakes.script(behaviour)
    answer = await texts.ask()
    assert answer.status_code == 502
    assert (await texts.view(answer.headers["x-run-id"]))["status"] == "failed"
    assert await texts.balance() == 100


async def test_a_key_that_was_changed(texts: TextServer) -> None:
    """401: the keys are read anew at once, and with another one the same call goes out again; nobody sees it."""
    kept: dict[str, str] = {}

    async def source() -> Keys:
        return {name: SecretStr(key) for name, key in kept.items()}

    refresh = KeyRefresh(texts.runtime.settings, source)
    await refresh.renew()
    refresh._began_at = None
    former, texts.runtime.providers = texts.runtime.providers, refresh.providers
    await texts.fakes.script(Behaviour(status=401))
    kept["groq"] = "fake-groq-key-which-is-new"
    answer = await texts.ask()
    assert answer.status_code == 200
    assert [job.status for job in await texts.jobs(answer.headers["x-run-id"])] == ["rejected", "succeeded"]
    await texts.fakes.script(Behaviour(status=401, times=0))
    refused = await texts.ask()
    assert (refused.status_code, len(await texts.jobs(refused.headers["x-run-id"]))) == (401, 1)
    assert read_keys(texts.runtime.settings)["groq"].get_secret_value() not in refused.text
    assert await texts.balance() == 99
    texts.runtime.providers = former
    await refresh.providers.aclose()


async def test_a_cancel_in_the_middle(texts: TextServer) -> None:
    """The provider is hung up on, the client's stream says so; what was shown is in the log, and paid.

    A retry completes it for nothing.
    """
    await texts.fakes.script(Behaviour(text="a b c d e f", hold="result"))
    async with texts.client.stream("POST", STREAM, json={"prompt": "p"}, headers=texts.headers) as answer:
        run_id, chunks = answer.headers["x-run-id"], answer.aiter_bytes()
        await anext(chunks)
        stopped = await texts.client.post(f"/functions/v1/runs/{run_id}/cancel", headers=texts.headers)
        assert stopped.status_code == 202
        rest = b"".join([chunk async for chunk in chunks]).decode()
    assert frames(rest)[-1]["error"]["code"] == "canceled"
    view = await texts.view(run_id)
    assert (view["status"], view["credits"]) == ("canceled", {"held": 0, "charged": 1})
    (job,) = await texts.jobs(run_id)
    assert (job.status, (job.output or {}).get("partial")) == ("canceled", True)
    assert (await logged(texts, run_id), await texts.balance()) == ("a", 99)
    retried = await texts.client.post(f"/functions/v1/runs/{run_id}/retry", headers=texts.headers)
    assert (retried.status_code, await texts.balance()) == (202, 99)
    assert (await texts.view(run_id))["credits"] == {"held": 0, "charged": 1}


async def test_a_cancel_before_the_first_word(texts: TextServer) -> None:
    """Nothing was shown: nothing is charged, and a retry holds anew."""
    await texts.fakes.script(Behaviour(text="a b c d e f", hold="reply"))
    asked = asyncio.create_task(texts.ask(STREAM, requestId="k"))
    listed = await answer_of(
        lambda: texts.client.get("/functions/v1/runs", headers=texts.headers), lambda found: found.json()["runs"]
    )
    run_id = listed.json()["runs"][0]["id"]
    await texts.client.post(f"/functions/v1/runs/{run_id}/cancel", headers=texts.headers)
    assert (await asked).status_code == 409
    assert ((await texts.view(run_id))["status"], await logged(texts, run_id), await texts.balance()) == (
        "canceled",
        "",
        100,
    )
    await texts.client.post(f"/functions/v1/runs/{run_id}/retry", headers=texts.headers)
    assert await texts.balance() == 99
    await texts.fakes.release()


async def logged(texts: TextServer, run_id: str) -> str:
    """The text in the run's log."""
    statement = text(
        "select coalesce(string_agg(data ->> 'text', '' order by seq), '') from wzrd.run_events "
        "where run_id = :id and event = 'delta'"
    )
    async with texts.runtime.begin() as tx:
        return str(await tx.scalar(statement, {"id": run_id}))


async def test_a_retry_goes_on_as_a_flow_run(texts: TextServer) -> None:
    """Nobody listens to a retried run: it is queued for Prefect, with a hold of its own."""
    await texts.fakes.script(Behaviour(status=403))
    run_id = (await texts.ask()).headers["x-run-id"]
    retried = await texts.client.post(f"/functions/v1/runs/{run_id}/retry", headers=texts.headers)
    assert (retried.status_code, retried.json()["status"]) == (202, "queued")
    row = await texts.row(run_id)
    assert (row.executor, row.dispatched, row.attempt) == ("flow", True, 2)
    assert await texts.balance() == 99


async def test_more_than_one_user_may_have(cluster: postgres.Cluster) -> None:
    """Beyond the cap a call is refused before anything is held; a run counts even if its client hung up."""
    async with open_text_server(cluster, WZRD_STREAMS_PER_USER=1) as texts:
        await texts.fakes.script(Behaviour(text="a b c d e f", hold="result"))
        async with texts.client.stream("POST", STREAM, json={"prompt": "p"}, headers=texts.headers) as answer:
            await anext(answer.aiter_bytes())
        await until(lambda: not texts.services.hub._by_user)
        refused = await texts.ask()
        assert refused.status_code == 429
        assert (await texts.balance(), int(refused.headers["retry-after"]) > 0) == (99, True)
        await texts.fakes.release()
        await texts.all_ended()
        assert (await texts.ask()).status_code == 200


@pytest.mark.parametrize("place", ["before_send", "before_record", "before_settle_commit", "inline_begun"])
async def test_a_fault_leaves_nothing_behind(texts: TextServer, place: str) -> None:
    """Whatever breaks inside: the run is left to the upkeep, ends as failed, and nothing is charged or held."""
    async with armed(f"{place}=raise"):
        answer = await texts.ask()
    assert answer.status_code in {500, 503}
    run_id = answer.headers["x-run-id"]
    async for _ in looks():
        if (await texts.row(run_id)).status in {"failed", "succeeded"}:
            break
    assert (await texts.view(run_id))["credits"] == {"held": 0, "charged": 0}
    assert [job.status for job in await texts.jobs(run_id)] in (["lost"], ["succeeded"])
    assert await texts.balance() == 100


@asynccontextmanager
async def api_process(
    texts: TextServer, **environment: str
) -> AsyncGenerator[tuple[httpx.AsyncClient, asyncio.subprocess.Process]]:
    """The API in a process of its own, over the texts's database and fakes."""
    url = texts.runtime.settings.require_database_url()
    secret = texts.runtime.settings.jwt_secret
    assert secret is not None
    given = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PYTHONPATH": str(Path.cwd()),
        **texts.fakes.environment(),
        "GMI_CLOUD_API_KEY": "",
        "WZRD_DATABASE_URL": url,
        "WZRD_HOME": str(texts.runtime.settings.home),
        "SUPABASE_JWT_SECRET": secret.get_secret_value(),
        "WZRD_LEASE_SECONDS": "1",
        "WZRD_PORT": "0",
        **environment,
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        words = (sys.executable, "-m", "server.api.serve", str(listener.fileno()))
        process = await asyncio.create_subprocess_exec(*words, env=given, pass_fds=(listener.fileno(),))
    try:
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            assert (await client.get("/healthz")).status_code == 200
            yield client, process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ended(texts: TextServer, run_id: str) -> str:
    return (await answer_of(lambda: texts.row(run_id), lambda run: run.status != "running")).status


async def test_a_process_that_is_killed(texts: TextServer) -> None:
    """SIGKILL at the first word that a client has: another API ends the run when its lease has run out.

    What was shown is in the log: it is delivered and paid, and a retry completes it for nothing.
    """
    await texts.fakes.script(Behaviour(text="a b c d e f", hold="result"))
    body = {"prompt": "p", "requestId": "k"}
    async with (
        api_process(texts) as (client, process),
        client.stream("POST", STREAM, json=body, headers=texts.headers) as answer,
    ):
        run_id = answer.headers["x-run-id"]
        await anext(answer.aiter_bytes())
        process.kill()
        await process.wait()
    assert await ended(texts, run_id) == "partial"
    view = await texts.view(run_id)
    assert (view["code"], view["credits"]) == ("interrupted", {"held": 0, "charged": 1})
    assert "completes it for nothing" in view["error"]
    assert [job.status for job in await texts.jobs(run_id)] == ["lost"]
    again = await texts.ask(STREAM, prompt="p", requestId="k")
    assert (again.status_code, again.headers["x-run-id"]) == (200, run_id)
    told = frames(again.text)
    assert (words_of(told), told[-1]["error"]["code"]) == ("a", "interrupted")
    assert (await paid(texts), await texts.balance()) == (1, 99)
    await texts.client.post(f"/functions/v1/runs/{run_id}/retry", headers=texts.headers)
    assert await texts.balance() == 99
    await texts.fakes.release()


@pytest.mark.parametrize("place", ["before_start_commit", "before_send", "before_record", "before_settle_commit"])
async def test_killed_at_every_place(texts: TextServer, place: str) -> None:
    """Kill -9 at each commit: at most one submit, nothing charged, and the same request id never sends again."""
    body = {"prompt": "p", "model": LLAMA, "requestId": "k"}
    async with api_process(texts, WZRD_FAULTS=f"{place}=kill") as (client, process):
        with pytest.raises(httpx.TransportError):
            await client.post(CHAT, json=body, headers=texts.headers)
        assert await process.wait() == -signal.SIGKILL
    again = await texts.ask(prompt="p", requestId="k")
    status = await ended(texts, again.headers["x-run-id"])
    if place == "before_start_commit":
        assert (again.status_code, status, await paid(texts), await texts.balance()) == (200, "succeeded", 1, 99)
        return
    assert (again.status_code, status) == (503, "failed")
    assert (await paid(texts), await texts.balance()) == (0 if place == "before_send" else 1, 100)


async def test_a_process_that_is_told_to_end(texts: TextServer) -> None:
    """SIGTERM: what can finish in a moment does, and is charged; what cannot ends as failed, with its hold back."""
    await texts.fakes.script(Behaviour(match="quick", seconds=1.0), Behaviour(match="slow", hold="reply"))
    async with api_process(texts) as (client, process):
        asked = [
            asyncio.create_task(
                client.post(CHAT, json={"prompt": word, "model": LLAMA, "requestId": word}, headers=texts.headers)
            )
            for word in ("quick", "slow")
        ]
        await texts.fakes.wait_submit(1)
        async for _ in looks():
            if len((await texts.client.get("/functions/v1/runs", headers=texts.headers)).json()["runs"]) >= 2:
                break
        process.send_signal(signal.SIGTERM)
        results = await asyncio.gather(*asked)
        async with asyncio.timeout(60):
            await process.wait()
    assert [result.status_code for result in results] == [200, 503]
    runs = (await texts.client.get("/functions/v1/runs", headers=texts.headers)).json()["runs"]
    assert {run["requestId"]: run["status"] for run in runs} == {
        "quick": "succeeded",
        "slow": "failed",
    }
    assert await texts.balance() == 99
    await texts.fakes.release()


async def test_who_is_alive_is_left_alone(texts: TextServer) -> None:
    """A lease that is kept is never taken: the upkeep of ten others ends nothing."""
    await texts.fakes.script(Behaviour(text="a b c d e f", hold="result"))
    async with texts.client.stream("POST", STREAM, json={"prompt": "p"}, headers=texts.headers) as answer:
        chunks = answer.aiter_bytes()
        told = [await anext(chunks)]
        for _ in range(5):
            await asyncio.sleep(0.4)  # longer than the lease in all: nobody tells that it was kept
            assert await asyncio.gather(*(end_abandoned(texts.runtime) for _ in range(10))) == [0] * 10
        await texts.fakes.release()
        told += [chunk async for chunk in chunks]
    assert words_of(frames(b"".join(told).decode())[:-1]) == "a b c d e f"


async def test_nothing_is_shown_that_is_not_in_the_log(texts: TextServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first words wait for their commit; where it cannot be made the client sees none."""
    monkeypatch.setattr("wzrd.operations.inline_run.LOG_SECONDS", 1e6)
    await texts.fakes.script(Behaviour(text="a b c d e f", hold="result", times=0))
    async with texts.client.stream("POST", STREAM, json={"prompt": "p"}, headers=texts.headers) as answer:
        await anext(answer.aiter_bytes())
        assert (await logged(texts, answer.headers["x-run-id"])).startswith("a")
        await texts.fakes.release()
    await texts.all_ended()
    async with armed("before_step_commit=raise"):
        unseen = await texts.ask(STREAM, prompt="q")
    assert (unseen.status_code, "content" in unseen.text) == (500, False)
    assert await logged(texts, unseen.headers["x-run-id"]) == ""
    await texts.fakes.release()
    await texts.all_ended()


async def test_the_log_has_the_text_once(texts: TextServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is written down meanwhile, the last commit has just the rest."""
    monkeypatch.setattr("wzrd.operations.inline_run.LOG_SECONDS", 0.0)
    words = " ".join(f"word{n}" for n in range(60))
    await texts.fakes.script(Behaviour(text=words, times=0))
    answers = await asyncio.gather(*(texts.ask(requestId=f"k{n}") for n in range(8)))
    assert {await logged(texts, answer.headers["x-run-id"]) for answer in answers} == {words}
