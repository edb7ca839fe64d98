"""POST /functions/v1/fal-stream over the whole application and the fakes: what a client sees, and what it costs."""

import asyncio
import json
import uuid
from typing import Any

import pytest

from server.fakes.script import Behaviour
from server.stack import postgres
from tests.rows import balance
from tests.server.api.generate_server import FAL_STREAM, GenerateServer, open_generate_server
from tests.server.served import bearer

FLUX, PRICE = "fal-ai/flux/schnell", 3


def asked(prompt: str = "a lamp", model: str = FLUX, **more: Any) -> dict[str, Any]:
    return {"modelId": model, "inputs": {"prompt": prompt, "image_size": {"width": 64, "height": 32}}, **more}


async def test_a_picture_as_its_client_reads_it(server: GenerateServer) -> None:
    """meta, progress from 0 to 1, done; our address, pixels, the price; the run holds the documented metadata."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(places=2, seconds=None))
    body = asked(request_id="mine", project_id=str(studio.project_id))
    frames = await server.frames(studio.user_id, body)
    assert [frame.event for frame in frames] == [None] * len(frames) or all(
        frame.event in {None, "message"} for frame in frames
    )
    assert [int(frame.id or 0) for frame in frames] == sorted({int(frame.id or 0) for frame in frames})
    told = [json.loads(frame.data) for frame in frames]
    assert (told[0]["type"], told[-1]["type"]) == ("meta", "done")
    meta, done = told[0], told[-1]
    assert {key: meta[key] for key in ("requested_model", "resolved_model", "media_type", "fallback_used")} == {
        "requested_model": FLUX,
        "resolved_model": FLUX,
        "media_type": "image",
        "fallback_used": False,
    }
    steps = [frame for frame in told if frame["type"] == "progress"]
    assert {step["model"] for step in steps} == {FLUX}
    shares = [step["event"]["progress"] for step in steps]
    assert all(0 <= share <= 1 for share in shares)
    assert (shares[-1], steps[-1]["event"]["status"]) == (1.0, "COMPLETED")
    assert any(step["event"].get("queue_position") is not None for step in steps)
    (image,) = done["result"]["images"]
    assert (image["width"], image["height"]) == (64, 32)
    assert f"/{studio.user_id}/{studio.project_id}/" in image["url"]
    assert (done["model"], done["fallback_used"], done["requestId"]) == (FLUX, False, "mine")
    file = await server.client.get(image["url"].removeprefix(server.runtime.settings.address))
    assert (file.status_code, file.headers["content-type"], file.content[:4]) == (200, "image/png", b"\x89PNG")
    assert await balance(server.runtime, studio.user_id) == 100 - PRICE
    view = await server.view(studio.user_id, meta["runId"])
    result = view["result"]
    assert {key: result[key] for key in ("generationId", "resolvedModel", "requestedModel", "fallbackUsed")} == {
        "generationId": meta["runId"],
        "resolvedModel": FLUX,
        "requestedModel": FLUX,
        "fallbackUsed": False,
    }
    assert (result["mediaType"], result["credits"], result["width"], result["height"]) == ("image", PRICE, 64, 32)
    assert result["storageUrl"] == result["url"] == image["url"]
    assert result["raw"]["images"][0]["url"] == image["url"]
    assert len(result["sha256"][0]) == 64
    assert (view["status"], view["credits"]) == ("succeeded", {"held": 0, "charged": PRICE})


async def test_every_answer_names_its_run_where_a_page_can_read_it(server: GenerateServer) -> None:
    """X-Run-Id stands in the answer and among the exposed headers."""
    studio = await server.maker()
    async with server.client.stream("POST", FAL_STREAM, json=asked(), headers=bearer(studio.user_id)) as response:
        (run,) = await server.runs(studio)
        assert response.headers["x-run-id"] == str(run.run_id)
        assert "x-run-id" in response.headers["access-control-expose-headers"]
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-cache, no-transform"


async def test_each_frame_is_one_write_in_the_clients_spelling(server: GenerateServer) -> None:
    """A client that does not buffer reads every write as whole lines; `data: ` has its space, `type` is inside."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(places=3, seconds=None))
    writes = await writes_of(server, studio.user_id, asked())
    for write in writes:
        assert write.endswith(b"\n\n")
        lines = write[:-2].split(b"\n")
        if lines == [b": ping"]:
            continue
        assert len(lines) == 2
        assert lines[0].startswith(b"id: ")
        assert lines[1].startswith(b'data: {"type":"')
    assert len(writes) >= 3


