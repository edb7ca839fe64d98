"""Commands on another machine: a process whose environment has an address, a token and an empty home, nothing else."""

import asyncio
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.stack.environment import ROOT
from tests.client.test_client import Request, answer, serving
from tests.server.cli.conftest import EXAMPLES, CliStack, Ended, playing
from wzrd.animatic.provider import Animatic
from wzrd.db.runs import list_runs
from wzrd.providers.opening import open_providers

SCRIPT = """Title: The Lamp

INT. LIGHTHOUSE - NIGHT

MARA wipes the great lens. Rain beats on the glass.
"""
GRAPH = {
    "name": "Lamp",
    "nodes": [{"id": "words", "kind": "Text", "action": "text.enter", "params": {"text": "A lamp"}}],
    "edges": [],
}
# Exit code 99 tells a command that had what only the stack's own machine has.
COMMAND = """
import sys
from server.cli import invoke
code = invoke(sys.argv[1:])
found = {"sqlalchemy", "prefect", "fastapi"} & set(sys.modules)
print(*found, file=sys.stderr)
sys.exit(99 if found else code)
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """Another machine: its empty home, and what it was told."""

    home: Path
    url: str
    token: str

    async def wzrd(self, *arguments: str) -> Ended:
        told = {"WZRD_URL": self.url, "WZRD_TOKEN": self.token}
        environment = {"HOME": str(self.home), "WZRD_HOME": str(self.home / "wzrd"), "PYTHONPATH": str(ROOT)}
        environment |= {name: value for name, value in told.items() if value}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", COMMAND, *arguments, cwd=self.home, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(300):
            out, err = await process.communicate()
        assert process.returncode != 99, err
        return Ended(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def machine(site: CliStack, tmp_path: Path) -> Machine:
    """Another machine, with the token of the stack's first user; the stack draws offline."""
    site.runtime.providers = open_providers(site.runtime.settings, local=[Animatic()])
    return Machine(tmp_path, site.api_url, (await site.wzrd("user", "token")).out.strip())


def sum_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


async def test_a_film_from_another_machine(site: CliStack, machine: Machine) -> None:
    """Film, sheet and report in the folder; made again, it is the same film, and no new run but its cut's."""
    script, out = machine.home / "lamp.fountain", machine.home / "out"
    script.write_text(SCRIPT)
    film = ("film", str(script), "--out", str(out), "--shots", "1", "--report", str(out / "report.json"), "--media")
    async with playing(site):
        first = await machine.wzrd(*film)
        assert first.code == 0, first
        made = sum_of(out / "film.mp4")
        again = await machine.wzrd(*film)
        assert again.code == 0, again
    assert (sum_of(out / "film.mp4"), sum_of(out / "storyboard.png") != made) == (made, True)
    report = json.loads((out / "report.json").read_text())
    assert (report["title"], report["shots"], [one["name"] for one in report["places"]]) == (
        "The Lamp", 1, ["Interior, lighthouse"],
    )  # fmt: skip
    assert "imported before" in again.out
    assert sorted(file.name for file in out.iterdir()) == ["film.mp4", "report.json", "shots", "storyboard.png"]
    assert sorted(file.name for file in (out / "shots").iterdir()) == ["1.1.mp4", "1.1.png"]
    async with site.runtime.begin() as tx:
        kinds = [run.kind for run in await list_runs(tx, site.user.user_id)]
    assert kinds.count("gen-shots") == 1
    shown = await machine.wzrd("takes", "the lamp")
    assert (shown.code, shown.out.split()[1:3]) == (0, ["picture-1", "*"]), shown


