"""A cloud cannot reach this machine: the fakes refuse every such reference, wherever in the body it stands."""

from typing import Any

import httpx
import pytest

from server.fakes import Fakes
from server.fakes.references import unreachable
from wzrd.contracts.wire import is_list, is_object

UNREACHABLE = [
    "http://127.0.0.1:8787/storage/v1/object/public/a.png",
    "http://localhost/a.png",
    "https://LOCALHOST./a.png",
    "http://[::1]/a.png",
    "http://[::ffff:127.0.0.1]/a.png",
    "http://10.1.2.3/a.png",
    "http://172.16.0.1/a.png",
    "http://192.168.1.7:9000/a.png",
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/a.png",
    "http://0.0.0.0/a.png",
    "http://[fd00::1]/a.png",
    "http://[fe80::1]/a.png",
    "http://2130706433/a.png",
    "http://0x7f.1/a.png",
    "http://127.1/a.png",
    "http://studio/a.png",
    "http://studio.local/a.png",
    "http://minio.internal/a.png",
    "http://wzrd.test/a.png",
    "http://user:pass@127.0.0.1/a.png",
    "  http://127.0.0.1/a.png",
    "file:///etc/passwd",
    "blob:https://studio.example.com/1",
    "ftp://ftp.example.com/a.png",
    "s3://bucket/a.png",
    "http://",
]
REACHABLE = [
    "https://v3.fal.media/files/a.png",
    "https://93.184.216.34/a.png",
    "https://[2606:2800:220:1:248:1893:25c8:1946]/a.png",
    "data:image/png;base64,iVBORw0KGgo=",
    "16:9",
    "a cat: the movie",
    "http",
    "",
]


@pytest.mark.parametrize("url", UNREACHABLE)
def test_what_a_cloud_cannot_fetch(url: str) -> None:
    """Private and loopback addresses in every disguise, names without a place in the public DNS, other schemes."""
    assert [place for place, _ in unreachable({"image_url": url})] == [("image_url",)]


@pytest.mark.parametrize("url", REACHABLE)
def test_what_a_cloud_can_fetch_or_need_not(url: str) -> None:
    """Public addresses, data URIs, and texts that are no addresses."""
    assert list(unreachable({"image_url": url})) == []


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"images": ["https://v3.fal.media/a.png", "http://10.0.0.1/a.png"]}, ("images", 1)),
        (
            {"messages": [{"role": "user", "content": [{"image_url": {"url": "http://10.0.0.1/a"}}]}]},
            ("messages", 0, "content", 0),
        ),
        ({"payload": {"tracks": [{"keyframes": [{"url": "http://10.0.0.1/a"}]}]}}, ("payload", "tracks", 0)),
    ],
)
def test_a_reference_deep_inside(body: Any, place: tuple[str | int, ...]) -> None:
    """It is found, and its place is told."""
    ((found, problem),) = unreachable(body)
    assert found[: len(place)] == place
    assert "10.0.0.1 cannot be reached" in problem


def test_words_for_people_may_speak_of_any_address() -> None:
    """A prompt is not fetched."""
    assert list(unreachable({"prompt": "http://127.0.0.1/", "messages": [{"content": "http://10.0.0.1"}]})) == []


def test_a_body_as_deep_as_anybody_sends_it() -> None:
    """No recursion: it is only long."""
    body: Any = "http://127.0.0.1/"
    for _ in range(2_000):
        body = [body]
    assert len(list(unreachable(body))) == 1


@pytest.mark.parametrize(
    ("variable", "path", "body", "status"),
    [
        ("FAL_QUEUE_URL", "/fal-ai/flux/dev/image-to-image", {"prompt": "x", "image_url": "{}"}, 422),
        ("GMI_QUEUE_URL", "/requests", {"model": "wan2.7-i2v", "payload": {"first_frame": "{}"}}, 400),
        (
            "GROQ_BASE_URL",
            "/chat/completions",
            {
                "model": "m",
                "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "{}"}}]}],
            },
            400,
        ),
    ],
    ids=["fal", "gmi", "chat"],
)
async def test_each_fake_refuses_it_unpaid(
    fakes: Fakes, http: httpx.AsyncClient, variable: str, path: str, body: Any, status: int
) -> None:
    """As the vendor refuses bad input; the address of the fakes themselves is loopback too."""
    url = f"{fakes.environment()[variable]}{path}"
    for reference in ("http://127.0.0.1:8787/a.png", f"{fakes.base_url}/files/u/a/b.png"):
        told = _filled(body, reference)
        answer = await http.post(url, json=told, headers={"authorization": "Bearer k"})
        assert answer.status_code == status
        assert "cannot be reached" in answer.text
    assert (await fakes.tell())["refused"] == 2
    assert await fakes.paid_submits() == []
    answer = await http.post(url, json=_filled(body, REACHABLE[0]), headers={"authorization": "Bearer k"})
    assert answer.status_code == 200


def _filled(value: Any, reference: str) -> Any:
    if is_object(value):
        return {name: _filled(inner, reference) for name, inner in value.items()}
    if is_list(value):
        return [_filled(inner, reference) for inner in value]
    return reference if value == "{}" else value
