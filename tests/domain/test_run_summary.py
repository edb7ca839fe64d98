"""A run's end in one line and as a dictionary: what people count, why something is missing, what it cost."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from wzrd.domain.run_summary import MAX_URLS, RunEnd, describe_end, describe_start, result_of_run
from wzrd.domain.runs import Item


def piece(
    key: str,
    entity_type: str | None,
    status: str = "succeeded",
    error: str | None = None,
    output: Mapping[str, Any] | None = None,
) -> Item:
    """An item, as far as it is looked at."""
    return Item(key, 0, entity_type, None, status, None, 1, error, output, 0, delivered=False)


def pictures(done: int, *errors: str) -> list[Item]:
    made = [piece(f"image/{i}", "shot_image", output={"url": f"http://x/{i}.png"}) for i in range(done)]
    return made + [piece(f"image/f{i}", "shot_image", "failed", error) for i, error in enumerate(errors)]


def film(lost: int) -> list[Item]:
    """Seven shots, one voice, what is made of all."""
    shots = [piece(f"visual/{i}", "timeline_asset", "failed" if i < lost else "succeeded") for i in range(7)]
    rest = [piece(key, "timeline_asset") for key in ("voice/1", "score", "mix", "film")]
    return [*shots, *rest]


BUSY = "fal-ai answered 429: slow down, please"


@pytest.mark.parametrize(
    ("status", "items", "charged", "error", "told"),
    [
        ("partial", pictures(7, BUSY, BUSY), 14, None, "7 of 9 pictures · 2 failed: fal-ai 429 · 14 credits"),
        ("succeeded", pictures(2), 1, None, "2 of 2 pictures · 1 credit"),
        ("failed", pictures(0, "a\nb", BUSY, BUSY, "c"), 0, "x", "0 of 4 pictures · 4 failed: fal-ai 429; a b · free"),
        ("succeeded", [], 0, None, "nothing to do · free"),
        ("failed", [], 0, "No scene", "No scene · free"),
        ("failed", [piece("shot/1", "shot", "failed", None)], 0, "Flow died", "no shot · 1 failed · Flow died · free"),
        ("succeeded", [piece("output", "video")], 40, None, "1 clip · 40 credits"),
        ("failed", [piece("output", "image", "failed", BUSY)], 0, BUSY, "no picture · 1 failed: fal-ai 429 · free"),
        (
            "canceled",
            [piece("shot/1", "shot"), piece("shot/2", "shot", "canceled"), piece("shot/3", "shot", "canceled")],
            1,
            "Canceled",
            "1 of 3 shots · 2 not made · canceled · 1 credit",
        ),
        (
            "partial",
            [piece("a", "shot_video"), piece("b", "shot_video", "skipped", "may have been made")],
            4,
            None,
            "1 of 2 clips · 1 skipped · 4 credits",
        ),
        ("succeeded", film(0), 0, None, "7 of 7 shots · free"),
        ("partial", film(2), 0, None, "5 of 7 shots · 2 failed · free"),
        (
            "succeeded",
            [piece("n", "compute_node"), *(piece(f"n#{i}", "compute_node") for i in range(3))],
            9,
            None,
            "1 node · 9 credits",
        ),
        ("succeeded", [piece("a", "image"), piece("b", "video")], 0, None, "2 of 2 items · free"),
    ],
)
def test_the_line(status: str, items: list[Item], charged: int, error: str | None, told: str) -> None:
    """Counts first, then what is missing and why, then the price."""
    assert describe_end(RunEnd("r", "k", status, charged, error), items) == told


@pytest.mark.parametrize(
    ("items", "waits", "told"),
    [
        ([], 8, "8 clips await approval · free"),
        ([piece("a", "shot_video")], 1, "1 clip · 1 clip awaits approval · free"),
        ([piece("a", "shot_video")], 0, "1 clip · free"),
    ],
)
def test_what_awaits_approval_is_told(items: list[Item], waits: int, told: str) -> None:
    """A batch that found nothing approved says how much waits; it is not done."""
    assert describe_end(RunEnd("r", "k", "succeeded", 0, result={"awaitingApproval": waits}), items) == told


@pytest.mark.parametrize(
    ("items", "cost", "told"),
    [
        ([piece("a", "shot_image", "pending"), *pictures(1)], 5, "1 picture to make · 5 credits at most"),
        ([piece(name, "shot_video", "pending") for name in "ab"], 0, "2 clips to make · free"),
        ([], 1, "1 credit at most"),
    ],
)
def test_the_line_before_it_begins(items: list[Item], cost: int, told: str) -> None:
    """The line tells what is left to make, and what it may cost."""
    assert describe_start(items, cost) == told


def test_a_long_reason_is_cut() -> None:
    """It is a line, not a log."""
    told = describe_end(RunEnd("r", "k", "failed", 0), pictures(0, "x" * 500))
    assert len(told) < 140
    assert "…" in told


def test_the_result() -> None:
    """JSON, the run's own file first, each address once, bounded; items that failed have none."""
    items = [
        *pictures(2, BUSY),
        piece("n", "compute_node", output={"result": {"url": "http://x/n.png", "urls": ["http://x/n.png", 7, "a"]}}),
        piece("bad", "compute_node", "failed", "x", {"url": "http://x/bad.png"}),
    ]
    end = RunEnd("r", "auto-generate", "partial", 3, "e", "incomplete", {"sheetUrl": "http://x/sheet.png"})
    result = result_of_run(end, items)
    assert json.loads(json.dumps(result)) == {
        "run_id": "r",
        "kind": "auto-generate",
        "status": "partial",
        "total": 5,
        "succeeded": 3,
        "failed": 2,
        "skipped": 0,
        "urls": ["http://x/sheet.png", "http://x/0.png", "http://x/1.png", "http://x/n.png"],
        "credits": 3,
        "error": "e",
        "error_code": "incomplete",
    }
    assert len(result_of_run(end, pictures(2 * MAX_URLS))["urls"]) == MAX_URLS
