"""The step of compute: one node of a graph, by a model or a tool of this machine."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from prefect import get_run_logger

from tasks.compute_board import Board, ReadyNode, board_of
from tasks.compute_errors import ElementsFailed, NodeFailed, code_of
from tasks.compute_writer import NodeEnd
from tasks.retrying import step_task
from wzrd.db.engine import is_outage
from wzrd.db.graph_items import insert_elements
from wzrd.db.joined_jobs import SubmitResult
from wzrd.domain.error_text import error_message
from wzrd.domain.errors import RunStopped, WzrdError
from wzrd.domain.submission import Target
from wzrd.faults import FaultRaised, fault
from wzrd.generation.calls import Chunk
from wzrd.generation.outputs import MadeOutput, OutputJob, make_output, tell_text
from wzrd.generation.records import result_of
from wzrd.graph.actions import policy_of
from wzrd.graph.execution.generation import (
    NodeCall,
    element_key,
    finish_call,
    job_of,
    join_results,
    prepare_call,
)
from wzrd.graph.execution.local import make_local
from wzrd.graph.execution.run_state import result_of_item
from wzrd.graph.payloads import call_inputs, call_policy
from wzrd.graph.texts import json_size
from wzrd.graph.tool_files import tool_calls
from wzrd.providers.base import Output, Progress
from wzrd.runs.execute import deciding_error
from wzrd.runs.steps import step
from wzrd.runs.top_up import top_up
from wzrd.storyboard.prompt_media import animatic_inputs

ELEMENTS_AT_ONCE = 8
"""Elements of one batch that are under way at once; the provider's own limit counts beside it."""


@dataclass(frozen=True, slots=True)
class MadeNode:
    """What a node has made, its own price, and whether it may be found again under its key."""

    result: Mapping[str, Any]
    price: int = 0
    keeps: bool = True


@step_task(
    many=True, name="make node", task_run_name="{node.label}", persist_result=False, cache_result_in_memory=False
)
async def make_node(node: ReadyNode, after: Sequence[str]) -> str:  # noqa: ARG001
    """Make a node that has begun; returns a name for it that no other value has.

    `after` are those of the nodes before it: Prefect draws its edges from them.

    Raises:
        NodeFailed: it could not be made; item, row and log say why, and what does not need it goes on.
    """
    board, node_id = board_of(node.run_id), node.node_id
    if board.is_open(node_id):  # else an earlier try's commit came through after all
        await board.begun(node_id)
        work = _Work(board, node_id)
        try:
            end = work.end(await _make(work))
        except Exception as error:  # whatever a tool of one node may raise, the others go on
            if _stops_the_run(error) or not board.is_open(node_id):
                raise
            await _fail(board, node_id, error)
            raise NodeFailed(f"{node.label}: {error_message(error)}") from error
        if board.is_open(node_id):  # else it has ended with the record of its answer
            await fault("before_node")
            board.close(end)
    return f"{node.run_id}/{node_id}"


def _stops_the_run(error: Exception) -> bool:
    """Whether it says nothing of the node: the run is resumed, here or elsewhere."""
    return isinstance(error, RunStopped | FaultRaised) or is_outage(error)


async def _fail(board: Board, node_id: str, error: Exception) -> None:
    if not isinstance(error, WzrdError):
        get_run_logger().error("%s: %s", board.state.node(node_id).label, type(error).__name__, exc_info=error)
    await board.close(NodeEnd(node_id, "failed", error=error_message(error), code=code_of(error)))


@dataclass(slots=True)
class _Work:
    """A node that is being made, from now on."""

    board: Board
    node_id: str
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def end(self, made: MadeNode, answer: SubmitResult | None = None) -> NodeEnd:
        """How the node ends with what was made.

        Raises:
            BadRequest: that is no result of such a node.
        """
        board, node_id = self.board, self.node_id
        _check_result(board, node_id, made.result)
        return NodeEnd(
            node_id,
            "succeeded",
            made.result,
            milliseconds=round((asyncio.get_running_loop().time() - self.began) * 1000),
            price=made.price,
            kept=board.keys.get(node_id) if made.keeps else None,
            answer=answer,
        )

    def close(self, made: MadeNode, answer: SubmitResult) -> asyncio.Task[None]:
        """End the node by what a model has answered.

        Raises:
            BadRequest: that is no result of such a node.
        """
        return self.board.close(self.end(made, answer))


