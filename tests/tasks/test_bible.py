"""Sheets of people, places and props: made once, sent with all that shows them, seen in the film."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from tests.generation.claimed import armed
from tests.playing import run_once, run_until_ended
from tests.rows import broken_promises
from tests.tasks.bible_project import EDIT, FUNDS, SHOTS, TEXT, open_bible_rig, open_processes
from tests.tasks.film_looks import Colour, count_pictures, names_in, pictures_in, save_picture
from tests.tasks.shot_batch import IMAGES, PaidRig, terminal
from wzrd.assets.sources import open_source
from wzrd.contracts.bible import SheetView
from wzrd.contracts.director_cut import CutSettings
from wzrd.db.items import list_items
from wzrd.db.sheets import list_sheets
from wzrd.domain.bible import Sheet, SheetKey, SheetKind
from wzrd.domain.errors import BadRequest, Conflict, NotFound
from wzrd.generation.recovery import recover
from wzrd.models.routing import routed_catalog
from wzrd.operations.bible import SheetName, drop_sheet, give_sheet, show_bible
from wzrd.operations.director_cut.kind import DirectorCutParams, start_director_cut
from wzrd.operations.spending import report_spending
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

PICTURE, SHEET = routed_catalog().models[EDIT].credits, routed_catalog().models[TEXT].credits
COLOURS: dict[tuple[SheetKind, str], Colour] = {
    ("person", "MIKE"): (200, 30, 30),
    ("person", "ANNA"): (30, 180, 40),
    ("person", "TOM"): (40, 50, 200),
    ("place", "KITCHEN"): (220, 200, 40),
    ("place", "HARBOUR"): (150, 40, 170),
    ("prop", "COIN"): (30, 190, 190),
}
EXPECTED = {
    "a": ["MIKE", "KITCHEN"],
    "b": ["ANNA", "MIKE", "KITCHEN"],
    "c": ["ANNA", "KITCHEN", "COIN"],
    "d": ["ANNA", "HARBOUR"],
    "e": ["TOM", "ANNA", "HARBOUR"],
}
"""Whom each shot shows, in the order in which their sheets are sent."""


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[PaidRig]:
    async with open_bible_rig(runtime, fakes) as made:
        yield made


def a_picture(folder: Path, colour: Colour) -> Path:
    return save_picture(folder / f"{uuid.uuid4().hex}.png", colour)


async def give(rig: PaidRig, kind: SheetKind, name: str, picture: Path, look: str = "") -> SheetView:
    studio = rig.batch.studio
    return await give_sheet(rig.runtime, studio.user_id, str(studio.project_id), SheetName(kind, name, look), picture)


async def sheets_of(rig: PaidRig) -> dict[SheetKey, Sheet]:
    async with rig.runtime.begin() as tx:
        return await list_sheets(tx, rig.batch.studio.project_id)


async def played(rig: PaidRig, phase: Any = "images", **more: Any) -> uuid.UUID:
    opened = await rig.open(phase, **{"model": EDIT, **more})
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    return opened.run_id


async def outputs(rig: PaidRig, run_id: uuid.UUID) -> dict[str, dict[str, Any]]:
    async with rig.runtime.begin() as tx:
        items = await list_items(tx, run_id)
    names = {shot_id: name for name, shot_id in rig.batch.shots.items()}
    return {names[one.entity_id]: dict(one.output or {}) for one in items if one.entity_id}


async def test_the_film_shows_whose_sheets_reached_which_shot(rig: PaidRig, tmp_path: Path) -> None:
    """Six sheets are given; read from the finished film, each shot was made from exactly those that it shows."""
    for (kind, name), colour in COLOURS.items():
        await give(rig, kind, name, a_picture(tmp_path, colour))
    run_id = await played(rig)
    assert await rig.batch.left() == FUNDS - 5 * PICTURE, "nothing was to be made but the pictures"
    await played(rig, "videos", model="animatic")
    studio = rig.batch.studio
    params = DirectorCutParams(
        user_id=studio.user_id, project_id=str(studio.project_id), settings=CutSettings(include_audio=False)
    )
    started = await start_director_cut(rig.runtime, params)
    assert await run_once(rig.runtime, started.run_id) == "succeeded"
    film = (await terminal(rig.runtime, started.run_id))["outputUrl"]
    rows = {name: await rig.batch.row(name) for name in SHOTS}
    lengths: list[int] = []
    for row in rows.values():
        async with open_source(rig.runtime, row.video_url, "video") as clip:
            lengths.append(count_pictures(clip))
    firsts = [sum(lengths[:at]) for at in range(len(lengths))]
    async with open_source(rig.runtime, film, "video") as path:
        assert count_pictures(path) == sum(lengths)
        frames = pictures_in(path, firsts)
    by_name = {name: colour for (_, name), colour in COLOURS.items()}
    for name, frame in zip(SHOTS, frames, strict=True):
        assert names_in(frame, by_name, len(EXPECTED[name])) == EXPECTED[name], name
    made = await outputs(rig, run_id)
    keys = {name: [key.split("/")[1].removeprefix("THE ") for key in made[name]["sheets"]] for name in SHOTS}
    assert {name: sorted(found) for name, found in keys.items()} == {n: sorted(found) for n, found in EXPECTED.items()}


async def test_what_is_planned_is_charged(rig: PaidRig) -> None:
    """Sheets of all that recurs: told with their price, made once, listed; the next batch makes none."""
    plan = await rig.plan(model=EDIT, sheets="all")
    planned = {one.key: one.model for one in plan.sheets}
    assert planned == dict.fromkeys(
        ("person/MIKE", "person/ANNA", "place/THE KITCHEN", "place/THE HARBOUR@night"), TEXT
    ), "Tom and the coin are in one shot alone"
    assert plan.estimated_credits == 4 * SHEET + 5 * PICTURE
    run_id = await played(rig, sheets="all")
    assert (await terminal(rig.runtime, run_id))["spent"] == plan.estimated_credits
    assert await rig.batch.left() == FUNDS - plan.estimated_credits
    assert await rig.paid("fal-ai") == 9
    sheets = await sheets_of(rig)
    assert {str(key): (one.origin, one.model) for key, one in sheets.items()} == dict.fromkeys(planned, ("made", TEXT))
    shown = {one.key: [*map(str, one.shots)] for one in (await listed(rig)).sheets}
    assert shown["person/MIKE"] == [str(rig.batch.shots[name]) for name in "ab"]
    again = await rig.plan(model=EDIT, sheets="all", shots=tuple(rig.batch.shots.values()))
    assert (again.sheets, again.estimated_credits) == ([], 5 * PICTURE)


async def listed(rig: PaidRig) -> Any:
    return await show_bible(rig.runtime, rig.batch.studio.user_id, str(rig.batch.studio.project_id))


async def test_people_alone_unless_all_are_asked_for(rig: PaidRig) -> None:
    """A project without any sheet can have nothing made by a model that needs a picture."""
    assert [one.key for one in (await rig.plan(model=EDIT, sheets="people")).sheets] == ["person/MIKE", "person/ANNA"]
    with pytest.raises(BadRequest, match="makes pictures out of pictures"):
        await rig.open(model=EDIT)


async def test_what_shows_nothing_that_has_a_sheet_is_made_of_words(rig: PaidRig, tmp_path: Path) -> None:
    """By the model that would make its sheet: told in the plan with its price, charged so, and tried again so."""
    await give(rig, "person", "MIKE", a_picture(tmp_path, COLOURS["person", "MIKE"]))
    plan, bare = await rig.plan(model=EDIT), {rig.batch.shots[name] for name in "cde"}
    assert {one.shot_id for one in plan.items if one.model == TEXT} == bare
    assert plan.estimated_credits == 2 * PICTURE + 3 * SHEET == sum(one.credits for one in plan.items)
    assert {(one.model, one.count, one.credits) for one in plan.spending} == {
        (EDIT, 2, 2 * PICTURE), (TEXT, 1, SHEET), (TEXT, 2, 2 * SHEET)
    }  # fmt: skip
    with pytest.raises(BadRequest, match=f"more than maxCredits {plan.estimated_credits - 1}"):
        await rig.open(model=EDIT, max_credits=plan.estimated_credits - 1)
    await rig.fakes.script(Behaviour(match=SHOTS["e"][1], outcome="failure"))
    run_id = (await rig.open(model=EDIT)).run_id
    assert await run_once(rig.runtime, run_id) == "partial"
    made = await outputs(rig, run_id)
    assert {name: made[name]["resolvedModel"] for name in "abcd"} == {"a": EDIT, "b": EDIT, "c": TEXT, "d": TEXT}
    assert made["c"]["fallbackReason"] == f"no_reference:{EDIT}"
    assert await rig.batch.left() == FUNDS - 2 * PICTURE - 2 * SHEET
    studio = rig.batch.studio
    lines = await report_spending(rig.runtime, studio.user_id, str(studio.project_id), [run_id])
    assert {(one.model, one.count, one.failed) for one in lines} == {(EDIT, 2, 0), (TEXT, 1, 0), (TEXT, 2, 1)}
    assert [(one.model, one.credits) for one in (await rig.plan(model=EDIT)).items] == [(TEXT, SHEET)]
    again = await outputs(rig, await played(rig))
    assert again["e"]["resolvedModel"] == TEXT


async def test_nothing_is_made_that_nobody_asked_for(rig: PaidRig) -> None:
    """A client of the contract, a model that takes no references, and animatic mode pay what they paid before."""
    for model, sheets in ((IMAGES, "none"), (IMAGES, "all"), ("animatic", "all")):
        assert (await rig.plan(model=model, sheets=sheets)).sheets == []
    run_id = await played(rig, model=IMAGES, sheets="all")
    assert not {name for name in await rig.sent(run_id, "a") if name.startswith("image_url")}
    assert await rig.sent_as(run_id, "a", prompt=SHOTS["a"][1])
    assert await sheets_of(rig) == {}


async def test_the_sheet_owns_appearance(rig: PaidRig, tmp_path: Path) -> None:
    """Words of clothes are left out, the person is named with the reference; where nobody is sent they stay."""
    await give(rig, "person", "MIKE", a_picture(tmp_path, COLOURS["person", "MIKE"]))
    await give(rig, "place", "the kitchen", a_picture(tmp_path, COLOURS["place", "KITCHEN"]))
    await give(rig, "place", "HARBOUR", a_picture(tmp_path, COLOURS["place", "HARBOUR"]), "night")
    run_id = await played(rig)
    said = "Mike wipes the table. Mike is the person in reference picture 1: the same face, hair and clothes."
    assert await rig.sent_as(run_id, "a", prompt=f"{said} The place, the kitchen, is that in reference picture 2.")
    assert (await rig.batch.row("a")).visual_prompt == SHOTS["a"][1], "the shot's own words stay"


async def test_what_does_not_fit_is_told(rig: PaidRig, tmp_path: Path) -> None:
    """One place: the weightiest person has it. The plan and the shot name those that were left out."""
    for kind, name in [*COLOURS][:3]:
        await give(rig, kind, name, a_picture(tmp_path, COLOURS[kind, name]))
    model = "fal-ai/flux/dev/image-to-image"
    plan = await rig.plan(model=model)
    told = {one.shot_number: (one.sheets, one.left_out) for one in plan.items}
    why = "the model takes 1 reference, and others come first"
    assert told[2] == (["person/ANNA"], [f"Mike: {why}"])
    run_id = await played(rig, model=model)
    made = await outputs(rig, run_id)
    assert made["b"]["referenceLeftOut"] == f"Mike: {why}"
    assert [*made["b"]["sheets"]] == ["person/ANNA"]


async def test_clips_have_people_as_elements(rig: PaidRig, tmp_path: Path) -> None:
    """Beside the still that they begin with; their prompt has the vendor's tags."""
    for kind, name in [*COLOURS][:5]:
        await give(rig, kind, name, a_picture(tmp_path, COLOURS[kind, name]))
    await played(rig)
    model = "fal-ai/kling-video/v3/pro/image-to-video"
    plan = await rig.plan("videos", model=model)
    run_id = await played(rig, "videos", model=model)
    (job,) = await rig.jobs(run_id, f"video/{rig.batch.shots['b']}")
    names = {"elements.0.frontal_image_url", "elements.1.reference_image_urls.0", "start_image_url"}
    assert names <= job.fingerprint.keys()
    assert (await rig.fakes.paid_submits("fal-ai", "Anna hugs Mike"))[-1].prompt.startswith(
        "Anna hugs Mike. Anna is the person in @Element1: the same face, hair and clothes."
    )
    made = await outputs(rig, run_id)
    assert made["b"]["referenceLeftOut"] == "the kitchen: the model takes no reference of a place"
    assert plan.items[1].left_out == [made["b"]["referenceLeftOut"]]


