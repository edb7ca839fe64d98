"""fal-stream against hostile bodies, references and provider answers: a clear error, and nothing charged."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from server.fakes.script import Behaviour
from tests.media.bombs import png
from tests.net.test_guarded import internet, make_certificate, reply
from tests.rows import Studio, balance
from tests.server.api.generate_server import GenerateServer

FLUX, EDIT = "fal-ai/flux/schnell", "fal-ai/nano-banana-2/edit"


@pytest.fixture(scope="module")
async def maker(served: GenerateServer) -> Studio:
    """Who asks for all that is refused: they end with what they began with."""
    return await served.maker()


def body(inputs: str, model: str = FLUX, more: str = "") -> bytes:
    return f'{{"modelId":"{model}","inputs":{inputs}{more}}}'.encode()


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (b"", 400, "modelId is required"),
        (b"{}", 400, "modelId is required"),
        (b'{"modelId":"  "}', 400, "modelId is required"),
        (b'{"modelId":7}', 400, "modelId"),
        (b'{"modelId":["a"]}', 400, "modelId"),
        (b'{"modelId":"' + b"x" * 401 + b'"}', 400, "modelId"),
        (b'{"modelId":"a\\nb","inputs":{"prompt":"x"}}', 400, "printable"),
        (b"{not json", 400, "Invalid JSON"),
        (b"[1,2]", 400, "an array"),
        (b'{"modelId":"\xff"}', 400, "UTF-8"),
        (body('{"prompt":"' + "a" * (10 << 20) + '"}'), 400, "prompt has 10485760 characters"),
        (body('{"prompt":"data:' + "a" * 300_000 + '"}'), 400, "prompt has 300005 characters"),
        (body('{"prompt":"' + "a" * (33 << 20) + '"}'), 413, "larger than"),
        (body('{"prompt":"a\\u0000b"}'), 400, "inputs.prompt"),
        (body(nested(80)), 400, "nested"),
        (body('{"prompt":"x",' + ",".join(f'"k{n}":1' for n in range(500)) + "}"), 400, "501 inputs of 500"),
        (
            body('{"prompt":"x","image_urls":[' + ",".join(['"https://1.1.1.1/"'] * 501) + "]}", EDIT),
            400,
            "501 addresses of 500",
        ),
        (body('{"prompt":"x","list":[' + ",".join("1" for _ in range(6_000)) + "]}"), 400, "5000 values"),
        (body('{"prompt":"x","duration":1e9}', "fal-ai/veo3.1"), 400, "duration is 1000000000.0: give"),
        (body('{"prompt":"x","duration":-1}', "fal-ai/veo3.1"), 400, "duration is -1: give"),
        (body('{"prompt":"x","duration":"-5s"}', "fal-ai/veo3.1"), 400, "duration is -5s: give"),
        (body('{"prompt":"x","duration":"nan"}', "fal-ai/veo3.1"), 400, "duration cannot be 'nan'"),
        (body('{"prompt":"x","durationSeconds":1e9}'), 400, "duration_seconds is 1000000000.0: give"),
        (body('{"prompt":"x","settings":"{\\"duration\\":1e9}"}'), 400, "duration is 1000000000.0: give"),
        (body('{"prompt":"x","duration":1e999}'), 400, "infinity"),
        (body('{"prompt":"x","duration":NaN}'), 400, "Invalid JSON"),
        (body('{"prompt":"x","image_size":{"width":1000000,"height":1}}'), 400, "image_size.width is 1000000"),
        (body('{"prompt":"x","width":0}'), 400, "width is 0"),
        (body('{"prompt":"x","fps":-25}'), 400, "fps is -25"),
        (body('{"prompt":"x","num_images":0}'), 400, "num_images"),
        (body('{"prompt":"x","num_images":101}'), 400, "num_images"),
        (body('{"prompt":"x","num_images":1.5}'), 400, "num_images"),
        (body('{"prompt":"x","num_images":"many"}'), 400, "num_images"),
        (body('{"prompt":"x","settings":[1]}'), 400, "settings must be an object"),
        (body('{"prompt":"x","settings":"{no"}'), 400, "settings is no JSON"),
        (body('{"prompt":"x","settings":"' + "a" * 2001 + '"}'), 400, "settings has 2001"),
        (body('{"prompt":"x"}', more=',"outputConfig":{"count":0}'), 400, "outputConfig.count"),
        (body('{"prompt":"x"}', more=',"outputConfig":{"count":true}'), 400, "outputConfig.count"),
        (body('{"prompt":"x"}', more=',"outputConfig":{"format":"../png"}'), 400, "outputConfig.format"),
        (body('{"prompt":"x"}', more=',"outputConfig":{"storageBucket":"secrets"}'), 400, "project-assets"),
        (body('{"prompt":"x"}', more=',"outputConfig":{"storagePathPrefix":"../../etc"}'), 400, "path"),
        (body('{"prompt":"x"}', more=f',"outputConfig":{{"storagePathPrefix":"{"k/" * 40}k"}}'), 400, "names deep"),
        (body('{"prompt":"x"}', more=',"outputConfig":"png"'), 400, "outputConfig"),
        (body('{"prompt":"x"}', more=',"metadata":[1]'), 400, "metadata"),
        (body('{"prompt":"x"}', more=',"maxCredits":2'), 400, "maxCredits"),
        (body('{"prompt":"x"}', more=',"maxCredits":-1'), 400, "maxCredits"),
        (body('{"prompt":"x"}', more=',"maxCredits":1e30'), 400, "maxCredits"),
        (body('{"prompt":"x"}', more=',"project_id":"not-a-uuid"'), 404, "Project not found"),
        (body('{"prompt":"x"}', more=',"request_id":"' + "r" * 201 + '"'), 400, "request_id"),
        (body('{"prompt":"x"}', more=',"referenceAssets":[{"url":"","type":"image"}]'), 400, "referenceAssets.0.url"),
        (body('{"prompt":"x"}', more=',"referenceAssets":[{"url":"https://e.org/a","type":"virus"}]'), 400, "type"),
    ],
)
async def test_a_hostile_body_is_a_4xx_that_names_the_place(
    server: GenerateServer, maker: Studio, sent: bytes, status: int, words: str
) -> None:
    """Size, encoding, syntax, depth, types, ranges: never a 500, never a run, never a credit."""
    response = await server.post(maker.user_id, sent)
    assert response.status_code == status, response.text
    assert words in response.json()["error"], response.json()
    assert await server.runs(maker) == []
    assert await balance(server.runtime, maker.user_id) == 100
    assert await server.fakes.paid_submits() == []


def data_uri(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://10.0.0.7/a.png", "this machine or its network"),
        ("https://localhost/a.png", "this machine or its network"),
        ("http://127.0.0.1:8000/a.png", "this machine or its network"),
        ("http://[::1]/a.png", "this machine or its network"),
        ("http://169.254.169.254/latest/meta-data", "this machine or its network"),
        (data_uri(b"<!doctype html><html><body>no picture</body></html>", "text/html"), "expected"),
        (data_uri(b"<!doctype html><html><body>no picture</body></html>"), "expected"),
        ("data:image/png;base64,!!!", "cannot be read"),
        ("data:", "cannot be read"),
    ],
)
async def test_a_reference_that_nobody_could_use_is_refused_before_any_hold(
    server: GenerateServer, maker: Studio, url: str, words: str
) -> None:
    """Private addresses and what is no media: 400 with the place, in every way in which a reference comes."""
    ways: list[dict[str, Any]] = [
        {"inputs": {"prompt": "x", "image_urls": [url]}},
        {"inputs": {"prompt": "x", "image_url": url}},
        {"inputs": {"prompt": "x"}, "referenceAssets": [{"url": url, "type": "image"}]},
    ]
    for way in ways:
        response = await server.post(maker.user_id, {"modelId": EDIT, **way})
        assert response.status_code == 400, response.text
        assert words in response.json()["error"]
    assert (await server.runs(maker), await balance(server.runtime, maker.user_id)) == ([], 100)
    assert await server.fakes.paid_submits() == []


async def test_a_picture_of_more_than_forty_megapixels_is_refused(server: GenerateServer, maker: Studio) -> None:
    """A small file that is a large picture: told before anything is held."""
    given = {"modelId": EDIT, "inputs": {"prompt": "x", "image_url": data_uri(png(10_000, 5_000))}}
    response = await server.post(maker.user_id, given)
    assert response.status_code in {400, 413}, response.text
    assert "megapixels" in response.json()["error"]
    assert (await server.runs(maker), await balance(server.runtime, maker.user_id)) == ([], 100)


async def test_a_good_picture_is_handed_over_as_the_provider_can_read_it(server: GenerateServer) -> None:
    """A `data:` URI becomes a file of ours, then the provider's; the row keeps an address, not megabytes."""
    studio = await server.maker()
    given = {"modelId": EDIT, "inputs": {"prompt": "x", "image_url": data_uri(png(64, 64))}}
    told = await server.stream(studio.user_id, given)
    assert told[-1]["type"] == "done", told[-1]
    (run,) = await server.runs(studio)
    assert "base64" not in json.dumps(dict(run.params))


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (Behaviour(outcome="failure", times=0), "provider_failed"),
        (Behaviour(outcome="refusal", times=0), "provider_failed"),
        (Behaviour(media="expired", times=0), "result_expired"),
        (Behaviour(media="wrong_type", times=0), ""),
        (Behaviour(media="truncated", times=0), ""),
        (Behaviour(status=422, times=0), "provider_rejected"),
        (Behaviour(status=402, times=0), "provider_rejected"),
        (Behaviour(status=500, times=0), ""),
        (Behaviour(reply="malformed", times=0), ""),
        (Behaviour(reply="truncated", times=0), ""),
        (Behaviour(reply="dropped", times=0), "provider_outcome_unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_could_not_be_delivered_costs_nothing(
    server: GenerateServer, behaviour: Behaviour, code: str
) -> None:
    """The stream ends with `error` and a code; the hold is back, the item has failed, nothing is left open."""
    studio = await server.maker()
    await server.fakes.script(behaviour, Behaviour(on="list", status=403, times=0))
    told = await server.stream(studio.user_id, {"modelId": FLUX, "inputs": {"prompt": "a lamp"}})
    end = told[-1]
    assert end["type"] == "error", end
    assert end["code"] == code or not code, end
    assert end["error"]
    assert end["reason"] == "primary_failed_no_fallback"
    view = await server.view(studio.user_id, end["runId"])
    assert (view["status"], view["items"][0]["status"]) == ("failed", "failed")
    assert await balance(server.runtime, studio.user_id) == 100
    assert len(await server.fakes.paid_submits()) <= 1


