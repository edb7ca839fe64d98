"""Submits to fal: what leaves, what the answer means, and where the key may go."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from pydantic import SecretStr

from tests.fakes.chat import Act, ChatServer, answers, drops, hangs, raw, refuses
from tests.providers.conformance import submit_to
from tests.providers.scripted_fal import ASKED, ID, KEY, accepted_by, make_fal, now, urls_at
from wzrd.domain.errors import (
    BadRequest,
    NotConfigured,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ProviderUnsent,
)
from wzrd.log_context import logging_about
from wzrd.providers.base import Accepted, Output, Request
from wzrd.providers.fal.adapter import Fal, FalEndpoint
from wzrd.providers.http_border import MAX_BODY


async def test_it_submits_as_fal_documents_it(fal: Fal, server: ChatServer) -> None:
    """Path, key, inputs as given, our deadline as the latest start, the webhook as a query; one POST."""
    server.script = [answers({"request_id": ID, **urls_at(server.origin), "queue_position": 0})]
    hook = "https://wzrd.example/webhooks/fal/a_b-c?x=1&y=ü"
    with logging_about(run="a-run"):
        accepted = await submit_to(fal, ASKED, webhook=hook)
    (call,) = server.calls
    assert call.headers["x-client-request-id"] == "a-run"
    path, _, query = call.path.partition("?")
    assert (call.method, path) == ("POST", "/queue/fal-ai/flux/dev/image-to-image")
    assert httpx.QueryParams(query)["fal_webhook"] == hook
    assert call.headers["authorization"] == f"Key {KEY}"
    assert call.headers["x-fal-request-timeout"] == "90"
    assert "x-fal-no-retry" not in call.headers
    assert call.body == dict(ASKED.inputs) == fal.payload(ASKED)
    told = urls_at(server.origin)
    assert accepted == Accepted(ID, {name: told[f"{name}_url"] for name in ("status", "response", "cancel")})


async def test_without_a_webhook_none_is_asked_for(fal: Fal, server: ChatServer) -> None:
    """It is given no address that it cannot reach; a deadline below its least is its least."""
    server.script = [answers({"request_id": ID})]
    await submit_to(fal, Request(ASKED.model, "image", ASKED.inputs, 0.5))
    assert (server.calls[0].path, server.calls[0].headers["x-fal-request-timeout"]) == (f"/queue/{ASKED.model}", "2")


def test_recovery_is_the_list(http: httpx.AsyncClient) -> None:
    """A lost answer is looked for among fal's requests, whether or not fal can call us."""
    for webhooks in (False, True):
        fal = make_fal(http, "http://x", webhooks=webhooks)
        assert (fal.recovery, fal.lists, fal.calls_back) == ("list", "ended", webhooks)


SILENCE = pytest.mark.silence


@pytest.mark.parametrize(
    "model",
    [
        "", "flux", "/flux/dev", "fal-ai/", "fal-ai//x", "fal-ai/../admin", "fal-ai/./x", "fal-ai/x?fal_webhook=y",
        "fal-ai/x#y", "fal-ai/%2e%2e/x", "fal-ai/x/requests/1/cancel", "https://evil.example/x", "fal-ai/x y",
        "fal-ai/x\n", "fal-ai/ü", "a/" + "b" * 300, "@evil/x", "fal-ai/x\\y", "a/b/c/d/e/f/g/h/i/j", "Fal/Requests/x",
    ],
)  # fmt: skip
async def test_a_model_is_an_endpoint_id_and_nothing_else(fal: Fal, server: ChatServer, model: str) -> None:
    """A model name that could lead elsewhere in a URL is refused, by name, and nothing is sent."""
    asked = Request(model, "image", {"prompt": "x"})
    with pytest.raises(BadRequest, match="model"):
        fal.payload(asked)
    with pytest.raises(BadRequest, match="model"):
        await fal.submit(asked, {})
    assert server.submits == 0