async def test_a_replaced_sheet_marks_exactly_its_shots(rig: PaidRig, tmp_path: Path) -> None:
    """Shots made of the former picture are stale; made again, none is; a locked one is left alone."""
    for (kind, name), colour in COLOURS.items():
        await give(rig, kind, name, a_picture(tmp_path, colour))
    await played(rig)
    view = await give(rig, "person", "MIKE", a_picture(tmp_path, (90, 90, 90)))
    a, b = rig.batch.shots["a"], rig.batch.shots["b"]
    assert (view.shots, view.stale) == ([a, b], [a, b])
    assert {one.key for one in (await listed(rig)).sheets if one.stale} == {"person/MIKE"}
    before = {name: (await rig.batch.row(name)).image_url for name in SHOTS}
    await played(rig, shots=tuple(view.stale), request_id="again")
    after = {name: (await rig.batch.row(name)).image_url for name in SHOTS}
    assert {name for name in SHOTS if before[name] != after[name]} == {"a", "b"}
    assert await rig.batch.left() == FUNDS - 7 * PICTURE
    view = await give(rig, "person", "MIKE", a_picture(tmp_path, (90, 90, 90)))
    assert (view.shots, view.stale) == ([a, b], []), "the same picture again changes nothing"
    await rig.set("shots", "id", a, locked=True)
    view = await give(rig, "person", "MIKE", a_picture(tmp_path, (10, 10, 10)))
    assert (view.shots, view.stale) == ([b], [b])


