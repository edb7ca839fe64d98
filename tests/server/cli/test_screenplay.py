"""`wzrd import`: a file becomes a project, whole or not at all."""

import json
import uuid
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.server.cli.conftest import EXAMPLES, CliStack, Ended


async def counts(site: CliStack) -> tuple[int, int]:
    """Number of projects, and of scenes."""
    async with site.runtime.begin() as tx:
        projects = await tx.scalar(text("select count(*) from public.projects"))
        scenes = await tx.scalar(text("select count(*) from public.scenes"))
    return int(projects or 0), int(scenes or 0)


@pytest.mark.parametrize("name", ["the-nine-forty-rain.fountain", "dead-air.fountain", "queen-to-nowhere.json"])
async def test_import_prints_the_project_id_alone(site: CliStack, name: str) -> None:
    """Stdout is the id; stderr says what came in; the scenes are the first user's."""
    ended = await site.wzrd("import", str(EXAMPLES / name))
    project_id = uuid.UUID(ended.out.strip())
    assert (ended.code, len(ended.lines)) == (0, 1)
    assert "scenes" in ended.err
    async with site.runtime.begin() as tx:
        owner = await tx.scalar(text("select user_id from public.projects where id = :id"), {"id": project_id})
    assert owner == site.user.user_id


async def test_a_title_and_an_owner_may_be_told(site: CliStack) -> None:
    """--title replaces the file's own; --user owns it, and only they find it."""
    await site.wzrd("user", "add", "grace@example.org")
    file = str(EXAMPLES / "queen-to-nowhere.json")
    await site.wzrd("import", file, "--title", "Schach und 棋", "--user", "grace@example.org")
    assert (await site.wzrd("runs", "--project", "SCHACH und 棋", "--user", "grace@example.org")).code == 0
    assert (await site.wzrd("runs", "--project", "SCHACH und 棋")).code == 1


BAD: list[tuple[str, bytes, str]] = [
    ("unknown.fountain", b"INT. ROOM - DAY\n\n" + bytes(range(0x80, 0x100)), "3:1"),
    ("nul.fountain", b"INT. ROOM - DAY\n\nShe\0sits.\n", "3:4"),
    ("broken.json", b'{"scenes": [\n  {"heading": }\n]}', "2:"),
    ("wrong.json", b'{"scenes": [\n  {"heading": 5}\n]}', "2:"),
    ("empty.fountain", b"", "1:1"),
    ("film.pdf", b"%PDF-1.7", "1:1"),
]


@pytest.mark.parametrize(("name", "content", "place"), BAD, ids=[name for name, *_ in BAD])
async def test_a_bad_file_is_told_with_its_place(
    site: CliStack, tmp_path: Path, name: str, content: bytes, place: str
) -> None:
    """`file:line:column: why` begins stderr; exit code 1; nothing is half-imported."""
    file = tmp_path / name
    file.write_bytes(content)
    ended = await site.wzrd("import", str(file))
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"{file}:{place}"), ended.err
    assert len(ended.err.splitlines()) == 1
    assert await counts(site) == (0, 0)


async def test_what_was_read_otherwise_is_told(site: CliStack, tmp_path: Path) -> None:
    """The file is imported; each warning is a line of stderr that names the file."""
    file = tmp_path / "cafe.fountain"
    file.write_bytes(b"INT. CAF\xe9 - DAY\n\nShe sits. /* never closed\n")
    ended = await site.wzrd("import", str(file))
    told = [line for line in ended.err.splitlines() if line.startswith(f"{file}: warning: ")]
    assert (ended.code, len(told)) == (0, 2)
    assert "Latin-1" in told[0]
    assert "line 3: the boneyard" in told[1]


async def test_a_file_that_is_not_there(site: CliStack, tmp_path: Path) -> None:
    """A missing file and a folder are failures that name the file, not tracebacks."""

    def told(ended: Ended) -> tuple[int, str, str]:
        return ended.code, ended.out, ended.err.split(":")[0]

    absent = tmp_path / "absent.fountain"
    assert told(await site.wzrd("import", str(absent))) == (1, "", str(absent))
    assert told(await site.wzrd("import", str(tmp_path))) == (1, "", str(tmp_path))
    assert (await site.wzrd("import")).code == 2