@pytest.mark.parametrize(
    ("inputs", "name"),
    [
        ({"a": 1, "seed": 1 << 70}, "seed"),
        ({"prompt": "\ud800"}, "prompt"),
        ({"x": {1, 2}}, "x"),
        ({"scale": float("nan")}, "scale"),
        ({"sync_mode": True}, "sync_mode"),
    ],
)
async def test_inputs_that_cannot_be_sent_are_named(fal: Fal, server: ChatServer, inputs: Any, name: str) -> None:
    """A number beyond JSON's, half a character, and the mode that puts megabytes into the answer."""
    with pytest.raises(BadRequest, match=f"^{name}\\b"):
        await submit_to(fal, Request(ASKED.model, "image", inputs))
    assert server.submits == 0


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example/fal-ai/x/requests/1/status", "http://queue.fal.run/x", "https://queue.fal.run.evil.example/x",
        "https://queue.fal.run@evil.example/x", "https://queue.fal.run:444/x", "//evil.example/x", "/x", "", 7, None,
        "file:///etc/passwd", "http://127.0.0.1:1/x", "http://[::1", "https://v3.fal.media/x", "https://user.fal.run/x",
    ],
)  # fmt: skip
async def test_the_key_stays_at_fal(fal: Fal, server: ChatServer, evil: Any) -> None:
    """An answer that leads elsewhere is not followed: the address is built instead, and the job is not lost."""
    server.script = [answers({"request_id": ID, "status_url": evil, "response_url": evil, "cancel_url": evil})]
    accepted = await submit_to(fal, ASKED)
    base = f"{server.origin}/queue/fal-ai/flux/requests/{ID}"
    assert accepted.urls == {"status": f"{base}/status", "response": base, "cancel": f"{base}/cancel"}
    for ask in (fal.poll, fal.cancel):
        with pytest.raises(ProviderError, match="no usable"):
            await ask(Accepted(ID, {"status": evil, "response": evil, "cancel": evil}))
    assert server.submits == 1


async def test_official_addresses_are_followed(fal: Fal, server: ChatServer) -> None:
    """A queue behind the operator's own address may answer fal's."""
    told = urls_at("https://queue.falrun.com")
    server.script = [answers({"request_id": ID, **told})]
    assert (await submit_to(fal, ASKED)).urls["status"] == told["status_url"]


@pytest.mark.parametrize(
    ("model", "app"),
    [
        ("fal-ai/flux/dev", "fal-ai/flux"),
        ("fal-ai/flux", "fal-ai/flux"),
        ("workflows/me/mine/v2", "workflows/me/mine"),
        ("comfy/me/mine", "comfy/me/mine"),
    ],
)
def test_a_job_that_a_webhook_names_can_be_asked_about(http: httpx.AsyncClient, model: str, app: str) -> None:
    """Its addresses are built as fal's own client builds them; an id with a path in it is none."""
    fal = make_fal(http, "http://q.example")
    base = f"http://q.example/queue/{app}/requests/{ID}"
    whole = {} if model == app else {"whole": f"http://q.example/queue/{model}/requests/{ID}"}
    urls = {"status": f"{base}/status", "response": base, "cancel": f"{base}/cancel"}
    assert fal.locate(model, ID) == Accepted(ID, urls | whole)
    with pytest.raises(ProviderError):
        fal.locate(model, "../../x")


@pytest.mark.parametrize(
    ("kind", "answer", "media"),
    [
        ("image", {"images": [{"url": "https://v3.fal.media/a.png"}]}, ("https://v3.fal.media/a.png",)),
        ("json", {"text": "a result without media"}, ()),
    ],
)
async def test_a_model_may_answer_at_once(
    fal: Fal, server: ChatServer, kind: str, answer: Any, media: tuple[str, ...]
) -> None:
    """Without a request id the submit's answer is the result."""
    server.script = [answers(answer)]
    accepted = await submit_to(fal, replace(ASKED, media_type=kind))
    assert accepted == Accepted(output=Output(media=media, raw={"result": answer}))


