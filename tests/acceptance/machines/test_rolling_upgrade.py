"""An older version is replaced while its runs go on: the schema, new processes, then its end."""

import asyncio
import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from server.stack.environment import ROOT
from tests.acceptance.conftest import wzrd
from tests.acceptance.machines.conftest import Place
from tests.acceptance.machines.rig import machines_of, new_database, seen
from tests.acceptance.machines.work import PATIENCE, begin, check_rounds, is_drafting
from tests.test_reverse_proxy import free_port
from tests.waiting import until

FIRST_OF_NEW = "wzrd/storage/s3.py"
"""The file that came with machines of folders of their own: the commit before it is the older version."""


def git(*words: str) -> bytes:
    """The answer of git in this checkout; nothing where there is none, or not so much of its history."""
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False).stdout


def unpack_older(folder: Path) -> None:
    """The tree of the older version, in the folder."""
    came = git("log", "--diff-filter=A", "--format=%H", "--", FIRST_OF_NEW).decode().split()
    tree = git("archive", f"{came[-1]}^") if came else b""
    if not tree:
        pytest.skip("the older version is not in this checkout's git history")
    with tarfile.open(fileobj=io.BytesIO(tree)) as packed:
        packed.extractall(folder, filter="data")


async def older(folder: Path, environment: dict[str, str], *words: str) -> None:
    """Run a command of the older version."""
    command = [sys.executable, "-m", "server.cli", *words]
    running = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environment)
    assert await asyncio.wait_for(running.wait(), 240) == 0


@pytest.mark.storm
async def test_an_upgrade_under_way(place: Place, tmp_path: Path) -> None:
    """Rounds begun by the older version and beside it: nothing lost or paid twice, streams go on at the new API."""
    tree, media = tmp_path / "older", tmp_path / "media"
    for folder in (tree, media, tmp_path / "home"):
        folder.mkdir()
    unpack_older(tree)
    shared = {name: value for name, value in place.shared.items() if not name.startswith(("WZRD_S3", "AWS", "WZRD_ST"))}
    shared |= {
        "WZRD_DATABASE_URL": await new_database(place.stack, "upgraded"),
        "WZRD_MEDIA_DIR": str(media),
        "WZRD_STORAGE": "local",
        "WZRD_STANDBY_WORKER": "never",
    }
    before = shared | {"WZRD_HOME": str(tmp_path / "home"), "WZRD_PORT": str(free_port())}
    await older(tree, before, "up", "--detach")
    try:
        async with seen(place.stack, shared, [f"http://127.0.0.1:{before['WZRD_PORT']}"]) as stack:
            rounds = [await begin(stack) for _ in range(2)]
            working = [asyncio.create_task(one.to_the_end()) for one in rounds]
            await until(lambda: all(is_drafting(one) for one in rounds), seconds=PATIENCE)
            ended = await asyncio.to_thread(wzrd, shared, "prepare")
            assert ended.returncode == 0, ended.stderr
            async with machines_of(place.stack, shared, tmp_path, ("api1", "worker1")) as (new, _):
                stack.http = new.http
                rounds.append(await begin(new))
                working.append(asyncio.create_task(rounds[-1].to_the_end()))
                await older(tree, before, "down")
                await asyncio.gather(*working)
                await check_rounds(new, place.fakes, rounds)
    finally:
        await older(tree, before, "down")
