"""Answers of GMI about a job, and all its jobs: statuses, failures, results, the list, however they are wrapped."""

import json
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from tests.fakes.chat import Act, ChatServer, answers, drops, hangs, raw, refuses
from tests.providers.conformance import submit_to
from tests.providers.scripted_gmi import ASKED, ID, KEY, PATH, PICTURE, about, now
from wzrd.domain.errors import ProviderError, ProviderFailed, ProviderRejected
from wzrd.domain.submission import fingerprint, matches
from wzrd.providers.base import Accepted, Output, Progress
from wzrd.providers.gmi import MAX_NEW, Gmi
from wzrd.providers.gmi_answers import read_job, read_list
from wzrd.providers.provider_json import read_time


@pytest.mark.parametrize("wrapper", ["request", "data", "requests"])
async def test_a_wrapped_answer_is_read(gmi: Gmi, server: ChatServer, wrapper: str) -> None:
    """The documentation and the vendor's client disagree about what is around a request."""
    server.script = [answers({wrapper: about("queued")}), answers({wrapper: about("processing")})]
    accepted = await submit_to(gmi, ASKED)
    assert accepted == Accepted(ID)
    assert await gmi.poll(accepted) == Progress("running")


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("created", "queued"),
        ("queued", "queued"),
        ("dispatched", "running"),
        ("processing", "running"),
        (" PROCESSING ", "running"),
        ("warming_up", "running"),
        ("pending", "queued"),
        ("IN_PROGRESS", "running"),
        ("", "running"),
    ],
)
async def test_how_a_job_stands(gmi: Gmi, server: ChatServer, status: str, phase: str) -> None:
    """Every documented state, in any case; one that is new to us is no failure of the job. GMI tells no fractions."""
    server.script = [answers(about(status))]
    assert await gmi.poll(Accepted(ID)) == Progress(phase)
    assert (server.calls[0].method, server.calls[0].path) == ("GET", f"{PATH}/requests/{ID}")


async def test_new_statuses_are_logged_once_each(
    gmi: Gmi, server: ChatServer, caplog: pytest.LogCaptureFixture
) -> None:
    """So that somebody adds them, and nobody's log runs full."""
    for at in range(MAX_NEW + 5):
        for _ in range(2):
            server.script = [answers(about(f"state-{at}\n" + "x" * 500))]
            await gmi.poll(Accepted(ID))
    lines = [one.getMessage() for one in caplog.records if one.name == "wzrd.providers.gmi"]
    assert len(lines) == MAX_NEW
    assert all(len(line) < 200 and "\n" not in line for line in lines)


OUTCOME = {"media_urls": [{"id": "0", "url": PICTURE}]}


