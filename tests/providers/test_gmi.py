"""Submits to GMI Cloud's queue: what leaves, what the answer means, and files that go inside a request."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.fakes.chat import Act, Call, ChatServer, answers, raw, refuses
from tests.providers.conformance import png, submit_to
from tests.providers.scripted_gmi import ASKED, ID, KEY, PATH, PICTURE, about, make_gmi, now
from wzrd.domain.errors import BadRequest, NotConfigured, ProviderFailed, ProviderRejected, ProviderUnknown
from wzrd.net.http import open_http
from wzrd.providers.base import Accepted, Request
from wzrd.providers.gmi import MAX_FILE, Gmi


async def test_it_submits_as_gmi_documents_it(gmi: Gmi, server: ChatServer) -> None:
    """Path, bearer, the model's name and its own payload; one POST."""
    server.script = [answers({"request_id": ID, "model": ASKED.model, "status": "queued", "queued_at": 1})]
    accepted = await submit_to(gmi, ASKED, webhook="https://wzrd.example/never")
    (call,) = server.calls
    assert (call.method, call.path) == ("POST", f"{PATH}/requests")
    assert call.headers["authorization"] == f"Bearer {KEY}"
    assert call.body == {"model": "wan2.7-i2v", "payload": dict(gmi.payload(ASKED))}
    assert call.body["payload"]["prompt"] == "Ünï 🎬"
    assert b"never" not in call.raw + call.path.encode()
    assert accepted == Accepted(ID)


async def test_inputs_that_the_model_cannot_take_are_told_first(gmi: Gmi, server: ChatServer) -> None:
    """The field and the value are named, and nothing is sent."""
    with pytest.raises(BadRequest, match="duration cannot be 'soon'"):
        await submit_to(gmi, Request(ASKED.model, "video", {"duration": "soon"}))
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
    accepted = await submit_to(gmi, Request("seedream-5.0-lite", "image", {"prompt": "x"}))
    assert accepted.request_id == ID
    assert accepted.output is not None
    assert accepted.output.media == (PICTURE,)
    assert await gmi.poll(accepted) is accepted.output
    assert server.submits == 1


LTX = Request(
    "ltx-2-fast-image-to-video",
    "video",
    {"prompt": "x", "image_uri": PICTURE, "duration": 6, "resolution": "1920x1080"},
)


async def test_a_payload_is_spelled_in_another_way_where_gmi_wants_it(gmi: Gmi, server: ChatServer) -> None:
    """LTX alone: each refusal asks for another submit at once; what is taken stays; after the last it begins anew."""
    says_no = refuses(400, "Invalid payload parameters: duration")
    server.script = [says_no, says_no, answers({"request_id": ID, "status": "queued"})] * 2 + [says_no] * 2
    for _ in range(2):
        with pytest.raises(ProviderRejected) as refused:
            await submit_to(gmi, LTX)
        assert refused.value.retry_after == 0.0
    assert await submit_to(gmi, LTX) == Accepted(ID)
    spelled = [(body["payload"].get("duration"), "image" in body["payload"]) for body in bodies(server)]
    assert spelled == [(6, False), ("6", False), (6, True)]
    assert dict(gmi.payload(LTX)) == bodies(server)[-1]["payload"], "what was taken is the first try from now on"
    with pytest.raises(ProviderRejected):
        await submit_to(gmi, LTX)
    with pytest.raises(ProviderRejected) as last:
        await submit_to(gmi, LTX)
    assert last.value.retry_after is None
    assert gmi.payload(LTX)["image_uri"] == PICTURE


async def test_what_was_written_down_is_what_is_sent(gmi: Gmi, server: ChatServer) -> None:
    """Another submit that teaches a spelling in between changes nothing of one that is on its way."""
    written = dict(gmi.payload(LTX))
    server.script = [refuses(400, "Invalid payload parameters")] * 2 + [answers({"request_id": ID, "status": "queued"})]
    for _ in range(2):
        with pytest.raises(ProviderRejected):
            await submit_to(gmi, LTX)
    assert gmi.payload(LTX) != written
    await gmi.submit(LTX, written)
    assert bodies(server)[-1]["payload"] == written


async def test_other_refusals_change_no_spelling(gmi: Gmi, server: ChatServer) -> None:
    """Another reason, or another model: final at once."""
    server.script = [refuses(400, "the prompt is not allowed"), refuses(400, "Invalid payload parameters")]
    for request in (LTX, ASKED):
        with pytest.raises(ProviderRejected) as refused:
            await submit_to(gmi, request)
        assert refused.value.retry_after is None
    assert gmi.payload(LTX)["duration"] == 6


def bodies(server: ChatServer) -> list[Any]:
    """Bodies that were posted, in order."""
    return [call.body for call in server.calls]


async def test_a_model_that_fails_at_once(gmi: Gmi, server: ChatServer) -> None:
    """It worked, and failed: the submit is over, and not to be repeated."""
    server.script = [answers(about("failed", outcome={"error": "out of memory"}))]
    with pytest.raises(ProviderFailed, match="the job failed: out of memory"):
        await submit_to(gmi, ASKED)


@pytest.mark.parametrize(
    "act",
    [
        answers({"status": "queued"}),
        answers({"request_id": True, "status": "queued"}),
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
        await submit_to(gmi, ASKED)
    assert gmi.recovery == "list"


async def test_an_id_that_is_a_number(gmi: Gmi, server: ChatServer) -> None:
    """It can be asked for like any other."""
    server.script = [answers({"id": 77, "status": "queued"}), answers(about("pending"))]
    accepted = await submit_to(gmi, ASKED)
    assert accepted == Accepted("77")
    await gmi.poll(accepted)
    assert server.calls[-1].path.endswith("/requests/77")


async def test_a_picture_goes_inside_the_request(gmi: Gmi, server: ChatServer, tmp_path: Path) -> None:
    """As a data URI of the type that its bytes have; nobody is called."""
    path = tmp_path / "still.dat"
    path.write_bytes(png())
    url = await gmi.upload(path, "image/jpeg")
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
        await gmi.upload(path, "text/html")
    assert (caught.value.status, caught.value.retry_after) == (status, None)
    assert "make it smaller" in caught.value.message or "use JPEG, PNG or WebP" in caught.value.message
    assert server.submits == 0


def test_which_models_take_files(gmi: Gmi) -> None:
    """Those whose makers document data URIs, by either name; of the others nothing is known."""
    assert gmi.takes_files("wan2.7-i2v")
    assert not gmi.takes_files("kling-v3-omni")
    assert not gmi.takes_files("no-such-model")


@pytest.mark.parametrize("key", [None, "", "  ", "a b", "a\nb", "é"])
def test_a_malformed_key_is_refused_before_anything_is_sent(http: httpx.AsyncClient, key: str | None) -> None:
    """A key with a line break or blanks is told at start, without being shown."""
    with pytest.raises(NotConfigured, match="GMI_CLOUD_API_KEY") as caught:
        Gmi("http://x", SecretStr(key) if key is not None else None, http, now=now)
    assert not key or len(key) < 2 or key not in str(caught.value)


async def test_a_queue_is_waited_for_longer_than_a_writer(server: ChatServer) -> None:
    """The client's patience is for text: a picture that is drawn while we listen takes what the call is given."""

    async def slowly(call: Call) -> None:
        await asyncio.sleep(0.4)  # longer than the client's patience for text
        await answers(about("success", outcome={"url": PICTURE}))(call)

    server.script = [slowly]
    async with open_http(idle=0.1) as http:
        assert (await submit_to(make_gmi(http, server.origin), ASKED)).output is not None
