"""Memory of a worker over a graph of 5,000 nodes, beside one of 1,000: it must not grow with them.

Text nodes by a paid model that answers at once, in this process, as in `compute_run`. What a node has made is a row;
the worker keeps what the nodes after it still need. Peer: the same graph of 1,000 nodes before it.
"""

import asyncio
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.ground import folder
from benchmarks.stack import whole_stack
from benchmarks.text_graphs import InstantText, as_worker, save_levels, timed_flow
from tests.rows import make_studio
from wzrd.runtime.process import Runtime

WARM, FEW, MANY = 200, 1_000, 5_000
WIDE = 50
GROWTH_MIB = 50.0
EVERY_SECONDS = 0.5


def _resident_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


async def _peak() -> float:
    """The most that this process holds, until it is cancelled."""
    most = _resident_mib()
    try:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            most = max(most, _resident_mib())
    except asyncio.CancelledError:
        return most


async def _grown(runtime: Runtime, nodes: int) -> float:
    """MiB by which a run of so many nodes makes this process grow, at most."""
    studio = await make_studio(runtime, funds=2 * nodes)
    rows = [[f"level {level}, node {n} of {nodes}" for n in range(WIDE)] for level in range(nodes // WIDE)]
    await save_levels(runtime, studio, rows)
    del rows
    before, watching = _resident_mib(), asyncio.create_task(_peak())
    await asyncio.sleep(0)
    await timed_flow(studio)
    watching.cancel()
    return await watching - before


async def measure() -> list[Figure]:
    """A warm-up, then few nodes, then many."""
    async with (
        folder() as home,
        whole_stack(home, GROQ_API_KEY="never-asked") as stack,
        as_worker(stack, InstantText(), home) as runtime,
    ):
        await _grown(runtime, WARM)
        few = await _grown(runtime, FEW)
        many = await _grown(runtime, MANY)
    each = (many - few) * 1024 / (MANY - FEW)
    return [
        Figure("memory that a run of 5,000 / 1,000 nodes takes", many, few, "MiB", f"<= {GROWTH_MIB:.0f} MiB",
               many <= GROWTH_MIB),
        Figure("of it, each more node", each, None, "KiB", "", None),
    ]  # fmt: skip