async def writes_of(server: GenerateServer, user_id: uuid.UUID, body: object) -> list[bytes]:
    """Every piece of the body that the application hands to its server, in order."""
    content = json.dumps(body).encode()
    pieces: list[bytes] = []
    waiting = [{"type": "http.request", "body": content, "more_body": False}]
    headers = [(name.encode(), value.encode()) for name, value in bearer(user_id).items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": FAL_STREAM,
        "raw_path": FAL_STREAM.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [*headers, (b"content-length", str(len(content)).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and message["body"]:
            pieces.append(message["body"])

    await server.app(scope, receive, send)
    return pieces


@pytest.mark.parametrize(
    ("model", "media", "place", "seconds"),
    [
        ("fal-ai/kling-video/o3/standard/text-to-video", "video", "video", 3),
        ("cassetteai/music-generator", "audio", "audio_file", 10),
    ],
)
async def test_clips_and_sounds_say_how_long_they_are(
    server: GenerateServer, model: str, media: str, place: str, seconds: int
) -> None:
    """`result.video.url`, `result.audio_file.url`; seconds in the metadata."""
    studio = await server.maker()
    told = await server.stream(studio.user_id, {"modelId": model, "inputs": {"prompt": "waves", "duration": seconds}})
    done = told[-1]
    assert done["type"] == "done", done
    assert done["result"][place]["url"].startswith(server.runtime.settings.address)
    assert f"/{studio.user_id}/unfiled/" in done["url"]
    view = await server.view(studio.user_id, done["runId"])
    assert view["result"]["durationSeconds"] == pytest.approx(seconds, abs=0.1)
    assert view["result"]["mediaType"] == media


@pytest.mark.parametrize(
    ("model", "media_type", "runs"),
    [
        ("acme/paint-9", None, FLUX),
        ("acme/video-9", None, "fal-ai/kling-video/o3/standard/text-to-video"),
        ("acme/thing", "audio", "fal-ai/elevenlabs/tts/turbo-v2.5"),
    ],
)
async def test_an_unknown_model_is_told_before_anything_is_sent(
    server: GenerateServer, model: str, media_type: str | None, runs: str
) -> None:
    """The media default stands in, priced as itself; `meta` says so while nothing has been submitted."""
    studio = await server.maker()
    server.player.gate.clear()
    body = {"modelId": model, "inputs": {"prompt": "a lamp"}, "request_id": "r", "media_type": media_type}
    (meta,) = await server.stream(studio.user_id, body, until=1)
    assert (meta["resolved_model"], meta["fallback_used"]) == (runs, True)
    assert meta["fallback_reason"] == f"unknown_model:{model}"
    assert await server.fakes.paid_submits() == []
    server.player.gate.set()
    done = (await server.stream(studio.user_id, body))[-1]
    assert (done["type"], done["model"], done["fallback_reason"]) == ("done", runs, f"unknown_model:{model}")
    assert await balance(server.runtime, studio.user_id) == 100 - done["credits"] < 100


async def test_too_few_credits_is_a_402_and_nothing_else(server: GenerateServer) -> None:
    """The documented body; no run, no hold, no submit."""
    studio = await server.maker(funds=PRICE - 1)
    response = await server.post(studio.user_id, asked())
    assert response.status_code == 402
    assert response.json() == {
        "error": "Insufficient credits",
        "code": "insufficient_credits",
        "required": PRICE,
        "available": PRICE - 1,
        "top_up_url": "/settings/billing",
        "upgrade_url": "/settings/billing#plans",
    }
    assert (await server.runs(studio), await server.fakes.paid_submits()) == ([], [])


@pytest.mark.parametrize(
    ("headers", "words"),
    [({}, "Missing authorization"), ({"authorization": "Bearer x.y.z"}, "Invalid or expired token")],
)
async def test_who_is_nobody_is_told_in_this_functions_words(
    server: GenerateServer, headers: dict[str, str], words: str
) -> None:
    """401, before the body is looked at."""
    response = await server.client.post(FAL_STREAM, content=b"{", headers=headers)
    assert (response.status_code, response.json()) == (401, {"error": words})


async def test_a_client_that_hangs_up_leaves_the_run_going(server: GenerateServer) -> None:
    """The picture is made, stored and paid; the same request id shows it, without a second submit."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(hold="result"))
    body = asked("a hang-up", request_id="r")
    (meta,) = await server.stream(studio.user_id, body, until=1)
    await server.fakes.wait_submit()
    await server.fakes.release()
    await server.ended(meta["runId"])
    done = (await server.stream(studio.user_id, body))[-1]
    assert done["type"] == "done"
    assert len(await server.fakes.paid_submits()) == 1
    assert await balance(server.runtime, studio.user_id) == 100 - PRICE


async def test_a_stream_goes_on_where_its_client_was(server: GenerateServer) -> None:
    """The request sent again with `Last-Event-ID`, and the run's stream with `after`, send only what came later."""
    studio = await server.maker()
    body = asked("twice", request_id="r")
    whole = await server.frames(studio.user_id, body)
    seen = whole[1].id or ""
    rest = await server.frames(studio.user_id, body, headers={"last-event-id": seen})
    assert [frame.id for frame in rest] == [frame.id for frame in whole[2:]]
    run_id = json.loads(whole[0].data)["runId"]
    again = await server.client.get(
        f"/functions/v1/runs/{run_id}/events", params={"after": seen}, headers=bearer(studio.user_id)
    )
    assert again.text.count("\nevent: ") + again.text.startswith("event: ") >= len(rest) - 1
    other = await server.post(studio.user_id, asked("another prompt", request_id="r"))
    assert (other.status_code, "inputs" in other.json()["error"]) == (409, True)


async def test_ten_of_the_same_at_once_are_one_submit(server: GenerateServer) -> None:
    """One run, one charge, ten streams with the same end."""
    studio = await server.maker()
    body = asked("ten", request_id="r")
    ends = [told[-1] for told in await asyncio.gather(*(server.stream(studio.user_id, body) for _ in range(10)))]
    assert {end["type"] for end in ends} == {"done"}
    assert len({end["url"] for end in ends}) == 1
    assert len(await server.fakes.paid_submits()) == 1
    assert await balance(server.runtime, studio.user_id) == 100 - PRICE


async def test_the_same_request_id_of_another_user_is_another_run(server: GenerateServer) -> None:
    """Ids belong to their user; nobody sees or cancels another's run."""
    ada, eve = await server.maker(), await server.maker()
    mine = (await server.stream(ada.user_id, asked("mine", request_id="r")))[-1]
    hers = (await server.stream(eve.user_id, asked("hers", request_id="r")))[-1]
    assert mine["runId"] != hers["runId"]
    for path in ("", "/events"):
        response = await server.client.get(f"/functions/v1/runs/{mine['runId']}{path}", headers=bearer(eve.user_id))
        assert response.status_code == 404
    canceled = await server.client.post(f"/functions/v1/runs/{mine['runId']}/cancel", headers=bearer(eve.user_id))
    assert canceled.status_code == 404
    foreign = await server.post(eve.user_id, asked(project_id=str(ada.project_id)))
    assert (foreign.status_code, foreign.json()["error"]) == (404, "Project not found or access denied")


@pytest.mark.parametrize(
    ("behaviour", "left", "purposes"),
    [
        (Behaviour(places=9, place_seconds=60), 100, set[str]()),
        (Behaviour(hold="result"), 100 - PRICE, {"outstanding"}),
    ],
    ids=["still queued", "running"],
)
async def test_a_cancel_ends_the_stream_at_once(
    server: GenerateServer, behaviour: Behaviour, left: int, purposes: set[str]
) -> None:
    """`error` with code `canceled`. What the provider stops costs nothing; what it may still make stays held."""
    studio = await server.maker()
    await server.fakes.script(behaviour)
    reading = asyncio.create_task(server.stream(studio.user_id, asked("canceled", request_id="r")))
    await server.fakes.wait_submit()
    (run,) = await server.runs(studio)
    response = await server.client.post(f"/functions/v1/runs/{run.run_id}/cancel", headers=bearer(studio.user_id))
    assert response.status_code in {200, 202}
    server.runtime.leases.cancel(run.run_id)  # what a worker does when it is notified
    end = (await reading)[-1]
    assert (end["type"], end["code"]) == ("error", "canceled")
    assert await balance(server.runtime, studio.user_id) == left
    assert {hold.purpose for hold in await server.holds(str(run.run_id)) if hold.status == "held"} == purposes
    assert (await server.view(studio.user_id, str(run.run_id)))["status"] == "canceled"


async def test_a_cancel_before_it_began_sends_nothing(server: GenerateServer) -> None:
    """Queued, canceled, ended: no submit."""
    studio = await server.maker()
    server.player.gate.clear()
    (meta,) = await server.stream(studio.user_id, asked(request_id="r"), until=1)
    path = f"/functions/v1/runs/{meta['runId']}/cancel"
    assert (await server.client.post(path, headers=bearer(studio.user_id))).json()["status"] == "canceled"
    server.player.gate.set()
    end = (await server.stream(studio.user_id, asked(request_id="r")))[-1]
    assert (end["type"], end["code"]) == ("error", "canceled")
    assert (await balance(server.runtime, studio.user_id), await server.fakes.paid_submits()) == (100, [])


async def test_where_how_many_and_what_to_remember(server: GenerateServer) -> None:
    """`outputConfig` says bucket, folder, format and number; `metadata` is kept; each picture is stored and paid."""
    studio = await server.maker()
    output = {"storageBucket": "workflow-media", "storagePathPrefix": "shots/a", "count": 2, "format": "png"}
    metadata = {"source": "storyboard", "entityId": "shot-1", "projectId": str(studio.project_id), "custom": {"a": 1}}
    done = (await server.stream(studio.user_id, asked(outputConfig=output, metadata=metadata)))[-1]
    urls = [image["url"] for image in done["result"]["images"]]
    assert len(set(urls)) == 2
    assert all(f"/workflow-media/{studio.user_id}/shots/a/" in url for url in urls)
    assert (done["credits"], await balance(server.runtime, studio.user_id)) == (2 * PRICE, 100 - 2 * PRICE)
    (run,) = await server.runs(studio)
    assert run.project_id == studio.project_id
    assert {key: run.params["metadata"][key] for key in metadata} == metadata
    assert len((await server.view(studio.user_id, done["runId"]))["result"]["sha256"]) == 2


async def test_what_is_not_to_be_stored_stays_where_it_is(server: GenerateServer) -> None:
    """`autoStore: false`: the provider's address, no `storageUrl`."""
    studio = await server.maker()
    done = (await server.stream(studio.user_id, asked(outputConfig={"autoStore": False})))[-1]
    assert done["url"].startswith(server.fakes.base_url)
    result = (await server.view(studio.user_id, done["runId"]))["result"]
    assert "storageUrl" not in result
    assert (result["width"], result["height"], result["credits"]) == (64, 32, PRICE)


async def test_the_request_id_is_shown_as_it_was_given(server: GenerateServer) -> None:
    """In the run's view and in a refusal."""
    studio = await server.maker()
    done = (await server.stream(studio.user_id, asked(request_id="mine")))[-1]
    assert (await server.view(studio.user_id, done["runId"]))["requestId"] == "mine"
    refused = await server.post(studio.user_id, asked("another", requestId="mine"))
    assert "requestId 'mine' was already used" in refused.json()["error"]


async def test_without_a_key(cluster: postgres.Cluster) -> None:
    """`never`: the documented 500; `auto`: animatic mode stands in, for nothing, and `meta` says so."""
    async with open_generate_server(cluster, FAL_KEY="", WZRD_OFFLINE="never") as server:
        studio = await server.maker()
        response = await server.post(studio.user_id, asked())
        assert response.status_code == 500
        assert response.json()["error"] == "Server configuration error: API key missing"
        assert "FAL_KEY" in response.json()["details"] or "fal-ai" in response.json()["details"]
        assert await server.runs(studio) == []
    async with open_generate_server(cluster, FAL_KEY="") as server:
        studio = await server.maker()
        told = await server.stream(studio.user_id, asked("Wide shot. A lighthouse at night."))
        assert (told[0]["fallback_used"], told[0]["fallback_reason"]) == (True, "no_credentials:fal-ai")
        assert (told[-1]["type"], told[-1]["credits"]) == ("done", 0), told[-1]
        assert told[-1]["result"]["images"][0]["url"].startswith(server.runtime.settings.address)


async def test_any_model_of_the_catalog_streams(server: GenerateServer) -> None:
    """GMI's pictures have the same shape here; a text comes in `delta` frames and whole in `done`."""
    studio = await server.maker()
    done = (await server.stream(studio.user_id, asked(model="gmi/seedream-5.0")))[-1]
    assert done["type"] == "done", done
    assert done["result"]["images"][0]["url"].startswith(server.runtime.settings.address)
    await server.fakes.script(Behaviour(text="Once upon a time", token_seconds=0.05))
    told = await server.stream(studio.user_id, asked(model="llama-3.3-70b-versatile"))
    assert "".join(frame["text"] for frame in told if frame["type"] == "delta") == "Once upon a time"
    assert told[-1]["result"]["text"] == "Once upon a time"


async def test_many_at_once_all_settle(server: GenerateServer) -> None:
    """Thirty-six of four users, a third of which fail at the provider: each ends, each user pays what they got."""
    makers = [await server.maker() for _ in range(4)]
    await server.fakes.script(Behaviour(match="fails", outcome="failure", times=0))
    words = ["a lamp", "it fails", "a lens"] * 3
    asks = [(maker, asked(f"{word} {at}")) for maker in makers for at, word in enumerate(words)]
    ends = [told[-1] for told in await asyncio.gather(*(server.stream(maker.user_id, body) for maker, body in asks))]
    assert [end["type"] for end in ends] == ["done", "error", "done"] * 12
    assert {await balance(server.runtime, maker.user_id) for maker in makers} == {100 - 6 * PRICE}
    assert len({end["url"] for end in ends if end["type"] == "done"}) == 24
    assert len(await server.fakes.paid_submits()) == 36


@pytest.mark.parametrize("outcome", ["canceled", "failed"])
async def test_a_text_that_has_begun_is_delivered(server: GenerateServer, outcome: str) -> None:
    """Its first words are in the log: it is paid, whatever ends it, and a retry completes it for nothing."""
    studio = await server.maker()
    behaviour = Behaviour(text="a b c d e f", hold="result", outcome="success" if outcome == "canceled" else "failure")
    await server.fakes.script(behaviour)
    body = asked(model="llama-3.3-70b-versatile", request_id="r")
    await server.stream(studio.user_id, body, until=2)  # meta, and the first words
    (run,) = await server.runs(studio)
    run_id = str(run.run_id)
    if outcome == "canceled":
        await server.client.post(f"/functions/v1/runs/{run_id}/cancel", headers=bearer(studio.user_id))
    else:
        await server.fakes.release()
    await server.ended(run_id)
    view = await server.view(studio.user_id, run_id)
    status = "canceled" if outcome == "canceled" else "partial"
    assert (view["status"], view["credits"]) == (status, {"held": 0, "charged": 1})
    retried = await server.client.post(f"/functions/v1/runs/{run_id}/retry", headers=bearer(studio.user_id))
    assert (retried.status_code, await balance(server.runtime, studio.user_id)) == (202, 99)
    await server.ended(run_id)
    view = await server.view(studio.user_id, run_id)
    assert view["status"] == "succeeded", view
    assert (view["status"], view["credits"], view["result"]["credits"]) == ("succeeded", {"held": 0, "charged": 1}, 1)
    assert await balance(server.runtime, studio.user_id) == 99


@pytest.mark.parametrize("stored", [True, False])
async def test_what_comes_beside_a_clip_does_not_cost_it(server: GenerateServer, stored: bool) -> None:
    """An archive before it and a caption behind it stay at fal; the clip is the result, and paid once.

    fal's `fal-ai/wan-22-vace-fun-a14b/depth` (`frames_zip`) and `fal-ai/heygen/avatar5/digital-twin` (`caption_file`),
    by the types of outputs in fal-js (libs/client/src/types/endpoints.ts).
    """
    studio = await server.maker()
    await server.fakes.script(Behaviour(beside=True))
    given = {"modelId": "fal-ai/ltx-video", "inputs": {"prompt": "waves"}, "outputConfig": {"autoStore": stored}}
    done = (await server.stream(studio.user_id, given))[-1]
    assert done["type"] == "done", done
    view = await server.view(studio.user_id, (await server.runs(studio))[0].run_id.hex)
    assert view["result"]["url"] == done["result"]["video"]["url"]
    assert view["result"]["url"].endswith(".mp4")
    assert (f"/{studio.user_id}/" in view["result"]["url"]) is stored
    assert done["result"]["frames_zip"]["url"].endswith("/files/frames.zip")
    assert done["result"]["caption_file"]["url"].endswith("/files/captions.srt")
    assert len(await server.fakes.paid_submits()) == 1
