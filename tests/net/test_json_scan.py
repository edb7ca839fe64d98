"""The structure of a body is counted before it is parsed: rightly, in short steps, and so that nothing stalls."""

import contextlib
import gc
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.bodies import BOUNDS, decode_object, parse
from wzrd.contracts.gen_shots import GenShotsRequest
from wzrd.domain.errors import BadRequest
from wzrd.net.json_scan import STEP, Bounds, Scan, is_within

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


@pytest.mark.parametrize("unit", [b"[],", b'{"a":[]},', b'{"a":{"b":1}},'])
def test_objects_and_lists_stand_for_something(unit: bytes) -> None:
    """A body has no more of them than its size makes likely: the garbage collector looks at each one."""
    bounds = Bounds(structure=10_000_000)
    with pytest.raises(BadRequest, match="objects and lists in 3000009 bytes: send less at once"):
        list(Scan(b'{"a":[' + (unit * 1_000_000)[:3_000_000] + b"0]}", bounds).steps())
    with_words = b'{"id":"%036d","inputs":[],"outputs":[],"params":{}},' % 0
    assert list(Scan(b'{"a":[' + with_words * 60_000 + b"0]}", bounds).steps())


@pytest.mark.parametrize("before", range(8))
def test_a_nul_is_found_where_a_step_ends(before: int) -> None:
    """No place of the text hides it, and one that is written out (an escaped backslash before it) is none."""
    for written, found in ((rb"\u0000", True), (rb"\\u0000", False), (rb"\\\u0000", True)):
        scan = Scan(b'{"' + b" " * (STEP - 2 - before) + written + b'":1}', BOUNDS)
        list(scan.steps())
        assert scan.has_nul is found


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        (b'{"a":[' + b"0," * 990 + b"0]}", True),
        (b'{"a":[' + b"0," * 1000 + b"0]}", False),
        (b'{"a":"' + b"[{,:" * 5_000 + b'"}', True),
        (b"[" * 8 + b" " * 20 + b"]" * 8, True),
        (b"[" * 9 + b" " * 20 + b"]" * 9, False),
        (b"[[],[],[],[],[],[],[],[],[],[]]", True),
    ],
)
def test_an_answer_is_measured_without_its_texts(body: bytes, fits: bool) -> None:
    """The glance counts the marks in texts, too: what it doubts is scanned."""
    assert is_within(body, Bounds(structure=1000, depth=8)) is fits
