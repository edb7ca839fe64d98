"""Logs as JSON: one id of a request through API, run and submit; no secrets."""

import asyncio
import io
import json
import logging
import uuid
from collections.abc import Generator
from typing import Any

import pytest

from server.logs import JsonLines
from tests.playing import run_once
from tests.rows import make_studio
from tests.server.served import bearer, calling, with_settings
from tests.waiting import until
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.log_context import log_subject, logging_about, note_subject
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture
def lines() -> Generator[io.StringIO]:
    """Lines that are logged meanwhile, as they are written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def read(written: io.StringIO) -> list[dict[str, Any]]:
    """The lines of our own loggers."""
    found = [json.loads(line) for line in written.getvalue().splitlines()]
    return [line for line in found if line["logger"].startswith(("server", "wzrd", "tests"))]


async def test_a_request_is_followed_by_its_run(runtime: Runtime, lines: io.StringIO) -> None:
    """The request's line names user and run; what is logged while the run is executed names the run too."""
    studio = await make_studio(runtime)
    asked = {"projectId": str(studio.project_id), "sceneId": str(studio.scene_ids[0]), "shotCount": 1}
    headers = {**bearer(studio.user_id), "x-request-id": "trace-7"}
    async with calling(with_settings(runtime, logs="json")) as (client, _):
        path = "/functions/v1/gen-shots?ticket=secret-ticket"
        async with client.stream("POST", path, json=asked, headers=headers) as answer:
            await anext(answer.aiter_lines())
        unusable = await client.get("/health/live", headers={"x-request-id": "a b{"})
        first = await until(lambda: next((line for line in read(lines) if line["message"].startswith("POST")), None))
    assert answer.headers["x-request-id"] == "trace-7"
    assert unusable.headers["x-request-id"].isalnum()
    assert (first["message"], first["request"]) == ("POST /functions/v1/gen-shots", "trace-7")
    assert (first["status"], first["user"]) == (answer.status_code, str(studio.user_id))
    assert first["seconds"] >= 0
    run_id = first["run"]

    async def work(_lease: Lease) -> Outcome:
        logging.getLogger("tests.work").info("drawing")
        return Outcome()

    await run_once(runtime, uuid.UUID(run_id), work=work)
    drawing = next(line for line in read(lines) if line["message"] == "drawing")
    assert (drawing["run"], drawing["user"], drawing["attempt"]) == (run_id, str(studio.user_id), "1")
    assert "secret-ticket" not in lines.getvalue()
    assert headers["authorization"].partition(" ")[2] not in lines.getvalue()


def test_an_error_has_its_stack_on_the_same_line(lines: io.StringIO) -> None:
    """A line is one object, whatever was raised."""
    try:
        int("two\nlines")
    except ValueError:
        logging.getLogger("tests.work").exception("failed: %s", "why")
    (line,) = read(lines)
    assert (line["level"], line["message"]) == ("error", "failed: why")
    assert "ValueError: invalid literal" in line["error"]


async def test_subjects_stay_with_their_task() -> None:
    """Subjects of one task are in no other's lines; outside of a block nothing is kept."""

    async def one(name: str) -> str:
        with logging_about(request=name):
            await asyncio.sleep(0)
            note_subject(run=f"run of {name}", project=None)
            await asyncio.sleep(0)
            return json.dumps(log_subject())

    assert await asyncio.gather(one("a"), one("b")) == [
        '{"request": "a", "run": "run of a"}',
        '{"request": "b", "run": "run of b"}',
    ]
    note_subject(run="nobody's")
    assert log_subject() == {}
