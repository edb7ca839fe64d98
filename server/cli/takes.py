"""`wzrd takes`, `choose`, `remake`, `approve`, `reject`: the takes of a project's shots, and their approval."""

import re
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from uuid import UUID

from cyclopts import Parameter

from server.cli import DONE, FAILED, UsageError
from server.cli.board import plural
from server.cli.budget import NO_BUDGET, Budget, BudgetOption, UnpricedOption
from server.cli.caller import CommandFailed, JsonOption, ProjectName, ShotNames, UserOption, calling, identify
from server.cli.film.speech import read_voice_options
from server.cli.remaking import describe_price, tell_clips
from server.cli.shots import find_project
from wzrd.client import UnifiedGenerationService
from wzrd.contracts.takes import TakeView
from wzrd.contracts.wire import dumps
from wzrd.domain.refusals import REFUSAL, UNSAID, describe_refusal

NAMES = {"image": "picture", "video": "clip", "audio": "voice"}
"""Media of takes as a person calls them."""
EveryPicture = Annotated[bool, Parameter(name="--all", negative=(), help="Every shot that has a picture.")]
_SHOT = re.compile(r"(\d{1,6})\.(\d{1,6})")
_TAKE = re.compile(rf"({'|'.join(NAMES.values())})-(\d{{1,6}})")


@dataclass(frozen=True, slots=True)
class _Project:
    """A project of the caller's, and its shots by scene number and shot number, as people name them: `3.2`."""

    project_id: UUID
    shots: dict[tuple[int, int], UUID]

    def find(self, names: Sequence[str]) -> list[UUID]:
        """The shots that are named.

        Raises:
            UsageError: one is no scene's and shot's number.
            CommandFailed: there is no such shot.
        """
        found: list[UUID] = []
        for name in names:
            if (match := _SHOT.fullmatch(name)) is None:
                raise UsageError(f"{name!r} names no shot", remedy="say scene and shot, for example 3.2")
            shot_id = self.shots.get((int(match[1]), int(match[2])))
            if shot_id is None:
                raise CommandFailed(f"the project has no shot {name}", remedy="`wzrd takes PROJECT` lists those it has")
            found.append(shot_id)
        return found


@asynccontextmanager
async def _opened(project: str, user: str | None) -> AsyncGenerator[tuple[UnifiedGenerationService, _Project]]:
    async with calling(await identify(user)) as client:
        project_id, _ = await find_project(client, project)
        scenes = (await client.scenes(project_id)).scenes
        shots = {(scene.number or 0, shot.number or 0): shot.id for scene in scenes for shot in scene.shots}
        yield client, _Project(project_id, shots)


async def takes(
    project: ProjectName, *shots: ShotNames, user: UserOption = None, json_output: JsonOption = False
) -> int:
    """List the takes of a project's shots: pictures, clips and voices; the chosen ones have a star."""
    async with _opened(project, user) as (client, own):
        wanted = own.find(shots)
        found = await client.takes(own.project_id)
    for take in found:
        if not wanted or take.shot_id in wanted:
            print(dumps(take.wire()).decode() if json_output else _line(take), flush=True)
    if not found:
        print("nothing is made of its shots yet: `wzrd film` makes it", file=sys.stderr)
    return DONE


def _line(take: TakeView) -> str:
    shot = f"{take.scene_number or 0}.{take.shot_number or 0}"
    name = f"{NAMES[take.media]}-{take.number}{' *' if take.chosen else ''}"
    price = plural(take.credits, "credit") if take.credits is not None else ""
    words = [f"{shot:<7}{name:<13}{take.verdict or '':<10}", take.model or "brought", price]
    words += [f"“{take.note}”"] if take.note else []
    return "  ".join(filter(None, [*words, take.url]))


async def choose(project: ProjectName, shot: str, take: str, *, user: UserOption = None) -> int:
    """Choose a take: its shot shows it from now on. To undo that, choose the former one.

    That costs nothing; what a clip of another picture costs is told.

    Args:
        shot: Scene and number: 3.2.
        take: Medium and number, as `wzrd takes` lists them: picture-2, clip-1, voice-1.
    """
    if (match := _TAKE.fullmatch(take)) is None:
        raise UsageError(f"{take!r} names no take", remedy="for example picture-2, clip-1 or voice-1")
    async with _opened(project, user) as (client, own):
        (shot_id,) = own.find([shot])
        found = await client.takes(own.project_id, shot_id)
        meant = next((one for one in found if (NAMES[one.media], one.number) == (match[1], int(match[2]))), None)
        if meant is None:
            raise CommandFailed(f"shot {shot} has no {take}", remedy=f"see `wzrd takes {project} {shot}`")
        is_still = meant.media == "image" and not meant.chosen
        if is_still:
            await tell_clips(client, own.project_id, [shot_id], f"wzrd remake {project} {shot} --clip")
        await client.choose_take(own.project_id, meant.id)
    note = "; it is to be approved anew" if is_still else ""
    print(f"shot {shot} has {take}{note}")
    return DONE


