"""Fal's answers about a job: status, result, cancel; what is a failure, and what only a question unanswered."""

from typing import Any

import orjson
import pytest

from tests.fakes.chat import Act, ChatServer, answers, drops, hangs, raw, refuses
from tests.providers.scripted_fal import ID, KEY, accepted_by
from wzrd.domain.errors import ProviderError, ProviderFailed, ProviderRejected, ResultExpired, ResultUseless
from wzrd.domain.submission import may_fall_back
from wzrd.providers.base import Output, Progress
from wzrd.providers.fal.adapter import Fal
from wzrd.providers.fal.answers import MAX_JOBS, MAX_LINES, NewLines


@pytest.mark.parametrize(
    ("status", "progress"),
    [
        ({"status": "IN_QUEUE", "queue_position": 0}, Progress("queued", 0.35, 0)),
        ({"status": "IN_QUEUE", "queue_position": 10}, Progress("queued", 0.25, 10)),
        ({"status": "IN_QUEUE", "queue_position": 900}, Progress("queued", 0.05, 900)),
        ({"status": "IN_QUEUE"}, Progress("queued", 0.1)),
        ({"status": "IN_QUEUE", "queue_position": "x"}, Progress("queued", 0.1)),
        ({"status": "IN_QUEUE", "queue_position": True}, Progress("queued", 0.1)),
        ({"status": "IN_PROGRESS", "logs": None}, Progress("running", 0.7)),
        (
            {"status": "IN_PROGRESS", "logs": [{"message": "a"}, 3, {"message": 4}, "b"]},
            Progress("running", 0.7, None, ("a", "b")),
        ),
        ({"status": "WARMING_UP"}, Progress("running", 0.25)),
        ({"status": " in_queue ", "queue_position": "10"}, Progress("queued", 0.25, 10)),
        ({"status": "PENDING"}, Progress("queued", 0.1)),
        ({"status": "processing", "logs": "a line"}, Progress("running", 0.7)),
        ({"data": {"status": "IN_PROGRESS"}}, Progress("running", 0.7)),
    ],
)
async def test_how_a_job_stands(fal: Fal, server: ChatServer, status: Any, progress: Progress) -> None:
    """Queue place, state and log as progress; the question is asked with the key, of the address that was answered."""
    accepted = await accepted_by(fal, server)
    server.script = [answers(status, 202)]
    assert await fal.poll(accepted) == progress
    call = server.calls[-1]
    assert (call.method, call.path) == ("GET", f"/queue/fal-ai/flux/requests/{ID}/status?logs=1")
    assert call.headers["authorization"] == f"Key {KEY}"


async def test_a_line_of_the_log_is_told_once(fal: Fal, server: ChatServer) -> None:
    """The provider repeats the whole log each time."""
    accepted = await accepted_by(fal, server)
    logs = [{"message": str(number)} for number in range(3)]
    for upto, told in ((1, ("0",)), (3, ("1", "2")), (3, ())):
        server.script = [answers({"status": "IN_PROGRESS", "logs": logs[:upto]}, 202)]
        progress = await fal.poll(accepted)
        assert isinstance(progress, Progress)
        assert progress.logs == told


def test_the_memory_of_logs_is_bounded() -> None:
    """Thousands of jobs are forgotten in the order of asking, and a long log brings its end."""
    lines = NewLines(str.upper)
    many = tuple(f"line {number}" for number in range(200))
    for number in range(MAX_JOBS + 1):
        lines.take(str(number), Progress("running", logs=("a",)))
    assert lines.take("0", Progress("running", logs=("a",))).logs == ("A",)
    assert lines.take(str(MAX_JOBS), Progress("running", logs=("a", "b"))).logs == ("B",)
    assert lines.take("new", Progress("running", logs=many)).logs == tuple(map(str.upper, many[-MAX_LINES:]))


@pytest.mark.parametrize("odd", [b"NaN", b"-Infinity", b'"cut \\ud83d"', b'"caf\xe9"'])
async def test_what_no_json_has_costs_no_result(fal: Fal, server: ChatServer, odd: bytes) -> None:
    """Python writes NaN, JavaScript half a surrogate pair: what was made and paid is taken all the same."""
    accepted = await accepted_by(fal, server)
    body = b'{"images":[{"url":"https://v3.fal.media/a.png"}],"more":%b}' % odd
    server.script = [answers({"status": "COMPLETED"}), raw(body, kind="application/json")]
    output = await fal.poll(accepted)
    assert isinstance(output, Output)
    assert output.media == ("https://v3.fal.media/a.png",)
    assert orjson.dumps(output.raw)