def _check_result(board: Board, node_id: str, result: Mapping[str, Any]) -> None:
    """See that a result can be kept; a text takes its place in the run's room, a batch has done so by its elements.

    Raises:
        ResultTooLarge: it cannot.
    """
    node = board.state.node(node_id)
    if board.state.works[node_id].makes_text and result["type"] == "text":
        board.room.take(node, result)
    else:
        json_size(node, result)


async def _make(work: _Work) -> MadeNode:
    board, node_id = work.board, work.node_id
    node, action, inputs = board.state.node(node_id), board.state.works[node_id], board.state.inputs(node_id)
    if action.executor == "local":
        return await _make_here(board, node_id, inputs)
    if action.makes_text:
        board.room.check(node, asks=True)
    calls = call_inputs(node, inputs)
    if len(calls) > 1 or node_id in board.state.elements:
        return await _make_batch(board, node_id, calls, call_policy(node, action, inputs))
    call = await prepare_call(board.runtime, node, action, calls[0], node_id)
    return await _call(board, call, board.state.items[node_id].price, board.progress_of(node_id), work.close)


async def _make_here(board: Board, node_id: str, inputs: Mapping[str, Any]) -> MadeNode:
    """By a tool of this machine, for nothing; a list of files is gone through one by one, where the tool takes one."""
    node, work = board.state.node(node_id), board.state.works[node_id]
    calls = tool_calls(node, work, inputs)
    lease, note = board.runtime.leases.current(board.state.run.run_id), board.progress_of(node_id)
    made = [await make_local(board.runtime, lease, node, work, one, note) for one in calls]
    return MadeNode(made[0] if len(made) == 1 else join_results(policy_of(node, work), made))


Close: TypeAlias = Callable[[MadeNode, SubmitResult], asyncio.Task[None]]
"""Ends what a call was made for, together with the record of its answer; a WzrdError where that is no result for it."""


async def _call(board: Board, call: NodeCall, priced: int, note: Callable[[Progress], None], close: Close) -> MadeNode:
    """One call of a model, brought home; its hold is the run's."""
    run = board.state.run

    def take(chunk: Chunk) -> None:
        if isinstance(chunk, Progress):
            note(chunk)

    job, concluding = job_of(run, call, priced), _Concluding(call, close)
    if call.media_type == "text":
        job = replace(job, request=replace(job.request, conclude=concluding.conclude))
    async with _asked(board, call, job) as asked:
        made = await make_output(board.runtime, board.runtime.leases.current(run.run_id), asked, take)
    return concluding.made or _made_of(call, made)


def _made_of(call: NodeCall, made: MadeOutput) -> MadeNode:
    finished = finish_call(call, made)
    return MadeNode(finished.result, finished.price, finished.as_chosen)


@dataclass(slots=True)
class _Concluding:
    """A text needs nothing brought home: its record and the end of what it was made for are one commit."""

    call: NodeCall
    close: Close
    made: MadeNode | None = None

    async def conclude(self, job_id: UUID, output: Output, target: Target) -> int | None:
        """As `wzrd.generation.values.Conclude`."""
        told = tell_text(output, target)
        if told is None:
            return None
        made = _made_of(self.call, told)
        try:
            await asyncio.shield(self.close(made, result_of(job_id, output)))
        except Exception as error:  # no result for it, or no run of ours any more: who asked for it hears that
            if isinstance(error, FaultRaised) or is_outage(error):
                raise
            return None
        self.made = made
        return 0


@asynccontextmanager
async def _asked(board: Board, call: NodeCall, job: OutputJob) -> AsyncGenerator[OutputJob]:
    """The job as its provider takes it: animatic mode draws from inputs of its own."""
    if not call.drawn:
        yield job
        return
    async with animatic_inputs(board.runtime, call.media_type, job.request.inputs, call.wanted) as inputs:
        yield replace(job, request=replace(job.request, inputs=inputs))


