"""State of the parts now: the record says what should run, a question to each says whether it does."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass

from server.stack.health import answers_http, answers_postgres
from server.stack.parts import ORDER
from server.stack.process import is_alive
from server.stack.state import PartState, StackState

SHOWN = ("database", *ORDER)


@dataclass(frozen=True, slots=True)
class Condition:
    """One part as found; `uptime` in seconds, None for what we did not start."""

    name: str
    health: str
    healthy: bool
    address: str
    pid: int | None
    uptime: float | None
    restarts: int
    log: str


async def _yes() -> bool:
    return True


def _question(name: str, state: StackState) -> Awaitable[bool]:
    """The request that shows whether a part answers. A worker listens nowhere: its process is its health."""
    match name:
        case "database":
            return answers_postgres(state.database_url)
        case "postgres":
            return answers_postgres(state.parts["postgres"].address)
        case "prefect":
            return answers_http(f"{state.prefect_api_url}/health")
        case "api":
            return answers_http(f"{state.api_url}/healthz")
        case _:
            return _yes()


async def _condition(name: str, part: PartState, state: StackState) -> Condition:
    given = part.phase == "given"
    alive = given or (part.process is not None and is_alive(part.process))
    answers = alive and await _question(name, state)
    healthy = alive and answers and part.phase in {"up", "given"}
    health = "healthy" if healthy else part.phase if part.phase != "up" else "not answering" if alive else "down"
    pid = part.process.pid if part.process and alive else None
    uptime = time.time() - part.since if pid else None
    return Condition(name, health, healthy, part.address, pid, uptime, part.restarts, part.log)


async def inspect(state: StackState) -> list[Condition]:
    """Ask every part at once; bounded by a few seconds. A part that was never started is not in the list."""
    known = [(name, state.parts[name]) for name in SHOWN if name in state.parts]
    return list(await asyncio.gather(*(_condition(name, part, state) for name, part in known)))
