"""Steering the fakes over HTTP: scripts, counts, waiting, and everything that is said wrongly; and the addresses."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from server.fakes import Behaviour, Fakes
from server.fakes.app import HOSTS, environment
from wzrd.domain.offline import LOCAL
from wzrd.providers.credentials import CREDENTIALS, provider_addresses, read_keys
from wzrd.settings import Settings


async def submit(fakes: Fakes, http: httpx.AsyncClient, prompt: str, **more: Any) -> httpx.Response:
    url = f"{fakes.environment()['FAL_QUEUE_URL']}/fal-ai/flux"
    return await http.post(url, json={"prompt": prompt, **more}, headers={"authorization": "Key k"})


async def test_submits_are_counted_by_what_they_are(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """In all, by provider, by prompt, by payload: equal payloads count together, whatever the order of their names."""
    await fakes.script(Behaviour(status=500, match="refused"))
    for prompt, more in [("a cat", {"a": 1, "b": 2}), ("a cat", {"b": 2, "a": 1}), ("a cat", {}), ("refused", {})]:
        await submit(fakes, http, prompt, **more)
    account = (await http.get(f"{fakes.base_url}/control/submits")).json()
    assert (account["total"], account["refused"]) == (3, 1)
    assert account["by_provider"] == {"fal-ai": 3}
    assert account["by_prompt"] == {"a cat": 3}
    assert sorted(account["by_payload"].values()) == [1, 2]
    assert [one["prompt"] for one in account["submits"]] == ["a cat"] * 3
    assert (await fakes.tell("groq"))["total"] == (await fakes.tell(match="dog"))["total"] == 0
    assert (await fakes.tell("fal-ai", "CAT"))["total"] == 3


async def test_who_waits_for_submits_is_woken(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """By the last of them, not before."""
    query = {"at_least": 2, "within": 60, "match": "cat"}
    waiting = asyncio.create_task(http.get(f"{fakes.base_url}/control/submits", params=query))
    for prompt in ("a cat", "a dog"):
        await submit(fakes, http, prompt)
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    await submit(fakes, http, "a cat")
    assert (await waiting).json()["total"] == 2


async def test_fifty_submits_at_once_are_fifty(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """None is lost, none counted twice; one behaviour is taken once."""
    await fakes.script(Behaviour(status=429), Behaviour(status=500))
    answers = await asyncio.gather(*(submit(fakes, http, f"cat {n}") for n in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 48 + [429, 500]
    assert len({submit.request_id for submit in await fakes.paid_submits()}) == 48


async def test_everything_held_is_released(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """Those that match, and no others."""
    await fakes.script(Behaviour(hold="reply", times=3))
    waiting = [asyncio.create_task(submit(fakes, http, prompt)) for prompt in ("a cat", "a CAT too", "a dog")]
    await fakes.wait_submit(3)
    answer = await http.post(f"{fakes.base_url}/control/release", params={"match": "cat"})
    assert answer.json() == {"released": 2}
    await asyncio.gather(*waiting[:2])
    assert not waiting[2].done()
    assert await fakes.release() == 1
    await waiting[2]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("POST", "/script", b"{", 400, "no JSON"),
        ("POST", "/script", b'{"reply":"slwo"}', 400, "reply"),
        ("POST", "/script", b'[{"status":429},{"time":1}]', 400, "1.time"),
        ("GET", "/submits?at_least=many", b"", 400, "at_least='many'"),
        ("GET", "/submits?within=-1", b"", 400, "within='-1'"),
        ("GET", "/submits?within=nan", b"", 400, "within='nan'"),
        ("GET", "/script", b"", 404, "POST /control/script"),
        ("POST", "/reboot", b"", 404, "There is no POST /control/reboot"),
    ],
)
async def test_what_is_said_wrongly(
    fakes: Fakes, http: httpx.AsyncClient, method: str, path: str, body: bytes, status: int, told: str
) -> None:
    """It is told with the value, and nothing of it is taken."""
    answer = await http.request(method, f"{fakes.base_url}/control{path}", content=body)
    assert answer.status_code == status
    assert told in answer.json()["error"]
    assert (await submit(fakes, http, "a cat")).status_code == 200


def test_the_variables_are_those_that_are_read() -> None:
    """Every provider that there is a fake of has its key, and every address of it that we call is the fakes'."""
    settings = Settings.model_validate(environment("http://127.0.0.1:8790"))
    assert set(read_keys(settings)) == set(CREDENTIALS) - {LOCAL}
    told = set(provider_addresses(settings))
    assert told
    assert [address for address in told if not address.startswith("http://127.0.0.1:8790/")] == []
    assert settings.fal_rest_url.startswith("http://127.0.0.1:8790/")
    assert settings.fal_api_url == "http://127.0.0.1:8790/fal/api/v1"


@pytest.mark.parametrize("host", HOSTS)
async def test_a_vendors_own_host(fakes: Fakes, http: httpx.AsyncClient, host: str) -> None:
    """Whoever brings its requests here is answered by its fake: never by the page that there is nothing."""
    answer = await http.get(f"{fakes.base_url}/v1/models", headers={"host": host, "authorization": "Bearer k"})
    assert "No fake answers" not in answer.text or not HOSTS[host]  # a store: files alone


async def test_a_path_of_nobodys(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """It is told where to read."""
    answer = await http.get(f"{fakes.base_url}/v1/nowhere")
    assert (answer.status_code, "docs/fakes.md" in answer.text) == (404, True)


async def test_a_body_without_an_end_is_not_read(fakes: Fakes) -> None:
    """More than a fake takes ends the connection; the others go on."""

    async def endless() -> AsyncGenerator[bytes]:
        for _ in range(200):
            yield bytes(1 << 20)

    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx.TransportError):
            await http.post(f"{fakes.environment()['FAL_QUEUE_URL']}/a/b", content=endless())
        assert (await submit(fakes, http, "a cat")).status_code == 200