async def test_the_other_commands_from_another_machine(site: CliStack, machine: Machine) -> None:
    """A screenplay imported, its shots written, its breakdown edited, runs and costs told."""
    ended = await machine.wzrd("import", str(EXAMPLES / "queen-to-nowhere.json"))
    assert ended.code == 0, ended
    project = ended.out.strip()
    ended = await machine.wzrd("shots", project[:8], "--count", "1")
    assert (ended.code, len([line for line in ended.lines if " mm " in line])) == (0, 2), ended
    file = machine.home / "breakdown.json"
    assert (await machine.wzrd("breakdown", project, "--out", str(file))).code == 0
    ended = await machine.wzrd("breakdown", project, "--put", str(file))
    assert (ended.code, "version 1" in ended.err) == (0, True), ended
    listed = await machine.wzrd("runs", "--project", "queen to nowhere")
    assert [line.split()[1] for line in listed.lines] == ["gen-shots", "gen-shots"]
    events = await machine.wzrd("events", listed.lines[0][:8])
    assert (events.code, "done" in events.lines[-1]) == (0, True), events
    report = json.loads((await machine.wzrd("costs", "--by", "run", "--json")).out)
    assert (report["by"], report["total"]["credits"]) == ("run", 2)


async def test_a_graph_and_a_picture_from_another_machine(site: CliStack, machine: Machine) -> None:
    """A graph's file becomes a project and runs; it runs again by its name; a picture is drawn and fetched."""
    file = machine.home / "lamp.json"
    file.write_text(json.dumps(GRAPH))
    async with playing(site):
        ended = await machine.wzrd("compute", str(file), "--yes", "--out", str(machine.home / "made"))
        assert (ended.code, [one.read_text() for one in (machine.home / "made").iterdir()]) == (0, ["A lamp"]), ended
        ended = await machine.wzrd("compute", "Lamp", "--plan")
        assert ended.code == 0, ended
        target = machine.home / "lamp.png"
        ended = await machine.wzrd("generate", "a lamp", "--model", "animatic/image", "--out", str(target))
        assert (ended.code, target.read_bytes()[:4]) == (0, b"\x89PNG"), ended


async def test_a_token_reaches_its_own_projects(site: CliStack, machine: Machine) -> None:
    """Another user's project is none, by id and by title, for every command that takes one."""
    project = await site.import_example()
    await site.wzrd("user", "add", "grace@example.org")
    stranger = Machine(machine.home, machine.url, (await site.wzrd("user", "token", "grace@example.org")).out.strip())
    for command in (["shots"], ["breakdown"], ["takes"], ["compute"], ["runs", "--project"]):
        for named in (project, "queen to nowhere"):
            ended = await stranger.wzrd(*command, named)
            assert (ended.code, ended.out, "no project has" in ended.err) == (1, "", True), ended


async def test_what_is_missing_is_told(machine: Machine) -> None:
    """Without an address and a stack, without a token, with a wrong one, with a user's name beside it."""
    nowhere = await Machine(machine.home, "", "").wzrd("runs")
    assert (nowhere.code, "nothing runs in" in nowhere.err, "WZRD_URL and WZRD_TOKEN" in nowhere.err) == (1, True, True)
    ended = await Machine(machine.home, machine.url, "").wzrd("runs")
    assert (ended.code, "WZRD_URL needs WZRD_TOKEN" in ended.err) == (2, True)
    ended = await Machine(machine.home, machine.url, machine.token[:-6] + "AAAAAA").wzrd("runs")
    assert (ended.code, "is this token of this stack" in ended.err) == (1, True)
    ended = await machine.wzrd("runs", "--user", "ada@example.org")
    assert (ended.code, "the token says who it is" in ended.err) == (2, True)
    ended = await Machine(machine.home, "ftp://nowhere", machine.token).wzrd("runs")
    assert (ended.code, "is no address" in ended.err) == (2, True)


async def test_a_server_without_the_route_is_told(machine: Machine) -> None:
    """An older server answers 404 to a call that it does not know; one that is away for a moment is waited for."""
    acts = [503, 404]

    async def handle(_: Request, writer: asyncio.StreamWriter) -> None:
        answer(writer, acts.pop(0) if acts else 404, {"error": "Not found"})

    async with serving(handle) as server:
        ended = await Machine(machine.home, server.url, machine.token).wzrd("takes", "the lamp")
    assert (ended.code, acts, "it is older than this command" in ended.err) == (1, [], True), ended
    assert ended.err.count("waiting for it") == 1
