"""`wzrd ui` and `wzrd status`: the address always, the auth string only to a person who asks for it."""

import asyncio
import os
import pty
import socket
import sys
from pathlib import Path

import pytest

from server.cli.up import stack_environment
from server.stack.environment import ROOT
from server.stack.process import identify
from server.stack.state import ClientSettings, StackState, write_state
from wzrd.settings import Settings

AUTH = "wzrd:what-nobody-may-see"
UI = "http://127.0.0.1:4299"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose stack is recorded as up (by this very process)."""
    recorded = StackState(
        identify(os.getpid()), "http://a", "postgresql://d", f"{UI}/api", UI, ready=True, prefect_auth=AUTH
    )
    write_state(tmp_path, recorded)
    return tmp_path


async def wzrd(home: Path, *words: str, stderr: int = asyncio.subprocess.PIPE, **more: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command, on a machine without a screen unless `more` names a browser."""
    kept = {name: value for name, value in os.environ.items() if name not in {"BROWSER", "DISPLAY", "WAYLAND_DISPLAY"}}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.cli",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
        env={**kept, "PYTHONPATH": str(ROOT), "WZRD_HOME": str(home), **more},
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), (err or b"").decode()


async def test_through_pipes_the_string_is_not_shown(home: Path) -> None:
    """`ui` and `status` name the address and the command that prints the string; neither prints it."""
    code, out, err = await wzrd(home, "ui")
    assert (code, out) == (0, f"{UI}\n")
    assert "wzrd ui --auth-string" in err
    assert "no browser" in err
    _, text, more = await wzrd(home, "status")
    assert UI in text
    assert "wzrd ui --auth-string" in text
    _, lines, _ = await wzrd(home, "status", "--json")
    assert AUTH not in out + err + text + more + lines
    assert UI not in lines


async def test_the_string_is_printed_alone(home: Path) -> None:
    """`ui --auth-string` prints what to log in with, and nothing else."""
    assert await wzrd(home, "ui", "--auth-string") == (0, f"{AUTH}\n", "")


async def test_a_person_at_a_terminal_sees_it(home: Path) -> None:
    """Where stderr is a terminal, `ui` shows the string there; stdout stays the address alone."""
    ours, theirs = pty.openpty()
    try:
        code, out, _ = await wzrd(home, "ui", stderr=theirs)
        shown = os.read(ours, 4096).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert (code, out) == (0, f"{UI}\n")
    assert f"log in with: {AUTH}" in shown


@pytest.mark.parametrize("words", [["ui"], ["ui", "--no-browser"]])
async def test_a_browser_gets_the_address_only(home: Path, tmp_path: Path, words: list[str]) -> None:
    """The browser's command line has the address and no secret; `--no-browser` starts none."""
    seen, browser = tmp_path / "seen", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" > {seen}\n')
    browser.chmod(0o755)
    code, out, err = await wzrd(home, *words, BROWSER=str(browser))
    assert (code, out, "no browser" in err) == (0, f"{UI}\n", False)
    assert (seen.read_text() if seen.exists() else None) == (f"{UI}\n" if words == ["ui"] else None)


async def test_a_prefect_whose_string_is_not_known(home: Path) -> None:
    """A Prefect server of the user's own, without a string: nothing to print, and what to do is told."""
    write_state(home, StackState(identify(os.getpid()), "http://a", "postgresql://d", f"{UI}/api", UI, ready=True))
    code, out, err = await wzrd(home, "ui", "--auth-string")
    assert (code, out) == (1, "")
    assert "PREFECT_API_AUTH_STRING" in err
    assert "log in" not in (await wzrd(home, "ui"))[2]


def test_the_string_goes_with_its_address() -> None:
    """A worker for another Prefect is not handed the string of ours; one for ours gets both."""
    stack = ClientSettings("http://a", "postgresql://d", f"{UI}/api", UI, None, AUTH)
    ours = stack_environment(Settings.model_validate({}), stack)
    assert (ours["PREFECT_API_URL"], ours["PREFECT_API_AUTH_STRING"]) == (f"{UI}/api", AUTH)
    elsewhere = stack_environment(Settings.model_validate({"PREFECT_API_URL": "http://elsewhere/api"}), stack)
    assert AUTH not in elsewhere.values()


async def test_the_doctor_tells_of_a_server_that_answers_anybody(home: Path) -> None:
    """A given Prefect without a login is named, with the two variables that give it one."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, family=socket.AF_INET)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api"
        _, out, _ = await wzrd(home, "doctor", PREFECT_API_URL=url, WZRD_PORT="0")
    assert f"{url} answers anybody" in out
    assert "PREFECT_SERVER_API_AUTH_STRING" in out
