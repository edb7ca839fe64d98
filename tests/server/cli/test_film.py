"""`wzrd film` before it starts anything: what was named wrongly is told at once. The film itself: tests/acceptance."""

import re
import uuid
from decimal import Decimal
from pathlib import Path

import pytest

from server.cli import UsageError
from server.cli.board import SceneBoard
from server.cli.demo import EXAMPLE, program
from server.cli.film.command import FILM
from server.cli.film.speech import read_voice_options
from server.cli.film.writing import requests_for
from tests.fakes.providers import settings_with
from tests.server.cli.conftest import CliStack
from wzrd.animatic.provider import Animatic
from wzrd.db.projects import list_projects
from wzrd.db.runs import list_runs
from wzrd.providers.opening import open_providers

SARAH = "EXAVITQu4vr4xnSDxMaL"


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


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--resolution", "huge", "--resolution: 'huge' is none of 720p, 1080p, 4k, source or WIDTHxHEIGHT"),
        ("--fps", "12", "--fps: 12.0 is none of 23.976, 24, 25, 29.97, 30, 50, 60"),
        ("--loudness", "-18", "--loudness: -18.0 is none of -14, -16, -23, -24"),
        ("--codec", "prores", "--codec: 'prores' is neither h264 nor hevc"),
    ],
)
async def test_a_format_that_no_film_can_have_is_refused(
    site: CliStack, tmp_path: Path, option: str, value: str, words: str
) -> None:
    """Before anything is read or made; with what is possible."""
    ended = await site.wzrd("film", str(EXAMPLE), "--out", str(tmp_path / "out"), option, value)
    assert (ended.code != 0, words in " ".join(ended.err.split())) == (True, True), ended.err
    assert not (tmp_path / "out").exists()


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
    assert len({one.request_id for board in boards for one in requests_for(uuid.uuid4(), board)}) == 3


def test_a_long_scene_is_asked_for_in_parts() -> None:
    """Each of six shots at most, as even as they go; each says how many the scene is to have in all."""
    parts = requests_for(uuid.uuid4(), SceneBoard(uuid.uuid4(), 1, "A", 14))
    assert [(one.shot_count, one.scene_shots) for one in parts] == [(5, 14), (5, 14), (4, 14)]
    assert len({one.request_id for one in parts}) == 3


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


async def test_voices_are_priced_before_anything_is_made(site: CliStack, tmp_path: Path) -> None:
    """Lines times the catalog's price, all voices or one's; over the budget nothing is begun."""
    keyed = settings_with(site.runtime.settings, {"ELEVENLABS_API_KEY": "sk_test"})
    site.runtime.providers = open_providers(keyed, local=[Animatic()])
    arguments = ("film", str(EXAMPLE), "--out", str(tmp_path), "--budget", "1")
    told: list[int] = []
    for voices in (
        ("--voice", SARAH),
        ("--voice", f"Ilse={SARAH}"),
        ("--voice", f"Ilse={SARAH}", "--voice", "animatic"),
    ):
        ended = await site.wzrd(*arguments, *voices)
        assert (ended.code, "more than its budget of 1" in ended.err) == (1, True), ended
        lines, price = re.findall(r"(\d+) lines by elevenlabs-tts: (\d+)", ended.out)[0]
        assert int(price) == 4 * int(lines)
        told.append(int(lines))
    assert told[0] > told[1] == told[2] > 0
    async with site.runtime.begin() as tx:
        assert await list_runs(tx, site.user.user_id) == []


async def test_a_film_beyond_its_dollars_is_not_begun(site: CliStack, tmp_path: Path) -> None:
    """The vendors' price is told with that in credits, and refused with both figures, or by the model's name."""
    keyed = settings_with(site.runtime.settings, {"FAL_KEY": "key:secret"})
    site.runtime.providers = open_providers(keyed, local=[Animatic()])
    models = ("--model-image", "fal-ai/flux/schnell", "--model-video", "fal-ai/veo3.1/image-to-video")
    arguments = ("film", str(EXAMPLE), "--out", str(tmp_path), "--shots", "1")
    ended = await site.wzrd(*arguments, *models, "--budget", "0.01usd")
    assert ended.code == 1, ended
    asked, most = re.findall(r"this film may cost \$([\d.]+), more than the budget of \$([\d.]+)", ended.err)[0]
    assert (Decimal(asked) > 1, most) == (True, "0.01")
    assert "at its vendors: $" in ended.out
    assert "clips are bought without a sound of their own" in ended.out
    unpriced = (*arguments, "--model-video", "fal-ai/bytedance/seedance/v1/pro/image-to-video", "--budget", "99usd")
    ended = await site.wzrd(*unpriced)
    assert (ended.code, "nobody knows what" in ended.err, "--unpriced fal-ai/bytedance" in ended.err) == (1, True, True)
    async with site.runtime.begin() as tx:
        assert await list_runs(tx, site.user.user_id) == []


