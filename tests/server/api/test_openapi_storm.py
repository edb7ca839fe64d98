"""schemathesis over the served application: no server error, no answer that is not described.

`make test` sends a few cases an operation by a fixed seed, `make chaos` thousands by the seeds it prints.
"""

import os

import pytest

from server.api.openapi.document import build_openapi
from tests.playing import opened
from tests.server.api.generate_server import GenerateServer
from tests.server.api.openapi_requests import Caller, Found, Storm, report
from tests.server.served import anon_key, bearer
from tests.shots import insert_shot
from wzrd.runs.finish import cancel

# its plugin, which is not loaded, would leave it out: schemathesis draws headers by `random`
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

ENVIRONMENT = {"WZRD_STREAM_MAX_AGE": 5, "WZRD_OPEN_RUNS_PER_USER": 100_000}
"""A stream of a run that nobody works on ends by its age."""

MEANING = "a valid body may still mean nothing here (no such model, address, text or token): 400 with the reason"
UNREACHABLE = "documented: a 500 where a foreign address cannot be fetched"
BEYOND = "a range may lie beyond its file: 416, as HTTP has it"
LENIENT = "what is no number or switch is passed over, as documented"
EXEMPT = {
    **{
        f"POST /functions/v1/{name}": {"positive_data_acceptance": MEANING}
        for name in (
            "fal-stream",
            "generate-shot-image",
            "generate-video-from-image",
            "generate-visual-prompt",
            "generation-route",
            "gmi-execute",
            "groq-chat",
            "groq-stream",
            "project-auto-generate",
            "wallet-auth",
            "compute-execute",
            "compute-plan",
            "compute-cancel",
            "compute-save-graph",
            "director-cut",
            "gen-shots",
            "elevenlabs-tts",
            "elevenlabs-sfx",
            "elevenlabs-music",
            "elevenlabs-voices",
            "generate-shot-audio",
            "upload",
            "asset-upload",
            "projects/{project_id}/approvals",
            "projects",
        )
    },
    "GET /functions/v1/download": {"positive_data_acceptance": MEANING, "not_a_server_error": UNREACHABLE},
    **{
        f"{method} /storage/v1/object/{path}": {"positive_data_acceptance": MEANING}
        for method, path in (
            ("POST", "{bucket}/{path}"),
            ("PUT", "{bucket}/{path}"),
            ("PUT", "upload/sign/{bucket}/{path}"),
            ("GET", "sign/{bucket}/{path}"),
            ("POST", "move"),
            ("POST", "copy"),
        )
    },
    **{
        f"{method} /functions/v1/projects/{{project_id}}/bible{path}": {"positive_data_acceptance": MEANING}
        for method, path in (("GET", ""), ("PUT", "/{kind}/{name}"), ("DELETE", "/{kind}/{name}"))
    },
    **{
        f"GET /storage/v1/object/{kind}{{bucket}}/{{path}}": {"positive_data_acceptance": BEYOND}
        for kind in ("", "authenticated/", "public/")
    },
    "PUT /functions/v1/projects/{project_id}/breakdown": {"positive_data_acceptance": MEANING},
    "POST /functions/v1/gemini-text-generation": {
        "positive_data_acceptance": MEANING,
        "negative_data_rejection": "its client sends null for what it leaves out",
    },
    "POST /auth/v1/token": {"positive_data_acceptance": MEANING},
    "GET /functions/v1/model-catalog": {"negative_data_rejection": LENIENT, "positive_data_acceptance": MEANING},
    "GET /functions/v1/costs": {"negative_data_rejection": "more forms of a moment are read than are described"},
    "POST /functions/v1/model-catalog": {"negative_data_rejection": LENIENT, "positive_data_acceptance": MEANING},
}
"""Checks that do not hold for an operation, and why. A valid body is held against its model instead."""


async def send(server: GenerateServer, caller: Caller, number: int, examples: int) -> Found:
    """One storm by one caller, who has a project, a scene and a run."""
    maker = await server.maker(funds=1_000_000)
    run_id = await opened(server.runtime, maker)
    await cancel(server.runtime, run_id, maker.user_id)
    rows = {"project": [str(maker.project_id)], "scene": [str(maker.scene_ids[0])], "run": [str(run_id)]}
    async with server.runtime.begin() as tx:
        shot = await insert_shot(tx, maker.project_id, maker.scene_ids[0], 1, prompt_idea="Mara wipes the lens.")
    rows["shot"] = [str(shot)]
    rows["bucket"] = ["project-assets", "audio"]
    rows["path"] = [f"{maker.user_id}/{name}" for name in ("a.txt", "b/c.txt")]
    for path in rows["path"]:
        await server.runtime.storage.put_bytes("project-assets", path, b"a file", content_type="text/plain")
    authorization = {"user": bearer(maker.user_id), "anon": anon_key(), "nobody": {}}[caller]
    headers = {name.title(): value for name, value in authorization.items()}
    document = build_openapi(server.app)
    return await Storm(document, str(server.client.base_url).rstrip("/"), headers, rows, EXEMPT).run(number, examples)


@pytest.mark.parametrize(("caller", "examples"), [("user", 3), ("anon", 1), ("nobody", 1)])
async def test_answers_are_as_described(server: GenerateServer, caller: Caller, examples: int) -> None:
    """All checks, by whoever calls."""
    found = await send(server, caller, 1, examples)
    assert not found.wrong, report(found)
    assert found.server_errors == 0, report(found)


@pytest.mark.storm
@pytest.mark.parametrize("number", [int(text) for text in os.environ.get("SEEDS", "1").split()])
async def test_thousands_of_answers_are_as_described(server: GenerateServer, number: int) -> None:
    """Thousands of answers are as described, by other seeds each time."""
    found = await send(server, "user", number, 95)
    found += await send(server, "anon", number, 10)
    found += await send(server, "nobody", number, 10)
    print(report(found))  # noqa: T201 - the figures
    assert not found.wrong, report(found)
    assert found.server_errors == 0, report(found)
    assert found.cases >= 5_000, report(found)
