"""The application for compute graphs: a saved graph, its runs, and the original client, which is simple."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from server.api.services import services_of
from server.dispatch import Dispatcher
from server.stack import postgres
from tests.rows import Studio, keep_output, make_studio
from tests.server.served import bearer, calling, claimed, shared_runtime
from wzrd.contracts.compute import node_status
from wzrd.contracts.compute_save_graph import GraphEdge, GraphNode
from wzrd.db.compute_graphs import save_graph
from wzrd.db.projects import lock_project
from wzrd.db.runs import RunRow, list_runs
from wzrd.domain.settlement import Outcome
from wzrd.graph.execution.kept import find_kept
from wzrd.graph.execution.run_state import read_graph_run
from wzrd.graph.inline import run_inline
from wzrd.providers.opening import open_providers
from wzrd.runs.finish import finish
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime

EXECUTE, PLAN = "/functions/v1/compute-execute", "/functions/v1/compute-plan"
CANCEL, SAVE = "/functions/v1/compute-cancel", "/functions/v1/compute-save-graph"
IMAGE, PRICE = "fal-ai/flux/schnell", 3


class Handed(Dispatcher):
    """Takes runs and gives them to nobody."""

    runs: list[uuid.UUID]

    def send_soon(self, run_id: uuid.UUID, run: RunRow | None = None) -> None:
        """Note it."""
        self.runs.append(run_id)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A graph as a test draws it: nodes by name, edges by names, each node with an id of its own."""

    nodes: Mapping[str, Mapping[str, Any]]
    edges: Sequence[tuple[str, str]] = ()
    ids: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for name in self.nodes:
            self.ids.setdefault(name, str(uuid.uuid4()))

    def node_rows(self) -> list[dict[str, Any]]:
        """Rows of the nodes in their table."""
        return [
            GraphNode.model_validate({"id": self.ids[name], "label": name, **node}).row()
            for name, node in self.nodes.items()
        ]

    def edge_rows(self) -> list[dict[str, Any]]:
        """Rows of the edges in their table."""
        return [
            GraphEdge.model_validate(
                {"id": str(uuid.uuid4()), "sourceNodeId": self.ids[source], "targetNodeId": self.ids[target]}
            ).row()
            for source, target in self.edges
        ]

    def names(self, ids: Sequence[str]) -> list[str]:
        """The names of these ids."""
        known = {node_id: name for name, node_id in self.ids.items()}
        return [known[one] for one in ids]


def film() -> Drawn:
    """A text (free), two pictures of it (PRICE each), a clip of one of them."""
    picture = {"kind": "Image", "params": {"model": IMAGE, "prompt": "a lamp"}}
    return Drawn(
        {
            "words": {"kind": "Text", "params": {"actionId": "text.enter", "text": "a lamp"}},
            "lamp": picture,
            "lens": picture,
            "clip": {"kind": "Video", "params": {"prompt": "it turns"}},
            "note": {"kind": "comment"},
        },
        [("words", "lamp"), ("words", "lens"), ("lamp", "clip")],
    )


