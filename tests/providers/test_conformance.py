"""Promises of every provider, against the fake of each: `wzrd/providers/base.py`, sentence by sentence."""

import asyncio
import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.fakes import Behaviour, Fakes
from tests.fakes.chat import ChatServer, answers
from tests.providers.conformance import (
    SUBJECTS,
    Bench,
    animatic,
    animatic_requests,
    hear,
    png,
    settings_at,
    submit_to,
)
from wzrd.domain.errors import BadRequest, ProviderError, ProviderFailed, ProviderRejected
from wzrd.domain.submission import fingerprint, matches
from wzrd.models.catalog import load_catalog
from wzrd.net.http import open_http
from wzrd.providers.base import Accepted, Output, Progress, Request, is_queue
from wzrd.providers.credentials import CREDENTIALS, read_keys
from wzrd.providers.opening import open_providers, utc_now

CHATS = [one for one in SUBJECTS if one.is_chat]
QUEUES = [one for one in SUBJECTS if not one.is_streamed]
READERS = [one for one in SUBJECTS if not one.sounds]
"""Those that may be given files to go by."""
QUEUED = [one for one in SUBJECTS if one.is_queued]


def name(subject: object) -> str:
    return getattr(subject, "name", str(subject))


EVERY = pytest.mark.parametrize("bench", SUBJECTS, ids=name, indirect=True)
EVERY_READER = pytest.mark.parametrize("bench", READERS, ids=name, indirect=True)
EVERY_CHAT = pytest.mark.parametrize("bench", CHATS, ids=name, indirect=True)
EVERY_QUEUE = pytest.mark.parametrize("bench", QUEUES, ids=name, indirect=True)
EVERY_JOB = pytest.mark.parametrize("bench", QUEUED, ids=name, indirect=True)


async def test_no_provider_is_left_out(vendors: Fakes) -> None:
    """The suite has a subject for each adapter that keys and addresses open, and the process opens just these."""
    settings = settings_at(vendors.base_url)
    providers = open_providers(settings, read_keys(settings), local=[animatic()])
    opened = {(row, made) for row in CREDENTIALS for made in ("text", "image", "video", "audio", "json", "3d")}
    opened = {one for one in opened if providers.obstacle(*one) is None}
    assert {row for row, _ in opened} == {subject.provider for subject in SUBJECTS}
    async with open_http(idle=1.0) as http:
        for subject in SUBJECTS:
            found, tried = providers.find(subject.provider, subject.media_type), subject.open(settings, http)
            assert type(found) is type(tried)
            assert {(found.name, made) for made in found.media_types} <= opened
    await providers.aclose()


@EVERY
async def test_what_it_says_of_itself(bench: Bench) -> None:
    """Its name is the catalog's, it makes what it was asked for, it costs, and it says how a lost answer is found."""
    adapter, subject = bench.adapter, bench.subject
    assert adapter.name == subject.provider
    assert adapter.name in {model.provider for model in load_catalog().models.values()} | set(CREDENTIALS)
    assert subject.media_type in adapter.media_types
    assert adapter.paid
    assert is_queue(adapter) is not subject.is_streamed
    assert adapter.recovery == ("list" if is_queue(adapter) else "none")
    if is_queue(adapter):
        assert adapter.cancels == {"fal-ai": "yes", "gmi-cloud": "none"}[adapter.name]


@EVERY
async def test_one_generation_is_one_submit(bench: Bench) -> None:
    """Accepted comes first, the one result last, and the fake was paid once."""
    heard = await bench.hear()
    assert isinstance(heard.chunks[0], Accepted)
    assert sum(isinstance(one, Accepted) for one in heard.chunks) == 1
    output = heard.output
    assert await bench.paid() == 1
    assert json.loads(json.dumps(output.raw)) == output.raw
    if bench.subject.is_chat:
        assert "".join(heard.texts) == output.text
        assert len(heard.texts) > 1
        assert output.media == ()
    elif bench.subject.sounds:
        assert (output.text, [url[:22] for url in output.media]) == (None, ["data:audio/mpeg;base64"])
    else:
        assert output.text is None
        assert [url.startswith(f"{bench.fakes.base_url}/files/") for url in output.media] == [True]


@EVERY
async def test_twenty_at_once_do_not_mix(bench: Bench) -> None:
    """One adapter serves a process: each caller gets the answer to its own words."""
    asked = [f"lighthouse number {number}" for number in range(20)]
    heard = await asyncio.gather(*(bench.hear(prompt) for prompt in asked))
    assert await bench.paid() == len(asked)
    told = [str(one.output.text or one.output.media) for one in heard]
    assert len(set(told)) == len(asked)
    if bench.subject.is_chat:
        assert all(prompt in text for prompt, text in zip(asked, told, strict=True))