async def test_another_model_takes_over_from_one_that_failed(server: GenerateServer) -> None:
    """`fallback`, a `meta` of its own with what it ignores, then `done` by the media default, which is what is paid."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(match="flux/dev", outcome="failure"))
    inputs = {"prompt": "a lamp", "camera": 1}
    told = await server.stream(studio.user_id, {"modelId": "fal-ai/flux/dev", "inputs": inputs})
    types = [frame["type"] for frame in told if frame["type"] != "progress"]
    assert types == ["meta", "fallback", "meta", "done"], told
    fallback, meta, done = (frame for frame in told[1:] if frame["type"] != "progress")
    assert fallback["message"] == f"Primary model failed, retrying with {FLUX}"
    assert (fallback["original_model"], fallback["fallback_model"]) == ("fal-ai/flux/dev", FLUX)
    assert (meta["resolved_model"], meta["fallback_used"]) == (FLUX, True)
    assert meta["ignored"] == told[0]["ignored"] == {"camera": "the model has no such input"}
    assert (done["model"], done["fallback_reason"]) == (FLUX, "runtime_failure:fal-ai/flux/dev")
    assert (done["credits"], await balance(server.runtime, studio.user_id)) == (3, 97)


async def test_both_models_may_fail(server: GenerateServer) -> None:
    """`error` with the reason `fallback_failed` and what the first one said; nothing is charged."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(outcome="failure", times=0))
    told = await server.stream(studio.user_id, {"modelId": "fal-ai/flux/dev", "inputs": {"prompt": "a lamp"}})
    assert [frame["type"] for frame in told if frame["type"] != "progress"] == ["meta", "fallback", "meta", "error"]
    assert told[-1]["reason"] == "fallback_failed"
    assert told[-1]["original_error"]
    assert await balance(server.runtime, studio.user_id) == 100