@dataclass(slots=True)
class ComputeServer:
    """A served application, and what stands behind it."""

    runtime: Runtime
    client: httpx.AsyncClient
    app: FastAPI
    handed: Handed

    async def maker(self, graph: Drawn | None = None, *, funds: int = 100) -> Studio:
        """A user with credits, a project, and its graph."""
        studio = await make_studio(self.runtime, funds=funds)
        if graph is not None:
            await self.save(studio, graph)
        return studio

    async def save(self, studio: Studio, graph: Drawn) -> None:
        """The graph becomes the project's."""
        async with self.runtime.begin() as tx:
            await lock_project(tx, studio.project_id, user_id=studio.user_id)
            await save_graph(tx, studio.project_id, studio.user_id, nodes=graph.node_rows(), edges=graph.edge_rows())

    async def post(
        self, path: str, body: object, user: uuid.UUID | None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The whole answer, asked for as the original client asks: no Accept of its own."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"content-type": "application/json", **(bearer(user) if user else {}), **(headers or {})}
        return await self.client.post(path, content=content, headers=sent)

    @asynccontextmanager
    async def executing(
        self, body: object, user: uuid.UUID, headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator["OriginalClient"]:
        """An execute whose stream is open."""
        async with self.client.stream("POST", EXECUTE, json=body, headers={**bearer(user), **(headers or {})}) as got:
            assert got.status_code == 200, await got.aread()
            yield OriginalClient(got)

    async def runs(self, studio: Studio) -> list[RunRow]:
        """The user's runs."""
        async with self.runtime.begin() as tx:
            return await list_runs(tx, studio.user_id)

    async def rows(self, table: str, studio: Studio) -> list[dict[str, Any]]:
        """The project's rows of a table of the studio's."""
        async with self.runtime.begin() as tx:
            statement = text(f"select * from public.{table} where project_id = :id order by created_at")
            return [dict(row) for row in (await tx.execute(statement, {"id": studio.project_id})).mappings()]

    async def keep(self, run_id: uuid.UUID, node_id: str, result: Mapping[str, Any]) -> None:
        """This is what the run's node has made: it is found again by whatever is made of the same."""
        state = await read_graph_run(self.runtime, run_id)
        user_id = state.run.user_id
        kept = await find_kept(self.runtime, user_id, state.graph, state.works, use_cache=True, node_ids=())
        state.results |= {one: run_inline(state.node(one), state.inputs(one)) for one in state.sources(node_id)}
        key = kept.key(node_id, state.inputs(node_id))
        assert key is not None
        async with self.runtime.begin() as tx:
            await keep_output(tx, user_id, key.cache_key, key.recipe_hash, result)

    async def play(self, run_id: uuid.UUID, ends: Mapping[str, str], outcome: Outcome | None = None) -> str | None:
        """Work on a run: each node ends so (`succeeded`, `failed`, `skipped`, or stays `running`), and then the run."""
        lease = await claimed(self.runtime, run_id)
        async with step(self.runtime, lease) as current:
            for key, status in ends.items():
                output = {"type": "image", "url": f"https://example.org/{key}.png"} if status == "succeeded" else None
                await current.move([key], from_status=("pending",), to="running")
                current.emit("node_status", node_status(key, "running"))
                if status != "running":
                    await current.move(
                        [key],
                        from_status=("running",),
                        to=status,
                        outputs={key: {"result": output}} if output else None,
                        error=None if output else "no",
                    )
                    more: dict[str, Any] = {"output": output} if output else {"error": "no"}
                    current.emit("node_status", node_status(key, status, **more))
        return await finish(self.runtime, run_id, outcome or Outcome(), lease=lease)


Event = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class OriginalClient:
    """Reads a stream as the studio's own client does: frames end with an empty line, one `data:` line an event."""

    response: httpx.Response
    frames: list[str] = field(default_factory=list[str])
    _rest: str = ""
    _chunks: Any = None

    async def read(self, until: str = "") -> list[Event]:
        """Events that came since: up to one of this name, or all there are."""
        if self._chunks is None:
            self._chunks = self.response.aiter_text()
        events: list[Event] = []
        async with asyncio.timeout(60):
            while True:
                while "\n\n" in self._rest:
                    frame, _, self._rest = self._rest.partition("\n\n")
                    self.frames.append(frame)
                    if (event := self._event(frame)) is not None:
                        events.append(event)
                        if event[0] == until:
                            return events
                try:
                    self._rest += await anext(self._chunks)
                except StopAsyncIteration:
                    assert self._rest == "", "a frame was cut"
                    return events

    def _event(self, frame: str) -> Event | None:
        lines = [line for line in frame.split("\n") if not line.startswith(":")]
        if not lines:
            return None
        (name,) = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
        (data,) = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
        return name, json.loads(data)


@asynccontextmanager
async def open_compute_server(cluster: postgres.Cluster, **environment: object) -> AsyncGenerator[ComputeServer]:
    """The whole, ended afterwards; `environment` as settings spell it."""
    async with shared_runtime(cluster, **{"FAL_KEY": "k", "GROQ_API_KEY": "k", **environment}) as runtime:
        runtime.providers = open_providers(runtime.settings)
        async with calling(runtime) as (client, app):
            services = services_of(app)
            handed = Handed(runtime, services.prefect)
            handed.runs = []
            app.state.services = replace(services, dispatcher=handed)
            yield ComputeServer(runtime, client, app, handed)
        await runtime.providers.aclose(grace=0.1)
