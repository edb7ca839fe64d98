"""The frame of the command line, and starts that cannot succeed: codes, words, and nothing left behind."""

import asyncio
import os
import re
import socket
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.fakes import Behaviour, open_fakes
from server.stack.doctor import check_space
from server.stack.environment import ROOT
from server.stack.home import locked
from server.stack.process import identify
from server.stack.state import read_state
from wzrd.providers.credentials import CREDENTIALS

HEAVY = ("prefect", "sqlalchemy", "fastapi", "psycopg", "httpx", "uvicorn", "alembic")


@dataclass(frozen=True, slots=True)
class Ended:
    """End of a command: code, stdout, stderr."""

    code: int
    out: str
    err: str


async def wzrd(*arguments: str, home: Path, **environment: str) -> Ended:
    """Run one command line as a user does, through pipes; it must let go of them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.cli",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WZRD_HOME": str(home), **environment},
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
def home() -> Generator[Path]:
    """A state folder that the unprivileged database server may enter."""
    with tempfile.TemporaryDirectory(prefix="wzrd-t", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "home"


async def test_help_is_cheap() -> None:
    """`wzrd --help` lists the commands and imports none of what they need."""
    code = (
        "import sys; from server.cli import invoke; code = invoke(['--help'])\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], code, file=sys.stderr)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    out, err = await process.communicate()
    assert err.decode().strip() == "[] 0"
    assert all(command in out.decode() for command in ("up", "down", "status", "doctor", "worker"))


@pytest.mark.parametrize(
    "arguments", [["no-such-command"], ["up", "--no-such-option"], ["up", "--port", "many"], ["down", "everything"]]
)
async def test_wrong_use_is_code_2(home: Path, arguments: list[str]) -> None:
    """Wrong use is told in a line on stderr, with no traceback, and starts nothing."""
    ended = await wzrd(*arguments, home=home)
    assert ended.code == 2
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert not home.exists()


async def test_a_wrong_variable_is_named_and_not_shown(home: Path) -> None:
    """A variable with an impossible value is wrong use; its value might be a secret."""
    ended = await wzrd("status", home=home, WZRD_PORT="hunter2")
    assert ended.code == 2
    assert "WZRD_PORT: must be a whole number" in ended.err
    assert "hunter2" not in ended.err


async def test_nothing_runs(home: Path) -> None:
    """`status` of nothing is code 1 and says how to start; `down` of nothing is done."""
    status = await wzrd("status", home=home)
    assert status.code == 1
    assert "wzrd up" in status.err
    assert status.out == ""
    down = await wzrd("down", home=home)
    assert down.code == 0
    assert "nothing runs" in down.err


async def test_a_port_that_is_taken(home: Path) -> None:
    """A named port that somebody has: code 1, the port and the remedy named, nothing left running."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for detach in ([], ["--detach"]):
            ended = await wzrd("up", "--port", port, *detach, home=home)
            assert ended.code == 1
            assert f"error: port {port}" in ended.err
            assert "--port" in ended.err
            assert "Traceback" not in ended.err
    assert not (home / "postgres").exists()
    assert (await wzrd("status", home=home)).code == 1


async def test_a_database_that_is_none(home: Path) -> None:
    """SQLite is refused by name, with the log's place, and whatever had been started is ended."""
    ended = await wzrd(
        "up", "--detach", home=home, WZRD_DATABASE_URL="sqlite:///x.db", PREFECT_API_URL="http://127.0.0.1:1/api"
    )
    assert ended.code == 1
    assert "must be a postgresql:// address, not sqlite://" in ended.err
    assert "Traceback" not in ended.err
    assert str(home / "logs" / "supervisor.log") in ended.err
    state = read_state(home)
    assert state is not None
    assert state.supervisor is None
    assert not [part for part in state.parts.values() if part.process]


async def test_one_supervisor_a_home(home: Path) -> None:
    """While one supervisor holds the home, another one does not start there."""
    home.mkdir()
    with locked(home):
        ended = await wzrd("up", "--detach", home=home)
    assert ended.code == 1
    assert "runs already" in ended.err
    assert "wzrd down" in ended.err