@EVERY_JOB
async def test_progress_comes_before_the_result(bench: Bench) -> None:
    """Queued, then running, fractions that do not fall, and the result however often it is asked for."""
    await bench.fakes.script(Behaviour(places=3, seconds=None))
    heard = await bench.hear()
    phases = [one.phase for one in heard.progress]
    assert phases == sorted(phases)
    assert set(phases) == {"queued", "running"}
    fractions = [one.fraction for one in heard.progress if one.fraction is not None]
    assert fractions == sorted(fractions)
    assert all(0 <= one <= 1 for one in fractions)
    positions = [one.position for one in heard.progress if one.position is not None]
    assert positions == sorted(positions, reverse=True)
    accepted = heard.chunks[0]
    assert (await bench.adapter.poll(accepted)).media == heard.output.media
    assert await bench.paid() == 1


@pytest.mark.parametrize("bench", [one for one in SUBJECTS if one.at_once], ids=name, indirect=True)
async def test_a_result_that_comes_with_the_answer(bench: Bench) -> None:
    """It is in what was accepted, and a question about it asks nobody."""
    accepted = await submit_to(bench.adapter, bench.subject.asked())
    assert accepted.output is not None
    await bench.fakes.reset()
    assert await bench.adapter.poll(accepted) == accepted.output


@EVERY_QUEUE
async def test_what_was_accepted_survives_a_row(bench: Bench) -> None:
    """Id and addresses are written down and read again by another process, which finds the job with them."""
    accepted = await submit_to(bench.adapter, bench.subject.asked())
    kept = json.loads(json.dumps({**asdict(accepted), "output": None}))
    assert isinstance(await bench.another().poll(Accepted(kept["request_id"], kept["urls"])), Output)


@EVERY_QUEUE
async def test_the_payload_is_what_is_sent(bench: Bench, server: ChatServer) -> None:
    """Pure: the same each time, fit for JSON, and just what stands on the wire; the inputs stay as they were."""
    own: dict[str, Any] = {"watermark": True} if bench.adapter.name == "gmi-cloud" else {"seed": 7}
    request = bench.subject.asked("Ünï 🎬", **own)
    before = json.dumps(dict(request.inputs))
    payload = bench.adapter.payload(request)
    assert payload == bench.adapter.payload(request) == json.loads(json.dumps(payload))
    assert json.dumps(dict(request.inputs)) == before
    server.otherwise = answers({"request_id": "r-1", "status": "queued"})
    await bench.at(server.origin).submit(request, payload)
    assert payload in (server.calls[0].body, server.calls[0].body.get("payload"))


@EVERY_QUEUE
@pytest.mark.parametrize("inputs", [{"seed": 1 << 70}, {"prompt": "\ud800"}, {"strength": float("nan")}, {"x": {1, 2}}])
async def test_an_input_that_cannot_be_sent_is_refused_first(bench: Bench, inputs: dict[str, Any]) -> None:
    """A number beyond JSON's, half a character, something that is no JSON: named, and nothing is sent."""
    field, subject = next(iter(inputs)), bench.subject
    request = Request(subject.model, subject.media_type, {"prompt": "x", **inputs})
    with pytest.raises(BadRequest, match=rf"^{field}\b"):
        await submit_to(bench.adapter, request)
    assert await bench.paid() == 0


@EVERY_JOB
@pytest.mark.parametrize(("outcome", "said"), [("failure", "out of memory"), ("refusal", "[cC]ontent|Unprocessable")])
async def test_a_job_that_fails_says_why(bench: Bench, outcome: Any, said: str) -> None:
    """In the provider's own words; it stays failed."""
    await bench.fakes.script(Behaviour(outcome=outcome, seconds=None))
    accepted = await submit_to(bench.adapter, bench.subject.asked())
    assert isinstance(await bench.adapter.poll(accepted), Progress)
    for _ in range(2):
        with pytest.raises(ProviderFailed, match=said):
            await bench.adapter.poll(accepted)


@EVERY_QUEUE
async def test_a_job_that_nobody_knows_is_no_failure(bench: Bench) -> None:
    """The provider forgot it, or the row is wrong: that is an answer about the question, not about the job."""
    accepted = await submit_to(bench.adapter, bench.subject.asked())
    await bench.fakes.reset()
    with pytest.raises(ProviderRejected) as caught:
        await bench.adapter.poll(Accepted(accepted.request_id, accepted.urls))
    assert caught.value.status == 404