@pytest.mark.parametrize(
    ("act", "kind", "status", "wait"),
    [
        pytest.param(refuses(400), ProviderRejected, 400, None, id="400"),
        pytest.param(answers({"detail": "Invalid key"}, 401), ProviderRejected, 401, None, id="401"),
        pytest.param(refuses(402, retry_after="1"), ProviderRejected, 402, None, id="402 never again"),
        pytest.param(answers({"detail": "x"}, 403), ProviderRejected, 403, None, id="403"),
        pytest.param(refuses(404), ProviderRejected, 404, None, id="404"),
        pytest.param(answers([], 422), ProviderRejected, 422, None, id="422 of no shape"),
        pytest.param(refuses(429, retry_after="7"), ProviderRejected, 429, 7.0, id="429"),
        pytest.param(refuses(429, retry_after="soon"), ProviderRejected, 429, None, id="429 without a number"),
        pytest.param(refuses(302, location="http://127.0.0.1:1/"), ProviderRejected, 302, None, id="a redirect"),
        pytest.param(refuses(500), ProviderUnknown, 500, None, id="500"),
        pytest.param(refuses(503, retry_after="1"), ProviderUnknown, 503, None, id="503"),
        pytest.param(drops(), ProviderUnknown, None, None, id="drops"),
        pytest.param(hangs(), ProviderUnknown, None, None, marks=SILENCE, id="hangs"),
        pytest.param(hangs(after=()), ProviderUnknown, None, None, marks=SILENCE, id="hangs after the headers"),
        pytest.param(raw(b"\xff\xfe", kind="application/json"), ProviderUnknown, None, None, id="garbage"),
        pytest.param(raw(b'{"request_id": "', kind="application/json"), ProviderUnknown, None, None, id="half JSON"),
        pytest.param(raw(b"<html>", kind="text/html"), ProviderUnknown, None, None, id="a web page"),
        pytest.param(answers([1]), ProviderUnknown, None, None, id="a list"),
        pytest.param(answers({}), ProviderUnknown, None, None, id="nothing"),
        pytest.param(answers({"unexpected": True}), ProviderUnknown, None, None, id="neither a job nor a picture"),
        pytest.param(answers({"request_id": True}), ProviderUnknown, None, None, id="an id that is a flag"),
        pytest.param(answers({"request_id": None}), ProviderUnknown, None, None, id="an id that is null"),
        pytest.param(answers({"request_id": "", "x": 1}), ProviderUnknown, None, None, id="an id that is empty"),
        pytest.param(answers({"status": "IN_QUEUE"}), ProviderUnknown, None, None, id="queued, under no id"),
        pytest.param(
            answers({"status_url": "https://x/1"}), ProviderUnknown, None, None, id="an address without an id"
        ),
        pytest.param(answers({"request_id": "../x"}), ProviderUnknown, None, None, id="an id that is a path"),
        pytest.param(answers({"detail": "no such app"}), ProviderFailed, None, None, id="a failure that says 200"),
        pytest.param(raw(b"[" * 300 + b"]" * 300, kind="application/json"), ProviderUnknown, None, None, id="too deep"),
        pytest.param(
            raw(b" " * MAX_BODY, b" " * 10, kind="application/json"), ProviderUnknown, None, None, id="endless"
        ),
    ],
)
async def test_what_a_submit_says_of_what_was_accepted(
    fal: Fal, server: ChatServer, act: Act, kind: type[ProviderError], status: int | None, wait: float | None
) -> None:
    """A 4xx is a no; whatever else goes wrong after the bytes have left may have been accepted. One POST each."""
    server.script = [act]
    with pytest.raises(ProviderError) as caught:
        await submit_to(fal, ASKED)
    error = caught.value
    assert type(error) is kind
    assert error.details.get("status") == status
    assert getattr(error, "retry_after", None) == wait
    assert server.submits == 1


BASE = f"/queue/fal-ai/flux/requests/{ID}"


@pytest.mark.parametrize(
    "answer",
    [
        {"requestId": ID},
        {"id": ID, "status": "IN_QUEUE"},
        {"id": ID, "status": "queued"},
        {"data": {"request_id": ID}},
        {"status": "IN_QUEUE", "status_url": f"https://queue.fal.run/fal-ai/flux/requests/{ID}/status"},
        {"response_url": f"https://queue.fal.run/fal-ai/flux/requests/{ID}", "status": "PENDING"},
    ],
)
async def test_an_id_however_it_is_told(fal: Fal, server: ChatServer, answer: dict[str, Any]) -> None:
    """A server of another make takes the job, too: it is paid for, and followed, whatever its id's name."""
    server.script = [answers(answer), answers({"status": "COMPLETED"}), answers({"images": []})]
    accepted = await submit_to(fal, ASKED)
    assert accepted.request_id == ID
    assert accepted.urls["cancel"] == f"{server.origin}{BASE}/cancel"


async def test_an_id_that_is_a_number(fal: Fal, server: ChatServer) -> None:
    """It goes into the addresses like any other."""
    server.script = [answers({"request_id": 77})]
    assert (await submit_to(fal, ASKED)).urls["status"].endswith("/requests/77/status")


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (raw(b"slow  down\n", status=429, kind="text/plain"), "answered 429: slow down"),
        (raw(b"<html>Bad", status=400, kind="text/html"), "answered 400: no reason given"),
        (answers({"title": "Gone fishing"}, 410), "answered 410: Gone fishing"),
        (answers({"errors": [{"message": "no seed"}]}, 400), "answered 400: no seed"),
        (refuses(307, location="https://new.example/q"), "answered 307: it leads to https://new.example/q"),
    ],
)
async def test_a_refusal_that_is_not_fals_own(fal: Fal, server: ChatServer, act: Act, said: str) -> None:
    """A gateway's words are passed on, a web page is not; where it leads to is told, not followed."""
    server.script = [act]
    with pytest.raises(ProviderRejected, match=said):
        await submit_to(fal, ASKED)
    assert server.submits == 1


