"""What leaves for GMI Cloud's queue, and what its answers mean: submits, jobs, lists, files inside a request."""

import base64
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.fakes.chat import Act, ChatServer, answers, drops, hangs, raw, refuses
from tests.providers.conformance import png
from wzrd.domain.errors import (
    BadRequest,
    NotConfigured,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
)
from wzrd.domain.submission import fingerprint, matches
from wzrd.providers.base import Accepted, Output, Progress, Request
from wzrd.providers.gmi import MAX_FILE, MAX_NEW, Gmi, GmiEndpoint
from wzrd.providers.gmi_answers import read_job, read_list, read_time

KEY = "gmi-TOPSECRETtopsecret0123456789"
ID = "8a1e6f0c-3f5e-4f6c-9b7e-0d1c2b3a4f5e"
ASKED = Request("wan2.7-i2v", "video", {"prompt": "Ünï 🎬", "duration": 4, "path": "/tmp/x"}, 90.0)
PICTURE = "https://files.example/a.png"


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def gmi(http: httpx.AsyncClient, server: ChatServer) -> Gmi:
    """The adapter pointed at the server."""
    endpoint = GmiEndpoint(f"{server.origin}/api/v1/ie/requestqueue/apikey/", SecretStr(KEY))
    return Gmi(endpoint, http, now=now, seconds={"submit": 1.0, "ask": 1.0})


def about(status: str, **more: object) -> dict[str, Any]:
    """A job as GMI tells it."""
    return {"request_id": ID, "model": ASKED.model, "status": status, "created_at": 1772323200, **more}


async def test_it_submits_as_gmi_documents_it(gmi: Gmi, server: ChatServer) -> None:
    """Path, bearer, the model's name and its own payload; a path of this machine stays here; one POST."""
    server.script = [answers({"request_id": ID, "model": ASKED.model, "status": "queued", "queued_at": 1})]
    accepted = await gmi.submit(ASKED, webhook="https://wzrd.example/never")
    (call,) = server.calls
    assert (call.method, call.path) == ("POST", "/api/v1/ie/requestqueue/apikey/requests")
    assert call.headers["authorization"] == f"Bearer {KEY}"
    assert call.body == {"model": "wan2.7-i2v", "payload": dict(gmi.payload(ASKED))}
    assert call.body["payload"]["prompt"] == "Ünï 🎬"
    assert b"/tmp/x" not in call.raw
    assert b"never" not in call.raw + call.path.encode()
    assert accepted == Accepted(ID)


async def test_the_models_own_name_is_sent(gmi: Gmi, server: ChatServer) -> None:
    """A catalog's id and the vendor's name for the same model get the same payload."""
    other = Request("gmi/wan2.7-i2v", "video", ASKED.inputs)
    assert gmi.payload(other) == gmi.payload(ASKED)


async def test_inputs_that_the_model_cannot_take_are_told_first(gmi: Gmi, server: ChatServer) -> None:
    """The field and the value are named, and nothing is sent."""
    with pytest.raises(BadRequest, match="duration cannot be 'soon'"):
        await gmi.submit(Request(ASKED.model, "video", {"duration": "soon"}))
    assert server.submits == 0


@pytest.mark.parametrize(
    "outcome",
    [
        {"media_urls": [{"id": "0", "url": PICTURE}]},
        {"media_urls": [{"url": PICTURE}], "thumbnail_image_url": "https://files.example/t.png"},
        {"image_url": PICTURE},
    ],
)
async def test_a_model_that_answers_at_once(gmi: Gmi, server: ChatServer, outcome: dict[str, Any]) -> None:
    """The submit's answer has the result, which a question repeats without asking anybody."""
    server.script = [answers(about("success", outcome=outcome))]
    accepted = await gmi.submit(Request("seedream-5.0-lite", "image", {"prompt": "x"}))
    assert accepted.request_id == ID
    assert accepted.output is not None
    assert accepted.output.media == (PICTURE,)
    assert await gmi.poll(accepted) is accepted.output
    assert server.submits == 1


async def test_a_model_that_fails_at_once(gmi: Gmi, server: ChatServer) -> None:
    """It worked, and failed: the submit is over, and not to be repeated."""
    server.script = [answers(about("failed", outcome={"error": "out of memory"}))]
    with pytest.raises(ProviderFailed, match="the job failed: out of memory"):
        await gmi.submit(ASKED)