@EVERY_JOB
async def test_cancelling_as_declared(bench: Bench) -> None:
    """`yes`: a waiting job is stopped, a running one asked, an ended one too late. `none`: an error, never a lie."""
    adapter = bench.adapter
    await bench.fakes.script(Behaviour(places=2, hold="result"), Behaviour(hold="result"), Behaviour())
    waiting, running, ended = [await submit_to(adapter, bench.subject.asked()) for _ in range(3)]
    if adapter.cancels == "none":
        with pytest.raises(ProviderError, match="cannot stop"):
            await adapter.cancel(waiting)
        assert isinstance(await adapter.poll(waiting), Progress)
        return
    assert [await adapter.cancel(one) for one in (waiting, running, ended)] == ["stopped", "asked", "too_late"]
    assert [await adapter.cancel(one) for one in (waiting, running)] == ["too_late", "too_late"]
    with pytest.raises(ProviderFailed):
        await adapter.poll(waiting)
    assert isinstance(await adapter.poll(ended), Output)


@EVERY_QUEUE
async def test_a_lost_submit_is_found_in_the_list(bench: Bench) -> None:
    """Newest first, of this model alone, each known again by its payload."""
    adapter = bench.adapter
    first, second = bench.subject.asked("the first"), bench.subject.asked("the second")
    before = utc_now() - timedelta(seconds=2)
    jobs = [await submit_to(adapter, one) for one in (first, second)]
    found = await adapter.list_jobs(bench.subject.model, before)
    assert [one.accepted.request_id for one in found] == [job.request_id for job in reversed(jobs)]
    for request, listed in ((second, found[0]), (first, found[1])):
        kept = fingerprint(adapter.payload(request))
        assert [matches(kept, one.payload) for one in found].count(True) == 1
        assert matches(kept, listed.payload)
        assert isinstance(await adapter.poll(listed.accepted), Output)
    assert all(one.created_at.tzinfo is not None for one in found)
    assert list(await adapter.list_jobs("another/model", before)) == []


UNREACHABLE = (
    "http://127.0.0.1:8787/files/a.png", "http://localhost/a.png", "https://10.0.0.7/a.png", "http://[::1]/a.png",
    "http://nas.local/a.png", "http://169.254.169.254/latest", "file:///etc/passwd",
)  # fmt: skip


@EVERY_READER
@pytest.mark.parametrize("url", UNREACHABLE)
async def test_a_reference_that_no_cloud_reaches_is_refused(bench: Bench, url: str) -> None:
    """The fake says no as the vendor would, nothing is paid, and no other try would help."""
    with pytest.raises((ProviderRejected, BadRequest)) as caught:
        await hear(bench.adapter, bench.subject.asked_about(url))
    assert getattr(caught.value, "retry_after", None) is None
    assert await bench.paid() == 0


@EVERY_READER
async def test_a_reference_that_a_cloud_reaches_is_taken(bench: Bench) -> None:
    """A public address, and a picture inside the request."""
    for url in ("https://example.com/a.png", "data:image/png;base64,iVBORw0KGgo="):
        assert (await hear(bench.adapter, bench.subject.asked_about(url))).output


@EVERY_QUEUE
@pytest.mark.parametrize("size", [64, 1400], ids=["small", "large"])
async def test_a_file_is_uploaded(bench: Bench, tmp_path: Path, size: int) -> None:
    """The address that `upload` answers is one that the provider takes; nothing was submitted by it."""
    assert bench.adapter.takes_files(bench.subject.model)
    path = tmp_path / "still.png"
    path.write_bytes(png(size, size))
    url = await bench.adapter.upload(path, "image/png")
    assert await bench.paid() == 0
    assert url.startswith(("https://", "data:image/png;base64,"))
    assert (await hear(bench.adapter, bench.subject.asked_about(url))).output
    assert await bench.paid() == 1


async def test_animatic_mode_streams_as_promised(tmp_path: Path) -> None:
    """Accepted first, news, one result; free, unfindable because there is nothing to find, and no queue."""
    adapter = animatic()
    requests = animatic_requests(tmp_path)
    assert set(requests) == adapter.media_types
    for media_type, request in requests.items():
        heard = await hear(adapter, request())
        assert isinstance(heard.chunks[0], Accepted)
        assert heard.output.cost_usd == 0
        assert json.loads(json.dumps(heard.output.raw)) == heard.output.raw
        if media_type == "text":
            assert "".join(heard.texts) == heard.output.text
        else:
            assert [Path(url.removeprefix("file://")).stat().st_size > 0 for url in heard.output.media] == [True]
    assert (adapter.paid, adapter.recovery, is_queue(adapter)) == (False, "none", False)
    with pytest.raises(ProviderFailed, match="no 3d"):
        await hear(adapter, Request("animatic", "3d", {}))


@EVERY_CHAT
async def test_usage_is_passed_on(bench: Bench) -> None:
    """The vendor's usage is passed on, told at the end, on request, or in an extra of its own."""
    output = (await bench.hear()).output
    assert output.raw["usage"]["completion_tokens"] > 0
    assert output.raw["finish_reason"] == "stop"
