"""`wzrd film`: a screenplay goes in, a film comes out. Shots, panels, clips and cut, watched; then two files."""

import asyncio
import hashlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from cyclopts import Parameter
from pydantic import TypeAdapter
from rich.text import Text

from server.cli import DONE, FAILED, UsageError
from server.cli.board import plural
from server.cli.breakdown import read_brought
from server.cli.budget import NO_BUDGET, BudgetOption, UnpricedOption
from server.cli.caller import JsonOption, UserOption, calling, identify, integer_between, make_folder
from server.cli.compute.files import PUBLIC
from server.cli.context import read_settings, table_console
from server.cli.film.price import ANIMATIC, FilmModels
from server.cli.film.refused import tell_refused
from server.cli.film.report import print_report, write_report
from server.cli.film.sheets import SheetOptions, give_sheets, read_sheet_options
from server.cli.film.speech import check_lips, describe_voices, read_voice_options
from server.cli.film.spending import WRITER, Spending, in_order, print_spending
from server.cli.film.stages import Production, make_cut, make_media
from server.cli.film.writing import RULES, price_and_read, write_shots
from server.cli.screenplay import describe, read_screenplay
from server.cli.stages import WorkStage, choose_stage_view
from server.cli.up import bring_up
from wzrd.client import UnifiedGenerationService
from wzrd.contracts.breakdown import Breakdown
from wzrd.contracts.spending import SpendingLine
from wzrd.contracts.wire import dumps
from wzrd.domain.money import FREE, read_cost
from wzrd.domain.storyboard import Storyboard
from wzrd.domain.wanted_format import read_wanted

FILM, SHEET = "film.mp4", "storyboard.png"


async def film(
    script: Path,
    *,
    out: Path = Path("out"),
    shots: Annotated[int | None, integer_between(1, 6)] = None,
    model_image: str = ANIMATIC,
    model_video: str = ANIMATIC,
    voice: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),
    lips: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),
    native_sound: Annotated[bool, Parameter(negative=())] = False,
    resolution: str = "",
    fps: float | None = None,
    codec: str = "",
    loudness: float | None = None,
    budget: BudgetOption = NO_BUDGET,
    unpriced: UnpricedOption = (),
    breakdown: Path | None = None,
    reader: Literal["rules", "model", "auto"] | None = None,
    report: Path | None = None,
    media: Annotated[bool, Parameter(negative=())] = False,
    cast: SheetOptions = (),
    place: SheetOptions = (),
    prop: SheetOptions = (),
    sheets: Literal["people", "all", "none"] = "people",
    approve: Annotated[bool, Parameter(negative=())] = False,
    yes: Annotated[bool, Parameter(negative=())] = False,
    soften: bool = True,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """Make a film of a screenplay, and watch: `film.mp4` and `storyboard.png` in a folder.

    What is unchanged since the last time is used again: shots of scenes that read the same, pictures, clips, voices.
    With models or voices that cost, the price is told before anything is made. With clips that cost, and no budget, it
    stops after the pictures: clips are made of approved ones (`wzrd approve`), and the same command goes on.

    Args:
        script: The screenplay (PDF, Fountain, Final Draft, Word …).
        out: The folder, made if it is not there.
        shots: Shots a scene, 1 to 6; without it as many as what happens in it asks for, about a minute a page.
        model_image: Who makes the pictures: an id of the catalog; `animatic` draws them here, for nothing.
        model_video: Who makes the clips: an id of the catalog; `animatic` films them here, for nothing.
        voice: Who speaks: a voice id of ElevenLabs for everybody, or NAME=ID for one; may be repeated. `auto` casts by
            age, gender and tone, `animatic` is the scratch voice, for nothing. Paid clips are as long as their lines.
        lips: Who may make people be seen speaking their paid voices in paid clips: `auto` for the cheapest that can, or
            a model's id; may be repeated. `native`, with --native-sound: the clips' model speaks their lines itself.
        native_sound: Buy clips with their model's own sound, which is heard below voices and beside the music.
        resolution: The film's size: 720p, 1080p, 4k, WIDTHxHEIGHT, or source, which is that of most of its clips.
        fps: Its frames a second: 23.976, 24, 25, 29.97, 30, 50 or 60.
        codec: h264, which plays everywhere, or hevc: its pictures are encoded once more at the end.
        loudness: Its loudness in LUFS: -14, -16, -23 or -24. What is not said of the format is as the last time.
        breakdown: What happens in it, beat by beat, as `wzrd breakdown` writes it, edited or by another hand.
        reader: Who reads the scenes: `rules`, for nothing; the text `model` that writes (WZRD_WRITER_MODEL), at its
            price; `auto`: the model where it can be asked. Without it what WZRD_READER says, else the rules.
        report: A file for what the film is made of, as JSON: people, places, and what was not understood.
        media: The pictures and clips of its shots too, below `shots` in the folder.
        cast: A picture of somebody, NAME=FILE: "MIKE=photo.jpg", and from a later scene on "MIKE@12=coat.jpg"; may be
            repeated. Paid models that take references are sent it for every shot that shows them.
        place: A picture of a place, by day or by night: "KITCHEN=kitchen.jpg", "KITCHEN@night=dark.jpg".
        prop: A picture of a thing: "COIN=coin.png".
        sheets: Whose sheets are made before pictures that are paid, where their model takes references: of people in
            two shots and more, of places and props too (`all`), or none.
        approve: Make clips of approved pictures alone, also where they cost nothing, or a budget covers them.
        yes: Go on to clips that cost without anybody's approval.
        soften: Send a prompt that a vendor refuses by its words once more in milder ones, and say so.
    """
    if approve and yes:
        raise UsageError("--approve asks for an approval, and --yes goes on without one: name one of them")
    budget = replace(budget, unpriced=unpriced)
    voices = read_voice_options(voice)
    models = FilmModels(model_image, model_video, budget, voices, sheets, lips, native_sound, soften)
    check_lips(models.lips, clips=models.video, voices=models.voices)
    given = read_sheet_options(cast=cast, place=place, prop=prop)
    delivery = _delivery(resolution=resolution, fps=fps, codec=codec, loudness=loudness)
    screenplay, content = read_screenplay(script)
    read = read_brought(breakdown, screenplay) if breakdown else None
    folder = make_folder(out)
    await bring_up()
    caller, by = await identify(user), reader or read_settings().reader
    async with calling(caller) as client:
        console = table_console(quiet=json_output)
        order = order_project(content, script, shots, read, by, delivery)
        project_id, state = await ensure_project(client, order)
        headline = Text(screenplay.title, "bold").append(f"  {describe(screenplay)}\n{state}", "dim")
        console.print()
        console.print(headline, soft_wrap=True, end="\n\n" if console.is_terminal else "\n")
        production = Production(client, project_id, order, console, json_output, models, gated=approve)
        await give_sheets(production, given)
        dear = await price_and_read(production, shots, by)
        production.gated = approve or (dear and not yes and budget.is_open)
        code = await produce(production, folder, shots)
        await show_refused(production)
        if not models.free:
            await show_spending(production)
        if code == DONE and media:
            await fetch_shots(production, folder / "shots")
        if code == DONE and production.result:
            print_summary(production, folder, caller.ui_url)
            await show_report(production, report)
    return code


