"""The gen-shots contract: what a body may say, which field is named when it may not, and the events' shapes."""

import math
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wzrd.contracts.gen_shots import HIGHEST_SHOT_NUMBER, PHASES, GenShotsRequest, meta, shot
from wzrd.contracts.wire import loads
from wzrd.domain.credits import DEFAULT_SHOTS, clamp_shot_count

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def parse(**body: Any) -> GenShotsRequest:
    return GenShotsRequest.model_validate({"projectId": "p", **body})


def wrong_fields(**body: Any) -> set[str]:
    with pytest.raises(ValidationError) as refused:
        GenShotsRequest.model_validate(body)
    return {".".join(str(part) for part in error["loc"]) for error in refused.value.errors()}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("projectId", None), ("projectId", 7), ("projectId", ""), ("projectId", ["p"]), ("projectId", "p" * 201),
        ("sceneId", 7), ("sceneId", {}), ("sceneId", True), ("sceneId", "s" * 201),
        ("requestId", 7), ("requestId", []), ("requestId", "r" * 201),
        ("shotCount", ""), ("shotCount", True), ("shotCount", False), ("shotCount", [3]), ("shotCount", ["3"]),
        ("shotCount", {}), ("shotCount", 10**400),
        ("existingShots", "x"), ("existingShots", {}), ("existingShots", 3), ("existingShots", True),
    ],
)  # fmt: skip
def test_a_wrong_type_names_its_field(field: str, value: Any) -> None:
    """Nothing is coerced but a numeric text for the count, and the error's place is spelled as on the wire."""
    assert wrong_fields(**{"projectId": "p", field: value}) == {field}


@pytest.mark.parametrize(
    ("sent", "shots"),
    [
        ("3", 3), ("3.7", 3), ("3.", 3), (".9", 1), (" 4 ", 4), ("\t\n5\ufeff", 5), ("+2", 2), ("-2", 1), ("0", 1),
        ("-0", 1), ("007", 6), ("1e0", 1), ("2E+0", 2), ("25e-1", 2), ("1e9", 6), ("1e999", 6), ("0x3", 3), ("0X1f", 6),
        ("0b101", 5), ("0o4", 4), ("Infinity", 6), ("-Infinity", 1), ("9" * 100, 6), (None, 3), (1e9, 6), (3.7, 3),
    ],
)  # fmt: skip
def test_a_count_as_a_text_is_read_as_javascript_reads_it(sent: Any, shots: int) -> None:
    """The original compared whatever it was sent with numbers: the text becomes a number, then floor, then clamp."""
    count = parse(shotCount=sent).shot_count
    assert clamp_shot_count(DEFAULT_SHOTS if count is None else count) == shots


@pytest.mark.parametrize(
    "text",
    ["abc", "three", "", " ", "\u3000", "3 4", "3,7", "1_0", "٣", "\uff13", "0x", "0xg", "-0x3", "+0b1", "0o8", "3px",
     "NaN", "nan", "inf", "infinity", "e3", ".", "+", "1e", "1e1.5", "--3", "true", "null", "[3]", "3\0", "\x1c3",
     "\x853", "9" * 101, "0x" + "f" * 99],
)  # fmt: skip
def test_a_text_that_is_no_number_is_refused_by_name(text: str) -> None:
    """Also what only Python takes for a number, and an empty text, which JavaScript takes for 0."""
    assert wrong_fields(projectId="p", shotCount=text) == {"shotCount"}


@given(st.text(alphabet="0123456789.+-eExXoObBafInity \t_", max_size=12))
def test_no_text_is_read_as_anything_but_a_count(text: str) -> None:
    """Whatever text arrives, it is refused by name, or means one to six shots."""
    try:
        body = parse(shotCount=text)
    except ValidationError as refused:
        assert {error["loc"] for error in refused.errors()} == {("shotCount",)}  # noqa: PT017 - both ends are right
    else:
        assert body.shot_count is not None
        assert 1 <= clamp_shot_count(body.shot_count) <= 6


def test_several_wrong_fields_are_all_named() -> None:
    """A caller learns of everything at once."""
    assert wrong_fields(sceneId=1, shotCount="x") == {"projectId", "sceneId", "shotCount"}


@pytest.mark.parametrize("field", ["sceneId", "requestId", "shotCount", "existingShots"])
def test_null_is_as_good_as_absent(field: str) -> None:
    """Both mean the default."""
    assert parse(**{field: None}) == parse()


