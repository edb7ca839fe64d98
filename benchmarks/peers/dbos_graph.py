# pyright: basic, reportMissingImports=false
# DBOS is no dependency of ours: benchmarks/throw_away.py installs it for this script alone.
"""A DBOS workflow of 20 levels of 10 steps, its system database on the PostgreSQL of DATABASE_URL, else all default.

A line on stdin runs it once; its milliseconds a step are printed. Needs DBOS alone.
"""

import asyncio
import os
import sys
import time

from dbos import DBOS

LEVELS, WIDE = 20, 10


@DBOS.step()
async def node(above: str, beside: str) -> str:
    """One that needs two of the level above."""
    return f"about {len(above) + len(beside)}"


@DBOS.workflow()
async def graph() -> int:
    """All of them; a level at once."""
    row = ["nothing"] * WIDE
    for _ in range(LEVELS):
        row = list(await asyncio.gather(*(node(row[place], row[(place + 1) % WIDE]) for place in range(WIDE))))
    return len(row)


async def _run() -> float:
    began = time.perf_counter()
    await graph()
    return (time.perf_counter() - began) / (LEVELS * WIDE) * 1000


async def main() -> None:
    """Run the workflow as often as it is asked for."""
    DBOS(config={"name": "graph", "system_database_url": os.environ["DATABASE_URL"], "log_level": "ERROR"})
    DBOS.launch()
    while await asyncio.to_thread(sys.stdin.readline):
        print(await _run(), flush=True)
    DBOS.destroy()


if __name__ == "__main__":
    asyncio.run(main())