async def remake(
    project: ProjectName,
    *shots: ShotNames,
    note: str = "",
    model: str | None = None,
    clip: bool = False,
    voice: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),
    lips: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),
    plan_only: Annotated[bool, Parameter(name="--plan", negative=())] = False,
    budget: BudgetOption = NO_BUDGET,
    unpriced: UnpricedOption = (),
    soften: bool = True,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """Make one more take of shots, and choose it; what they had is kept. The price is told first.

    Args:
        note: What they are to show besides: "she holds the crayon".
        model: An id of the catalog, or `animatic`; without it the one that made what the first of them has.
        clip: The clip, and not the picture.
        voice: Who speaks in the clip, as `wzrd film` has it; without it the scratch voice.
        lips: Who may make people be seen speaking in it: `auto`, or a model's id.
        plan_only: Only tell the price.
        soften: Send a prompt that a vendor refuses by its words once more in milder ones, and say so.
    """
    if not shots:
        raise UsageError("name the shots that are to be made again", remedy="for example 3.2")
    phase = "videos" if clip else "images"
    speech: dict[str, Any] = {"voices": read_voice_options(voice), "lips": lips}
    async with _opened(project, user) as (client, own):
        wanted = own.find(shots)
        plan = await client.plan_auto_generate(own.project_id, phase, model=model, shots=wanted, note=note, **speech)
        print(describe_price([plan]), file=sys.stderr)
        if not clip:
            await tell_clips(client, own.project_id, wanted, f"wzrd remake {project} {' '.join(shots)} --clip")
        if plan_only:
            return DONE
        order: dict[str, Any] = {
            "model": model,
            "max_credits": budget.credits,
            "note": note,
            "soften": soften,
            **speech,
        }
        budget = replace(budget, unpriced=unpriced)
        return await make_again(client, own.project_id, phase, wanted, budget, as_json=json_output, **order)


async def make_again(
    client: UnifiedGenerationService,
    project_id: UUID,
    phase: str,
    shots: Sequence[UUID],
    budget: Budget,
    *,
    as_json: bool,
    **order: Any,
) -> int:
    """Have shots made once more, within the budget's dollars, and tell each one's end; the exit code."""
    unpriced = budget.unpriced if budget.max_usd else ()
    order |= {"max_usd": budget.max_usd, "allow_unpriced": unpriced, "shots": shots}
    answer = await client.auto_generate(project_id, phase, **order)
    if answer.awaiting_approval:
        print(f"{plural(answer.awaiting_approval, 'still')} to be approved first", file=sys.stderr)
    code = FAILED
    async with aclosing(client.follow(answer.run_id)) as events:
        async for event in events:
            if as_json:
                told = {"event": event.name, "runId": str(answer.run_id), "data": event.data}
                print(dumps(told).decode(), flush=True)
            elif event.name == "shot" and event.data.get("status") in {"completed", "failed", "skipped"}:
                print(f"{event.data['status']}: {event.data.get('url') or event.data.get('error')}", flush=True)
                if facts := event.data.get(REFUSAL):
                    print(f"  refused: {describe_refusal(facts) or UNSAID}", flush=True)
                if softened := event.data.get("softened"):
                    print(f"  its prompt was refused, and softened: {'; '.join(softened)}", flush=True)
            if event.name == "complete":
                code = DONE if event.data.get("status") == "succeeded" else FAILED
    return code


async def approve(
    project: ProjectName,
    *shots: ShotNames,
    all_: EveryPicture = False,
    lock: Annotated[bool | None, Parameter(negative="--unlock")] = None,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """Approve the pictures of shots: clips that wait for them begin.

    Args:
        lock: Batches leave these shots as they are from now on; `--unlock`: no longer.
    """
    return await _judge("approved", project, shots, everything=all_, lock=lock, user=user, as_json=json_output)


async def reject(
    project: ProjectName,
    *shots: ShotNames,
    all_: EveryPicture = False,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """Reject the pictures of shots: where approval is asked for, no clip is made of them."""
    return await _judge("rejected", project, shots, everything=all_, lock=None, user=user, as_json=json_output)


async def _judge(
    verdict: Literal["approved", "rejected"],
    project: str,
    shots: Sequence[str],
    *,
    everything: bool,
    lock: bool | None,
    user: str | None,
    as_json: bool,
) -> int:
    if bool(shots) == everything:
        raise UsageError("name shots, or say --all", remedy=f"for example `wzrd approve {project} 3.2`")
    async with _opened(project, user) as (client, own):
        wanted = None if everything else own.find(shots)
        answer = await client.judge(own.project_id, wanted, verdict, lock=lock)
    if as_json:
        print(dumps(answer.wire()).decode())
    else:
        print(f"{verdict} {plural(len(answer.shots), 'picture')}; {answer.awaiting} not approved")
    if answer.run_id is not None:
        print(f"clips begin: `wzrd events {str(answer.run_id)[:8]} --follow`", file=sys.stderr)
    if answer.not_started is not None:
        print(f"the clips were not begun: {answer.not_started}", file=sys.stderr)
        return FAILED
    return DONE