def _delivery(**given: str | float | None) -> dict[str, str | float]:
    """The format that was asked for, as the project's setting keeps it.

    Raises:
        BadRequest: no film can have it.
    """
    read_wanted(given, None, where="--")
    return {name: value for name, value in given.items() if value}


def order_project(
    content: bytes,
    file: Path,
    shots: int | None,
    read: Breakdown | None = None,
    reader: str = RULES,
    delivery: Mapping[str, str | float] | None = None,
) -> dict[str, Any]:
    """Fields of the request that imports the film's project: the same file makes the same project, however often.

    `read`: what happens in it, by another hand; with another breakdown or reader it is another film. What a model reads
    keeps its former shots once that is read. `delivery`: the format of its films from now on, as far as it is said.
    """
    by_hand = [hashlib.sha256(read.model_dump_json().encode()).hexdigest()] if read else []
    by_model = [] if reader == RULES else [reader]
    name = ["film", hashlib.sha256(content).hexdigest(), str(shots or 0), *by_hand, *by_model]
    return {
        "file": content,
        "file_name": file.name,
        "request_id": "/".join(name),
        "breakdown": read,
        "delivery": delivery or {},
        "keep_shots": reader == RULES,
        "shot_count": shots,
    }


async def ensure_project(client: UnifiedGenerationService, order: Mapping[str, Any]) -> tuple[UUID, str]:
    """Import the film's project unless it is there; its id, and what was done, in words."""
    made = await client.import_project(**order)
    kept = f", {plural(made.kept_scenes, 'scene')} as before" if made.kept_scenes else ""
    name = order["file_name"]
    return made.project_id, f"imported from {name}{kept}" if made.created else f"{name}, imported before{kept}"


async def produce(production: Production, folder: Path, shots: int | None) -> int:
    """All stages, one after another; the exit code."""
    if not await write_shots(production, shots):
        return FAILED
    stages = [WorkStage("panels"), WorkStage("clips"), WorkStage("cut", 100, percent=True)]
    try:
        async with choose_stage_view(stages, as_json=production.as_json) as view:
            good = await make_media(production, view, stages[0], "images")
            good = good and await make_media(production, view, stages[1], "videos")
            good = good and (production.awaiting > 0 or await make_cut(production, view, stages[2]))
            if good:
                await fetch_files(production, folder)
            if good and production.awaiting:
                await tell_approval(production, folder)
    except asyncio.CancelledError:
        if production.running:
            going = " ".join(str(run_id)[:8] for run_id in production.running)
            print(f"still being made: {going}; stop one with `wzrd cancel RUN`", file=sys.stderr)
        raise
    return DONE if good else FAILED


async def fetch_files(production: Production, folder: Path) -> None:
    """Film and contact sheet into the folder, each whole or not at all; a film that waits has none yet."""
    if production.result:
        await production.client.download(str(production.result["outputUrl"]), folder / FILM)
    if production.sheet_url:
        await production.client.download(production.sheet_url, folder / SHEET)