async def test_the_result_is_passed_on_untouched(fal: Fal, server: ChatServer) -> None:
    """Every address in order, and the JSON as it came."""
    accepted = await accepted_by(fal, server)
    result = {
        "images": [{"url": "https://v3.fal.media/b.png", "width": 4}, {"url": "https://v3.fal.media/a.png"}],
        "s": 1,
    }
    server.script = [answers({"status": "COMPLETED", "logs": [], "metrics": {}}), answers(result)]
    output = await fal.poll(accepted)
    assert output == Output(media=("https://v3.fal.media/b.png", "https://v3.fal.media/a.png"), raw={"result": result})
    assert [call.path for call in server.calls[1:]] == [
        f"/queue/fal-ai/flux/requests/{ID}/status?logs=1",
        f"/queue/fal-ai/flux/requests/{ID}",
    ]


@pytest.mark.parametrize("word", ["completed", "Succeeded", "SUCCESS", "done", "OK"])
async def test_a_job_that_is_done_in_other_words(fal: Fal, server: ChatServer, word: str) -> None:
    """A server of another make: what is done is fetched, and not awaited until its deadline."""
    accepted = await accepted_by(fal, server)
    server.script = [answers({"status": word}), answers({"images": [{"url": "https://v3.fal.media/a.png"}]})]
    output = await fal.poll(accepted)
    assert isinstance(output, Output)
    assert output.media == ("https://v3.fal.media/a.png",)


def completed(**more: object) -> Act:
    return answers({"status": "COMPLETED", **more})


DONE = completed()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ([completed(error="Out of memory", error_type="x")], "Out of memory"),
        ([completed(error={"message": "NSFW"})], "NSFW"),
        ([answers({"status": "FAILED"})], "ended as FAILED"),
        ([answers({"status": "CANCELLED", "detail": "by you"})], "by you"),
        ([answers({"status": "failed", "error": "no memory"})], "no memory"),
        ([answers({"status": "timed_out"})], "ended as TIMED_OUT"),
        ([DONE, answers({"detail": [{"loc": ["body", "prompt"], "msg": "no"}]}, 422)], "answered 422: prompt: no"),
        ([DONE, answers({"detail": "bad"}, 400)], "answered 400: bad"),
        ([DONE, answers({"detail": "boom", "error_type": "runtime_error"}, 500)], "answered 500: boom"),
        ([DONE, answers({"detail": "late"}, 504, x_fal_error_type="generation_timeout")], "answered 504: late"),
        (
            [DONE, answers({"detail": [{"loc": ["body"], "msg": "x", "type": "internal_server_error"}]}, 500)],
            "500: body",
        ),
    ],
)
async def test_what_has_failed(fal: Fal, server: ChatServer, script: list[Act], message: str) -> None:
    """A failure is told in the provider's own words."""
    accepted = await accepted_by(fal, server)
    server.script = list(script)
    with pytest.raises(ProviderFailed, match=message):
        await fal.poll(accepted)


@pytest.mark.parametrize("said", ["true", "false"])
async def test_what_fal_calls_retryable_is_not_the_inputs_fault(fal: Fal, server: ChatServer, said: str) -> None:
    """A service behind the model failed, and fal says so with a 400: another model may be asked."""
    accepted = await accepted_by(fal, server)
    down = {"detail": [{"loc": ["body"], "msg": "down", "type": "downstream_service_error"}]}
    server.script = [DONE, answers(down, 400, x_fal_retryable=said)]
    with pytest.raises(ProviderFailed, match="down") as caught:
        await fal.poll(accepted)
    assert caught.value.details["error_type"] == "downstream_service_error"
    assert may_fall_back(caught.value) is (said == "true")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([refuses(500)], id="500"),
        pytest.param([refuses(404)], id="404"),
        pytest.param([refuses(401)], id="401"),
        pytest.param([drops()], id="drops"),
        pytest.param([hangs()], marks=pytest.mark.silence, id="hangs"),
        pytest.param([raw(b"{", kind="application/json")], id="half JSON"),
        pytest.param([answers({"status": 7})], id="no status"),
        pytest.param([answers(["COMPLETED"])], id="a list"),
        pytest.param([DONE, refuses(502)], id="502 on the result"),
        pytest.param([DONE, refuses(404)], id="404 on the result"),
        pytest.param([DONE, refuses(403)], id="403 on the result"),
        pytest.param([DONE, answers({"detail": "Request is still in progress"}, 400)], id="too early for the result"),
        pytest.param([DONE, refuses(302, location="https://evil.example/")], id="302 on the result"),
        pytest.param([DONE, raw(b"\xff", kind="application/json")], id="garbage as the result"),
        pytest.param([DONE, drops()], id="drops at the result"),
        pytest.param([DONE, answers({"detail": "Request is still in progress"}, 202)], id="202 on the result"),
        pytest.param([answers({"status": "  "})], id="a blank status"),
    ],
)
async def test_what_says_nothing_of_the_job(fal: Fal, server: ChatServer, script: list[Act]) -> None:
    """The job may be well: the error is no failure and nothing unknown, and asking again finds the result."""
    accepted = await accepted_by(fal, server)
    server.script = list(script)
    with pytest.raises(ProviderError) as caught:
        await fal.poll(accepted)
    assert type(caught.value) in {ProviderError, ProviderRejected, ResultExpired}
    server.script = [DONE, answers({"video": {"url": "https://v3.fal.media/a.mp4"}})]
    output = await fal.poll(accepted)
    assert isinstance(output, Output)
    assert output.media == ("https://v3.fal.media/a.mp4",)


