"""Examples of docs/operating, typed as they stand there on a stack: they succeed, and print what stands below them."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from server.stack.state import client_settings
from tests.acceptance.conftest import ROOT, Stack

PAGES = sorted(page for page in (ROOT / "docs" / "operating").glob("*.md") if "```console\n" in page.read_text())
EXAMPLE = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def examples(page: Path) -> list[tuple[str, str]]:
    """Command and output of each example of a page; … stands for whatever is there."""
    blocks = re.findall(r"^```console\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    return [found for block in blocks for found in EXAMPLE.findall(block)]


def as_pattern(output: str) -> str:
    """A … stands for the rest of a line, one alone for any number of lines; blanks count as one."""
    lines = [
        "(?:.*\n)*" if line == "…" else re.escape(" ".join(line.split())).replace("…", ".*") + "\n"
        for line in output.splitlines()
    ]
    return "".join(lines)


def test_most_pages_have_one() -> None:
    """The table of contents needs none, nor a page of benchmarks' figures; what is tried by other tests has its own."""
    without = {page.name for page in (ROOT / "docs" / "operating").glob("*.md")} - {page.name for page in PAGES}
    assert without == {"README.md", "faults.md", "sizing.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
async def test_the_examples_do_what_they_say(stack: Stack, page: Path, tmp_path: Path) -> None:
    """In a shell with the stack's environment, in a folder of its own."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    found = client_settings(stack.home)
    exported = {"PREFECT_API_URL": found.prefect_api_url, "PREFECT_API_AUTH_STRING": found.prefect_auth}
    environment = {**stack.environment, **exported, "PATH": path, "PYTHONPATH": str(ROOT)}
    assert examples(page)
    for command, output in examples(page):
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", command, cwd=tmp_path, env=environment, stdin=PIPE, stdout=PIPE, stderr=STDOUT
        )
        async with asyncio.timeout(120):
            printed, _ = await process.communicate()
        lines = "".join(f"{' '.join(line.split())}\n" for line in printed.decode().splitlines())
        assert (process.returncode, bool(re.fullmatch(as_pattern(output), lines))) == (0, True), lines
