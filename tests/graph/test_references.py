"""Which addresses a node's inputs and params refer to."""

from typing import Any

import pytest

from wzrd.graph.references import MAX_REFERENCES, collect_references

U, V, W = "https://x/u.png", "https://x/v.png", "https://x/w"


FOUND: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"reference": U}, {}, f"image {U}"),
    ({"images": [U, [V, {"url": U}], {"url": V}]}, {}, f"image {U} image {V}"),
    ({"image_url": U, "referenceImageUrls": [V]}, {}, f"image {V} image {U}"),
    ({"image": U}, {"image_urls": [U, V]}, f"image {U} image {V}"),
    ({"video": W, "audio": {"url": V}}, {"image": U}, f"video {W} audio {V} image {U}"),
    ({"reference": W, "reference_asset": {"type": "video", "url": W}}, {}, f"video {W}"),
    ({"image": "a cat"}, {"image": ""}, ""),
    ({"image": None, "images": [None, 7, {}]}, {}, ""),
    ({"style": U, "prompt": U}, {}, ""),
    ({"image": "data:image/png;base64,AAAA"}, {}, "image data:image/png;base64,AAAA"),
    ({"image": f"  {U} "}, {}, f"image {U}"),
    ({"image": "javascript:alert(1)", "image_url": "file:///etc/passwd"}, {}, ""),
]


@pytest.mark.parametrize(("inputs", "params", "found"), FOUND)
def test_references(inputs: dict[str, Any], params: dict[str, Any], found: str) -> None:
    """Each once, inputs first, of the kind that the key or the result says; no address, no reference."""
    assert " ".join(f"{one.type} {one.url}" for one in collect_references(inputs, params)) == found


def test_references_are_bounded() -> None:
    """And a list in lists in lists is gone through without recursion."""
    deep: Any = U
    for _ in range(5_000):
        deep = [deep]
    assert [one.url for one in collect_references({"image": deep}, {})] == [U]
    assert len(collect_references({"images": [f"{U}?{n}" for n in range(500)]}, {})) == MAX_REFERENCES
