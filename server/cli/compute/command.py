"""`wzrd compute`: a graph executed: read, planned with its prices, confirmed, followed as a live tree."""

import asyncio
import sys
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, TypeAlias
from uuid import UUID

from cyclopts import Parameter
from rich.console import Console

from server.cli import DONE, FAILED, UsageError
from server.cli.board import plural
from server.cli.budget import NO_BUDGET, Budget, BudgetOption, UnpricedOption
from server.cli.caller import CommandFailed, JsonOption, UserOption, calling, identify, make_folder
from server.cli.compute.board import GraphBoard, find_nodes
from server.cli.compute.files import files_of, upload_files, write_results
from server.cli.compute.plan import confirm, most_credits, print_plan, problems_of
from server.cli.compute.views import GraphView, choose_graph_view
from server.cli.graph import NOWHERE, GraphSource, print_unreadable, read_saved, read_source
from server.cli.shots import find_project
from server.cli.up import bring_up
from wzrd.client import Event, UnifiedGenerationService
from wzrd.contracts.compute import ComputePlan
from wzrd.contracts.wire import dumps
from wzrd.graph.model import Graph

STOPPING_SECONDS = 20.0
Many: TypeAlias = Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)]
Switch: TypeAlias = Annotated[bool, Parameter(negative=(), show_default=False)]


@dataclass(frozen=True, slots=True)
class Execution:
    """One graph of a project that is to run, and how."""

    project_id: UUID
    graph: Graph
    node_ids: list[str] | None = None
    use_cache: bool | None = None


