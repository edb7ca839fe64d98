"""A stack that is backed up under way, lost, and restored elsewhere: its run goes on, and is charged once."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

from server.stack.backup import MANIFEST
from server.stack.postgres import find_data
from server.stack.state import read_state
from tests.acceptance.conftest import Stack, _opened, living, open_stack, shot_rows, up, watch, wzrd
from tests.acceptance.test_gen_shots import IDEAS, answer
from tests.fakes.chat import Call, delta, says
from tests.waiting import until


async def one_shot(call: Call) -> None:
    """A model that writes one shot of three, and then nothing more."""
    text = answer()
    await call.head()
    await call.event(delta(text[: text.index(IDEAS[1]) + 5]))
    await asyncio.Event().wait()


async def lose(stack: Stack) -> None:
    """Every process of the stack is killed, its databases and files are gone."""
    state = read_state(stack.home)
    assert state is not None
    for pid in living(state):
        os.kill(pid, signal.SIGKILL)
    await until(lambda: not living(state))
    postgres = find_data(stack.home)
    assert postgres is not None
    for folder in (postgres, stack.home / "media", stack.home / "prefect"):
        shutil.rmtree(folder)


async def test_a_lost_stack_comes_back_elsewhere(tmp_path: Path) -> None:
    """Of three shots one is ready when the backup is made; afterwards every process and all data are gone."""
    tmp_path.chmod(0o755)
    folder, home = tmp_path / "backup", tmp_path / "home"
    async with open_stack() as stack:
        environment = stack.environment | {"WZRD_HOME": str(home)}
        stack.chat.script.append(one_shot)
        studio = await stack.studio()
        path = f"{studio.user_id}/a.txt"
        await stack.runtime.storage.put_bytes("project-assets", path, b"kept", content_type="text/plain")
        client = watch(stack, studio)
        reading = asyncio.create_task(client.to_the_end())
        await until(lambda: any('"ready"' in frame.data for frame in client.frames))
        folder.mkdir(mode=0o755)
        opened = await asyncio.to_thread(wzrd, stack.environment, "backup", str(folder))
        assert "is open to other users" in opened.stderr
        assert list(folder.iterdir()) == []
        folder.rmdir()
        for _ in range(2):  # the second copies no file again
            made = await asyncio.to_thread(wzrd, stack.environment, "backup", str(folder))
            assert made.returncode == 0, made.stderr
        reading.cancel()
        before = [frame.event for frame in client.frames]
        await lose(stack)
        stack.chat.otherwise = says(answer())
        back = await asyncio.to_thread(wzrd, environment, "restore", str(folder))
        assert back.returncode == 0, back.stderr
        given = await up(environment)
        try:
            assert given.api_url == stack.api_url
            async with _opened(given, home, stack.faults, environment, stack.chat) as restored:
                client.stack = restored
                await client.to_the_end()
                client.check_whole(3)
                assert [frame.event for frame in client.frames][: len(before)] == before
                assert [number for number, prompt in await shot_rows(restored, studio) if prompt] == [1, 2, 3]
                assert await restored.balance(studio) == 98
                assert (await restored.runtime.storage.stat("project-assets", path)).size == 4
        finally:
            assert (await asyncio.to_thread(wzrd, environment, "down")).returncode == 0


def test_what_is_no_backup_and_what_is_no_new_home_is_refused(tmp_path: Path) -> None:
    """An unfinished copy restores nothing; a home that has data keeps them."""
    environment = {"PATH": os.environ["PATH"], "WZRD_HOME": str(tmp_path / "home")}
    folder = tmp_path / "backup"
    folder.mkdir()
    for words, said in ((("restore", str(folder)), "no whole backup"), (("backup", str(folder)), "nothing runs")):
        ended = wzrd(environment, *words)
        assert (ended.returncode, said in ended.stderr) == (1, True), ended.stderr
    (folder / MANIFEST).write_text('{"api_url": "", "prefect_api_url": "", "files": 0, "size": 0}')
    data = tmp_path / "home" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17")
    ended = wzrd(environment, "restore", str(folder))
    assert "has a database already" in ended.stderr


async def test_a_restore_that_fails_leaves_no_half_home(tmp_path: Path) -> None:
    """A dump that is cut short: it is told, nothing can be started out of it, and the whole one may be restored."""
    tmp_path.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "WZRD_HOME": str(tmp_path / "home")}
    folder = tmp_path / "backup"
    folder.mkdir()
    (folder / MANIFEST).write_text('{"api_url": "", "prefect_api_url": "", "files": 0, "size": 0}')
    (folder / "prefect.dump").write_bytes(b"PGDMP")
    ended = await asyncio.to_thread(wzrd, environment, "restore", str(folder))
    assert (ended.returncode, "pg_restore has failed" in ended.stderr) == (1, True), ended.stderr
    assert find_data(tmp_path / "home") is None
