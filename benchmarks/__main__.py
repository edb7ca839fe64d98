"""`python -m benchmarks [NAME …]`: one line a figure; exit code 1 when one misses its target.

Each claim runs in a process of its own, so that none inherits the memory, limits or imports of another.
"""

import asyncio
import importlib
import os
import sys

from benchmarks.figures import HEADER, Measure, Skipped, line

CLAIMS = (
    "compute_run",
    "append",
    "start_latency",
    "generations",
    "workers",
    "idle_stack",
    "worst_bodies",
    "auto_generate_scale",
    "panel",
    "beats",
    "cut",
    "feature_length",
    "recovery",
    "year",
    "streams",
    "soak",
)
SECONDS = 3600.0


async def _one(name: str) -> bool:
    """Run one claim here, print its figures, say whether all hold."""
    module = importlib.import_module(f"benchmarks.{name}")
    try:
        async with asyncio.timeout(SECONDS):
            figures: list[Measure] = await module.measure()
    except Skipped as skipped:
        print(f"{name:<14} skipped: {skipped}", flush=True)
        return True
    for figure in figures:
        print(line(name, figure), flush=True)
    return all(figure.ok is not False for figure in figures)


async def _apart(name: str) -> bool:
    # Prefect starts plugins in a loop of their own, which it cannot from within another
    environment = {**os.environ, "PREFECT_PLUGINS_ENABLED": "false"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks", "--only", name, env=environment)
    return await process.wait() == 0


async def main(words: list[str]) -> int:
    """Run what is named, one after the other; the exit code."""
    if words[:1] == ["--only"]:
        return 0 if await _one(words[1]) else 1
    unknown = sorted(set(words) - set(CLAIMS))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(CLAIMS)}", file=sys.stderr)
        return 2
    print(HEADER, flush=True)
    results = [await _apart(name) for name in words or CLAIMS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
