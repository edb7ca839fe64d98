"""Which addresses in a provider's JSON are results, and their replacement by ours."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.results import MAX_MEDIA, MediaUrl, media_urls, replace_urls

A, B, C = "https://v3.fal.media/files/a.png", "https://cdn.example.com/b.mp4?sig=1", "https://cdn.example.com/c.mp3"
NOTHING: list[Any] = [None, 3, True, "", [], {}, {"outcome": 3}]
DATA = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    ("result", "urls"),
    [
        pytest.param({"images": [{"url": A, "width": 4, "height": 3}, {"url": B}], "seed": 7}, [A, B], id="images"),
        pytest.param({"video": {"url": B, "content_type": "video/mp4"}}, [B], id="video"),
        pytest.param({"audio": {"url": C}}, [C], id="audio"),
        pytest.param({"audio_file": {"url": C}}, [C], id="audio file"),
        pytest.param({"audio_url": C}, [C], id="a bare member"),
        pytest.param({"images": [A, B]}, [A, B], id="bare texts"),
        pytest.param({"output": A}, [A], id="output"),
        pytest.param({"status": "success", "outcome": [A, B]}, [A, B], id="outcome"),
        pytest.param({"model_mesh": {"url": A, "content_type": "application/octet-stream"}}, [A], id="3d"),
        pytest.param({"data": {"deep": [{"x": {"url": A}}]}}, [A], id="deep"),
        pytest.param({"images": [{"url": DATA}]}, [DATA], id="in the answer itself"),
        pytest.param({"thumbnail_url": A, "video_url": B}, [B], id="a thumbnail beside a video"),
        pytest.param({"outcome": {"thumbnail_image_url": A}}, [A], id="only a thumbnail"),
        pytest.param({"thumbnail": {"url": A}, "video": {"url": B}}, [B], id="a thumbnail of its own"),
        pytest.param({"outcome": {"media_urls": [{"id": "0", "url": A}, {"id": "1", "url": B}]}}, [A, B], id="GMI"),
        pytest.param({"outcome": {"media_urls": [{"url": A}], "video_url": B}}, [B, A], id="GMI video first"),
        pytest.param({"outcome": {"media_urls": [{"url": A}, {"url": B}], "video_url": B}}, [A, B], id="GMI known"),
        pytest.param({"outcome": {"url": C, "media_urls": [{"url": A}], "video_url": B}}, [B, A, C], id="GMI url"),
        pytest.param({"outcome": {}, "media_urls": [{"url": A}]}, [A], id="GMI empty outcome"),
        pytest.param({"outcome": {"media_urls": [A]}, "payload": {"image_url": B}}, [A], id="GMI echoes the request"),
        pytest.param({"payload": {"image_url": A}, "status": "failed"}, [], id="only the request"),
        pytest.param({"input_video": {"url": A}, "video": {"url": B}}, [B], id="fal-ai/lightx echoes what was sent"),
        pytest.param({"inputImageUrls": [A]}, [], id="only what was sent"),
        pytest.param({"status_url": A, "response_url": B, "cancel_url": C}, [], id="the queue's own addresses"),
        pytest.param({"prompt": A, "text": A, "logs": [{"url": A}]}, [], id="texts are no results"),
        pytest.param({"images": [{"url": A}, {"url": A, "width": 5}]}, [A], id="twice"),
        pytest.param({"images": [{"url": "ftp://x/a"}, {"url": "file:///etc/passwd"}, {"url": 7}]}, [], id="others"),
        pytest.param({"image": {"url": "data:text/html,<script>"}}, [], id="a web page in the answer"),
        pytest.param({"url": "https://x/" + "a" * 9000}, [], id="endless"),
        pytest.param({"videoUrl": B, "imageURLs": [A], "uri": C}, [B, A, C], id="other spellings"),
        pytest.param({"statusUrl": A, "webhookURL": B, "sample": C}, [C], id="the queue's own, otherwise spelled"),
        pytest.param({"url": f"{A} b", "output": f"{B} is a clip"}, [f"{A} b"], id="a space in a file's name"),
        pytest.param([{"url": A}, B], [A, B], id="a list"),
        pytest.param(A, [A], id="a text"),
        *[(nothing, []) for nothing in NOTHING],
    ],
)
def test_which_addresses_are_results(result: Any, urls: list[str]) -> None:
    """As fal and GMI spell them: in order, each once, the request's own and thumbnails left out."""
    assert [media.url for media in media_urls(result)] == urls


@pytest.mark.parametrize(
    ("about", "media"),
    [
        ({"width": 1024, "height": 576}, MediaUrl(A, 1024, 576)),
        ({"width": 1024.0, "duration": 5}, MediaUrl(A, 1024, None, 5.0)),
        ({"duration_ms": 2500, "content_type": "Video/MP4"}, MediaUrl(A, duration=2.5, content_type="video/mp4")),
        ({"duration_seconds": 1.5, "mime_type": "audio/mpeg"}, MediaUrl(A, duration=1.5, content_type="audio/mpeg")),
        ({"width": "1024", "height": -1, "duration": True, "content_type": 7}, MediaUrl(A)),
        ({"width": 1e300, "height": 10.5, "duration": 1e9, "content_type": "png"}, MediaUrl(A)),
    ],
)
def test_what_is_said_of_them(about: dict[str, Any], media: MediaUrl) -> None:
    """Size, duration and type are those of the address's neighbours; nonsense is left out."""
    assert media_urls({"image": {"url": A, **about}}) == (media,)


def test_what_is_said_in_two_places_is_joined() -> None:
    """The first place in the list counts, the second adds what the first did not say."""
    result = {"images": [{"url": A}, {"url": B}], "more": {"url": A, "width": 5, "height": 4}}
    assert media_urls(result) == (MediaUrl(A, 5, 4), MediaUrl(B))


def test_there_is_an_end() -> None:
    """A list of thousands is cut."""
    assert len(media_urls({"images": [f"https://x.example/{n}.png" for n in range(5000)]})) == MAX_MEDIA


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.sampled_from([A, B, C, DATA]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["url", "images", "video_url", "payload", "outcome", "x"]), inner, max_size=4)
    ),
    max_leaves=20,
)
MAPPING = {A: "https://ours.example/1", B: "https://ours.example/2", C: "https://ours.example/3"}


@given(JSON)
def test_results_are_found_where_they_are_named(result: Any) -> None:
    """Each once, all of them really in the text; and the same again when the JSON is written and read."""
    urls = [media.url for media in media_urls(result)]
    assert len(set(urls)) == len(urls)
    assert all(url in json.dumps(result) for url in urls)
    assert media_urls(json.loads(json.dumps(result))) == media_urls(result)


@given(JSON)
def test_replaced_results_are_ours(result: Any) -> None:
    """Nothing of the mapping's keys is left, nothing else has changed, and the results are found in the same order."""
    before = json.dumps(result)
    replaced = replace_urls(result, MAPPING)
    assert json.dumps(result) == before
    assert not any(url in json.dumps(replaced) for url in MAPPING)
    assert replace_urls(replaced, {ours: theirs for theirs, ours in MAPPING.items()}) == result
    assert replace_urls(result, {}) == result
    was = [MAPPING.get(media.url, media.url) for media in media_urls(result)]
    assert [media.url for media in media_urls(replaced)] == was


def test_only_whole_texts_are_replaced() -> None:
    """A prompt that mentions an address stays as it was written."""
    assert replace_urls({"prompt": f"like {A}", "images": (A,)}, MAPPING) == {
        "prompt": f"like {A}",
        "images": ["https://ours.example/1"],
    }
