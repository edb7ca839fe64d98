"""`wzrd generate` against a served application with the fakes behind it: price, progress, file, exit codes."""

import json
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from server.fakes import Behaviour
from server.stack import postgres
from server.stack.process import identify
from server.stack.state import StackState, write_state
from tests.rows import Studio, balance
from tests.server.api.generate_server import GenerateServer, open_generate_server
from tests.server.cli.conftest import Ended, wzrd
from tests.server.served import bearer

LLAMA, FLUX = "llama-3.3-70b-versatile", "fal-ai/flux/schnell"


@pytest.fixture(scope="module")
async def served(cluster: postgres.Cluster) -> AsyncGenerator[GenerateServer]:
    async with open_generate_server(cluster) as made:
        yield made


@pytest.fixture
async def maker(served: GenerateServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A user with 100 credits, whose token the command is given; the fakes have forgotten what was."""
    await served.fakes.reset()
    served.player.gate.set()
    studio = await served.maker()
    process = identify(os.getpid())
    assert process is not None
    url, nowhere = str(served.client.base_url).rstrip("/"), "http://127.0.0.1:9"
    address = served.runtime.settings.database_url
    assert address is not None
    write_state(home, StackState(process, url, address.get_secret_value(), nowhere, nowhere, ready=True))
    monkeypatch.setenv("WZRD_TOKEN", bearer(studio.user_id)["authorization"].removeprefix("Bearer "))
    return studio


async def test_a_picture(served: GenerateServer, maker: Studio, tmp_path: Path) -> None:
    """The price comes first, then plain lines of progress, on stderr; stdout has the file's name, alone."""
    target = tmp_path / "new" / "lamp.png"
    ended = await wzrd("generate", "a lamp", "--param", 'image_size={"width":64,"height":32}', "--out", str(target))
    assert (ended.code, ended.lines) == (0, [str(target)]), ended.err
    assert target.read_bytes()[:4] == b"\x89PNG"
    lines = ended.err.splitlines()
    assert (lines[0], lines[-1]) == (f"{FLUX}: 3 credits, its vendor asks $0.003", f"{FLUX} · 64x32 · 3 credits")
    percents = [int(line.strip().partition("%")[0]) for line in lines[1:-1]]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert await balance(served.runtime, maker.user_id) == 97
    assert [path.name for path in target.parent.iterdir()] == ["lamp.png"]


async def test_into_a_folder_and_without_a_file(maker: Studio, tmp_path: Path) -> None:
    """A folder takes the result under its own name; without --out its address is printed."""
    into = await wzrd("generate", "a lamp", "--out", str(tmp_path))
    assert into.code == 0, into.err
    assert Path(into.out.strip()).parent == tmp_path
    printed = await wzrd("generate", "a lamp")
    assert "/storage/v1/object/public/" in printed.lines[0]
    assert len(printed.lines) == 1


async def test_a_text(maker: Studio, tmp_path: Path) -> None:
    """A text is printed, or written."""
    said = await wzrd("generate", "Say a word.", "--model", LLAMA)
    assert said.code == 0, said.err
    assert said.out.strip()
    target = tmp_path / "word.txt"
    assert (await wzrd("generate", "Say a word.", "--model", LLAMA, "--out", str(target))).code == 0
    assert target.read_text()


async def test_json(maker: Studio, tmp_path: Path) -> None:
    """One event a line: the price, progress, the result with the documented metadata and the file."""
    target = tmp_path / "lamp.png"
    ended = await wzrd("generate", "a lamp", "--count", "2", "--json", "--out", str(target))
    lines = [json.loads(line) for line in ended.lines]
    assert ended.code == 0, ended.err
    assert (lines[0]["event"], lines[0]["data"]["credits"]) == ("price", 6)
    assert {line["event"] for line in lines[1:-1]} == {"progress"}
    assert (lines[-1]["event"], lines[-1]["data"]["out"]) == ("result", str(target))
    assert lines[-1]["data"]["metadata"]["credits"] == 6


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--model", "flux-shnell-9"), 1, "no model is called 'flux-shnell-9'"),
        (("--budget", "2"), 1, "costs 3 credits, more than the budget of 2"),
        (("--ref", "nowhere.png"), 2, "--ref nowhere.png: there is no such file"),
        (("--ref", __file__), 2, "no picture, clip or sound"),
        (("--param", "duration"), 2, "is no NAME=VALUE"),
        (("--param", "width=5"), 1, "has no input 'width'"),
        (("--count", "0"), 2, "count"),
        (("--out", "/proc/none/lamp.png"), 1, "/proc/none/lamp.png"),
        (("--model", "animatic/text"), 1, "animatic"),
    ],
)
async def test_what_is_refused_costs_nothing(
    served: GenerateServer, maker: Studio, words: tuple[str, ...], code: int, told: str
) -> None:
    """The value and the remedy are named; 2 for wrong use, 1 for what the server refuses; nothing on stdout."""
    ended = await wzrd("generate", "a lamp", *words)
    assert (ended.code, ended.out) == (code, ""), ended.err
    assert told in ended.err
    assert await served.runs(maker) == []
    assert await balance(served.runtime, maker.user_id) == 100


async def test_a_failure_leaves_no_file(served: GenerateServer, maker: Studio, tmp_path: Path) -> None:
    """Exit code 1, the provider's words, nothing written and nothing charged."""
    await served.fakes.script(Behaviour(outcome="failure"))
    ended: Ended = await wzrd("generate", "a lamp", "--out", str(tmp_path / "lamp.png"))
    assert (ended.code, ended.out, list(tmp_path.iterdir())) == (1, "", [])
    assert "error: " in ended.err
    assert await balance(served.runtime, maker.user_id) == 100
