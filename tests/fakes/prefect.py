"""Prefect's REST on a loopback port, as far as we speak it: idempotent flow runs, forced states, scripted failures."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import prefect
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.waiting import until


@dataclass(slots=True)
class FlowRun:
    """A flow run as the server keeps it; the last state is the current one."""

    flow_run_id: uuid.UUID
    key: str
    name: str
    parameters: dict[str, Any]
    states: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    asked: dict[str, Any] = field(default_factory=dict[str, Any])
    """Body of the request that made it."""
    labels: dict[str, Any] = field(default_factory=dict[str, Any])
    pid: str | None = None
    """Its process, as its worker tells."""

    def change(self, path: list[str], body: dict[str, Any]) -> None:
        """Rename or label it."""
        if path == ["labels"]:
            self.labels |= body
        else:
            self.name = body["name"]

    @property
    def state(self) -> str:
        return str(self.states[-1]["type"])

    def become(self, kind: str, *, name: str = "", message: str = "") -> None:
        """Enter a state, as an engine, a worker or a person would have it."""
        now = datetime.now(UTC).isoformat()
        made = {"id": str(uuid.uuid4()), "type": kind, "name": name or kind.title(), "message": message}
        self.states.append({**made, "timestamp": now})

    def wire(self) -> dict[str, Any]:
        state = self.states[-1]
        begun = sum(one["type"] == "RUNNING" for one in self.states)
        body = {"state_type": state["type"], "state_name": state["name"], "state_id": state["id"], "state": state}
        body |= {"run_count": begun, "expected_start_time": self.states[0]["timestamp"]}
        body["infrastructure_pid"] = self.pid
        about = {"id": str(self.flow_run_id), "flow_id": str(self.flow_run_id), "name": self.name}
        return {**about, "work_pool_name": "wzrd", **body}


@dataclass(slots=True)
class FakePrefect:
    """The server. Each call takes the next of `failures` (a status, `page` for a proxy's HTML, None for no failure)."""

    deployments: dict[str, str] = field(default_factory=lambda: {"gen-shots/write-shots": str(uuid.uuid4())})
    flow_runs: dict[uuid.UUID, FlowRun] = field(default_factory=dict[uuid.UUID, FlowRun])
    failures: list[int | str | None] = field(default_factory=list[int | str | None])
    calls: Counter[str] = field(default_factory=Counter[str])
    pool_type: str = "process"
    workers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The pool's workers, as its server tells them."""
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """The fields of each block document of the name `wzrd`, by its type."""
    events: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Events by their ids: one that comes again changes nothing."""
    authorizations: set[str] = field(default_factory=set[str])
    task_runs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Task runs by their dynamic keys."""
    artifacts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """In the order in which they were written; the same key again is a version."""
    url: str = ""
    _keys: dict[str, FlowRun] = field(default_factory=dict[str, FlowRun])

    def lose(self, flow_run_id: uuid.UUID) -> None:
        """Forget a flow run; its key stays taken, which is the worst case (a replica that lags, a soft delete)."""
        del self.flow_runs[flow_run_id]

    def create(self, key: str, name: str, parameters: dict[str, Any]) -> FlowRun:
        """The flow run of a key."""
        if key not in self._keys:
            made = self._keys[key] = FlowRun(uuid.uuid4(), key, name, parameters)
            made.become("SCHEDULED")
            self.flow_runs[made.flow_run_id] = made
        return self._keys[key]

    def link(self, body: dict[str, Any]) -> dict[str, Any]:
        """The task run of a dynamic key."""
        made = {**body, "id": str(uuid.uuid4())} | {"state": None}
        return self.task_runs.setdefault(body["dynamic_key"], made)

    def _show(self, path: list[str], body: dict[str, Any]) -> tuple[Any, int]:
        """Take an artifact, or list those of some flow runs."""
        if path[1:] == ["filter"]:
            wanted = body["artifacts"]["flow_run_id"]["any_"]
            return [one for one in self.artifacts if one["flow_run_id"] in wanted], 200
        now = datetime.now(UTC).isoformat()
        self.artifacts.append({**body, "id": str(uuid.uuid4()), "created": now, "updated": now})
        return self.artifacts[-1], 201

    async def answer(self, request: Request) -> Response:
        """One call."""
        self.authorizations |= {request.headers.get("authorization", "")} - {""}
        match self.failures.pop(0) if self.failures else None:
            case int(status):
                return JSONResponse({"detail": "scripted"}, status)
            case str(_):
                return Response("<html>a proxy</html>", media_type="text/html")
            case _:
                return await self._answer(request)

    async def _answer(self, request: Request) -> Response:
        body: Any = await request.json() if request.method in {"POST", "PATCH"} else {}
        if request.url.path == "/events":
            self.events |= {event["id"]: event for event in body if event["id"] not in self.events}
            return Response(status_code=204)
        path = request.url.path.strip("/").split("/")
        if path == ["task_runs"]:
            return JSONResponse(self.link(body), 201)
        if path[0] == "artifacts":
            return JSONResponse(*self._show(path, body))
        if request.method == "DELETE":
            self.task_runs = {key: made for key, made in self.task_runs.items() if made["id"] != path[1]}
            return Response(status_code=204)
        if request.method == "PATCH":
            self.flow_runs[uuid.UUID(path[1])].change(path[2:], body)
            return Response(status_code=204)
        answer, status = self._reply(path, dict(request.query_params), body)
        return JSONResponse(answer, status)

    def _reply(self, path: list[str], query: dict[str, str], body: dict[str, Any]) -> tuple[Any, int]:
        said: tuple[Any, int] = {"detail": "Not found"}, 404
        match path:
            case ["deployments", "name", flow, name] if found := self.deployments.get(f"{flow}/{name}"):
                said = {"id": found}, 200
            case ["deployments", known, "create_flow_run"] if known in self.deployments.values():
                self.calls["create"] += 1
                made = self.create(body["idempotency_key"], body["name"], body["parameters"])
                made.asked = body
                said = made.wire(), 201
            case ["flow_runs", *rest]:
                said = self._reply_flow_runs(rest, body) or said
            case ["flow_run_states"]:
                found = self.flow_runs.get(uuid.UUID(query["flow_run_id"]))
                said = found.states if found else [], 200
            case ["block_documents", "filter"]:
                self.calls["block"] += 1
                wanted = body["block_types"]["slug"]["any_"]
                hidden = not body.get("include_secrets")
                said = (
                    [
                        _document(slug, "wzrd", dict.fromkeys(fields, "********") if hidden else fields)
                        for slug, fields in self.blocks.items()
                        if slug in wanted and body["block_documents"]["name"]["any_"] == ["wzrd"]
                    ],
                    200,
                )
            case ["work_pools", "wzrd", *rest]:
                said = self.workers if rest else {"name": "wzrd", "type": self.pool_type}, 200
            case ["admin", "version"]:
                said = prefect.__version__, 200
            case _:
                pass
        return said

    def _reply_flow_runs(self, path: list[str], body: dict[str, Any]) -> tuple[Any, int] | None:
        match path:
            case ["filter"]:
                self.calls["filter"] += 1
                return [found.wire() for found in self.flow_runs.values() if _is_wanted(found, body["flow_runs"])], 200
            case ["count"]:
                self.calls["count"] += 1
                kinds = {*body["flow_runs"]["state"]["type"]["any_"], "SCHEDULED"}  # ours are due when they are made
                return sum(found.state in kinds for found in self.flow_runs.values()), 200
            case [text] if found := self.flow_runs.get(uuid.UUID(text)):
                return found.wire(), 200
            case [text, "set_state"] if found := self.flow_runs.get(uuid.UUID(text)):
                self.calls["set_state"] += 1
                state = body["state"]
                found.become(state["type"], name=state.get("name", ""), message=state.get("message", ""))
                return {"status": "ACCEPT", "details": {}, "state": found.states[-1]}, 201
            case _:
                return None


def _is_wanted(found: FlowRun, wanted: dict[str, Any]) -> bool:
    """True if a filter of flow runs lets this one through."""
    if "start_time" in wanted:
        return any(state["type"] == "RUNNING" for state in found.states)
    ids = wanted.get("id", {}).get("any_")
    return found.state in wanted["state"]["type"]["any_"] and (ids is None or str(found.flow_run_id) in ids)


def _document(slug: str, name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """A block document as Prefect's server tells it."""
    type_id, schema_id = str(uuid.uuid4()), str(uuid.uuid4())
    block_type = {"id": type_id, "name": slug, "slug": slug}
    schema = {"id": schema_id, "checksum": f"sha256:{'0' * 64}", "block_type_id": type_id, "version": "1"}
    about = {"block_schema_id": schema_id, "block_type_id": type_id, "is_anonymous": False}
    return {
        "id": str(uuid.uuid4()),
        "name": name,
        "data": fields,
        **about,
        "block_type": block_type,
        "block_schema": {**schema, "block_type": block_type, "fields": {}, "capabilities": []},
        "block_document_references": {},
    }


@asynccontextmanager
async def prefect_server() -> AsyncGenerator[FakePrefect]:
    """A running server."""
    made = FakePrefect()
    routes = [Route("/{path:path}", made.answer, methods=["GET", "POST", "PATCH", "DELETE"])]
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="warning", lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    made.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.should_exit = True
        await running