async def test_a_home_that_cannot_be(home: Path) -> None:
    """A home under a file is an error that names the variable."""
    home.write_text("a file")
    ended = await wzrd("up", "--detach", home=home / "below")
    assert ended.code == 1
    assert "WZRD_HOME" in ended.err
    assert "Traceback" not in ended.err


async def test_the_doctor_shows_no_key(home: Path) -> None:
    """Each key is tried by a free call, and told with its verdict; no value appears, and nothing is made."""
    async with open_fakes() as fakes:
        await fakes.script(Behaviour(on="check", provider="groq", status=401, text="value-of-GROQ_API_KEY is wrong"))
        await fakes.script(Behaviour(on="check", provider="elevenlabs", status=402))
        addresses = {name: value for name, value in fakes.environment().items() if value.startswith("http")}
        values = {row.variable: f"value-of-{row.variable}" for row in CREDENTIALS.values()} | {"FAL_KEY": ""}
        ended = await wzrd("doctor", home=home, **addresses, **values, WZRD_PORT="0")
        assert await fakes.paid_submits() == []
    assert "value-of" not in ended.out + ended.err
    assert "not set: FAL_KEY" in ended.out
    told = {line[2:17].strip(): line[17:] for line in ended.out.splitlines()}
    assert told["groq"].startswith("refused: check GROQ_API_KEY")
    assert told["elevenlabs"].startswith("out of quota")
    assert all(told[name].startswith("valid") for name in ("openai", "gemini", "gmi-cloud", "lovable-ai", "local"))
    assert "pg_trgm" in ended.out
    assert not home.exists()


@pytest.mark.parametrize("detach", [[], ["--detach"]])
async def test_a_secret_that_can_be_guessed_is_refused(home: Path, detach: list[str]) -> None:
    """A signing secret under 32 bytes: code 1, variable, length and remedy told, the value not, nothing started."""
    ended = await wzrd("up", *detach, home=home, SUPABASE_JWT_SECRET="hunter2")
    assert ended.code == 1
    assert "SUPABASE_JWT_SECRET" in ended.err
    assert "7 of at least 32 bytes" in ended.err
    assert "openssl rand" in ended.err
    written = [file.read_text() for file in home.rglob("*") if file.is_file()]
    assert not any(word in text for word in ("hunter2", "Traceback") for text in (ended.out, ended.err, *written))
    assert not (home / "postgres").exists()


async def test_a_home_whose_own_secret_was_shortened_is_refused(home: Path) -> None:
    """A jwt-secret that somebody wrote by hand is no better than a variable."""
    home.mkdir(mode=0o700)
    (home / "jwt-secret").write_text("hunter2\n")
    ended = await wzrd("up", "--detach", home=home)
    assert ended.code == 1
    assert "jwt-secret in WZRD_HOME" in ended.err
    assert "hunter2" not in ended.err


async def test_the_api_alone_refuses_it_too(home: Path) -> None:
    """An API started by hand, as on several machines, does not serve with such a secret: one line, no traceback."""
    given = {"SUPABASE_JWT_SECRET": "x" * 31, "WZRD_DATABASE_URL": "postgresql://127.0.0.1:1/none", "WZRD_PORT": "0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.api.serve",
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WZRD_HOME": str(home), **given},
    )
    async with asyncio.timeout(60):
        _, err = await process.communicate()
    assert process.returncode == 1
    assert b"SUPABASE_JWT_SECRET" in err
    assert b"31 of at least 32 bytes" in err
    assert not any(word in err for word in (b"Traceback", b"x" * 31))


async def test_the_doctor_tells_a_weak_secret_and_open_folders(home: Path) -> None:
    """A secret that `wzrd up` would refuse is missing; folders that others may enter are noted; neither is changed."""
    home.mkdir()
    home.chmod(0o755)
    (home / "media").mkdir()
    (home / "media").chmod(0o755)
    ended = await wzrd("doctor", home=home, SUPABASE_JWT_SECRET="hunter2", WZRD_PORT="0")
    assert ended.code == 1
    (text,) = [line for line in ended.out.splitlines() if "SUPABASE_JWT_SECRET" in line]
    assert text.startswith("✗")
    assert "7 of at least 32 bytes" in text
    assert "hunter2" not in ended.out + ended.err
    for folder in (home, home / "media"):
        assert f"{folder} is open to other users (mode 0755)" in ended.out
        assert folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's database runs as somebody else")
