"""The structure of a body is counted before it is parsed: rightly, in short steps, and so that nothing stalls."""

import asyncio
import contextlib
import gc
import json
import time
from typing import Any

import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from server.api.json_scan import STEP, Bounds, Scan

from server.api.bodies import BOUNDS, decode_object, parse, read_json
from tests.waiting import let_others_run
from wzrd.contracts.gen_shots import GenShotsRequest
from wzrd.domain.errors import BadRequest

HOSTILE = [
    b"[],",
    b"{},",
    b'{"":0},',
    b'"\\u0000",',
    b'"\\\\",',
    b'"",',
    b"0,",
    b"x",
    b'\\"',
    b"[" * 60 + b"]" * 60 + b",",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_megabyte_of_anything_takes_no_step_longer_than_the_loop_may_stall(unit: bytes) -> None:
    """Sixteen megabytes either; the scan goes in steps, and what is then parsed at once has bounds (CPU, not wall)."""
    for size, structure in ((1 << 20, 100_000), (16 << 20, 400_000)):
        body = b'{"a":[' + unit * (size // len(unit)) + b"0]}"
        steps, began = [0.0], time.thread_time()
        with contextlib.suppress(BadRequest):
            for _ in Scan(body, Bounds(structure=structure)).steps():
                steps.append(time.thread_time() - began)
                began = time.thread_time()
        assert max(steps) < 0.05


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_body_that_is_parsed_stalls_the_loop(unit: bytes) -> None:
    """The most of each kind that the default bounds let through to the parser, as gen-shots reads it."""
    marks = sum(unit.count(mark) for mark in b"[]{},:")
    count = min(99_000 // marks, (1 << 20) // len(unit)) if marks else (1 << 20) // len(unit)
    body = b'{"nul":"\\\\u0000","a":[' + unit * count + b"0]}"
    gc.collect()  # what else lives in the test's process is not looked through just now
    began = time.thread_time()
    with contextlib.suppress(BadRequest):
        parse(GenShotsRequest, decode_object(body))
    assert time.thread_time() - began < 0.05


@given(st.text('[]{},:"\\u0n'), st.integers(0, 12))
def test_the_scan_counts_what_lies_outside_of_strings(text: str, before: int) -> None:
    """As the parser sees it, also where a step's end cuts a string or an escape in two."""
    body = b'{"' + b" " * (STEP - 2 - before) + json.dumps(text, ensure_ascii=False).encode()[1:] + b":[0,1]}"
    scan = Scan(body, Bounds(structure=6, depth=2))
    assert len(list(scan.steps())) == len(range(0, len(body), STEP))
    assert scan.has_nul is False
    for narrower in (Bounds(structure=5, depth=2), Bounds(structure=6, depth=1)):
        with pytest.raises(BadRequest):
            list(Scan(body, narrower).steps())


@pytest.mark.parametrize("before", range(8))
def test_a_nul_is_found_where_a_step_ends(before: int) -> None:
    """No place of the text hides it, and one that is written out (an escaped backslash before it) is none."""
    for written, found in ((rb"\u0000", True), (rb"\\u0000", False), (rb"\\\u0000", True)):
        scan = Scan(b'{"' + b" " * (STEP - 2 - before) + written + b'":1}', BOUNDS)
        list(scan.steps())
        assert scan.has_nul is found


async def test_others_have_their_turn_while_a_large_body_is_read(app: FastAPI) -> None:
    """Between two steps of the scan the loop serves somebody else."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await let_others_run()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b'{"a":"' + b"x" * (8 * STEP) + b'"}', "more_body": False}

    neighbour = asyncio.create_task(other())
    await read_json(
        Request({"type": "http", "method": "POST", "headers": [], "app": app}, receive), max_bytes=10 * STEP
    )
    neighbour.cancel()
    assert turns >= 8
