"""`wzrd bible` and the sheets of `wzrd film`: given, listed, priced, replaced; what is wrong is told first."""

import json
from pathlib import Path

import pytest
from PIL import Image

from server.fakes import Fakes
from tests.fakes.providers import asking
from tests.server.cli.conftest import CliStack
from tests.server.cli.test_takes import playing

EDIT = "fal-ai/nano-banana-2/edit"
SCRIPT = """Title: The Coin

INT. KITCHEN - DAY

MIKE, in a red coat, wipes the table. MIKE takes a coin. MIKE looks at the coin.

MIKE
Where is it?
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "coin.fountain"
    path.write_text(SCRIPT)
    return path


def a_picture(folder: Path, name: str, colour: str) -> str:
    path = folder / f"{name}.png"
    Image.new("RGB", (200, 200), colour).save(path)
    return str(path)


async def test_a_cast_is_given_and_one_is_replaced(site: CliStack, fakes: Fakes, tmp_path: Path, script: Path) -> None:
    """Each picture of the film is sent its sheets; a replaced one has its shots made again, the price first."""
    mike, room = a_picture(tmp_path, "mike", "red"), a_picture(tmp_path, "room", "yellow")
    out = tmp_path / "out"
    async with asking(fakes, site.runtime, keys="FAL"), playing(site):
        film = ["film", str(script), "--shots", "2", "--out", str(out), "--model-image", EDIT]
        made = await site.wzrd(*film, "--cast", f"MIKE={mike}", "--place", f"KITCHEN={room}", "--sheets", "none")
        assert made.code == 0, made
        project = json.loads((await site.wzrd("runs", "--json")).lines[0])["projectId"]
        listed = [json.loads(line) for line in (await site.wzrd("bible", project, "--json")).lines]
        assert {one["key"]: one["origin"] for one in listed} == {"person/MIKE": "given", "place/THE KITCHEN": "given"}
        paid = len(await fakes.paid_submits("fal-ai"))
        blue = a_picture(tmp_path, "blue", "blue")
        shows = len(next(one for one in listed if one["key"] == "person/MIKE")["shots"])
        assert shows > 0
        told = await site.wzrd("bible", project, "replace", "person", "Mike", blue, "--plan")
        price = f"{shows} picture{'s' * (shows != 1)} by {EDIT} to be made again: {5 * shows} credits at most"
        assert price in told.err, told
        assert len(await fakes.paid_submits("fal-ai")) == paid, "a plan makes nothing"
        poor = await site.wzrd("bible", project, "replace", "person", "MIKE", blue, "--budget", "4")
        assert (poor.code, "more than the budget of 4" in poor.err) == (1, True), poor
        done = await site.wzrd("bible", project, "replace", "person", "MIKE", blue)
        assert done.code == 0, done
        assert len(await fakes.paid_submits("fal-ai")) == paid + shows
        again = await site.wzrd("bible", project, "remake")
        assert "no shot to be made again" in again.err
        gone = await site.wzrd("bible", project, "delete", "person", "MIKE")
        assert f"made from it, and still there: {shows} picture" in gone.out


async def test_a_wrong_cast_is_told_before_anything_is_paid(
    site: CliStack, fakes: Fakes, tmp_path: Path, script: Path
) -> None:
    """Nobody of that name: the nearest; no file, no NAME=FILE: wrong use."""
    mike = a_picture(tmp_path, "mike", "red")
    async with asking(fakes, site.runtime):
        for option, words in (
            (f"MYKE={mike}", "did you mean MIKE"),
            ("MIKE=nowhere.jpg", "nowhere.jpg is no file"),
            (mike, "is no NAME=FILE"),
        ):
            said = await site.wzrd("film", str(script), "--out", str(tmp_path / "o"), "--cast", option)
            assert said.code != 0
            assert words in said.err, said
        assert await fakes.paid_submits() == []
