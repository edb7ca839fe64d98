"""`wzrd takes`, `choose`, `remake`, `approve`, `reject`, and the film that stops before its clips are paid."""

import json
import uuid
from pathlib import Path

import pytest
from sqlalchemy import text

from server.fakes import Fakes
from tests.fakes.providers import asking
from tests.server.cli.conftest import CliStack, playing
from tests.shots import insert_shot

CLIPS = "gmi/ltx-fast-i2v"
SCRIPT = """Title: The Lamp

INT. LIGHTHOUSE - NIGHT

MARA wipes the great lens. Rain beats on the glass.
"""


async def a_project(site: CliStack) -> str:
    """An imported project whose first scene has two shots with pictures; the beginning of its id."""
    project = await site.import_example()
    async with site.runtime.begin() as tx:
        found = text("select id from public.scenes where project_id = :id order by scene_number")
        scene_id = (await tx.execute(found, {"id": project})).scalars().first()
        assert scene_id is not None
        for number in (1, 2):
            still = {"image_url": f"http://x/{number}.png", "image_status": "completed", "prompt_idea": "The lamp."}
            await insert_shot(tx, uuid.UUID(project), scene_id, number, **still)
        again = text(
            "update public.shots set image_url = 'http://x/new.png' where project_id = :id and shot_number = 2"
        )
        await tx.execute(again, {"id": project})
    return project[:8]


async def test_takes_are_listed_and_chosen(site: CliStack) -> None:
    """One line each, the chosen ones with a star; the former is chosen again; what names none is wrong use."""
    project = await a_project(site)
    listed = await site.wzrd("takes", project)
    assert (listed.code, [line.split()[:2] for line in listed.lines]) == (
        0,
        [["1.1", "picture-1"], ["1.2", "picture-1"], ["1.2", "picture-2"]],
    ), listed
    assert ["*" in line for line in listed.lines] == [True, False, True]
    chosen = await site.wzrd("choose", project, "1.2", "picture-1")
    assert (chosen.code, "approved anew" in chosen.out) == (0, True)
    lines = [json.loads(line) for line in (await site.wzrd("takes", project, "1.2", "--json")).lines]
    assert [(one["number"], one["chosen"]) for one in lines] == [(1, True), (2, False)]
    for arguments, code, words in (
        (("choose", project, "1.2", "picture-7"), 1, "has no picture-7"),
        (("choose", project, "1.2", "second"), 2, "names no take"),
        (("takes", project, "9.9"), 1, "no shot 9.9"),
        (("approve", project, "one"), 2, "names no shot"),
        (("approve", project), 2, "--all"),
        (("remake", project), 2, "name the shots"),
    ):
        ended = await site.wzrd(*arguments)
        assert (ended.code, words in ended.err) == (code, True), ended


async def test_a_verdict_is_told(site: CliStack) -> None:
    """The pictures that were judged and those that are not approved are counted; no clips wait, so none begin."""
    project = await a_project(site)
    approved = await site.wzrd("approve", project, "1.1")
    assert (approved.code, approved.out) == (0, "approved 1 picture; 1 not approved\n")
    assert "approved" in (await site.wzrd("takes", project, "1.1")).out
    rejected = await site.wzrd("reject", project, "--all", "--json")
    assert (json.loads(rejected.out)["awaiting"], json.loads(rejected.out)["runId"]) == (2, None)


async def test_a_shot_is_made_again_by_a_note(site: CliStack, fakes: Fakes) -> None:
    """The price is told first; the new picture is chosen, and has the note."""
    project = await a_project(site)
    async with asking(fakes, site.runtime, keys="NONE"), playing(site):
        made = await site.wzrd("remake", project, "1.1", "--note", "a man sits on a chair", "--model", "animatic")
    assert (made.code, "1 picture by animatic/image: 0 credits" in made.err) == (0, True), made
    lines = (await site.wzrd("takes", project, "1.1")).lines
    assert (len(lines), "*" in lines[1], "a man sits on a chair" in lines[1]) == (2, True, True)


async def test_a_film_stops_before_its_clips_are_paid(site: CliStack, fakes: Fakes, tmp_path: Path) -> None:
    """Exit code 0, no film, the price and the way on; once its pictures are approved the same command makes it."""
    script, out = tmp_path / "lamp.fountain", tmp_path / "out"
    script.write_text(SCRIPT)
    film = ("film", str(script), "--out", str(out), "--shots", "1", "--model-video", CLIPS)
    async with asking(fakes, site.runtime), playing(site):
        stopped = await site.wzrd(*film)
        assert (stopped.code, (out / "film.mp4").exists(), (out / "storyboard.png").is_file()) == (0, False, True)
        assert "1 clip by gmi/ltx-fast-i2v awaiting approval: " in stopped.out, stopped
        assert "--yes goes on" in stopped.out
        told = [json.loads(line) for line in (await site.wzrd(*film, "--json")).lines]
        (event,) = [one for one in told if one["event"] == "awaiting_approval"]
        assert (event["data"]["awaiting"], event["data"]["credits"] > 0) == (1, True)
        assert await fakes.paid_submits("gmi-cloud") == []
        project = event["data"]["projectId"][:8]
        approved = await site.wzrd("approve", project, "--all")
        assert (approved.code, "clips begin" in approved.err) == (0, True), approved
        made = await site.wzrd(*film)
        assert (made.code, (out / "film.mp4").is_file()) == (0, True), made
        assert len(await fakes.paid_submits("gmi-cloud")) == 1


async def test_leave_holds_beside_a_batch_of_approved_stills(site: CliStack, fakes: Fakes, tmp_path: Path) -> None:
    """`--yes` follows the clips that an approval has begun, then makes those that nobody approved."""
    script = tmp_path / "lamp.fountain"
    script.write_text(SCRIPT)
    film = ("film", str(script), "--out", str(tmp_path), "--shots", "2", "--model-video", CLIPS)
    async with asking(fakes, site.runtime):
        async with playing(site):
            told = [json.loads(line) for line in (await site.wzrd(*film, "--json")).lines]
        (event,) = [one for one in told if one["event"] == "awaiting_approval"]
        approved = await site.wzrd("approve", event["data"]["projectId"][:8], "1.1")
        assert (approved.code, "clips begin" in approved.err) == (0, True), approved
        async with playing(site):
            made = await site.wzrd(*film, "--yes")
        assert (made.code, (tmp_path / "film.mp4").is_file()) == (0, True), made
        assert len(await fakes.paid_submits("gmi-cloud")) == 2


@pytest.mark.parametrize("leave", [("--yes",), ("--budget", "99")])
async def test_leave_is_given_beforehand(site: CliStack, fakes: Fakes, tmp_path: Path, leave: tuple[str, ...]) -> None:
    """By word, or by a budget for all of it: the film is made in one go."""
    script = tmp_path / "lamp.fountain"
    script.write_text(SCRIPT)
    film = ("film", str(script), "--out", str(tmp_path), "--shots", "1", "--model-video", CLIPS)
    async with asking(fakes, site.runtime), playing(site):
        made = await site.wzrd(*film, *leave)
    assert (made.code, (tmp_path / "film.mp4").is_file()) == (0, True), made
    both = await site.wzrd(*film, "--yes", "--approve")
    assert (both.code, "name one of them" in both.err) == (2, True)
