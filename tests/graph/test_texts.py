"""Amount of text that nodes hand on: counted once, bounded before it is made."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graph.graphs import node
from wzrd.graph.inline import run_inline
from wzrd.graph.prompts import text_prompt
from wzrd.graph.texts import MAX_RESULT, ResultTooLarge, TextBounds, TextRoom, TextTooLong, join_texts, weigh

FILE = {"type": "image", "url": "https://x/a.png", "prompt": "p" * 500}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(0, 9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "url", "data"]), inner),
    max_leaves=20,
)


@given(JSON)
def test_nothing_weighs_more_than_it_has_bytes(value: Any) -> None:
    """So that nothing is refused that would have been short enough; and no file makes it heavier."""
    assert weigh(value, 1 << 30) <= weigh(value, 1 << 30, files=True) <= len(orjson.dumps(value))


def test_weighing_ends_soon_after_the_bound() -> None:
    """However often the same text stands in it: a terabyte takes no longer than the bound."""
    huge: list[Any] = ["x" * 1000] * 1000
    for _ in range(3):
        huge = [huge] * 1000
    assert 100_000 < weigh(huge, 100_000) < 10_000_000


def test_files_are_not_texts() -> None:
    """A list of a thousand pictures with their prompts is no long text; the same words alone are."""
    assert weigh([FILE] * 1000, 1 << 30) <= 1000
    assert weigh([FILE["prompt"]] * 1000, 1 << 30) > 500_000
    assert weigh("\u00e4" * 10, 1 << 30) == 20


def test_a_result_counts_once_under_its_key() -> None:
    """Taken again (its record was written twice) it takes no more room; what is refused takes none."""
    room, one = TextRoom(TextBounds(node=100, run=150)), node()
    for _ in range(5):
        room.take(one, {"type": "text", "data": "x" * 90}, key="a")
    used = room.used
    for _ in range(2):
        with pytest.raises(TextTooLong, match="150 at most"):
            room.take(one, {"type": "text", "data": "x" * 90}, key="b")
    with pytest.raises(TextTooLong, match="100 at most"):
        room.take(one, {"type": "text", "data": "x" * 101}, key="c")
    assert room.used == used
    room.check(one)
    room.take(one, {"type": "text", "data": "x"}, key="d")
    room.note("e", {"data": "x" * 90})
    with pytest.raises(TextTooLong, match="divide the graph"):
        room.check(one)


def test_what_is_joined_is_looked_at_first() -> None:
    """A list without an end is not joined."""

    def endless() -> Any:
        while True:
            yield "x" * 100

    with pytest.raises(TextTooLong):
        join_texts(node(), ", ", endless(), 1000)
    assert join_texts(node(), ", ", ["a", "b"], 4) == "a, b"


@pytest.mark.parametrize("case_sensitive", [True, False])
def test_what_is_replaced_is_looked_at_first(*, case_sensitive: bool) -> None:
    """A letter that becomes a long text, everywhere: gigabytes are refused, in whatever case it stands."""
    params: dict[str, Any] = {"actionId": "text.find-replace", "caseSensitive": case_sensitive}
    long = node(find="a", replace="y" * 200_000, **params)
    with pytest.raises(TextTooLong):
        run_inline(long, {"text": ("a" if case_sensitive else "A") * 200_000})
    assert run_inline(node(find="a", replace="b", **params), {"text": "xaxa"})["data"] == "xbxb"


_SEARCH = """
import resource
from wzrd.graph.inline import run_inline
from wzrd.graph.model import Node
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
params = {"actionId": "text.find-replace", "caseSensitive": False, "find": "a" * 131_000 + "b", "replace": ""}
print(len(run_inline(Node("n", "Text", "n", params), {"text": "A" * 262_000})["data"]))
"""


def test_a_long_text_that_nearly_occurs_is_looked_for_at_once() -> None:
    """A pattern would look at each place for as long as it fits: minutes, in which nothing else of the worker moves."""
    done = subprocess.run(
        [sys.executable, "-c", _SEARCH], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "262000\n"), done.stderr


@pytest.mark.parametrize(
    ("find", "text", "made"),
    [
        ("\u0130I", "x\u0130Iy\u0130i", "x-y-"),
        ("\u03a3", "\u03bf\u03c2 \u03c3", "\u03bf- -"),
        ("STRASSE", "stra\u00dfe", "stra\u00dfe"),
    ],
)
def test_letters_without_regard_to_capitals_keep_their_places(find: str, text: str, made: str) -> None:
    """A letter whose small form is longer, and one that has two: what stands beside them is neither cut nor moved."""
    replacing = node(actionId="text.find-replace", caseSensitive=False, find=find, replace="-")
    assert run_inline(replacing, {"text": text})["data"] == made


def test_a_batch_of_shared_texts_is_not_written_out_to_be_refused() -> None:
    """A thousand items, each with the same long text: refused by its weight."""
    batch = node(actionId="batch.cartesian")
    with pytest.raises(ResultTooLarge):
        run_inline(batch, {"a": list(range(1000)), "b": {"x": [1.5] * (MAX_RESULT // 8)}})


@pytest.mark.parametrize(("levels", "taken"), [(100, True), (237, True), (250, False), (5000, False)])
def test_what_is_handed_on_can_be_written_within_what_it_comes_to_stand_in(levels: int, *, taken: bool) -> None:
    """Outputs of outputs: refused as soon as an event with all results could not be written, not by that event."""
    deep: dict[str, Any] = {"type": "json"}
    for _ in range(levels):
        deep = {"a": deep}
    try:
        made = TextRoom().take(node(), deep)
    except ResultTooLarge:
        made = None
    assert (made is not None) is taken
    assert not taken or orjson.dumps({"event": {"data": {"outputs": {"n": {"data": [made]}}}}})


def test_a_prompt_is_bounded_by_what_a_prompt_may_have() -> None:
    """In characters, whatever their bytes: it is asked, not handed on. Gigabytes of it are not joined all the same."""
    words = "\u6587" * 100_000
    assert text_prompt(node(), {"text": words}) == words
    with pytest.raises(TextTooLong):
        text_prompt(node(), {"text": [words] * 10_000})