@pytest.mark.parametrize(
    ("detail", "status", "said"),
    [
        ("Invalid key", 401, r"refused the key \(401\), check FAL_KEY: Invalid key"),
        ("User is locked. Reason: Exhausted balance.", 402, r"the account is used up \(403\): User is locked"),
    ],
)
async def test_a_refused_key_is_named(fal: Fal, server: ChatServer, detail: str, status: int, said: str) -> None:
    """Who reads the error learns which variable to look at; of an account that is empty no key is to blame."""
    server.script = [answers({"detail": detail}, 401 if status == 401 else 403)]
    with pytest.raises(ProviderRejected, match=said) as caught:
        await submit_to(fal, ASKED)
    assert caught.value.status == status


async def test_fields_that_were_refused_are_named(fal: Fal, server: ChatServer) -> None:
    """The list of what is wrong becomes a sentence: the field and the reason."""
    detail = [
        {"loc": ["body", "image_url"], "msg": "field required", "type": "value_error.missing"},
        {"loc": ["body", "loras", 0, "scale"], "msg": "must be at most 4", "type": "x", "input": "A" * 9000},
    ]
    server.script = [answers({"detail": detail}, 422)]
    with pytest.raises(ProviderRejected) as caught:
        await submit_to(fal, ASKED)
    assert caught.value.message == "fal-ai answered 422: image_url: field required; loras.0.scale: must be at most 4"


@pytest.mark.parametrize("origin", ["http://127.0.0.1:1", "http://no-such-host.invalid", "ftp://x", "http://["])
async def test_what_never_left(http: httpx.AsyncClient, origin: str) -> None:
    """Refused connections, unknown hosts and addresses that are none: nothing was sent."""
    fal = make_fal(http, origin)
    with pytest.raises(ProviderUnsent):
        await submit_to(fal, ASKED)


@pytest.mark.parametrize("key", ["", "  ", "a b", "a\nb", "é"])
def test_a_malformed_key_is_refused_before_anything_is_sent(http: httpx.AsyncClient, key: str) -> None:
    """A key with a line break or blanks is told at start, without being shown."""
    with pytest.raises(NotConfigured, match="FAL_KEY") as caught:
        Fal(FalEndpoint("http://x", "http://x", "http://x", SecretStr(key)), http, now=now)
    assert len(key) < 2 or key not in str(caught.value)


async def test_the_key_is_in_no_log_and_no_error(
    fal: Fal, server: ChatServer, large: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Over every failure of every call, with all logging on: an echo of the key is not repeated."""
    caplog.set_level(logging.DEBUG)
    accepted = await accepted_by(fal, server)
    echo = f"bad header Authorization: Key {KEY}"
    failing = [answers({"detail": echo}, status) for status in (401, 422, 429, 500)] + [drops()]
    for ask in (
        lambda: submit_to(fal, ASKED),
        lambda: fal.poll(accepted),
        lambda: fal.cancel(accepted),
        lambda: fal.upload(large, "a/b"),
    ):
        for act in failing:
            server.script = [act]
            with pytest.raises(ProviderError) as caught:
                await ask()
            assert KEY not in f"{caught.value} {caught.value!r} {caught.value.details} {caught.value.__cause__!r}"
    server.script = [answers({"status": "IN_PROGRESS", "logs": [{"message": echo}]})]
    assert KEY not in repr(await fal.poll(accepted))
    server.script = [answers({"status": "COMPLETED", "error": echo})]
    with pytest.raises(ProviderFailed) as failed:
        await fal.poll(accepted)
    assert KEY not in f"{failed.value!r} {failed.value.details}"
    assert KEY not in caplog.text
    assert KEY not in repr(vars(fal))


async def test_a_webhooks_address_is_in_no_log(fal: Fal, server: ChatServer, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever knows it may call it: httpx logs each request, and the log names the path alone."""
    caplog.set_level(logging.DEBUG)
    server.script = [answers({"request_id": ID})]
    await submit_to(fal, ASKED, webhook="https://wzrd.example/webhooks/fal/TOKEN-t0k3n")
    assert "TOKEN-t0k3n" in server.calls[0].path
    assert f"/queue/{ASKED.model}" in caplog.text
    assert "TOKEN-t0k3n" not in caplog.text


async def test_who_leaves_hangs_up(fal: Fal, http: httpx.AsyncClient, server: ChatServer) -> None:
    """A cancelled submit leaves no connection behind, and is still one POST."""
    server.script = [hangs()]
    submit = asyncio.create_task(submit_to(fal, ASKED))
    await server.wait_for_submit()
    submit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await submit
    open_ones = [c for c in cast("Any", http._transport)._pool.connections if not c.is_closed()]
    assert open_ones == []
    assert server.submits == 1
