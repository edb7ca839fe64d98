"""References are allotted to the places of every model; each that does not fit is told."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest
from wzrd.models.catalog import Model
from wzrd.models.reference_slots import Wanted, allot, reference_fields, reference_slots
from wzrd.models.references import find_references
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import image_body, video_body

ROWS = [model for model in routed_catalog().listed if model.media_type in {"image", "video"}]
STILL = "https://example.com/still.png"


@st.composite
def wishes(draw: st.DrawFn) -> list[Wanted]:
    """References as a shot has them: people, a place, things, a style."""
    people, props = draw(st.integers(0, 12)), draw(st.integers(0, 6))
    kinds = ["person"] * people + ["place"] * draw(st.integers(0, 1)) + ["prop"] * props
    kinds += ["style"] * draw(st.integers(0, 1))
    return [Wanted(f"{kind}/{at}", kind, f"{kind} {at}") for at, kind in enumerate(kinds)]


def body_of(model: Model, fields: dict[str, Any]) -> dict[str, Any] | None:
    """The body of a model with these references; None where it makes nothing of a still, or of words."""
    try:
        if model.media_type == "image":
            return image_body(model, prompt="A shot.", aspect_ratio="16:9", references=fields).inputs
        return video_body(
            model, prompt="A shot.", image_url=STILL, aspect_ratio="16:9", seconds=5.0, references=fields
        ).inputs
    except BadRequest:
        return None


@given(wishes())
def test_all_that_fits_is_sent_and_the_rest_is_told(wanted: list[Wanted]) -> None:
    """Up to the places in every model of the catalog; nobody is left out while there is a place for them."""
    for model in ROWS:
        slots = reference_slots(model)
        allotment = allot(wanted, slots)
        placed, left = [one.wanted for one in allotment.placed], [one for one, _ in allotment.left_out]
        assert sorted((*placed, *left), key=wanted.index) == wanted, "each is placed or told, once"
        assert placed == [one for one in wanted if one in placed], "in the order of their weight"
        assert all(reason for _, reason in allotment.left_out)
        counts = {slot.field: sum(one.slot == slot for one in allotment.placed) for slot in slots.fields}
        assert all(counts[slot.field] <= slot.most for slot in slots.fields)
        assert len(placed) <= max(0, slots.most)
        for one in left:
            able = [slot for slot in slots.fields if one.kind in slot.kinds]
            later = [other for other in placed if wanted.index(other) > wanted.index(one)]
            assert all(other.kind != one.kind for other in later), "nobody lighter of the kind has a place"
            assert len(placed) == slots.most or all(counts[slot.field] == slot.most for slot in able)


@settings(max_examples=8, deadline=None)
@given(wishes())
def test_the_payload_has_exactly_these(wanted: list[Wanted]) -> None:
    """Each address stands in the body that leaves, which is valid by the vendor's schema; a clip's still too."""
    for model in ROWS:
        allotment = allot(wanted, reference_slots(model))
        urls = {one.wanted.key: f"https://example.com/{at}.jpg" for at, one in enumerate(allotment.placed)}
        fields = reference_fields([(one, urls[one.wanted.key]) for one in allotment.placed], STILL)
        bare = body_of(model, {})
        body = body_of(model, fields)
        if body is None:
            assert bare is None, "references make no body invalid"
            continue
        ours = {url for _, url in find_references(body) if url.startswith("https://example.com/")}
        assert ours == {*urls.values(), *([STILL] if model.media_type == "video" else [])}


@pytest.mark.parametrize(
    ("model_id", "most"),
    [
        ("fal-ai/flux/schnell", 0),
        ("fal-ai/flux/dev/image-to-image", 1),
        ("fal-ai/qwen-image-2/edit", 3),
        ("gmi/gemini-3.1-flash-image-preview", 14),
        ("bytedance/seedance-2.0/reference-to-video", 8),
        ("fal-ai/kling-video/o1/reference-to-video", 6),
        ("gmi/seedance-2.0-i2v", 0),
        ("gmi/ltx-fast-i2v", 0),
    ],
)
def test_places_follow_from_the_schema(model_id: str, most: int) -> None:
    """None, one, as many as the schema or its vendor says; a still in the list takes one, or excludes them."""
    assert reference_slots(routed_catalog().models[model_id]).most == most


def test_tags_count_with_the_still() -> None:
    """`@Image1` is the still where it stands in the list; elements count for themselves."""
    wanted = [Wanted("person/A", "person", "A"), Wanted("place/B", "place", "B")]

    def tags(model_id: str) -> list[str]:
        return [one.tag for one in allot(wanted, reference_slots(routed_catalog().models[model_id])).placed]

    assert tags("bytedance/seedance-2.0/reference-to-video") == ["@Image2", "@Image3"]
    assert tags("fal-ai/kling-video/o1/reference-to-video") == ["@Element1", "@Image2"]
    assert tags("fal-ai/nano-banana-2/edit") == ["", ""]