def test_the_defaults() -> None:
    """Without anything but a project: first scene, three shots, an id of ours, no shots known."""
    body = parse()
    assert (body.scene_id, body.shot_count, body.request_id, body.highest_number) == (None, None, None, 0)
    assert clamp_shot_count(DEFAULT_SHOTS) == 3


@given(st.dictionaries(st.text(max_size=8).filter(lambda k: k not in GenShotsRequest.model_fields), JSON, max_size=4))
def test_unknown_fields_are_ignored(extra: dict[str, Any]) -> None:
    """A newer or stranger client may say more than we know."""
    known = {field.alias for field in GenShotsRequest.model_fields.values()}
    assert parse(**{key: value for key, value in extra.items() if key not in known}) == parse()


@given(JSON, st.sampled_from(["projectId", "sceneId", "requestId", "shotCount", "existingShots"]))
def test_any_json_is_taken_or_refused_by_name(value: Any, field: str) -> None:
    """No value whatever raises anything else, and what is taken makes a count within bounds."""
    try:
        body = GenShotsRequest.model_validate({"projectId": "p", field: value})
    except ValidationError as refused:
        assert {str(error["loc"][0]) for error in refused.errors()} == {field}  # noqa: PT017 - both ends are right
    else:
        assert 1 <= clamp_shot_count(3 if body.shot_count is None else body.shot_count) <= 6
        assert 0 <= body.highest_number <= HIGHEST_SHOT_NUMBER


@pytest.mark.parametrize(
    "text", ['{"shotCount":1e999}', '{"shotCount":NaN}', '{"shotCount":Infinity}', '{"shotCount":-1e999}']
)
def test_our_parser_lets_no_endless_number_in(text: str) -> None:
    """JSON has no infinity; numbers that overflow are no JSON for us."""
    with pytest.raises(ValueError, match="line 1 column"):
        loads(text)


@pytest.mark.parametrize(("count", "clamped"), [(math.inf, 6), (-math.inf, 1), (math.nan, 3), (1e308, 6), (2.5, 2)])
def test_an_endless_number_from_another_parser_is_clamped(count: float, clamped: int) -> None:
    """Even if one came through (Prefect's form, another parser), it means one to six shots."""
    body = parse(shotCount=count)
    assert body.shot_count is not None
    assert clamp_shot_count(body.shot_count) == clamped


@pytest.mark.parametrize(
    "garbage", [1, None, "x", [], True, {"shot_number": "7"}, {"shot_number": True}, {"shot_number": []}]
)
def test_garbage_among_the_existing_shots_is_named_by_place(garbage: Any) -> None:
    """The second of three is wrong, and the error says so."""
    (place,) = wrong_fields(projectId="p", existingShots=[{"shot_number": 1}, garbage, {}])
    assert place.startswith("existingShots.1")


def test_existing_shots_tell_the_highest_number() -> None:
    """Only numbers count; null, absurd, negative, endless and absent ones do not, and other fields may be anything."""
    numbers: list[Any] = [3, 7.9, None, -5, 10**12, HIGHEST_SHOT_NUMBER + 1, math.inf, -math.inf, math.nan]
    body = parse(existingShots=[{"id": object, "shot_number": n, "title": []} for n in numbers] + [{}])
    assert body.highest_number == 7
    assert parse(existingShots=[{"shot_number": HIGHEST_SHOT_NUMBER}]).highest_number == HIGHEST_SHOT_NUMBER


def test_too_many_existing_shots_are_refused() -> None:
    """A list without end is no storyboard."""
    assert wrong_fields(projectId="p", existingShots=[{}] * 10_001) == {"existingShots"}


def test_the_events_have_the_documented_fields_in_order() -> None:
    """`meta` and `shot` as the documentation spells and orders them; a `creating` shot has nothing to say yet."""
    a, b, c = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)
    assert list(meta(request_id="r", project_id=a, scene_id=b, latency=5).items()) == [
        ("requestId", "r"), ("projectId", str(a)), ("sceneId", str(b)), ("latency", 5),
    ]  # fmt: skip
    event = shot(shot_id=c, project_id=a, scene_id=b, shot_number=4, status="creating")
    assert set(event) == {
        "id", "scene_id", "project_id", "shot_number", "status", "title", "description", "visual_prompt", "thumbnail",
    }  # fmt: skip
    assert [event[name] for name in ("title", "description", "visual_prompt", "thumbnail")] == [None] * 4
    assert PHASES == ("creating", "drafting", "enriching", "ready")
