"""`wzrd film` before it starts anything: what was named wrongly is told at once. The film itself: tests/acceptance."""

import uuid
from pathlib import Path

from server.cli.board import SceneBoard
from server.cli.demo import EXAMPLE, program
from server.cli.film import FILM, request_id
from tests.server.cli.conftest import CliStack
from wzrd.db.projects import list_projects
from wzrd.db.runs import list_runs


async def test_a_screenplay_that_cannot_be_read_starts_nothing(site: CliStack, tmp_path: Path) -> None:
    """Told as compilers do, exit code 1; no folder, no project."""
    script = tmp_path / "broken.json"
    script.write_text('{"scenes": 3}')
    ended = await site.wzrd("film", str(script), "--out", str(tmp_path / "out"))
    assert ended.code == 1
    assert f"{script}:1:" in ended.err
    assert not (tmp_path / "out").exists()
    assert (await site.wzrd("film", str(tmp_path / "none.fountain"))).code == 1
    async with site.runtime.begin() as tx:
        assert await list_projects(tx, site.user.user_id) == []


async def test_a_folder_that_cannot_be_made_is_named(site: CliStack, tmp_path: Path) -> None:
    """Before any work is done for it."""
    (tmp_path / "file").write_text("")
    ended = await site.wzrd("film", str(EXAMPLE), "--out", str(tmp_path / "file" / "out"))
    assert ended.code == 1
    assert str(tmp_path / "file" / "out") in ended.err
    assert "--out" in ended.err


async def test_the_number_of_shots_is_one_to_six(site: CliStack) -> None:
    """Anything else is wrong use."""
    for told in ("0", "7", "2.5", "many"):
        assert (await site.wzrd("film", str(EXAMPLE), "--shots", told)).code == 2


def test_the_example_is_there() -> None:
    """The demo's screenplay is in the checkout, and the program has a name that can be typed."""
    assert EXAMPLE.is_file()
    assert program()
    assert FILM == "film.mp4"


def test_the_same_scene_is_the_same_request() -> None:
    """However often a film is made: only another scene or another number of shots is another run."""
    one, two = uuid.uuid4(), uuid.uuid4()
    boards = [
        SceneBoard(one, 1, "A", 3),
        SceneBoard(one, 2, "B", 3),
        SceneBoard(two, 1, "A", 3),
        SceneBoard(one, 1, "A", 4),
    ]
    assert len({request_id(board) for board in boards}) == 3


async def test_a_film_beyond_its_budget_is_not_begun(site: CliStack, tmp_path: Path) -> None:
    """The price is told with its parts, and refused with both numbers: no run, no credit touched."""
    ended = await site.wzrd("film", str(EXAMPLE), "--out", str(tmp_path), "--budget", "1")
    assert ended.code == 1, ended
    assert "more than its budget of 1" in ended.err
    assert "--budget" in ended.err
    assert "animatic/image: 0" in ended.out
    async with site.runtime.begin() as tx:
        assert await list_runs(tx, site.user.user_id) == []


async def test_a_model_that_is_none_is_told_before_anything_is_made(site: CliStack, tmp_path: Path) -> None:
    """With the nearest ids."""
    ended = await site.wzrd("film", str(EXAMPLE), "--out", str(tmp_path), "--model-image", "fal-ai/flux/schnel")
    assert ended.code == 1
    assert "the nearest are fal-ai/flux/schnell" in ended.err
    async with site.runtime.begin() as tx:
        assert await list_runs(tx, site.user.user_id) == []
