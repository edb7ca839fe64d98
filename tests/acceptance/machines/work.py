"""Mixed work for machines that fail: shots, paid pictures and their film, paid graphs; and what must hold then."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from server.fakes import Fakes
from tests.acceptance.conftest import Stack, Watcher, shot_rows, watch
from tests.acceptance.test_storm import GraphClient
from tests.rows import Studio, broken_promises
from tests.shots import insert_shot
from tests.tasks.graph_project import FLUX, PRICE, ComputeRig
from tests.waiting import answer_of, looks
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.media.probe import probe

SHOTS, PICTURES, PAINTED = 3, 3, 2
FUNDS = 100
PATIENCE = 1500.0
"""Seconds in which what hangs is found: while machines die all the time, hardly anything is made."""
STILL_FRAMES = 5 * 24
"""Pictures of a film by one still: five seconds of 24."""


@dataclass(slots=True)
class Round:
    """Requests of one client: shots of one project, pictures and film of a second, a graph of a third."""

    stack: Stack
    watcher: Watcher
    painter: Studio
    graph: GraphClient

    async def to_the_end(self) -> None:
        """Come again until all of it is made."""
        run_id = await picture(self.stack, self.painter)
        async with asyncio.TaskGroup() as beside:
            beside.create_task(self.graph.to_the_end())
            beside.create_task(self.watcher.to_the_end(seconds=PATIENCE))
            await pictured(self.stack, self.painter, run_id)
            await filmed(self.stack, self.painter)


async def begin(stack: Stack) -> Round:
    """A round of three users; nothing of it is asked for yet."""
    watcher = watch(stack, await stack.studio(funds=FUNDS), count=SHOTS)
    return Round(stack, watcher, await stack.studio(funds=FUNDS), await painted_graph(stack))


def is_drafting(one: Round) -> bool:
    """True if the round's shots are being written."""
    return any('"drafting"' in frame.data for frame in one.watcher.frames)