async def test_a_deleted_sheet_tells_what_was_made_of_it(rig: PaidRig, tmp_path: Path) -> None:
    """Its picture is gone from the store; shots that show it are named, and stay."""
    for (kind, name), colour in COLOURS.items():
        await give(rig, kind, name, a_picture(tmp_path, colour))
    await played(rig)
    studio = rig.batch.studio
    sheet = next(one for key, one in (await sheets_of(rig)).items() if key.entity == "TOM")
    gone = await drop_sheet(rig.runtime, studio.user_id, str(studio.project_id), SheetName("person", "Tom"))
    assert [(one.shot_id, one.media) for one in gone.made_from] == [(rig.batch.shots["e"], "image")]
    with pytest.raises(NotFound):
        await rig.runtime.storage.stat(sheet.bucket, sheet.path)
    with pytest.raises(NotFound, match="there is no sheet person/TOM"):
        await drop_sheet(rig.runtime, studio.user_id, str(studio.project_id), SheetName("person", "Tom"))
    assert (await rig.batch.row("e")).image_url


@pytest.mark.parametrize(
    ("kind", "name", "look", "message"),
    [
        ("person", "MIKEY", "", "'MIKEY' is not a person of this screenplay: did you mean MIKE"),
        ("place", "MIKE", "", "'MIKE' is not a place of this screenplay"),
        ("person", "MIKE", "12", "MIKE has no look '12': it has one look alone"),
        ("place", "KITCHEN", "day", "THE KITCHEN has no look 'day': it has night"),
    ],
)
async def test_a_name_that_nobody_has(
    rig: PaidRig, tmp_path: Path, kind: SheetKind, name: str, look: str, message: str
) -> None:
    """The nearest is named, and nothing is kept."""
    with pytest.raises(BadRequest, match=message):
        await give(rig, kind, name, a_picture(tmp_path, (1, 2, 3)), look)
    assert await sheets_of(rig) == {}


