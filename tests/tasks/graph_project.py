"""A project with a saved graph, and paid providers that follow scripts."""

import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import text

from tests.fakes.images import FakeImages
from tests.playing import log_of, run_once
from tests.rows import Studio, balance, make_studio
from wzrd.animatic.provider import Animatic
from wzrd.db.compute_graphs import save_graph
from wzrd.db.items import Item, list_items
from wzrd.db.run_holds import list_run_holds
from wzrd.domain.submission import RetryPolicy
from wzrd.operations.compute.kind import ComputeParams, start_compute
from wzrd.providers.base import Accepted, Delta, Output, Request
from wzrd.providers.registry import Providers
from wzrd.runtime.process import Runtime

FLUX, PRICE = "fal-ai/flux/schnell", 3
DEAR, DEAR_PRICE = "fal-ai/nano-banana-pro", 7


@dataclass(slots=True)
class ComputeRig:
    """A project whose graph is told by names: `a`, `b`, …; its pictures are painted by a paid provider's script."""

    runtime: Runtime
    studio: Studio
    images: Any
    ids: dict[str, str] = field(default_factory=dict[str, str])

    def id(self, name: str) -> str:
        return self.ids.setdefault(name, str(uuid.uuid4()))

    def image(self, name: str, model: str = FLUX, **params: Any) -> dict[str, Any]:
        """A picture's node, whose prompt is its name unless told otherwise."""
        return self.node(name, "Image", model=model, **{"prompt": name, **params})

    def node(self, name: str, kind: str, **params: Any) -> dict[str, Any]:
        return {
            "id": self.id(name),
            "kind": kind,
            "label": name,
            "version": "1.0.0",
            "position": {"x": 0, "y": 0},
            "size": {"w": 1, "h": 1},
            "inputs": [],
            "outputs": [],
            "params": params,
            "metadata": {},
            "preview": None,
            "status": "idle",
            "progress": 0,
            "error": None,
            "is_dirty": False,
        }

    def edge(self, source: str, target: str, handle: str = "prompt") -> dict[str, Any]:
        ids = {"source_node_id": self.id(source), "target_node_id": self.id(target)}
        ports = {"source_port_id": "output", "target_port_id": handle, "source_handle": "output"}
        more: dict[str, Any] = {"target_handle": handle, "data_type": "any", "status": "idle", "metadata": {}}
        return {"id": str(uuid.uuid4()), **ids, **ports, **more}

    async def save(self, nodes: Sequence[Mapping[str, Any]], *edges: Mapping[str, Any]) -> None:
        async with self.runtime.begin() as tx:
            await save_graph(tx, self.studio.project_id, self.studio.user_id, nodes=nodes, edges=edges)

    async def start(self, *named: str, use_cache: bool | None = None, **more: Any) -> uuid.UUID:
        """A queued run of the graph, or of the named nodes."""
        params = ComputeParams(
            user_id=self.studio.user_id,
            project_id=str(self.studio.project_id),
            node_ids=tuple(self.id(name) for name in named),
            use_cache=use_cache,
            **more,
        )
        return (await start_compute(self.runtime, params)).run_id

    async def run(self, *named: str, **more: Any) -> tuple[uuid.UUID, str | None]:
        """Start and run; the run and how it ended."""
        run_id = await self.start(*named, **more)
        return run_id, await run_once(self.runtime, run_id)

    async def items(self, run_id: uuid.UUID) -> dict[str, Item]:
        """The run's items by their nodes' names; an element of a batch is `name#i`."""
        names = {node_id: name for name, node_id in self.ids.items()}
        async with self.runtime.begin() as tx:
            items = await list_items(tx, run_id)
        return {"#".join([names[(parts := item.key.split("#"))[0]], *parts[1:]]): item for item in items}

    async def statuses(self, run_id: uuid.UUID) -> dict[str, str]:
        return {name: item.status for name, item in (await self.items(run_id)).items()}

    async def result(self, run_id: uuid.UUID, name: str) -> Any:
        """Result that a node has made."""
        return ((await self.items(run_id))[name].output or {})["result"]

    async def told(self, run_id: uuid.UUID) -> dict[str, list[str]]:
        """Statuses of each node in the log, in order; progress left out."""
        names = {node_id: name for name, node_id in self.ids.items()}
        said: dict[str, list[str]] = {}
        for event, data in await log_of(self.runtime, run_id):
            if event == "node_status":
                said.setdefault(names[data["node_id"]], []).append(data["status"])
        return said

    async def shown(self) -> dict[str, Any]:
        """The studio's rows by name."""
        names = {node_id: name for name, node_id in self.ids.items()}
        async with self.runtime.begin() as tx:
            statement = text("select * from public.compute_nodes where project_id = :id")
            rows = (await tx.execute(statement, {"id": self.studio.project_id})).all()
        return {names[str(row.id)]: row for row in rows}

    async def left(self) -> int:
        """Credits that can be spent, checked against all entries."""
        return await balance(self.runtime, self.studio.user_id)

    async def holds(self, run_id: uuid.UUID) -> list[tuple[int, str, int | None]]:
        """Amount, status and charge of every hold, in order."""
        async with self.runtime.begin() as tx:
            return [(hold.amount, hold.status, hold.committed) for hold in await list_run_holds(tx, run_id)]


@dataclass(slots=True)
class FakeText:
    """A paid model of words: it answers with its `text`."""

    text: str
    name: str = "groq"
    recovery: Literal["none"] = "none"
    media_types: frozenset[str] = frozenset({"text"})
    paid: bool = True
    asked: list[Any] = field(default_factory=list[Any])

    async def stream(self, request: Request) -> AsyncGenerator[Accepted | Delta | Output]:
        """One submit."""
        self.asked.append(request.inputs["messages"])
        yield Accepted()
        yield Delta(self.text)
        yield Output(self.text)


async def make_compute_rig(runtime: Runtime, funds: int = 1000, *more: FakeImages | FakeText) -> ComputeRig:
    """A rig whose user has `funds` credits; `more` providers beside the one that paints."""
    images = FakeImages(inline=True)
    policy = RetryPolicy(tries=2, first=0.01, longest=0.02)
    runtime.providers = Providers([Animatic(), images, *more], retry_policy=policy, jitter=lambda: 0.5)
    return ComputeRig(runtime, await make_studio(runtime, funds=funds), images)