async def asked(stack: Stack, studio: Studio, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    """The first answer that is no server's fault, however often it must be asked for."""
    async for _ in looks(seconds=PATIENCE, every=0.2):
        with suppress(httpx.HTTPError):
            method = "GET" if body is None else "POST"
            answer = await stack.http.request(method, path, json=body, headers=stack.headers(studio))
            if not answer.is_server_error:
                return answer
    raise AssertionError("looks have no end")


async def picture(stack: Stack, studio: Studio) -> str:
    """The id of a paid batch of pictures, begun once however often it is asked for."""
    async with stack.runtime.begin() as tx:
        for number in range(1, PICTURES + 1):
            words = f"The lamp {number} of {studio.project_id}."
            facts = {"prompt_idea": words, "visual_prompt": words, "image_status": "prompt_ready"}
            await insert_shot(tx, studio.project_id, studio.scene_ids[0], number, **facts)
    asked_for = {"project_id": str(studio.project_id), "phase": "images", "image_model": FLUX}
    body = {**asked_for, "request_id": str(uuid.uuid4())}
    begun = await asked(stack, studio, "/functions/v1/project-auto-generate", body)
    assert begun.status_code == int(httpx.codes.ACCEPTED), begun.text
    return str(begun.json()["runId"])


async def pictured(stack: Stack, studio: Studio, run_id: str) -> None:
    """Wait until the batch is made; its pictures are read from any API.

    A run whose workers died too often under it fails, as one that kills them would; its user tries again. A submit
    whose worker died between noting and sending it is looked for until its deadline, and never sent again unless its
    user says so.
    """
    path = f"/functions/v1/runs/{run_id}"
    view: dict[str, Any] = {"status": ""}
    async for _ in looks(seconds=PATIENCE, every=0.2):
        view = (await asked(stack, studio, path)).json()
        if view["status"] == "succeeded":
            break
        never_sent = any("may have accepted this" in (one["error"] or "") for one in view["items"])
        if view["status"] in TERMINAL_RUN:
            assert never_sent or view["code"] == "interrupted_too_often", view
            await asked(stack, studio, f"{path}/retry", {"resubmitUnknown": never_sent})
    async with stack.runtime.begin() as tx:
        of = {"id": studio.project_id}
        found = await tx.execute(text("select image_url from public.shots where project_id = :id"), of)
        urls = [row.image_url for row in found]
    for url in urls:
        assert (await fetched(stack, url)).startswith((b"\x89PNG", b"\xff\xd8"))


async def filmed(stack: Stack, studio: Studio) -> None:
    """The film of the pictures: asked for until there is one, every picture in it; read from any API."""
    path, settings = "/functions/v1/director-cut", {"resolution": "256x144", "includeAudio": False}
    create = {"action": "create", "projectId": str(studio.project_id), "settings": settings}
    job_id = (await asked(stack, studio, path, create)).json()["jobId"]
    job: dict[str, Any] = {}
    async for _ in looks(seconds=PATIENCE, every=0.3):
        job = (await asked(stack, studio, path, {"action": "status", "jobId": job_id})).json()
        if job["status"] == "completed":
            break
        if job["status"] == "failed":
            assert "interrupted too often" in job["error"], job
            job_id = (await asked(stack, studio, path, create)).json()["jobId"]
    film = stack.home.parent / f"{studio.project_id}.mp4"
    film.write_bytes(await fetched(stack, job["outputUrl"]))
    assert (await asyncio.to_thread(frames_of, film)) == PICTURES * STILL_FRAMES, job


def frames_of(film: Path) -> int | None:
    facts = probe(film)
    film.unlink()
    return facts.frames


async def fetched(stack: Stack, url: str) -> bytes:
    """The file of an address, from whichever API answers."""

    async def fetch() -> bytes:
        with suppress(httpx.HTTPError):
            return (await stack.http.get(httpx.URL(url).path)).raise_for_status().content
        return b""

    return await answer_of(fetch, every=0.1)


async def painted_graph(stack: Stack) -> GraphClient:
    """Two paid pictures, each turned by a tool of whichever worker has it."""
    rig = ComputeRig(stack.runtime, await stack.studio(funds=FUNDS), None)
    names = [f"the lens {number} of {rig.studio.project_id}" for number in range(PAINTED)]
    turned = [rig.node(f"turned {name}", "Image", actionId="image.rotate") for name in names]
    edges = [rig.edge(name, f"turned {name}", "image") for name in names]
    await rig.save([*(rig.image(name) for name in names), *turned], *edges)
    body = {"projectId": str(rig.studio.project_id), "requestId": str(uuid.uuid4())}
    return GraphClient(stack, rig.studio, body)


async def check_graph(stack: Stack, graph: GraphClient) -> None:
    """Each number of its log once, and each turned picture is there."""
    assert graph.seqs == sorted(set(graph.seqs))
    statement = text("""select output -> 'result' ->> 'url' from wzrd.run_items
        where run_id = :id and status = 'succeeded'""")
    async with stack.runtime.begin() as tx:
        urls = list((await tx.scalars(statement, {"id": uuid.UUID(graph.run_id)})).all())
    assert len(urls) == 2 * PAINTED
    for url in urls:
        assert (await fetched(stack, url)).startswith((b"\x89PNG", b"\xff\xd8"))


async def check_rounds(stack: Stack, fakes: Fakes, rounds: Sequence[Round], *, most_given_up: int = 0) -> None:
    """Streams whole, nothing lost, nothing paid twice, all charged, each file there.

    `most_given_up`: of the shots' runs, as many may have been interrupted too often.
    """
    watchers = [one.watcher for one in rounds]
    given_up = [one for one in watchers if one.frames[-1].event == "error"]
    assert all("interrupted too often" in one.frames[-1].data for one in given_up)
    assert len(given_up) <= most_given_up, "a run goes on after three deaths of its worker"
    for watcher in (one for one in watchers if one not in given_up):
        watcher.check_whole(SHOTS)
        assert [number for number, _ in await shot_rows(stack, watcher.studio)] == [1, 2, 3]
    for one in rounds:
        await check_graph(stack, one.graph)
    submits = Counter(one.prompt for one in await fakes.paid_submits())
    assert (len(submits), set(submits.values())) == ((PICTURES + PAINTED) * len(rounds), {1}), submits
    assert await broken_promises(stack.runtime) == []
    assert {await stack.balance(one.painter) for one in rounds} == {FUNDS - PRICE * PICTURES}
    assert {await stack.balance(one.graph.studio) for one in rounds} == {FUNDS - PRICE * PAINTED}
    assert {await stack.balance(one.studio) for one in watchers if one not in given_up} == {FUNDS - 2}