async def _make_batch(board: Board, node_id: str, calls: Sequence[Mapping[str, Any]], policy: str) -> MadeNode:
    """Every element that is not there yet, some at once. One that fails fails the node; the others are kept, and paid.

    Raises:
        NodeFailed: some could not be made.
    """
    made = {
        item.key: result
        for item in board.state.elements.get(node_id, ())
        if (result := result_of_item(item)) is not None
    }
    batch = _Batch(board, node_id, len(calls), {key: MadeNode(result) for key, result in made.items()})
    missing = [number for number in range(len(calls)) if element_key(node_id, number) not in made]
    if missing:
        await batch.open(calls[missing[0]])
        await batch.make({number: calls[number] for number in missing})
    elements = [batch.made[element_key(node_id, number)] for number in range(len(calls))]
    result = join_results(policy, [one.result for one in elements])
    return MadeNode(result, 0, all(one.keeps for one in elements))


@dataclass(slots=True)
class _Batch:
    """The elements of one node, `count` in all; `made` are those that are there."""

    board: Board
    node_id: str
    count: int
    made: dict[str, MadeNode]
    price: int = 0

    async def open(self, inputs: Mapping[str, Any]) -> None:
        """The elements' items, priced as one of them is; what that is more than was held is held now.

        Raises:
            InsufficientCredits: it is refused, and nothing is sent.
        """
        board = self.board
        node, work = board.state.node(self.node_id), board.state.works[self.node_id]
        call = await prepare_call(board.runtime, node, work, inputs, self.node_id)
        self.price = call.price
        lease = board.runtime.leases.current(board.state.run.run_id)
        async with step(board.runtime, lease) as current:
            await insert_elements(current.tx, lease.run_id, self.node_id, self.count, self.price)
            await top_up(board.runtime, current.tx, lease)

    async def make(self, missing: Mapping[int, Mapping[str, Any]]) -> None:
        """Make these elements.

        Raises:
            NodeFailed: some could not be made.
        """
        places, errors = asyncio.Semaphore(ELEMENTS_AT_ONCE), list[Exception]()

        async def one(number: int, inputs: Mapping[str, Any]) -> None:
            async with places:
                try:
                    await self._make_one(number, inputs)
                except Exception as error:  # its node fails, and the other elements go on
                    if _stops_the_run(error):
                        raise
                    errors.append(error)
                    await self._fail(number, error)
            self._tell()

        try:
            async with asyncio.TaskGroup() as group:
                for number, inputs in missing.items():
                    group.create_task(one(number, inputs))
        except BaseExceptionGroup as failures:
            raise deciding_error(failures) or failures from failures
        if errors:
            told = f"{len(errors)} of {self.count} could not be made: {error_message(errors[0])}"
            raise ElementsFailed(told, code_of(errors[0])) from errors[0]

    async def _make_one(self, number: int, inputs: Mapping[str, Any]) -> None:
        board, key = self.board, element_key(self.node_id, number)
        node, work = board.state.node(self.node_id), board.state.works[self.node_id]
        if work.makes_text:
            board.room.check(node, asks=True)
        call = await prepare_call(board.runtime, node, work, inputs, key)
        close = partial(self._close, key)
        made = await _call(board, call, self.price, lambda _news: None, close)
        await fault("before_element")
        if key not in self.made:
            await close(made)

    def _close(self, key: str, made: MadeNode, answer: SubmitResult | None = None) -> asyncio.Task[None]:
        board = self.board
        if board.state.works[self.node_id].makes_text:
            board.room.take(board.state.node(self.node_id), made.result, key=key)
        self.made[key] = made
        end = NodeEnd(key, "succeeded", made.result, price=made.price, is_element=True, answer=answer)
        return board.writer.end(end)

    async def _fail(self, number: int, error: Exception) -> None:
        key, told = element_key(self.node_id, number), error_message(error)
        await self.board.writer.end(NodeEnd(key, "failed", error=told, code=code_of(error), is_element=True))

    def _tell(self) -> None:
        self.board.writer.note(self.node_id, Progress("running", len(self.made) / self.count))