async def fetch_shots(production: Production, folder: Path) -> None:
    """The chosen pictures and clips into the folder, by scene and shot: `3.2.mp4`; those that are there stay."""
    make_folder(folder)
    for take in await production.client.takes(production.project_id):
        path = urlsplit(take.url).path
        if take.chosen and take.media != "audio" and path.startswith(PUBLIC):
            name = f"{take.scene_number or 0}.{take.shot_number or 0}{Path(path).suffix}"
            await production.client.download(take.url, folder / name)


async def tell_approval(production: Production, folder: Path) -> None:
    """Say how many clips wait for an approval, what they cost, and how to go on."""
    project, model = str(production.project_id), production.models.video
    speech = production.models.speech_for("videos")
    plan = await production.client.plan_auto_generate(project, "videos", model=model, **speech)
    cost = read_cost(plan.estimated_cost) or FREE
    if production.as_json:
        facts = {
            "projectId": project,
            "awaiting": production.awaiting,
            "model": plan.model,
            "credits": plan.estimated_credits,
            "cost": plan.estimated_cost,
        }
        print(dumps({"stage": "clips", "event": "awaiting_approval", "data": facts}).decode(), flush=True)
        return
    money = f", at its vendors {cost.text()}" if cost.most != 0 else ""
    price = f"{plural(plan.estimated_credits, 'credit')} at most{money}"
    lines = [
        f"{plural(production.awaiting, 'clip')} by {plan.model} awaiting approval: {price}",
        f"  look at {folder / SHEET}" if production.sheet_url else f"  look at `wzrd takes {project[:8]}`",
        f"  wzrd approve {project[:8]} --all  (or shots: 3.2) begins them; the same command then goes on",
        "  the same command with --yes goes on without approval",
    ]
    for line in lines:
        production.console.print(line, soft_wrap=True, markup=False)


async def show_refused(production: Production) -> None:
    """Tell what vendors refused by its content, why, and what may be tried; `--json` has it in the events."""
    if not production.refused or production.as_json:
        return
    scenes = (await production.client.scenes(production.project_id)).scenes
    shots = {str(shot.id): f"{scene.number or 0}.{shot.number or 0}" for scene in scenes for shot in scene.shots}
    for line in tell_refused(production.refused, str(production.project_id)[:8], shots):
        production.console.print(line, style="yellow", soft_wrap=True, markup=False)


async def show_spending(production: Production) -> None:
    """Tell what the film came to by scene: the numbers of its plan beside what was charged and billed."""
    written = [
        SpendingLine(
            scene=scene.number, what="shots", model=WRITER, count=len(scene.shots), credits=scene.charged,
            cost=FREE.wire(), made=scene.ready, charged=scene.charged,
        )
        for scene in production.board.scenes
    ]  # fmt: skip
    others = {*production.paid} - {run_id for scene in production.board.scenes for run_id in scene.runs}
    came_to = await production.client.spending(production.project_id, [*others]) if others else []
    spending = Spending(in_order([*written, *came_to]))
    if production.as_json:
        facts = {"lines": [line.wire() for line in spending.lines]}
        print(dumps({"stage": "spending", "event": "spending", "data": facts}).decode(), flush=True)
    elif spending.shown:
        print_spending(production.console, spending)


async def show_report(production: Production, file: Path | None) -> None:
    """Report what the film is made of, on the terminal and in the file that was asked for."""
    from wzrd.storyboard.report import report_film

    found = await production.client.storyboard(production.project_id)
    storyboard = TypeAdapter(Storyboard).validate_python(found.model_dump())
    models = production.models
    report = report_film(storyboard, drawn=models.image == ANIMATIC, scratch=not models.voices)
    if not production.as_json:
        print_report(production.console, report)
    if file is not None:
        write_report(file, report, credits=production.spent, made_in=round(production.seconds, 1))


def print_summary(production: Production, folder: Path, ui_url: str) -> None:
    """The sum, and where to look."""
    if production.as_json:
        return
    console = production.console
    size = (folder / FILM).stat().st_size / 1e6
    seconds = production.result.get("seconds")
    length = f"{int(seconds) // 60}:{int(seconds) % 60:02d} min, " if isinstance(seconds, int | float) else ""
    line = Text("" if console.is_terminal else "\n").append("✓ ", "green").append(str(folder / FILM), "bold")
    line.append(f"  {length}{size:.1f} MB · made in {production.seconds:.1f} s · {plural(production.spent, 'credit')}")
    console.print(line, soft_wrap=True)
    if message := describe_voices(production.models.voices, production.result):
        console.print(message, soft_wrap=True)
    console.print(Text(f"  {folder / SHEET}  the storyboard", "dim"), soft_wrap=True)
    if ui_url:
        console.print(Text(f"  {ui_url}/runs  every step, in Prefect", "dim"), soft_wrap=True)
    console.print(Text(f"  {production.result['outputUrl']}  plays in a browser", "dim"), soft_wrap=True)