async def test_a_question_that_comes_too_often_says_when_to_ask_again(fal: Fal, server: ChatServer) -> None:
    """429 on the status: how long to wait is in the error."""
    accepted = await accepted_by(fal, server)
    server.script = [refuses(429, retry_after="3")]
    with pytest.raises(ProviderRejected) as caught:
        await fal.poll(accepted)
    assert (caught.value.status, caught.value.retry_after) == (429, 3.0)


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        (answers({"status": "OK"}), "stopped"),
        (answers("OK"), "stopped"),
        (answers({"status": "CANCELLATION_REQUESTED"}, 202), "asked"),
        (answers({}, 202), "asked"),
        (raw(b"", status=200), "asked"),
        (answers({"status": "ALREADY_COMPLETED"}, 400), "too_late"),
        (answers({"status": "ALREADY_COMPLETED"}), "too_late"),
        (answers({"status": "NOT_FOUND"}, 404), "too_late"),
        (answers({"detail": "x"}, 404), "too_late"),
    ],
)
async def test_cancelling(fal: Fal, server: ChatServer, act: Act, answer: str) -> None:
    """The answer of fal to a cancel is one of our three words; one PUT."""
    accepted = await accepted_by(fal, server)
    server.script = [act]
    assert await fal.cancel(accepted) == answer
    assert (server.calls[-1].method, server.calls[-1].path) == ("PUT", f"/queue/fal-ai/flux/requests/{ID}/cancel")


@pytest.mark.parametrize("act", [refuses(500), refuses(401), drops(), pytest.param(hangs(), marks=pytest.mark.silence)])
async def test_a_cancel_without_an_answer(fal: Fal, server: ChatServer, act: Act) -> None:
    """Nothing is known of the job."""
    accepted = await accepted_by(fal, server)
    server.script = [act]
    with pytest.raises(ProviderError) as caught:
        await fal.cancel(accepted)
    assert type(caught.value) in {ProviderError, ProviderRejected}


async def test_a_job_below_the_whole_path_of_its_endpoint(fal: Fal, server: ChatServer) -> None:
    """Its own client drops the sub-path, and some endpoints answer below the whole of it alone (fal-js#214)."""
    found = fal.locate("xai/grok-imagine-image/quality/edit", ID)
    lost = answers({"detail": "Path /quality not found"}, 404)
    made = {"images": [{"url": "https://v3.fal.media/a.png"}]}
    server.script = [lost, answers({"status": "COMPLETED"}), lost, answers(made), lost, answers({"status": "OK"})]
    assert await fal.poll(found) == Output(media=("https://v3.fal.media/a.png",), raw={"result": made})
    assert await fal.cancel(found) == "stopped"
    short = f"/queue/xai/grok-imagine-image/requests/{ID}"
    whole = f"/queue/xai/grok-imagine-image/quality/edit/requests/{ID}"
    assert [call.path for call in server.calls] == [
        f"{short}/status?logs=1", f"{whole}/status?logs=1", short, whole, f"{short}/cancel", f"{whole}/cancel",
    ]  # fmt: skip
    server.script = [lost, lost]
    with pytest.raises(ProviderRejected, match="404"):
        await fal.poll(found)


COMPLETE = {"status": "COMPLETED"}
URLS = ["https://v3.fal.media/0.png", "https://v3.fal.media/1.png", "https://v3.fal.media/2.png"]


