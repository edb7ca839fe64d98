"""How soon a provider is told that a graph was canceled: from the request to the last job's cancel.

Sixteen pictures by fal's queue are under way, jobs that never end by themselves; whole stack, the fakes. Each job at
the fake says when it was canceled, by the clock that all processes share. Peer: the request that cancels, answered.
"""

import json
import time
import uuid
from datetime import datetime
from typing import Any

import httpx

from benchmarks.fakes import open_paid_fakes
from benchmarks.figures import Figure
from benchmarks.ground import folder
from benchmarks.stack import Stack, whole_stack
from benchmarks.text_graphs import node_row
from server.fakes import Fakes
from wzrd.db.compute_graphs import save_graph

MODEL = "fal-ai/flux/schnell"
NODES = 16
ROUNDS = 5
TARGET_SECONDS = 1.0


async def _save(stack: Stack, name: str) -> None:
    nodes = [node_row(n, f"{name}, picture {n}", kind="Image", model=MODEL) for n in range(NODES)]
    async with stack.runtime.begin() as tx:
        await save_graph(tx, stack.studio.project_id, stack.studio.user_id, nodes=nodes, edges=[])


async def _told(http: httpx.AsyncClient, fakes: Fakes, request_id: str) -> float:
    """When the fake was told to cancel the job, in Unix seconds."""
    url = f"{fakes.environment()['FAL_QUEUE_URL']}/{MODEL.rpartition('/')[0]}/requests/{request_id}/status?logs=1"
    job = (await http.get(url, headers={"authorization": "Key k"})).json()
    ends = [log["timestamp"] for log in job["logs"] or () if log["message"] == "Finished: cancelled"]
    if not ends:
        raise RuntimeError(f"a job was not canceled: {job['status']}")
    return datetime.fromisoformat(ends[0]).timestamp()


async def _round(http: httpx.AsyncClient, stack: Stack, fakes: Fakes) -> tuple[float, float]:
    """Seconds from the request to the last job's cancel, and to the request's answer."""
    name, project_id = uuid.uuid4().hex, str(stack.studio.project_id)
    await _save(stack, name)
    path, body = "/functions/v1/compute-execute", {"projectId": project_id}
    async with http.stream("POST", stack.api_url + path, json=body, headers=stack.headers) as stream:
        run_id = stream.headers["x-run-id"]
        jobs = await fakes.wait_submit(NODES, match=name, seconds=60)
        began, asked = time.time(), {"runId": run_id, "projectId": project_id}
        answer = await http.post(stack.api_url + "/functions/v1/compute-cancel", json=asked, headers=stack.headers)
        answered = time.time() - began
        if answer.status_code != 204:
            raise RuntimeError(f"compute-cancel answered {answer.status_code}: {answer.text}")
        ended: Any = [line async for line in stream.aiter_lines() if '"status":"canceled"' in line]
        json.loads(ended[-1].partition(" ")[2])
    return max([await _told(http, fakes, job.request_id) for job in jobs]) - began, answered


async def measure() -> list[Figure]:
    """Several runs, the worst one counts."""
    async with (
        open_paid_fakes(seconds=600) as fakes,
        folder() as home,
        whole_stack(home, **fakes.environment()) as stack,
        httpx.AsyncClient(timeout=60) as http,
    ):
        rounds = [await _round(http, stack, fakes) for _ in range(ROUNDS + 1)][1:]
    last, answered = (max(one) for one in zip(*rounds, strict=True))
    return [
        Figure("cancel asked, 16 jobs told / the answer, worst", last, answered, "s", "<= 1 s", last <= TARGET_SECONDS)
    ]