@pytest.mark.parametrize(
    "told",
    [
        about("succeeded", outcome=OUTCOME),
        about("Completed", outcome=OUTCOME),
        about("done", outcome={"media_urls": [PICTURE]}),
        about("success", outcome=json.dumps(OUTCOME)),
        {"request_id": ID, "outcome": OUTCOME},
    ],
)
async def test_a_job_that_is_done_in_other_words(gmi: Gmi, server: ChatServer, told: dict[str, Any]) -> None:
    """A server of another make: what is done is taken, and not awaited until its deadline."""
    server.script = [answers(told)]
    output = await gmi.poll(Accepted(ID))
    assert isinstance(output, Output)
    assert output.media == (PICTURE,)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (about("failed", outcome={"error": "content refused"}), "the job failed: content refused"),
        (about("failed", outcome={"error": {"message": "bad seed"}}), "the job failed: bad seed"),
        (about("failed", error="quota"), "the job failed: quota"),
        (about("failed", outcome=None), "the job failed: no reason given"),
        (about("error", message="no memory"), "the job failed: no memory"),
        (about("TIMEOUT"), "the job failed: no reason given"),
        (about("cancelled"), "the job was cancelled there"),
        (about("canceled", message="by its owner"), "the job was cancelled there: by its owner"),
    ],
)
async def test_what_has_failed(gmi: Gmi, server: ChatServer, told: dict[str, Any], said: str) -> None:
    """Failed and cancelled are ends, told in the provider's own words."""
    server.script = [answers(told)]
    with pytest.raises(ProviderFailed, match=said):
        await gmi.poll(Accepted(ID))


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(refuses(500), id="500"),
        pytest.param(refuses(404), id="404"),
        pytest.param(refuses(401), id="401"),
        pytest.param(drops(), id="drops"),
        pytest.param(hangs(), marks=pytest.mark.silence, id="hangs"),
        pytest.param(raw(b"{", kind="application/json"), id="half JSON"),
        pytest.param(answers({"message": "hello"}), id="nothing about it"),
        pytest.param(answers([]), id="a list"),
    ],
)
async def test_what_says_nothing_of_the_job(gmi: Gmi, server: ChatServer, act: Act) -> None:
    """The job may be well: asking again finds the result."""
    server.script = [act, answers(about("success", outcome={"video_url": "https://files.example/a.mp4"}))]
    with pytest.raises(ProviderError) as caught:
        await gmi.poll(Accepted(ID))
    assert type(caught.value) in {ProviderError, ProviderRejected}
    output = await gmi.poll(Accepted(ID))
    assert isinstance(output, Output)
    assert output.media == ("https://files.example/a.mp4",)


@pytest.mark.parametrize("request_id", [None, "", "../models", "a/b", "a?b", "a" * 200, "a\nb", "ü"])
async def test_an_id_that_is_none_is_not_asked_for(gmi: Gmi, server: ChatServer, request_id: str | None) -> None:
    """A row's id goes into a path: what could lead elsewhere asks nobody."""
    with pytest.raises(ProviderError, match="no request ids like"):
        await gmi.poll(Accepted(request_id))
    assert server.submits == 0


async def test_a_file_of_ours_is_not_kept_in_the_result(gmi: Gmi, server: ChatServer) -> None:
    """GMI repeats the payload in each answer: a data URI in it would stand in our rows, megabytes each time."""
    uri = "data:image/png;base64," + "A" * 100_000
    payload = {"prompt": "x", "first_frame": uri, "reference_image": [uri, "https://a.example/b.png"]}
    server.script = [answers(about("success", payload=payload, outcome={"video_url": "https://files.example/a.mp4"}))]
    output = await gmi.poll(Accepted(ID))
    assert isinstance(output, Output)
    kept = output.raw["job"]["payload"]
    assert kept["first_frame"] == "data:image/png;base64,…"
    assert kept["reference_image"] == ["data:image/png;base64,…", "https://a.example/b.png"]


async def test_the_list_is_asked_by_model(gmi: Gmi, server: ChatServer) -> None:
    """Newest first, whatever its order; a job of another model, or one that cannot be recognised, is left out."""
    payload = dict(gmi.payload(ASKED))
    jobs = [
        about("success", request_id="old", created_at=100, payload=payload, outcome={"video_url": PICTURE}),
        about("queued", request_id="new", created_at=200, payload={**payload, "prompt": "another"}),
        about("queued", request_id="other-model", created_at=300, payload=payload, model="luma-ray2"),
        about("queued", request_id="no-payload", created_at=300),
        about("queued", request_id="no-time", created_at=None, payload=payload),
        {"status": "queued", "payload": payload, "created_at": 300},
        "nonsense",
    ]
    server.script = [answers({"requests": jobs, "total": 7})]
    found = await gmi.list_jobs("a model&x=1", now())
    assert list(found) == []
    assert httpx.URL(server.calls[0].path).params["model_id"] == "a model&x=1"
    server.script = [answers({"requests": jobs, "total": 7})]
    found = await gmi.list_jobs(ASKED.model, now())
    assert [job.accepted.request_id for job in found] == ["new", "old"]
    kept = fingerprint(payload)
    assert [matches(kept, job.payload) for job in found] == [False, True]
    assert found[1].accepted.output is not None
    assert found[0].accepted.output is None


