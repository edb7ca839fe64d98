"""Blocks on a real server: their types, a changed key used by the next run, and all of them checked."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import blocks
from server.stack.state import client_settings
from tests.acceptance.conftest import ROOT, Stack, watch
from tests.acceptance.test_gen_shots import answer
from tests.acceptance.test_prefect import flow_state, prefect
from tests.fakes.chat import answers, says
from wzrd.providers.credentials import BLOCK_NAME, CREDENTIALS, KEY_FIELD

GROQ = CREDENTIALS["groq"].block


async def type_of(stack: Stack, slug: str) -> dict[str, Any]:
    return await prefect(stack, "GET", f"/block_types/slug/{slug}")


@asynccontextmanager
async def kept_key(stack: Stack, key: str) -> AsyncGenerator[str]:
    """The block document of Groq's key, as Prefect's form makes it; its path."""
    kind = await type_of(stack, GROQ)
    of_kind = {"block_schemas": {"block_type_id": {"any_": [kind["id"]]}}}
    (schema,) = await prefect(stack, "POST", "/block_schemas/filter", of_kind)
    about = {"name": BLOCK_NAME, "block_type_id": kind["id"], "block_schema_id": schema["id"]}
    made = await prefect(stack, "POST", "/block_documents/", {**about, "data": {KEY_FIELD: key}})
    path = f"/block_documents/{made['id']}"
    try:
        yield path
    finally:
        await prefect(stack, "DELETE", path)


async def key_of_next_run(stack: Stack) -> str:
    """The key that a run which is started now asks the writer with."""
    stack.chat.calls.clear()
    stack.chat.otherwise = says(answer())
    client = await watch(stack, await stack.studio()).to_the_end()
    client.check_whole(3)
    return stack.chat.calls[-1].headers["authorization"]


async def test_a_changed_key_is_used_by_the_next_run(stack: Stack) -> None:
    """Without a restart and without waiting: entered, changed, taken away; the API never shows it."""
    assert await key_of_next_run(stack) == "Bearer test-key"
    async with kept_key(stack, "gsk_first_0123456789") as path:
        assert await key_of_next_run(stack) == "Bearer gsk_first_0123456789"
        await prefect(stack, "PATCH", path, {"data": {KEY_FIELD: "gsk_second_0123456789"}})
        assert await key_of_next_run(stack) == "Bearer gsk_second_0123456789"
        assert "gsk_second" not in json.dumps(await prefect(stack, "GET", path))
    assert await key_of_next_run(stack) == "Bearer test-key"


async def test_check_providers_shows_all(stack: Stack) -> None:
    """A line for each provider, the store and the database; it fails when a key is refused, and no key is shown."""
    deployment = await prefect(stack, "GET", "/deployments/name/check-providers/credentials")
    path = f"/deployments/{deployment['id']}/create_flow_run"
    for status, state in ((200, "COMPLETED"), (401, "FAILED")):
        stack.chat.otherwise = answers({"data": [], "error": {"message": "no: test-key"}}, status)
        made = await prefect(stack, "POST", path, {"state": {"type": "SCHEDULED"}})
        await flow_state(stack, UUID(made["id"]), state)
        wanted = {"artifacts": {"flow_run_id": {"any_": [made["id"]]}, "type": {"any_": ["table"]}}}
        (found,) = await prefect(stack, "POST", "/artifacts/filter", wanted)
        lines = {line["name"]: line["verdict"] for line in json.loads(found["data"])}
        assert lines == {
            **dict.fromkeys(CREDENTIALS, "not configured"),
            "groq": "valid" if status == 200 else "refused",
            "media store": "valid",
            "database": "valid",
        }
        shown = await prefect(stack, "GET", f"/flow_runs/{made['id']}")
        assert "test-key" not in json.dumps([found, shown])


async def test_prefect_registers_them_too(stack: Stack) -> None:
    """`prefect block register -m blocks`, on a server that has lost one of the types."""
    kinds = list(blocks.TYPES)
    for kind in kinds:
        logo = (await type_of(stack, kind.get_block_type_slug()))["logo_url"]
        assert (await stack.http.get(logo)).headers["content-type"] == "image/svg+xml", "from here, not from elsewhere"
    await prefect(stack, "DELETE", f"/block_types/{(await type_of(stack, GROQ))['id']}")
    at = client_settings(stack.home)
    server = {"PREFECT_API_URL": at.prefect_api_url, "PREFECT_API_AUTH_STRING": at.prefect_auth}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "prefect", "block", "register", "-m", "blocks"),
        cwd=ROOT,
        env={**os.environ, **server, "PREFECT_HOME": str(stack.home / "prefect"), "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert (await type_of(stack, GROQ))["description"] == "The key of Groq, which writes shots."
