"""Where the addresses of media stand in a generation's inputs."""

from typing import Any

import pytest

from wzrd.models.references import find_parts, find_strays, replace_parts

SHOWN = [
    {"role": "system", "content": "look at https://words.example/not-shown.png"},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "https://words.example/a.png"},
            {"type": "image_url", "image_url": {"url": "http://h/a.png", "detail": "low"}},
            {"type": "audio_url", "audio_url": {"url": "data:audio/mpeg;base64,AA=="}},
            {"type": "image_url", "image_url": {"url": "h/no-address"}},
        ],
    },
]


def test_what_a_chat_shows_is_found_and_replaced() -> None:
    """Parts that name a file, and no words; the rest stays as it was, and so does what was handed in."""
    assert list(find_parts(SHOWN)) == [
        (("messages", 1, "content", 1, "image_url", "url"), "http://h/a.png"),
        (("messages", 1, "content", 2, "audio_url", "url"), "data:audio/mpeg;base64,AA=="),
    ]
    made: Any = replace_parts(SHOWN, lambda url: url.upper())
    assert made[0] == SHOWN[0]
    assert made[1]["content"][1] == {"type": "image_url", "image_url": {"url": "HTTP://H/A.PNG", "detail": "low"}}
    assert made[1]["content"][2]["audio_url"]["url"] == "DATA:AUDIO/MPEG;BASE64,AA=="
    assert [made[1]["content"][at] for at in (0, 3)] == [SHOWN[1]["content"][at] for at in (0, 3)]
    assert next(url for _, url in find_parts(SHOWN)) == "http://h/a.png"


ODD: list[Any] = [None, "x", 5, [None], [{"content": "x"}], [{"content": [None, {"type": []}]}]]


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_chat_shows_nothing(odd: object) -> None:
    """Whatever a client sends."""
    assert list(find_parts(odd)) == []
    assert replace_parts(odd, str.upper) == odd


def test_what_stands_for_an_address_and_is_none() -> None:
    """By the name of its input, also in a list; words, and what is empty, may be anything."""
    strays = [" http://10.0.0.1/a.png", "//10.0.0.1/a.png", "javascript:alert(1)", "file:///etc/passwd", "a.png"]
    inputs = {"image_url": "", "image_urls": [*strays, "HTTPS://h/a.png"], "style": "b.png", "prompt": "x_url"}
    assert list(find_strays(inputs)) == [(("image_urls", at), one) for at, one in enumerate(strays)]
