"""Every command of docs/tasks.md, typed as it stands there, in its order, on a stack with the fakes as providers."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tests.acceptance.conftest import ROOT, Stack
from tests.acceptance.test_prefect import prefect

DOCUMENT = (ROOT / "docs" / "tasks.md").read_text()


async def test_the_commands_run(stack: Stack, tmp_path: Path) -> None:
    """As one script that stops at the first command that fails; what it set in Prefect is undone."""
    blocks = re.findall(r"^```sh\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 5
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    script = "set -euo pipefail\n" + "\n".join(blocks)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        script,
        cwd=tmp_path,
        env={**stack.environment, "PATH": path, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(400):
        said, _ = await process.communicate()
    told = said.decode(errors="replace")
    assert process.returncode == 0, told[-6000:]
    assert (tmp_path / "out" / "dead-air" / "film.mp4").stat().st_size > 100_000
    assert (tmp_path / "out" / "lighthouse.png").read_bytes()[:4] == b"\x89PNG"
    limit = await prefect(stack, "GET", "/v2/concurrency_limits/wzrd-fal-ai")
    await prefect(stack, "PATCH", "/v2/concurrency_limits/wzrd-fal-ai", {"limit": 64})
    assert limit["limit"] == 10
    deployment = await prefect(stack, "GET", "/deployments/name/gen-shots/write-shots")
    crons = [one["schedule"].get("cron") for one in deployment["schedules"]]
    for one in deployment["schedules"]:
        await prefect(stack, "DELETE", f"/deployments/{deployment['id']}/schedules/{one['id']}")
    assert "0 3 * * *" in crons
