"""A film's money by scene, refusals with what may be tried, and the price of a change, as told."""

import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from server.cli.film.price import FilmPrice
from server.cli.film.spending import Spending, print_spending
from server.fakes import Behaviour, Fakes
from tests.fakes.providers import asking
from tests.rows import balance
from tests.server.cli.conftest import CliStack, playing
from wzrd.contracts.auto_generate import AutoGeneratePlan
from wzrd.contracts.spending import SpendingLine
from wzrd.domain.money import FREE, Cost

EDIT, IMAGES = "fal-ai/nano-banana-2/edit", "fal-ai/flux/schnell"
SCRIPT = """Title: The Gun

INT. KITCHEN - DAY

MIKE, in a red coat, lifts a gun.

EXT. HARBOUR - NIGHT

MIKE waits at the water.
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "gun.fountain"
    path.write_text(SCRIPT)
    return path


def priced(model: str, reason: str | None = None) -> FilmPrice:
    """The price of a film of one shot whose picture this model makes."""
    plan = AutoGeneratePlan(
        phase="images", total=1, queued=1, skipped=0, done=0, waiting=0, unknown=0, awaiting_approval=None, locked=0,
        model=model, verified=True, ignored=None, credits=1, prompt_credits=0, fallback_used=reason is not None,
        fallback_reason=reason, estimated_credits=1, available_credits=9, estimated_cost=FREE.wire(), cast=[],
        own_sound=None, usual_cost=FREE.wire(), items=[],
    )  # fmt: skip
    free = plan.model_copy(update={"phase": "videos", "model": "animatic/video", "fallback_reason": None})
    return FilmPrice(1, 1, 1, plan, free, 1)


async def test_a_film_tells_its_spending_by_scene_before_and_after(
    site: CliStack, fakes: Fakes, tmp_path: Path, script: Path
) -> None:
    """At most beforehand, charged afterwards, in equal lines; they add up to the price and to what was paid."""
    film = ("film", str(script), "--shots", "1", "--out", str(tmp_path / "out"), "--model-image", IMAGES)
    async with asking(fakes, site.runtime), playing(site):
        before = await balance(site.runtime, site.user.user_id)
        made = await site.wzrd(*film, "--json")
        assert made.code == 0, made
        events = [json.loads(line) for line in made.lines]
        (price,) = [one["data"] for one in events if one["event"] == "price"]
        (spent,) = [one["data"] for one in events if one["event"] == "spending"]
        printed = await site.wzrd(*film)
    assert sum(line["credits"] for line in price["lines"]) == price["total"]
    plan = [(line["scene"], line["what"], line["count"]) for line in price["lines"]]
    assert plan == [(scene, what, 1) for scene in (1, 2) for what in ("shots", "stills", "clips")]
    over = [(line["scene"], line["what"], line["count"]) for line in spent["lines"] if line["scene"]]
    assert sorted(plan) == sorted(over)
    assert sum(line.get("charged", 0) for line in spent["lines"]) == before - await balance(
        site.runtime, site.user.user_id
    )
    assert all("charged" not in line for line in price["lines"])
    assert ("SCENE" in printed.out, "KEPT" in printed.out) == (True, True), printed


async def test_a_refused_prompt_is_softened_and_told(
    site: CliStack, fakes: Fakes, tmp_path: Path, script: Path
) -> None:
    """The film is made, and its end says which words were refused and what they became."""
    film = ("film", str(script), "--shots", "1", "--out", str(tmp_path / "out"), "--model-image", IMAGES)
    await fakes.script(Behaviour(match="gun", times=0, outcome="refusal"))
    async with asking(fakes, site.runtime), playing(site):
        made = await site.wzrd(*film)
    assert made.code == 0, made
    assert "image of shot 1.1: its prompt was refused; made with gun → dark metal object" in made.out


async def test_a_refusal_ends_the_film_with_its_cause_and_what_may_be_tried(
    site: CliStack, fakes: Fakes, tmp_path: Path, script: Path
) -> None:
    """Without softening: exit code 1, no film, no picture in its place; the commands name the project and the shot."""
    out = tmp_path / "out"
    film = ("film", str(script), "--shots", "1", "--out", str(out), "--model-image", IMAGES, "--no-soften")
    await fakes.script(Behaviour(match="gun", times=0, outcome="refusal", categories=("violence",)))
    async with asking(fakes, site.runtime), playing(site):
        ended = await site.wzrd(*film)
        project = json.loads((await site.wzrd("runs", "--json")).lines[0])["projectId"][:8]
    assert (ended.code, (out / "film.mp4").exists()) == (1, False), ended
    assert "image of shot 1.1: refused: what the shot shows (gun, violence): " in ended.out
    assert f'say it otherwise: wzrd remake {project} 1.1 --note "…"' in ended.out
    assert f"another model: wzrd remake {project} 1.1 --model MODEL" in ended.out
    assert ("CHARGED" in ended.out, "1 refused: no credits" in ended.out) == (True, True), ended
    assert len(await fakes.paid_submits("fal-ai")) == 2


async def test_what_a_change_costs_is_said_before_it_is_done(
    site: CliStack, fakes: Fakes, tmp_path: Path, script: Path
) -> None:
    """One more picture, another take, an edited scene: in credits and dollars, with the clip that shows the former."""
    film = ("film", str(script), "--shots", "1", "--out", str(tmp_path / "out"), "--model-image", IMAGES)
    async with asking(fakes, site.runtime), playing(site):
        assert (await site.wzrd(*film)).code == 0
        project = json.loads((await site.wzrd("runs", "--json")).lines[0])["projectId"][:8]
        paid = len(await fakes.paid_submits())
        told = await site.wzrd("remake", project, "1.1", "--plan")
        assert told.code == 0
        assert f"1 picture by {IMAGES}: 3 credits at most, at its vendors $0.003\n" in told.err
        clip = (
            f"1 clip shows the former picture; made again (wzrd remake {project} 1.1 --clip) 1 clip by animatic/video: "
        )
        assert clip in told.err, told
        edited = tmp_path / "edited.json"
        assert (await site.wzrd("breakdown", project, "--out", str(edited))).code == 0
        read = json.loads(edited.read_text())
        read["scenes"][0]["beats"][0]["act"] = "dance"
        edited.write_text(json.dumps(read))
        planned = await site.wzrd("breakdown", project, "--put", str(edited), "--plan")
        assert "scene 1: 1 shot stay as they are; written anew 1 credit, 1 picture by" in planned.err, planned
        assert "version 0" in (await site.wzrd("breakdown", project)).err, "nothing was put"
        assert len(await fakes.paid_submits()) == paid
        made = await site.wzrd("remake", project, "1.1", "--model", "animatic")
        assert made.code == 0, made
        chosen = await site.wzrd("choose", project, "1.1", "picture-1")
        assert (chosen.code, "1 clip shows the former picture" in chosen.err) == (0, True), chosen


async def test_more_lines_than_a_terminal_has_are_added_up() -> None:
    """Of a hundred scenes the sums by what and whom are shown, and nothing of them is lost."""
    lines = [
        SpendingLine(scene=scene, what=what, model="m", count=2, credits=3, cost=FREE.wire(), without=["x"])
        for scene in range(1, 101)
        for what in ("stills", "clips")
    ]
    spending = Spending(lines)
    summed = [(line.what, line.count, line.credits) for line in spending.shown]
    assert summed == [("stills", 200, 300), ("clips", 200, 300)]
    assert [*spending.remarks()][-1] == "without a reference: 192 more, in --json"


def test_the_sum_is_that_of_the_lines_shown() -> None:
    """The seconds of a cut that cost nothing stand in no line, and are not in the sum."""
    shown: dict[str, Any] = {"count": 1, "credits": 1, "cost": FREE.wire(), "made": 1, "charged": 1}
    clips = [SpendingLine(scene=scene, what="clips", model="m", seconds=6, **shown) for scene in (1, 2)]
    cut = SpendingLine(scene=None, what="cut", model="", seconds=79, count=1, credits=0, cost=FREE.wire(), made=1)
    console = Console(width=100, force_terminal=True, color_system=None, record=True, file=StringIO())
    print_spending(console, Spending([*clips, cut]))
    (total,) = [line for line in console.export_text().splitlines() if line.startswith("in all")]
    assert "12" in total.split(), total


@pytest.mark.parametrize("width", [80, 100, 140])
def test_every_column_is_seen_on_a_terminal(width: int) -> None:
    """Names of models give way; no figure does."""
    model = "fal-ai/kling-video/v3/pro/image-to-video"
    ended: dict[str, Any] = {"made": 6, "charged": 300, "billed_usd": 123.45, "bills": 6}
    cost = Cost(Decimal("123.45"), Decimal("123.45"), "").wire()
    line = SpendingLine(
        scene=12, what="clips", model=model, count=600, credits=30000, cost=cost, seconds=3600.5, cached=4, **ended
    )
    console = Console(width=width, force_terminal=True, color_system=None, record=True, file=StringIO())
    print_spending(console, Spending([line, line]))
    shown = console.export_text()
    assert max(map(len, shown.splitlines())) <= width
    heads = "SCENE WHAT BY COUNT SECS CREDITS COST KEPT MADE CHARGED BILLED"
    for words in [*heads.split(" "), "clips", "3600.5", "30000", "$123.45"]:
        assert words in shown, shown
    assert (model in shown) == (width > 100)


@pytest.mark.parametrize(
    ("model", "reason", "told"),
    [
        ("fal-ai/seedream/v4.5/edit", "alias:fal-ai/bytedance/seedream/v4.5/edit", False),
        ("fal-ai/kling-video/o3/pro/image-to-video", "alias:hailuo", True),
        ("animatic/image", "no_credentials", True),
        ("fal-ai/flux/schnell", None, False),
    ],
)
def test_another_model_than_was_asked_for_is_told(model: str, reason: str | None, told: bool) -> None:
    """A retired name that means another model today is one; its vendor's name of the same model is not."""
    assert ("stands in" in priced(model, reason).text().plain) == told


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("fal-ai/nano-banana-pro", "takes no reference pictures; fal-ai/nano-banana-pro/edit does\n"),
        ("fal-ai/aura-flow", "fal-ai/aura-flow takes no reference pictures\n"),
        ("fal-ai/nano-banana-pro/edit", ""),
        ("animatic/image", ""),
    ],
)
def test_pictures_without_references_are_told_before_they_are_paid(model: str, told: str) -> None:
    """Whoever names a model of words alone for a film of people is told which one keeps them alike."""
    text = f"{priced(model).text().plain}\n"
    assert (told in text) if told else ("reference" not in text)