async def test_black_pictures_of_a_filter_are_left_out(fal: Fal, server: ChatServer) -> None:
    """Those that `has_nsfw_concepts` tells of are no result; the others are, and are told as they came."""
    accepted = await accepted_by(fal, server)
    made = {"images": [{"url": url} for url in URLS], "has_nsfw_concepts": [False, True, False], "seed": 7}
    server.script = [answers(COMPLETE), answers(made)]
    output = await fal.poll(accepted)
    assert isinstance(output, Output)
    assert output.media == (URLS[0], URLS[2])
    assert output.raw["result"] == {**made, "images": [{"url": URLS[0]}, {"url": URLS[2]}]}
    server.script = [answers(COMPLETE), answers({**made, "has_nsfw_concepts": [True, True, True]})]
    with pytest.raises(ResultUseless, match="has_nsfw_concepts"):
        await fal.poll(accepted)


@pytest.mark.parametrize(
    ("flagged", "media"),
    [
        ({"images": [{"url": URLS[0]}, {"url": URLS[1]}], "nsfw_content_detected": [False, True]}, (URLS[0],)),
        ({"images": [{"url": URLS[0]}], "nsfw_content_detected": [True]}, ()),
        ({"images": [{"url": URLS[0]}], "has_nsfw_concepts": [False], "nsfw_content_detected": [True]}, ()),
        ({"image": {"url": URLS[0]}, "has_nsfw_concepts": True}, ()),
        ({"image": {"url": URLS[0]}, "has_nsfw_concepts": False}, (URLS[0],)),
        ({"image": {"url": URLS[0]}, "has_nsfw_concepts": [True]}, ()),
        ({"video": {"url": URLS[0]}, "has_nsfw_concepts": [True]}, (URLS[0],)),
    ],
)
async def test_models_that_tell_of_their_filter_in_another_way(
    fal: Fal, server: ChatServer, flagged: dict[str, object], media: tuple[str, ...]
) -> None:
    """As `fal-ai/lcm`, `fal-ai/leffa/virtual-tryon` and `fal-ai/face-to-sticker` do: nobody pays for black."""
    accepted = await accepted_by(fal, server)
    server.script = [answers(COMPLETE), answers(flagged)]
    if not media:
        with pytest.raises(ResultUseless, match="filter"):
            await fal.poll(accepted)
        return
    output = await fal.poll(accepted)
    assert isinstance(output, Output)
    assert output.media == media


@pytest.mark.parametrize("flags", [None, [], [False] * 3, "yes", [1, "true", None], [False] * 9])
async def test_flags_that_tell_of_no_filter(fal: Fal, server: ChatServer, flags: object) -> None:
    """All pictures are the result."""
    accepted = await accepted_by(fal, server)
    made = {"images": [{"url": url} for url in URLS], "has_nsfw_concepts": flags}
    server.script = [answers(COMPLETE), answers(made)]
    output = await fal.poll(accepted)
    assert isinstance(output, Output)
    assert output.media == tuple(URLS)


@pytest.mark.parametrize(
    "body", [{"error": "no output"}, {"detail": [{"msg": "no output"}]}, {"error": {"message": "no output"}}]
)
async def test_a_result_that_is_an_error(fal: Fal, server: ChatServer, body: object) -> None:
    """It says 200, and that nothing was made: the job has failed, in the vendor's words."""
    accepted = await accepted_by(fal, server)
    server.script = [answers(COMPLETE), answers(body)]
    with pytest.raises(ProviderFailed, match="no output"):
        await fal.poll(accepted)


async def test_a_failure_is_told_in_the_words_of_its_result(fal: Fal, server: ChatServer) -> None:
    """Its status says "Unprocessable Entity"; the result says what was wrong, and by its status whose fault it is."""
    accepted = await accepted_by(fal, server)
    failed = {"status": "COMPLETED", "error": "Unprocessable Entity", "error_type": "bad_request"}
    wrong = {"detail": [{"loc": ["body", "image_url"], "msg": "may contain a real person", "type": "value_error"}]}
    server.script = [answers(failed), answers(wrong, 422)]
    with pytest.raises(ProviderFailed, match="image_url: may contain a real person") as caught:
        await fal.poll(accepted)
    assert caught.value.details["status"] == 422
    for nothing in (drops(), refuses(503), answers({"images": []})):
        server.script = [answers(failed), nothing]
        with pytest.raises(ProviderFailed, match="Unprocessable Entity"):
            await fal.poll(accepted)
