"""Expected results of nodes: they have the shape of the real ones."""

from typing import Any

import pytest

from tests.graph.graphs import node
from wzrd.domain.errors import BadRequest
from wzrd.graph.actions import ACTIONS, work_of
from wzrd.graph.batches import expand
from wzrd.graph.binding import extract
from wzrd.graph.expectations import Expected, check_tool, expect_call, expect_local
from wzrd.graph.parameters import BadParameter
from wzrd.graph.references import collect_references


@pytest.mark.parametrize(
    ("action", "kind"), [("image.generate", "image"), ("video.edit", "video"), ("audio.tts", "audio")]
)
def test_a_file_that_is_to_be_made_is_a_reference(action: str, kind: str) -> None:
    """So that the node behind it is routed as it will be."""
    told = expect_call(ACTIONS[action], 1, open_=False)
    assert (told.known, told.open) == (False, False)
    arrives = {kind: extract(told.result), f"{kind}_asset": told.result}
    assert [one.type for one in collect_references(arrives, {})] == [kind]


def test_a_text_that_is_to_be_written_is_words() -> None:
    """Not empty: what needs a prompt has one."""
    assert extract(expect_call(ACTIONS["text.summarize"], 1, open_=False).result) == "…"


@pytest.mark.parametrize(("calls", "open_"), [(3, False), (1, True), (1000, True)])
def test_a_batch_that_is_to_be_made_is_its_items(calls: int, open_: bool) -> None:
    """The node behind it makes as many calls, as far as that is known."""
    told = expect_call(ACTIONS["image.generate"], calls, open_=open_)
    assert told.open is open_
    assert len(expand("single", {"image": extract(told.result), "image_asset": told.result})) == calls


@pytest.mark.parametrize(
    ("action", "inputs", "calls", "open_"),
    [
        ("video.reverse", {"video": "u"}, 1, False),
        ("video.reverse", {"video": ["u", "v"]}, 2, False),
        ("video.stitch", {"video": ["u", "v"]}, 1, False),
        ("video.split", {"video": "u"}, 1, True),
        ("video.split", {"video": []}, 1, True),
    ],
)
def test_what_a_tool_will_hand_on(action: str, inputs: dict[str, Any], calls: int, open_: bool) -> None:
    """One result a file, or one of all; a tool that makes several leaves open how many."""
    one = node(actionId=action)
    told = expect_local(one, work_of(one), Expected(inputs))
    items = told.result.get("data", {}).get("items", [told.result])
    assert (len(items), told.open) == (calls, open_)
    assert expect_local(one, work_of(one), Expected(inputs, known=False, open=True)).open


def test_a_tool_is_told_what_it_takes() -> None:
    """By the node, else by what arrives at a handle of that name."""
    one = node(actionId="video.speed", keepAudio="")
    check_tool(one, work_of(one), Expected({"speed": 2, "video": "https://x/v.mp4"}))
    with pytest.raises(BadParameter, match=r"speed must be a number from 0\.1 to 16, not 'fast'"):
        check_tool(one, work_of(one), Expected({"speed": "fast"}))
    own = node(actionId="video.speed", speed=3)
    check_tool(own, work_of(one), Expected({"speed": "fast", "video": "https://x/v.mp4"}))


def test_a_tool_that_lacks_its_file_is_told() -> None:
    """As far as it is known what arrives: what is yet to be made may be a file."""
    one = node(actionId="video.speed")
    check_tool(one, work_of(one), Expected({"video": {}}, known=False))
    with pytest.raises(BadRequest, match=r"video\.speed requires a video input"):
        check_tool(one, work_of(one), Expected({}))
    check_tool(node(actionId="video.speed", videoUrl="https://x/v.mp4"), work_of(one), Expected({}))
    with pytest.raises(BadRequest, match="a list that it goes through is empty"):
        check_tool(one, work_of(one), Expected({"video": []}))
