"""A database server that vanishes without a word: no packet comes back, as when a machine loses its power."""

import asyncio
import os
import shutil
import subprocess
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.stack import postgres
from tests.fakes.gate import gate
from tests.waiting import answer_of
from wzrd.db.engine import is_outage, open_engine

IP, UNSHARE = shutil.which("ip", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"), shutil.which("unshare")
SILENCE = 2.0
ASLEEP = text("select count(*) from pg_stat_activity where state = 'active' and query = 'select pg_sleep(20)'")
ALONE = "-n" if os.geteuid() == 0 else "-rn"


def may_make_networks() -> bool:
    """True if this machine lets us have a network of our own."""
    if not (IP and UNSHARE):
        return False
    return subprocess.run([UNSHARE, ALONE, "true"], capture_output=True, check=False).returncode == 0


async def network(state: str) -> None:
    made = await asyncio.create_subprocess_exec(str(IP), "link", "set", "lo", state)
    assert await made.wait() == 0


async def vanish(socket: str, password: str) -> None:
    """In a network of its own: ask two things by TCP, and take the network away before the answers."""
    await network("up")
    async with gate(socket, 5432) as found:
        url = f"postgresql://postgres:{password}@127.0.0.1:{found.at_port}/postgres"
        engine = open_engine(url, pool_size=2, silence=SILENCE)
        waiting, unsent = await engine.connect(), await engine.connect()
        await waiting.execute(text("select 1"))
        await unsent.execute(text("select 1"))
        answer = asyncio.create_task(waiting.execute(text("select pg_sleep(20)")))

        async def asked_for() -> bool:
            await unsent.rollback()  # each transaction has one look at the others
            return bool(await unsent.scalar(ASLEEP))

        await answer_of(asked_for)
        await network("down")
        for asked in (answer, asyncio.create_task(unsent.execute(text("select 2")))):
            with pytest.raises(DBAPIError) as lost:
                await asyncio.wait_for(asked, 30)
            assert is_outage(lost.value)


@pytest.mark.skipif(not may_make_networks(), reason="no network of one's own can be made here")
async def test_a_vanished_server_is_given_up(cluster: postgres.Cluster) -> None:
    """An outage within seconds, not the kernel's quarter hour: where an answer is waited for, and where nothing was."""
    password = cluster.passfile.read_text().strip().rpartition(":")[2]
    command = [str(UNSHARE), ALONE, sys.executable, "-m", "tests.db.test_vanished", str(cluster.socket)]
    asked = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    await asked.communicate(password.encode())
    assert asked.returncode == 0


if __name__ == "__main__":
    asyncio.run(vanish(sys.argv[1], sys.stdin.read()))