async def test_a_sheet_that_fails_stops_its_shots_alone(rig: PaidRig) -> None:
    """They are not paid without it; a retry makes it, then them."""
    await rig.fakes.script(Behaviour(match="ground. Mike", outcome="failure", times=20))
    opened = await rig.open(model=EDIT, sheets="all")
    assert await run_once(rig.runtime, opened.run_id) == "partial"
    assert await rig.batch.statuses() == {
        "a": "failed", "b": "failed", "c": "completed", "d": "completed", "e": "completed",
    }  # fmt: skip
    assert "the sheet of Mike was to be made first" in (await rig.batch.row("a")).failure_reason
    assert await rig.batch.left() == FUNDS - 3 * SHEET - 3 * PICTURE
    await rig.fakes.reset()
    await reopen(rig.runtime, opened.run_id)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    assert set((await rig.batch.statuses()).values()) == {"completed"}
    assert await rig.batch.left() == FUNDS - 4 * SHEET - 5 * PICTURE


@pytest.mark.parametrize(
    "place",
    ["after_intent", "after_send", "after_ack", "before_record", "before_store", "after_store", "before_sheet",
     "before_step_commit", "before_settle_commit"],
)  # fmt: skip
async def test_a_sheet_is_paid_once_wherever_its_process_dies(rig: PaidRig, place: str) -> None:
    """Whoever goes on finds it: one submit and one charge each."""
    run_id = (await rig.open(model=EDIT, sheets="people", shots=(rig.batch.shots["b"],), request_id="one")).run_id
    async with armed(f"{place}@2=raise"):
        status, _ = await run_until_ended(rig.runtime, run_id)
    assert status == "succeeded"
    assert await rig.paid("fal-ai") == 3
    assert await rig.batch.left() == FUNDS - 2 * SHEET - PICTURE
    assert await broken_promises(rig.runtime) == []


