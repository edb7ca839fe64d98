# pyright: basic, reportMissingImports=false
# Dagster is no dependency of ours: benchmarks/throw_away.py installs it for this script alone.
"""A Dagster job by its in-process executor: 20 levels of 10 ops, each needs two above it.

Settings as they come, its storage where DAGSTER_HOME says; without that, events and outputs in memory. A line on stdin
runs the job once; its milliseconds an op are printed. Needs Dagster alone.
"""

import os
import sys
import time

from dagster import DagsterInstance, In, execute_job, in_process_executor, job, op, reconstructable

LEVELS, WIDE = 20, 10


@op
def first() -> str:
    """One of the first level."""
    return "about nothing"


@op(ins={"above": In(str), "beside": In(str)})
def node(above: str, beside: str) -> str:
    """One that needs two."""
    return f"about {len(above) + len(beside)}"


@job(executor_def=in_process_executor)
def graph() -> None:
    """All of them."""
    row = [first.alias(f"n0_{place}")() for place in range(WIDE)]
    for level in range(1, LEVELS):
        row = [
            node.alias(f"n{level}_{place}")(above=row[place], beside=row[(place + 1) % WIDE]) for place in range(WIDE)
        ]


def main() -> None:
    """Run the job as often as it is asked for."""
    instance = DagsterInstance.get() if os.environ.get("DAGSTER_HOME") else None
    for _ in sys.stdin:
        began = time.perf_counter()
        ended = execute_job(reconstructable(graph), instance) if instance else graph.execute_in_process()
        took = time.perf_counter() - began
        if not ended.success:
            raise SystemExit("the job failed")
        print(took / (LEVELS * WIDE) * 1000, flush=True)


if __name__ == "__main__":
    main()