async def test_the_doctor_warns_of_a_shared_user(home: Path) -> None:
    """As root without a user of its own PostgreSQL runs as `nobody`, as other programs do: noted with the remedy."""
    ended = await wzrd("doctor", home=home, WZRD_PORT="0")
    (text,) = [line for line in ended.out.splitlines() if "database user" in line]
    assert text.startswith("·")
    assert "nobody" in text
    assert "--system-user" in ended.out


async def test_a_user_for_a_database_that_is_not_started(home: Path) -> None:
    """--system-user beside two given servers, or without root: told, not ignored."""
    given = {"WZRD_DATABASE_URL": "postgresql://127.0.0.1:1/none", "PREFECT_API_URL": "http://127.0.0.1:1/api"}
    ended = await wzrd("up", "--system-user", "daemon", home=home, **(given if os.geteuid() == 0 else {}))
    assert ended.code == 1
    assert "--system-user daemon" in ended.err


async def test_the_doctor_finds_what_is_missing(home: Path) -> None:
    """A given server that does not answer is missing: code 1, with what to check."""
    ended = await wzrd("doctor", home=home, PREFECT_API_URL="http://127.0.0.1:1/api", WZRD_PORT="0")
    assert ended.code == 1
    assert "PREFECT_API_URL" in ended.out


async def test_the_doctor_knows_what_a_film_needs(home: Path) -> None:
    """The ffmpeg that comes along, with its version, and the voice; both are there without any word of the user's."""
    ended = await wzrd("doctor", home=home, WZRD_PORT="0", IMAGEIO_FFMPEG_EXE="", WZRD_MEDIA_DIR=str(home / "films"))
    lines = {line[2:17].strip(): line[0] + line[17:] for line in ended.out.splitlines()}
    assert re.fullmatch(r"✓\S+, brought along", lines["ffmpeg"])
    assert lines["scratch voice"] == "✓hibari-tts"
    assert lines["media folder"][1:].startswith(str(home / "films"))
    assert not home.exists()


@pytest.mark.parametrize("program", ["/nowhere/ffmpeg", "/", sys.executable])
async def test_the_doctor_tries_the_ffmpeg_that_is_named(home: Path, program: str) -> None:
    """An absent program, a folder, a program that is something else: code 1, with what to check."""
    ended = await wzrd("doctor", home=home, WZRD_PORT="0", IMAGEIO_FFMPEG_EXE=program)
    assert ended.code == 1
    (text,) = [line for line in ended.out.splitlines() if line[2:].startswith("ffmpeg")]
    assert text.startswith("✗")
    assert "check IMAGEIO_FFMPEG_EXE" in ended.out


@pytest.mark.parametrize(("free", "level"), [(499_999_999, "missing"), (1_999_999_999, "note"), (2 << 30, "ok")])
def test_the_doctor_looks_at_the_room(free: int, level: str) -> None:
    """Too little to start, too little for films, enough; how much there is is told."""
    found = check_space("state folder", Path("home"), free)
    assert (found.level, found.detail) == (level, f"home, {free / 1e9:.1f} GB free")
    assert bool(found.remedy) == (level != "ok")


async def test_an_interrupted_start_leaves_nothing(home: Path) -> None:
    """Ctrl-C while everything starts: code 130, and all that had been started is gone."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.cli",
        "up",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WZRD_HOME": str(home)},
    )
    assert process.stderr is not None
    started: list[int] = []
    async with asyncio.timeout(60):
        while len(started) < 2:
            await process.stderr.readline()
            state = read_state(home)
            started = [part.process.pid for part in state.parts.values() if part.process] if state else []
        process.send_signal(2)
        await process.communicate()
    assert process.returncode == 130
    assert [identify(pid) for pid in started] == [None] * len(started)