async def compute(
    graph: str,
    *,
    only: Many = (),
    cache: bool = True,
    plan: Switch = False,
    budget: BudgetOption = NO_BUDGET,
    unpriced: UnpricedOption = (),
    yes: Annotated[bool, Parameter(name=("--yes", "-y"), negative=(), show_default=False)] = False,
    out: Path | None = None,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """Execute a compute graph: tell the price, ask, and show its nodes while they work. Ctrl-C cancels it.

    A file becomes a project of its name; again, it is saved there again, and what is unchanged comes from the cache.

    Args:
        graph: A graph file (`wzrd graph` says which), or a project that has a graph: an id, its beginning, or a title.
        only: A node, by its name or label, to run with all that it needs; may be repeated. Named nodes run anew.
        cache: Take from the cache what is unchanged; --no-cache makes everything anew.
        plan: Only tell what would run, and for how much.
        yes: Do not ask.
        out: A folder for what the ends of the graph have made.
    """
    source = read_source(Path(graph)) if _is_file(graph) else None
    if source is not None:
        source.graph()
        print_unreadable(source)
    if out is not None:
        make_folder(out)
    budget = replace(budget, unpriced=unpriced)
    await bring_up()
    async with calling(await identify(user)) as client:
        execution = _narrowed(await _open(client, graph, source), only, cache=cache)
        planned = await client.plan_compute(
            execution.project_id, node_ids=execution.node_ids, use_cache=execution.use_cache
        )
        _show(planned, execution.graph, whole=plan, as_json=json_output)
        if plan:
            return FAILED if problems_of(planned) else DONE
        if not await confirm(planned, yes=yes, budget=budget):
            print("nothing was started", file=sys.stderr)
            return FAILED
        limits = replace(budget, credits=most_credits(planned, budget))
        return await _run(client, execution, planned, limits, out, as_json=json_output)


async def _run(
    client: UnifiedGenerationService,
    execution: Execution,
    planned: ComputePlan,
    most: Budget,
    out: Path | None,
    *,
    as_json: bool,
) -> int:
    """Execute what was planned, for `most`, to its end; the exit code. The files of its ends go to `out`."""
    board = GraphBoard.of(execution.graph, {node.node_id: node.credits for node in planned.nodes})
    try:
        await follow(client, execution, board, most, as_json=as_json)
    except asyncio.CancelledError:
        await _count_charge(client, board)
        print_end(board, [], as_json=as_json)
        raise
    await _count_charge(client, board)
    files = await write_results(client, execution.graph, board, out) if out else []
    print_end(board, files, as_json=as_json)
    return DONE if board.status == "succeeded" else FAILED


async def _count_charge(client: UnifiedGenerationService, board: GraphBoard) -> None:
    if board.run_id is not None:
        board.charged = (await client.run(board.run_id)).credits.charged


def _is_file(typed: str) -> bool:
    """True if a file is meant: one that is there, or a name that no project has."""
    return Path(typed).is_file() or typed.endswith(".json") or "/" in typed


async def _open(client: UnifiedGenerationService, typed: str, source: GraphSource | None) -> Execution:
    """The project: one that is there, or the file's own, with the file as its graph."""
    if source is None:
        project_id, title = await find_project(client, typed)
        saved = await client.graph(project_id)
        if not saved.nodes:
            raise CommandFailed(f"{title!r} has no compute graph", remedy="give a graph file: docs/graphs.md")
        return Execution(project_id, read_saved(title, saved.nodes, saved.edges))
    files_of(source.saved(NOWHERE)[0], source.path.parent)  # what is not there is told before there is a project
    project_id = (await client.import_project(title=source.name, request_id=f"graph/{source.name}")).project_id
    nodes, edges = source.saved(project_id)
    nodes = await upload_files(client, nodes, files_of(nodes, source.path.parent))
    await client.save_graph(project_id, nodes, edges)
    return Execution(project_id, read_saved(source.path, nodes, edges))


def _narrowed(execution: Execution, only: tuple[str, ...], *, cache: bool) -> Execution:
    """The nodes that are named, and whether the cache counts.

    Raises:
        UsageError: a name means no node, or several.
    """
    found, unclear = find_nodes(execution.graph, only)
    if unclear:
        known = ", ".join(node.label for node in list(execution.graph.nodes.values())[:12])
        raise UsageError(f"--only {unclear[0]!r} means no one node", remedy=f"nodes: {known}")
    return replace(execution, node_ids=found or None, use_cache=None if cache else False)


def _show(planned: ComputePlan, graph: Graph, *, whole: bool, as_json: bool) -> None:
    if as_json:
        print(dumps({"event": "plan", "data": planned.wire()}).decode(), flush=True)
    else:
        print_plan(planned, graph, Console(stderr=not whole, highlight=False), whole=whole)


async def follow(
    client: UnifiedGenerationService, execution: Execution, board: GraphBoard, most: Budget, *, as_json: bool
) -> None:
    """Start the run and show it to its end; who interrupts it cancels it, and sees how it stops."""
    request_id = str(uuid.uuid4())
    events = client.open_compute(
        execution.project_id,
        node_ids=execution.node_ids,
        use_cache=execution.use_cache,
        max_credits=most.credits,
        max_usd=most.max_usd,
        allow_unpriced=most.unpriced,
        request_id=request_id,
    )
    async with choose_graph_view(board, as_json=as_json) as view:
        try:
            await _watch(events, board, view)
        except asyncio.CancelledError:
            if not board.ended:
                await _stop(client, execution, board, view, request_id)
            raise


async def _watch(events: AsyncGenerator[Event], board: GraphBoard, view: GraphView) -> None:
    async with aclosing(events):
        async for event in events:
            view.event(board.take(event), event)


async def _stop(
    client: UnifiedGenerationService, execution: Execution, board: GraphBoard, view: GraphView, request_id: str
) -> None:
    """Cancel the run, and show it until it has stopped."""
    board.note = "canceling"
    board.run_id = board.run_id or await _find_run(client, execution, request_id)
    if board.run_id is None:
        return
    await client.cancel(board.run_id)
    with suppress(TimeoutError):
        async with asyncio.timeout(STOPPING_SECONDS):
            await _watch(client.follow(board.run_id, board.last_seq), board, view)


async def _find_run(client: UnifiedGenerationService, execution: Execution, request_id: str) -> UUID | None:
    """The run of a request whose answer had not come."""
    found = await client.runs(limit=20, project_id=execution.project_id)
    return next((run.id for run in found if run.request_id == request_id), None)


def print_end(board: GraphBoard, files: list[Path], *, as_json: bool) -> None:
    """Files on stdout; how it went, and what to do about what failed, on stderr."""
    for path in files:
        print(dumps({"event": "file", "data": {"path": str(path)}}).decode() if as_json else path)
    words = [board.status, f"{board.count('succeeded')} of {plural(len(board.nodes), 'node')}"]
    cached = sum(node.cached for node in board.nodes.values())
    words += [f"{cached} cached"] if cached else []
    print(" · ".join([*words, f"{board.elapsed:.1f} s", plural(board.charged, "credit")]), file=sys.stderr)
    for node in board.failed[:10]:
        print(f"{node.line.node.label} failed: {node.error}", file=sys.stderr)
    if board.error:
        print(board.error, file=sys.stderr)
    short = str(board.run_id)[:8]
    if not board.ended:
        print(f"it is still stopping; look with `wzrd events {short} --follow`", file=sys.stderr)
    elif board.status != "succeeded" and board.run_id:
        print(f"try what is left again: wzrd retry {short}", file=sys.stderr)
