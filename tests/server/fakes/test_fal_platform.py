"""The fake of fal's platform API: its list of requests, as its documentation has it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.fakes import Behaviour, Fakes
from tests.waiting import answer_of

MODEL = "fal-ai/flux/dev"
KEY = {"authorization": "Key k:s"}
DOCUMENTED = {
    "request_id", "endpoint_id", "started_at", "sent_at", "ended_at", "status_code", "duration", "json_input",
    "json_output",
}  # fmt: skip


class Platform:
    """The list, and submits that it tells of."""

    def __init__(self, fakes: Fakes, http: httpx.AsyncClient) -> None:
        told = fakes.environment()
        self._http, self._queue = http, told["FAL_QUEUE_URL"]
        self.url = f"{told['FAL_API_URL']}/models/requests/by-endpoint"

    async def submit(self, prompt: str, model: str = MODEL) -> str:
        answer = await self._http.post(f"{self._queue}/{model}", json={"prompt": prompt}, headers=KEY)
        return str(answer.json()["request_id"])

    async def page(self, **query: Any) -> dict[str, Any]:
        answer = await self._http.get(self.url, params={"endpoint_id": MODEL, **query}, headers=KEY)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ids(self, **query: Any) -> list[str]:
        return [one["request_id"] for one in (await self.page(**query))["items"]]


@pytest.fixture
async def platform(fakes: Fakes, http: httpx.AsyncClient) -> Platform:
    return Platform(fakes, http)


async def test_an_item_is_as_documented(platform: Platform) -> None:
    """The fields of the documentation's example, times in UTC; payloads only where they are asked for."""
    before = datetime.now(UTC)
    made = await platform.submit("a cat")
    (item,) = (await platform.page(expand="payloads"))["items"]
    assert set(item) == DOCUMENTED
    assert (item["request_id"], item["endpoint_id"], item["status_code"]) == (made, MODEL, 200)
    assert item["json_input"] == {"prompt": "a cat"}
    assert item["json_output"]["images"]
    sent, started, ended = (datetime.fromisoformat(item[name]) for name in ("sent_at", "started_at", "ended_at"))
    assert before - timedelta(milliseconds=1) <= sent <= started <= ended <= datetime.now(UTC)
    assert set((await platform.page())["items"][0]) == DOCUMENTED - {"json_input", "json_output"}


async def test_only_what_has_ended_is_listed(platform: Platform, fakes: Fakes) -> None:
    """Nothing that is queued or running is there; failures are, with their status."""
    await fakes.script(
        Behaviour(match="runs", hold="result"),
        Behaviour(match="waits", places=1),
        Behaviour(match="fails", outcome="failure"),
        Behaviour(match="refused", outcome="refusal"),
    )
    running, _, failed, refused = [await platform.submit(said) for said in ("runs", "waits", "fails", "refused")]
    assert await platform.ids() == [refused, failed]
    assert (await platform.ids(status="error"), await platform.ids(status="user_error")) == ([failed], [refused])
    await fakes.release("runs")
    assert await platform.ids(status="success") == [running]


async def test_the_list_lags(platform: Platform, fakes: Fakes) -> None:
    """A job stands there some time after its end."""
    await fakes.script(Behaviour(list_seconds=0.3), Behaviour(list_seconds=60))
    late, _ = await platform.submit("a cat"), await platform.submit("a dog")
    assert await platform.ids() == []
    assert await answer_of(platform.ids, lambda found: found != []) == [late]


async def test_pages(platform: Platform) -> None:
    """The newest end first; a cursor leads on, and there is none on the last page."""
    made = [await platform.submit(f"cat {number}") for number in range(5)]
    found: list[str] = []
    page = await platform.page(limit=2)
    while True:
        found += [one["request_id"] for one in page["items"]]
        if not page["has_more"]:
            break
        page = await platform.page(limit=2, cursor=page["next_cursor"])
    assert (found, page["next_cursor"]) == (made[::-1], None)


async def test_what_is_asked_for(platform: Platform) -> None:
    """One model or several, a time of which the end is not part, one request."""
    cat, dog = await platform.submit("a cat"), await platform.submit("a dog", "fal-ai/flux/schnell")
    assert await platform.ids() == [cat]
    assert await platform.ids(endpoint_id=[MODEL, "fal-ai/flux/schnell"]) == [dog, cat]
    assert await platform.ids(endpoint_id=f"{MODEL},fal-ai/flux/schnell", request_id=dog) == [dog]
    (item,) = (await platform.page())["items"]
    assert (await platform.ids(end=item["ended_at"]), await platform.ids(start=item["ended_at"])) == ([], [cat])


@pytest.mark.parametrize(
    "query",
    [{"endpoint_id": ""}, {"limit": 0}, {"limit": 101}, {"cursor": "?"}, {"start": "soon"}, {"status": "odd"}],
    ids=str,
)
async def test_what_is_asked_wrongly(platform: Platform, http: httpx.AsyncClient, query: dict[str, Any]) -> None:
    """It is told as the platform tells errors."""
    await platform.submit("a cat")
    answer = await http.get(platform.url, params={"endpoint_id": MODEL, **query}, headers=KEY)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "validation_error")


async def test_it_wants_a_key_with_the_right(platform: Platform, fakes: Fakes, http: httpx.AsyncClient) -> None:
    """None, and one that may not read it."""
    assert (await http.get(platform.url, params={"endpoint_id": MODEL})).status_code == 401
    await fakes.script(Behaviour(on="list", provider="fal-ai", status=403))
    answer = await http.get(platform.url, params={"endpoint_id": MODEL}, headers=KEY)
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "authorization_error")