async def test_lips_are_priced_before_anything_is_made(site: CliStack, tmp_path: Path) -> None:
    """At most, for lines whose shots are yet to be written; part of the budget. Without voices or clips wrong use."""
    keys = {"FAL_KEY": "key:secret", "ELEVENLABS_API_KEY": "xi-test"}
    site.runtime.providers = open_providers(settings_with(site.runtime.settings, keys), local=[Animatic()])
    clips = ("--model-video", "fal-ai/veo3.1/image-to-video")
    arguments = ("film", str(EXAMPLE), "--out", str(tmp_path), "--shots", "1", *clips, "--budget", "10")
    silent = await site.wzrd(*arguments, "--voice", SARAH)
    ended = await site.wzrd(*arguments, "--voice", SARAH, "--lips", "fal-ai/latentsync")
    assert (ended.code, "lips of" in silent.out) == (1, False), ended
    shots, price = re.findall(r"lips of (\d+) shots to come: (\d+)", ended.out)[0]
    assert int(price) == 14 * int(shots) > 0
    totals = [int(re.findall(r"at most (\d+) credits", one.out)[0]) for one in (silent, ended)]
    assert totals[1] - totals[0] == int(price)
    assert (await site.wzrd(*arguments, "--lips", "auto")).code == 2
    assert "makes nobody speak" in (await site.wzrd(*arguments, "--voice", SARAH, "--lips", "nobody")).err


async def test_a_model_that_reads_is_priced_first(site: CliStack, tmp_path: Path) -> None:
    """A credit a scene, told with the rest and refused beyond the budget: nothing is begun."""
    keyed = settings_with(site.runtime.settings, {"GROQ_API_KEY": "gsk_test"})
    site.runtime.providers = open_providers(keyed, local=[Animatic()])
    ended = await site.wzrd("film", str(EXAMPLE), "--out", str(tmp_path), "--reader", "model", "--budget", "2")
    assert (ended.code, "more than its budget of 2" in ended.err) == (1, True), ended
    scenes, price = re.findall(r"(\d+) scenes to read by llama-3.3-70b-versatile: (\d+)", ended.out)[0]
    assert int(scenes) == int(price) > 2
    async with site.runtime.begin() as tx:
        assert await list_runs(tx, site.user.user_id) == []


async def test_without_a_key_no_model_reads(site: CliStack, tmp_path: Path) -> None:
    """`model` is refused, with the way out; `auto` says that the rules read."""
    arguments = ("film", str(EXAMPLE), "--out", str(tmp_path), "--budget", "1")
    ended = await site.wzrd(*arguments, "--reader", "model")
    assert (ended.code, "the rules read without a key" in ended.err) == (1, True), ended
    ended = await site.wzrd(*arguments, "--reader", "auto")
    assert ("read by rule" in ended.out, "more than its budget of 1" in ended.err) == (True, True), ended
    assert (await site.wzrd(*arguments, "--reader", "oracle")).code == 2


async def test_without_a_key_the_scratch_voices_are_told(site: CliStack, tmp_path: Path) -> None:
    """With the price, which is that of the shots alone; `animatic` alone asks for nothing."""
    arguments = ("film", str(EXAMPLE), "--out", str(tmp_path), "--budget", "1")
    ended = await site.wzrd(*arguments, "--voice", SARAH)
    assert "voices: scratch voices stand in (no_credentials:elevenlabs)" in ended.out
    assert "scratch voices" not in (await site.wzrd(*arguments, "--voice", "animatic")).out


@pytest.mark.parametrize(
    ("voices", "words"),
    [
        (("",), "is no VOICE or NAME=VOICE"),
        (("=id",), "is no VOICE or NAME=VOICE"),
        (("ILSE=",), "is no VOICE or NAME=VOICE"),
        (("ILSE=a", "ILSE=b"), "has a voice already"),
        (("ILSE=a", "Ilse (V.O.)=b"), "named twice"),
        (("a b",), "'a b' is no id"),
    ],
)
def test_a_voice_that_is_none(voices: tuple[str, ...], words: str) -> None:
    """Wrong use, named."""
    with pytest.raises(UsageError) as refused:
        read_voice_options(voices)
    assert words in refused.value.message


async def test_a_character_that_nobody_is(site: CliStack, tmp_path: Path) -> None:
    """The nearest names, before anything is made."""
    ended = await site.wzrd("film", str(EXAMPLE), "--out", str(tmp_path), "--voice", f"ILSA={SARAH}")
    assert (ended.code, "nobody in this film is called 'ilsa'" in ended.err, "there are ilse" in ended.err) == (
        1,
        True,
        True,
    )