async def test_max_credits_bounds_the_fallback_too(server: GenerateServer) -> None:
    """A fallback that costs more than the caller allows does not take over."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(outcome="failure", times=0))
    given = {"modelId": "fal-ai/ltx-video", "inputs": {"prompt": "waves"}}
    assert (await server.stream(studio.user_id, {**given, "maxCredits": 20}))[-1]["reason"] == "fallback_failed"
    end = (await server.stream(studio.user_id, {**given, "maxCredits": 16}))[-1]
    assert end["reason"] == "primary_failed_no_fallback"
    assert await balance(server.runtime, studio.user_id) == 100


async def test_a_reference_that_is_a_web_page_is_refused_before_the_submit(
    server: GenerateServer, tmp_path: Path
) -> None:
    """A public address whose bytes are HTML: its place is told, nothing is sent, the hold goes back."""
    studio = await server.maker()
    page = reply(b"<!doctype html><html><body>log in</body></html>", Content_Type="image/png")
    given = {"modelId": EDIT, "inputs": {"prompt": "x", "image_urls": ["https://media.example/a.png"]}}
    async with internet(make_certificate(tmp_path), page, ["93.184.216.34"]) as (guard, *_):
        former, server.runtime._fetch = server.runtime._fetch, guard
        try:
            end = (await server.stream(studio.user_id, given))[-1]
        finally:
            server.runtime._fetch = former
    assert (end["type"], end["code"]) == ("error", "bad_source"), end
    assert "image_urls.0: expected image" in end["error"]
    assert await balance(server.runtime, studio.user_id) == 100
    assert await server.fakes.paid_submits() == []
