"""The example of the README, run as it stands there, in a process of its own."""

import asyncio
import os
import re
import sys

from tests.client.service_site import ClientRig
from tests.named_places import ROOT


async def test_the_example_of_the_readme(rig: ClientRig) -> None:
    """It prints its progress, and then the picture's address and price."""
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    token = rig.service(await rig.maker()).token
    assert isinstance(token, str)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        example,
        cwd=ROOT,
        env={**os.environ, "WZRD_URL": rig.url, "WZRD_TOKEN": token, "PYTHONIOENCODING": "utf-8"},
        stdout=asyncio.subprocess.PIPE,
    )
    lines = (await process.communicate())[0].decode().splitlines()
    assert process.returncode == 0
    assert (lines[0], lines[-2]) == ("0% — Starting generation...", "100% — Completed")
    url, price = lines[-1].split()
    assert "/storage/v1/object/public/project-assets/" in url
    assert price == "3"
