"""Which files a tool works on: by handle and medium, in the order of edges, out of lists and results."""

from typing import Any

import pytest

from wzrd.domain.errors import BadRequest
from wzrd.graph.tool_files import find_files

A, B, C, D = (f"https://media.example/{name}" for name in "abcd")


def result(media: str, *urls: str) -> dict[str, Any]:
    return {"type": media, "url": urls[0], "urls": list(urls)}


@pytest.mark.parametrize(
    ("action_id", "inputs", "params", "wanted"),
    [
        ("image.flip", {"image": A}, {}, [[A]]),
        ("image.flip", {"image": A, "image_asset": result("image", A)}, {}, [[A]]),
        ("image.flip", {"input": result("image", A)}, {}, [[A]]),
        ("image.flip", {"image": [A, B]}, {}, [[A]]),
        ("image.flip", {"input": "a text", "asset": A}, {}, [[A]]),
        ("image.flip", {"input": A, "input_asset": result("video", A), "media": B}, {}, [[B]]),
        ("image.flip", {}, {"imageUrl": A}, [[A]]),
        ("image.flip", {}, {"url": A}, [[A]]),
        ("image.flip", {"image": B}, {"url": A}, [[B]]),
        ("image.flip", {"image": "data:image/png;base64,AA"}, {}, [["data:image/png;base64,AA"]]),
        ("video.reverse", {"video": A, "image": B}, {}, [[A]]),
        ("video.stitch", {"video": [A, B, C]}, {}, [[A, B, C]]),
        ("video.stitch", {"clips": [A, [B, A]]}, {}, [[A, B, A]]),
        ("video.stitch", {"clips": [A], "video": B}, {}, [[A, B]]),
        ("video.stitch", {"input": [A, B], "input_asset": [result("video", A), result("video", B)]}, {}, [[A, B]]),
        ("video.stitch", {"video": A, "video_asset": result("video", A, B, C)}, {}, [[A, B, C]]),
        (
            "video.stitch",
            {"video": [A, D], "video_asset": [result("video", A, B), result("video", D)]},
            {},
            [[A, B, D]],
        ),
        ("video.stitch", {"video": [A, B, C], "video_asset": [result("video", A), result("image", B)]}, {}, [[A, C]]),
        ("video.stitch", {}, {"clips": [A, B]}, [[A, B]]),
        ("video.blend", {"video_a": A, "video_b": B}, {}, [[A, B]]),
        ("video.watermark", {"video": A, "watermark": B}, {}, [[A], [B]]),
        ("video.watermark", {"video": A}, {"text": "Mara"}, [[A], []]),
        ("video.watermark", {"input": A}, {"text": "Mara"}, [[A], []]),
        ("video.merge-audio-video", {"video": A, "audio": B}, {}, [[A], [B]]),
        ("video.merge-audio-video", {"video": A, "sound": result("audio", B)}, {}, [[A], [B]]),
        ("audio.trim", {"video": A, "video_asset": result("video", A)}, {}, [[A]]),
        ("audio.merge", {"audio": [result("audio", A), result("video", B)]}, {}, [[A, B]]),
        ("video.reverse", {"video": {"urls": [B]}}, {}, [[B]]),
    ],
)
def test_files_are_found(
    action_id: str, inputs: dict[str, Any], params: dict[str, Any], wanted: list[list[str]]
) -> None:
    """Files that arrive count before those that the node holds itself; another medium's are passed over."""
    assert find_files(action_id, inputs, params) == wanted


MISSING: list[tuple[str, dict[str, Any], str]] = [
    ("image.flip", {}, "image.flip requires an image input."),
    ("image.flip", {"image": "not an address"}, "image.flip requires an image input."),
    ("image.flip", {"image": A, "image_asset": result("video", A)}, "image.flip requires an image input."),
    ("video.stitch", {"video": A}, "video.stitch requires at least 2 video inputs, and has 1."),
    ("video.merge-audio-video", {"video": A}, "video.merge-audio-video requires an audio input."),
    ("video.stitch", {"video": [A] * 33}, "video.stitch takes 32 video inputs at most, not 33."),
    ("image.flip", {"image": [[[None, 7, {}]], {"url": ""}]}, "image.flip requires an image input."),
]


@pytest.mark.parametrize(("action_id", "inputs", "words"), MISSING)
def test_what_is_missing_is_said(action_id: str, inputs: dict[str, Any], words: str) -> None:
    """By medium and number, as the studio words it."""
    with pytest.raises(BadRequest) as refused:
        find_files(action_id, inputs, {})
    assert refused.value.message == words


def test_deep_lists_are_read_without_recursion_errors() -> None:
    """A hostile graph nests what it likes."""
    nested: Any = A
    for _ in range(3_000):
        nested = [nested]
    assert find_files("image.flip", {"image": nested}, {}) == [[A]]