async def test_processes_that_are_killed_pay_each_sheet_and_picture_once(
    runtime: Runtime, database_url: str, tmp_path: Path
) -> None:
    """Kill -9 at places of its own, again and again; the next process goes on.

    Each is where all four sheets have been accepted: a submit that is killed on its way is waited for ten minutes.
    """
    async with open_processes(runtime, database_url, tmp_path / "home", open_bible_rig) as (rig, forked):
        run_id = (await rig.open(model=EDIT, sheets="all")).run_id
        for fault in ("after_ack@4", "before_store@1", "after_store@2", "before_sheet@1"):
            assert await forked.execute(run_id, f"{fault}=kill", deadline=60) == -9, fault
        assert await forked.execute(run_id, deadline=60) == 0
        assert set((await rig.batch.statuses()).values()) == {"completed"}
        assert len(await sheets_of(rig)) == 4
        assert await rig.paid("fal-ai") == 9
        assert await rig.batch.left() == FUNDS - 4 * SHEET - 5 * PICTURE
        assert await broken_promises(runtime) == []


async def test_two_batches_at_once_pay_a_sheet_once(rig: PaidRig) -> None:
    """With keys of their own; the second waits for what the first makes."""
    await rig.fakes.script(Behaviour(match="Character sheet", hold="result"))
    shots = (rig.batch.shots["a"],)
    runs = [(await rig.open(model=EDIT, sheets="people", shots=shots, request_id=key)).run_id for key in "xy"]
    playing = [asyncio.create_task(run_once(rig.runtime, run_id)) for run_id in runs]
    await rig.fakes.wait_submit(1, provider="fal-ai")
    await rig.fakes.release()
    async with asyncio.timeout(60):
        assert await asyncio.gather(*playing) == ["succeeded", "succeeded"]
    assert len(await rig.fakes.paid_submits("fal-ai", "Character sheet")) == 1
    assert await rig.batch.left() == FUNDS - SHEET - 2 * PICTURE


async def test_a_sheet_that_comes_after_a_cancel_is_kept_and_paid_once(rig: PaidRig) -> None:
    """Until it comes no other batch asks for it again; then it is the bible's."""
    await rig.fakes.script(Behaviour(match="Character sheet", hold="result", cancel="refused"))
    shots = (rig.batch.shots["a"],)
    run_id = (await rig.open(model=EDIT, sheets="people", shots=shots, request_id="x")).run_id
    playing = asyncio.create_task(run_once(rig.runtime, run_id))
    await rig.fakes.wait_submit(1, provider="fal-ai")
    await cancel(rig.runtime, run_id, rig.batch.studio.user_id)
    rig.runtime.leases.cancel(run_id)
    async with asyncio.timeout(60):
        assert await playing == "canceled"
    with pytest.raises(Conflict, match="the sheet of Mike may have been made"):
        await rig.plan(model=EDIT, sheets="people", shots=shots)
    await rig.fakes.release()
    async with asyncio.timeout(60):
        while not await sheets_of(rig):
            async with rig.runtime.begin() as tx:
                await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
            await recover(rig.runtime)
    assert (await rig.batch.left(), await rig.paid("fal-ai")) == (FUNDS - SHEET, 1)
    await played(rig, shots=shots, sheets="people", request_id="y")
    assert await rig.paid("fal-ai") == 2
    assert await broken_promises(rig.runtime) == []