@pytest.mark.parametrize(
    "act",
    [
        answers({"status": "queued"}),
        answers({"request_id": 7, "status": "queued"}),
        answers({"request_id": "../x", "status": "queued"}),
        answers({"data": {"status": "queued"}}),
        answers({"message": "thank you"}),
        answers([about("queued")]),
        raw(b'{"request_id":', kind="application/json"),
    ],
)
async def test_a_submit_that_tells_no_id_is_unknown(gmi: Gmi, server: ChatServer, act: Act) -> None:
    """Something was accepted; the list of requests will tell what."""
    server.script = [act]
    with pytest.raises(ProviderUnknown):
        await gmi.submit(ASKED)
    assert gmi.recovery == "list"


@pytest.mark.parametrize("wrapper", ["request", "data", "requests"])
async def test_a_wrapped_answer_is_read(gmi: Gmi, server: ChatServer, wrapper: str) -> None:
    """The documentation and the vendor's client disagree about what is around a request."""
    server.script = [answers({wrapper: about("queued")}), answers({wrapper: about("processing")})]
    accepted = await gmi.submit(ASKED)
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
        ("", "running"),
    ],
)
async def test_how_a_job_stands(gmi: Gmi, server: ChatServer, status: str, phase: str) -> None:
    """Every documented state, in any case; one that is new to us is no failure of the job. GMI tells no fractions."""
    server.script = [answers(about(status))]
    assert await gmi.poll(Accepted(ID)) == Progress(phase)
    assert (server.calls[0].method, server.calls[0].path) == ("GET", f"/api/v1/ie/requestqueue/apikey/requests/{ID}")


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


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (about("failed", outcome={"error": "content refused"}), "the job failed: content refused"),
        (about("failed", outcome={"error": {"message": "bad seed"}}), "the job failed: bad seed"),
        (about("failed", error="quota"), "the job failed: quota"),
        (about("failed", outcome=None), "the job failed: no reason given"),
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
        pytest.param(hangs(), id="hangs"),
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
    found = await gmi.list_jobs("a model&x=1")
    assert list(found) == []
    assert httpx.URL(server.calls[0].path).params["model_id"] == "a model&x=1"
    server.script = [answers({"requests": jobs, "total": 7})]
    found = await gmi.list_jobs(ASKED.model)
    assert [job.accepted.request_id for job in found] == ["new", "old"]
    kept = fingerprint(payload)
    assert [matches(kept, job.payload) for job in found] == [False, True]
    assert found[1].accepted.output is not None
    assert found[0].accepted.output is None


@pytest.mark.parametrize("value", [{}, {"requests": None}, {"requests": {"requests": 7}}, 7, None, "x"])
async def test_a_list_that_is_none(gmi: Gmi, server: ChatServer, value: object) -> None:
    """That is no empty list: the submit may be among what was not told."""
    server.script = [answers(value)]
    with pytest.raises(ProviderError, match="no list"):
        await gmi.list_jobs(ASKED.model)


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


async def test_a_picture_goes_inside_the_request(gmi: Gmi, server: ChatServer, tmp_path: Path) -> None:
    """As a data URI of the type that its bytes have; nobody is called."""
    path = tmp_path / "still.dat"
    path.write_bytes(png())
    url = await gmi.hand_over(path, "image/jpeg")
    head, _, data = url.partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data) == png()
    assert server.submits == 0


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), 415, "audio"),
        (b"<html>", 415, "text/html"),
        (b"", 415, "text/html"),
        (png() + bytes(MAX_FILE), 413, str(MAX_FILE)),
    ],
)
async def test_a_file_that_no_model_takes(
    gmi: Gmi, server: ChatServer, tmp_path: Path, content: bytes, status: int, said: str
) -> None:
    """Sound, a web page, a picture of more than two mebibytes: refused here, with the remedy, and not retried."""
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ProviderRejected, match=said) as caught:
        await gmi.hand_over(path, "text/html")
    assert (caught.value.status, caught.value.retry_after) == (status, None)
    assert "make it smaller" in caught.value.message or "use JPEG, PNG or WebP" in caught.value.message
    assert server.submits == 0


def test_which_models_take_files(gmi: Gmi) -> None:
    """Those whose makers document data URIs, by either name; of the others nothing is known."""
    assert gmi.takes_files("wan2.7-i2v")
    assert gmi.takes_files("gmi/wan2.7-i2v")
    assert not gmi.takes_files("kling-v3-omni")
    assert not gmi.takes_files("no-such-model")


@pytest.mark.parametrize("key", [None, "", "  ", "a b", "a\nb", "é"])
def test_a_malformed_key_is_refused_before_anything_is_sent(http: httpx.AsyncClient, key: str | None) -> None:
    """A key with a line break or blanks is told at start, without being shown."""
    with pytest.raises(NotConfigured, match="GMI_CLOUD_API_KEY") as caught:
        Gmi(GmiEndpoint("http://x", SecretStr(key) if key is not None else None), http, now=now)
    assert not key or len(key) < 2 or key not in str(caught.value)


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
