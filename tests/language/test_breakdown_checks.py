"""A breakdown of another hand: in the format, and about this text; else the field is named."""

import json
from typing import Any

import pytest

from wzrd.contracts.breakdown import Breakdown
from wzrd.domain.errors import BadRequest
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.pages import scene_page
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.breakdown.checks import check_breakdown, parse_breakdown

SCENES = [SceneBrief(1, script=("Mike gives Sid the coin. Mike leaves.", Line("SID", "Wait.")))]
BEAT = {"span": "Mike gives Sid the coin.", "act": "hand_over", "who": ["MIKE"], "whom": ["SID"], "props": ["COIN"]}


def brought(**changes: Any) -> Breakdown:
    """A breakdown that fits, its beat changed."""
    value = {
        "people": [{"id": "MIKE", "name": "Mike"}, {"id": "SID", "name": "Sid"}],
        "props": [{"id": "COIN", "name": "silver coin"}],
        "scenes": [{"number": 1, "present": ["MIKE"], "beats": [{**BEAT, **changes}]}],
    }
    return parse_breakdown(json.dumps(value).encode())


def test_each_span_gets_its_place() -> None:
    """In the scene's text; the second of two equal ones where it comes second."""
    found = check_breakdown(brought(), SCENES).scenes[0].beats[0]
    assert scene_page(SCENES[0]).text[found.start :].startswith(found.span)


def test_what_the_rules_read_passes() -> None:
    """The command's own output is brought back unchanged."""
    read = read_breakdown(SCENES)
    assert check_breakdown(parse_breakdown(read.model_dump_json().encode()), SCENES) == read


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"span": "Mike eats."}, "scenes.0.beats.0.span", "no such words"),
        ({"who": ["MIK"]}, "scenes.0.beats.0.who", "did you mean MIKE?"),
        ({"props": ["RING"]}, "scenes.0.beats.0.props", "'RING' is listed nowhere"),
        ({"feelings": {"ANN": "joy"}}, "scenes.0.beats.0.feelings", "'ANN'"),
        ({"lines": [1]}, "scenes.0.beats.0", "no line 1"),
        ({"act": "gives"}, "scenes.0.beats.0.act", "'gives'"),
        ({"seconds": 0}, "scenes.0.beats.0.seconds", "greater than 0"),
        ({"speed": 1}, "scenes.0.beats.0.speed", "not permitted"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], field: str, told: str) -> None:
    """With the value, and what is near it."""
    with pytest.raises(BadRequest, match=told.replace("?", r"\?")) as caught:
        check_breakdown(brought(**changes), SCENES)
    assert caught.value.details["field"] == field


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 2}', b"\xff\xfe", b'{"scenes": [{"number": 7}]}'])
def test_a_file_that_is_no_breakdown_is_refused(content: bytes) -> None:
    """Whatever is in it."""
    with pytest.raises(BadRequest):
        check_breakdown(parse_breakdown(content), SCENES)