@pytest.mark.parametrize("title", ["", " ", "a\x1b[31mb", "x" * 501, "a\udc80"])
async def test_a_title_that_no_terminal_should_see_is_wrong_use(site: CliStack, title: str) -> None:
    """Exit code 2 and nothing imported."""
    ended = await site.wzrd("import", str(EXAMPLES / "queen-to-nowhere.json"), f"--title={title}")
    assert (ended.code, ended.out) == (2, "")
    assert await counts(site) == (0, 0)


async def test_a_crash_in_the_middle_leaves_nothing(site: CliStack, tmp_path: Path) -> None:
    """The last scene cannot be stored: neither are the project and the other scenes."""
    async with site.runtime.begin() as tx:
        await tx.execute(text("alter table public.scenes add constraint few check (scene_number < 3)"))
    scenes = [{"heading": f"INT. ROOM {n} - DAY", "action": ["She sits."]} for n in range(1, 5)]
    file = tmp_path / "four.json"
    file.write_text(json.dumps({"title": "Four", "scenes": scenes}))
    ended = await site.wzrd("import", str(file))
    assert (ended.code, ended.out, "Internal server error" in ended.err) == (1, "", True), ended
    assert await counts(site) == (0, 0)


async def test_a_breakdown_is_written_and_brought_back(site: CliStack, tmp_path: Path) -> None:
    """`wzrd breakdown` prints JSON, or writes a file and says what is in it; nothing is stored."""
    file, out = str(EXAMPLES / "dead-air.fountain"), tmp_path / "read.json"
    printed = await site.wzrd("breakdown", file)
    assert json.loads(printed.out)["scenes"][0]["beats"]
    told = await site.wzrd("breakdown", file, "--out", str(out))
    assert "beats" in told.out
    assert json.loads(out.read_text()) == json.loads(printed.out)
    assert await counts(site) == (0, 0)


async def test_a_projects_breakdown_is_written_edited_and_put_back(site: CliStack, tmp_path: Path) -> None:
    """By its title; the edit is told with its version and scenes, and one of a former version is refused."""
    await site.wzrd("import", str(EXAMPLES / "dead-air.fountain"))
    out = tmp_path / "read.json"
    told = await site.wzrd("breakdown", "Dead Air", "--out", str(out))
    assert (told.code, "version 0" in told.err) == (0, True), told
    read = json.loads(out.read_text())
    read["scenes"][1]["beats"][0]["act"] = "dance"
    out.write_text(json.dumps(read))
    put = await site.wzrd("breakdown", "Dead Air", "--put", str(out), "--version", "0")
    assert (put.code, "version 1, edited: 2" in put.err) == (0, True), put
    assert json.loads((await site.wzrd("breakdown", "Dead Air")).out) == read
    stale = await site.wzrd("breakdown", "Dead Air", "--put", str(out), "--version", "0")
    assert (stale.code, "at version 1 by now, not 0" in stale.err) == (1, True), stale
    again = await site.wzrd("breakdown", "Dead Air", "--put", str(out))
    assert (again.code, "version 2" in again.err) == (0, True), again


async def test_a_file_is_not_put(site: CliStack) -> None:
    """A file has no stored breakdown; and one that is not there is told as a file."""
    assert (await site.wzrd("breakdown", str(EXAMPLES / "dead-air.fountain"), "--version", "0")).code == 2
    assert "none.fountain" in (await site.wzrd("breakdown", "none.fountain")).err


async def test_a_breakdown_that_does_not_fit_makes_no_film(site: CliStack, tmp_path: Path) -> None:
    """The field is named, before anything is stored."""
    file, wrong = str(EXAMPLES / "dead-air.fountain"), tmp_path / "wrong.json"
    wrong.write_text('{"scenes": [{"number": 1, "beats": [{"span": "Nobody says this."}]}]}')
    ended = await site.wzrd("film", file, "--breakdown", str(wrong), "--out", str(tmp_path / "out"))
    assert ended.code == 1
    assert "scenes.0.beats.0.span" in ended.err
    assert await counts(site) == (0, 0)
