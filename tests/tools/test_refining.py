"""Sources of one schema: which stands, and what it is refined by."""

from typing import Any

import pytest

from tools.model_schemas.refining import adopt, adopt_page, refine
from wzrd.models.schemas.openapi import PLATFORM

NPM, PAGE = "npm @fal-ai/client", "https://fal.ai/models/v/clip/api"


def clip(**seconds: Any) -> dict[str, Any]:
    """A schema whose one field is a length."""
    return {"type": "object", "properties": {"duration": seconds}, "additionalProperties": False}


TOLD = clip(enum=[4, 8, 12], default=4)
DECLARED = {"sources": {NPM: "2026-05-01 1.10.1"}, "schema": clip(enum=["4", "8"], default="4")}


def test_a_live_answer_is_adopted_whole() -> None:
    """It says all: nothing older is added, neither then nor by an older release that is read again."""
    row = adopt(DECLARED, TOLD, PLATFORM, "2026-11-29")
    assert row == {"sources": {PLATFORM: "2026-11-29"}, "schema": TOLD}
    assert adopt(row, DECLARED["schema"], NPM, "2026-05-01 1.10.1") == row
    assert adopt(None, TOLD, PLATFORM, "2026-11-29") == row


def test_declarations_that_are_younger_are_refined_by_it() -> None:
    """A release of a later day has the newest fields, and tells no kind of number."""
    row = adopt({"sources": {PLATFORM: "2026-01-02"}, "schema": TOLD}, DECLARED["schema"], NPM, "2026-05-01 1.10.1")
    assert row["schema"]["properties"]["duration"] == {"enum": [4, 8], "default": 4}
    assert row["sources"] == {PLATFORM: "2026-01-02", NPM: "2026-05-01 1.10.1"}


@pytest.mark.parametrize(("date", "stands"), [("2026-11-28", True), ("2026-04-30", False)])
def test_a_page_stands_until_something_younger_is_read(date: str, stands: bool) -> None:
    """Written by hand of a model that no release has rightly, it must not hide what is told later."""
    page = {"id": "v/clip", "source": PAGE, "date": date, "schema": clip(enum=["6s"])}
    row = adopt_page(DECLARED, page)
    assert (row["schema"] == page["schema"]) == stands
    assert (PAGE in row["sources"]) == stands
    part = {**page, "schema": {"properties": {"duration": {"enum": [4, 8]}}}}
    assert adopt_page(DECLARED, part)["schema"]["properties"]["duration"]["enum"] == ([4, 8] if stands else ["4", "8"])


def test_declarations_are_refined_by_what_an_answer_told_before() -> None:
    """Numbers that declarations write as texts, bounds that they leave out; fields are theirs alone."""
    newer = {
        "properties": {
            "duration": {"enum": ["4", "8", "12"], "default": "4"},
            "model": {"enum": ["v1"], "default": "v1"},
            "steps": {"type": "number", "default": 80},
            "prompt": {"type": "string"},
            "size": {"anyOf": [{"type": "object", "properties": {"w": {"type": "number"}}}, {"enum": ["auto"]}]},
            "urls": {"type": "array", "items": {"type": "string"}},
        }
    }
    older = {
        "properties": {
            "duration": {"enum": [4, 8], "default": 4},
            "model": {"enum": ["v2", "v2-pro"], "default": "v2"},
            "steps": {"type": "integer", "minimum": 1, "maximum": 12, "default": 8},
            "prompt": {"type": "string", "maxLength": 9},
            "size": {
                "anyOf": [{"enum": ["auto", "big"]}, {"type": "object", "properties": {"w": {"type": "integer"}}}]
            },
            "urls": {"type": "array", "maxItems": 2},
            "gone": {"type": "string"},
        }
    }
    assert refine(newer, older)["properties"] == {
        "duration": {"enum": [4, 8, 12], "default": 4},
        "model": {"enum": ["v2", "v2-pro"], "default": "v2"},  # types of two models share a name
        "steps": {"type": "integer", "default": 8, "minimum": 1, "maximum": 12},
        "prompt": {"type": "string", "maxLength": 9},
        "size": {"anyOf": [{"type": "object", "properties": {"w": {"type": "integer"}}}, {"enum": ["auto"]}]},
        "urls": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    }


def test_sources_are_merged_by_their_dates() -> None:
    """The younger one's fields with the older one's bounds, in either order; nobody is heard twice."""
    typed = {"type": "object", "properties": {"duration": {"enum": ["4", "8"]}, "new": {"type": "string"}}}
    told = {"type": "object", "properties": {"duration": {"enum": [4]}, "old": {"type": "string"}}}
    made = {"type": "object", "properties": {"duration": {"enum": [4, 8]}, "new": {"type": "string"}}}
    one_way = adopt(adopt(None, told, "api", "2026-01-28"), typed, "npm", "2026-05-04 1.10.1")
    other_way = adopt(adopt(None, typed, "npm", "2026-05-04 1.10.1"), told, "api", "2026-01-28")
    assert one_way["schema"] == other_way["schema"] == made
    assert one_way["sources"] == {"api": "2026-01-28", "npm": "2026-05-04 1.10.1"}
    assert adopt(one_way, typed, "npm", "2026-05-04 1.10.1") == one_way
