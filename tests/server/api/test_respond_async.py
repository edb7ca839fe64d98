"""`Prefer: respond-async`: 202 while the run goes on; who does not ask for it, or is refused, sees no difference."""

import uuid

import pytest

from server.fakes import Behaviour
from tests.rows import balance
from tests.server.api.generate_server import GMI_EXECUTE, GenerateServer
from tests.server.served import bearer

CHAT = "/functions/v1/groq-chat"
ASKED = {"prompt": "Say a word.", "model": "llama-3.3-70b-versatile"}
PREFER = {"prefer": "handling=lenient, respond-async; wait=0"}


async def test_a_run_is_answered_while_it_goes_on(server: GenerateServer) -> None:
    """The provider has not answered yet; 202 names the run, which then ends and is charged, and can be joined."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(hold="reply"))
    body = {**ASKED, "requestId": "later"}
    response = await server.post(studio.user_id, body, CHAT, headers=PREFER)
    assert (response.status_code, response.headers["preference-applied"]) == (202, "respond-async")
    run_id = response.headers["x-run-id"]
    assert response.json() == {"runId": run_id, "status": "pending"}
    assert (await server.view(studio.user_id, run_id))["status"] == "running"
    await server.fakes.wait_submit()
    await server.fakes.release()
    whole = await server.post(studio.user_id, body, CHAT)
    assert (whole.status_code, whole.headers["x-run-id"]) == (200, run_id)
    assert whole.json()["text"]
    assert await balance(server.runtime, studio.user_id) == 99
    assert len(await server.fakes.paid_submits()) == 1


@pytest.mark.parametrize(("funds", "body", "status"), [(0, ASKED, 402), (9, {"model": "x"}, 400)])
async def test_a_refusal_is_a_refusal(server: GenerateServer, funds: int, body: dict[str, str], status: int) -> None:
    """Nothing was started: the answer is the usual one."""
    studio = await server.maker(funds=funds)
    response = await server.post(studio.user_id, body, CHAT, headers=PREFER)
    assert (response.status_code, "x-run-id" in response.headers) == (status, False)


async def test_a_job_in_a_queue(server: GenerateServer) -> None:
    """A route that answers at once names its run either way, by 202 or by its own answer."""
    studio = await server.maker()
    body = {"modelId": "gmi/seedream-5.0-lite", "inputs": {"prompt": "a lamp"}}
    response = await server.post(studio.user_id, body, GMI_EXECUTE, headers=PREFER)
    assert response.status_code in {200, 202}, response.text
    run_id = uuid.UUID(response.headers["x-run-id"])
    await server.ended(str(run_id))
    assert (await server.view(studio.user_id, str(run_id)))["status"] == "succeeded"


async def test_what_starts_no_run(server: GenerateServer) -> None:
    """A route without a run answers as ever, whatever is preferred."""
    studio = await server.maker()
    response = await server.client.get("/functions/v1/runs", headers={**bearer(studio.user_id), **PREFER})
    assert (response.status_code, response.json()) == (200, {"runs": []})
