"""Debian's pgbouncer in transaction mode before a PostgreSQL of ours; tests that need it say where it is missing."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from server.stack import postgres
from server.stack.process import tie
from tests.test_reverse_proxy import free_port, is_listening
from tests.waiting import answer_of

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
needs_pgbouncer = pytest.mark.skipif(PGBOUNCER is None, reason="there is no pgbouncer here: apt-get install pgbouncer")


@asynccontextmanager
async def pooler(cluster: postgres.Cluster, **more: object) -> AsyncGenerator[str]:
    """The address of the pooler, without the name of a database; `more` settings."""
    password, port = cluster.passfile.read_text().strip().rpartition(":")[2], free_port()
    values = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "any",
        "pool_mode": "transaction",
        **more,
    }
    lines = [f"{name} = {value}" for name, value in values.items()]
    where = f"* = host={cluster.socket} user=postgres password={password}"
    with tempfile.TemporaryFile("w+") as file, tempfile.TemporaryFile("w+b") as log:
        file.write("\n".join(["[databases]", where, "[pgbouncer]", *lines, ""]))
        file.seek(0)
        if (account := cluster.runs_as) is not None:  # it refuses to be root
            os.fchown(file.fileno(), account.uid, account.gid)
        command = tie(signal.SIGINT, str(PGBOUNCER), f"/dev/fd/{file.fileno()}", user=account)
        running = await asyncio.create_subprocess_exec(
            *command, cwd="/", stdout=log, stderr=log, pass_fds=[file.fileno()]
        )
        try:
            await answer_of(lambda: is_listening(port))
            yield f"postgresql://postgres:none@127.0.0.1:{port}"
        finally:
            running.send_signal(signal.SIGQUIT)
            await running.wait()