async def test_a_jobs_time_is_told_by_our_clock(gmi: Gmi, server: ChatServer) -> None:
    """GMI's clock and ours may differ: what it made a minute ago was made a minute ago, whatever either shows."""
    theirs = now() + timedelta(hours=2)
    job = about("queued", payload={}, created_at=int((theirs - timedelta(minutes=1)).timestamp()))
    server.script = [answers({"requests": [job]}, date=format_datetime(theirs, usegmt=True))]
    (found,) = await gmi.list_jobs(ASKED.model, now())
    assert found.created_at == now() - timedelta(minutes=1)


@pytest.mark.parametrize("value", [{}, {"requests": None}, {"requests": {"requests": 7}}, 7, None, "x"])
async def test_a_list_that_is_none(gmi: Gmi, server: ChatServer, value: object) -> None:
    """That is no empty list: the submit may be among what was not told."""
    server.script = [answers(value)]
    with pytest.raises(ProviderError, match="no list"):
        await gmi.list_jobs(ASKED.model, now())


@pytest.mark.parametrize(
    "value",
    [
        [about("queued")],
        {"requests": [about("queued")]},
        {"data": [about("queued")]},
        {"data": {"items": [about("queued")]}},
        {"results": [about("queued"), None, 3]},
    ],
)
def test_lists_however_wrapped(value: object) -> None:
    """The entries that are requests."""
    jobs = read_list(value)
    assert jobs is not None
    assert [job.request_id for job in jobs] == [ID]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1772323200, datetime(2026, 3, 1, tzinfo=UTC)),
        ("1772323200", datetime(2026, 3, 1, tzinfo=UTC)),
        (1772323200000, datetime(2026, 3, 1, tzinfo=UTC)),
        (1772323200.5, datetime(2026, 3, 1, 0, 0, 0, 500000, tzinfo=UTC)),
        ("2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T01:00:00+01:00", datetime(2026, 3, 1, tzinfo=UTC)),
        (" 2026-03-01 00:00:00 ", datetime(2026, 3, 1, tzinfo=UTC)),
        (0, None), (-5, None), (True, None), (None, None), ("soon", None), ("", None), ([], None), ({}, None),
        (float("nan"), None), (float("inf"), None), (1e30, None), (10**400, None), ("9999-12-31T23:59:59-23:00", None),
    ],
)  # fmt: skip
def test_times_however_written(value: object, read: datetime | None) -> None:
    """Unix time in seconds or milliseconds, ISO 8601; without a zone it is UTC. What is none of these is no time."""
    assert read_time(value) == read


@pytest.mark.parametrize("value", [None, 7, [], {}, {"data": 7}, {"data": {"data": {}}}, {"outcome": {"status": "x"}}])
def test_what_is_no_job(value: object) -> None:
    """Neither a status nor an id in it."""
    assert read_job(value) is None


async def test_cancelling_is_not_offered(gmi: Gmi, server: ChatServer) -> None:
    """There is no such call at GMI: none is made up."""
    assert gmi.cancels == "none"
    with pytest.raises(ProviderError, match="cannot stop"):
        await gmi.cancel(Accepted(ID))
    assert server.submits == 0


async def test_an_echoed_key_is_in_no_result(gmi: Gmi, server: ChatServer, caplog: pytest.LogCaptureFixture) -> None:
    """Not even where the provider repeats our headers in what it says of a job that is well."""
    caplog.set_level(logging.DEBUG)
    server.script = [answers(about("success", headers={"authorization": f"Bearer {KEY}"}, outcome={"url": PICTURE}))]
    output = await gmi.poll(Accepted(ID))
    assert isinstance(output, Output)
    assert output.media == (PICTURE,)
    assert KEY not in repr(output) + caplog.text
