"""A shot's visual prompt, by the project's text model or by rule: a generation of its own."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from wzrd.db.engine import Tx
from wzrd.db.projects import lock_project
from wzrd.db.shots import find_open_prompt, find_project_of_shot, is_there
from wzrd.db.storyboards import read_models, read_storyboard
from wzrd.domain.errors import NotFound
from wzrd.domain.ids import parse_uuid
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.prompts import visual_prompt
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot, idea_of
from wzrd.domain.submission import Target
from wzrd.models.text_targets import WRITER, find_text_model
from wzrd.models.visual_prompts import DEFAULT_MODEL, choose_prompt_writer, prompt_inputs
from wzrd.operations.generate import GenerateParams, new_generation
from wzrd.operations.inline import InlineRuns, OpenedRun
from wzrd.operations.output_job import Chosen
from wzrd.operations.shots.rows import FUNCTION
from wzrd.providers.base import Output
from wzrd.runs.start import start_in
from wzrd.runtime.process import Runtime

NO_SHOT = "Shot not found"


@dataclass(frozen=True, slots=True)
class PromptWork:
    """A shot whose prompt is to be written: its project, who writes, what the model gets, what the rule says."""

    project_id: UUID
    shot_id: UUID
    model: str
    chosen: Chosen
    inputs: dict[str, Any]
    by_rule: str


async def plan_prompt(runtime: Runtime, user_id: UUID, shot_id: str) -> PromptWork:
    """Plan what is to be written and by whom; nothing is held.

    Raises:
        NotFound: there is no such shot, or it is somebody else's.
        BadRequest, NotConfigured: as `choose_prompt_writer`.
    """
    wanted = parse_uuid(shot_id)
    async with runtime.begin() as tx:
        project_id = await find_project_of_shot(tx, wanted, user_id=user_id) if wanted else None
        storyboard = await read_storyboard(tx, project_id, user_id=user_id) if project_id else None
        models = await read_models(tx, project_id) if project_id else {}
    found = storyboard.find(wanted) if storyboard and wanted else None
    if storyboard is None or found is None or project_id is None:
        raise NotFound(NO_SHOT)
    return _work(runtime, storyboard, *found, models.get("prompt", ""))


def _work(
    runtime: Runtime, storyboard: Storyboard, scene: StoryboardScene, shot: StoryboardShot, model: str
) -> PromptWork:
    choice = choose_prompt_writer(model or None, offline=runtime.settings.offline, obstacle=runtime.providers.obstacle)
    before = next((one for one in reversed(scene.shots[: scene.shots.index(shot)])), None)
    idea, previous = idea_of(shot), idea_of(before) if before is not None else None
    asked = (model or DEFAULT_MODEL).strip()
    if choice.target is None:
        chosen = Chosen(Target(ANIMATIC, ANIMATIC), WRITER, asked, "text", 0, 1, choice.fallback_reason)
    else:
        chosen = Chosen(choice.target, find_text_model(asked).id, asked, "text", choice.credits)
    inputs = {**prompt_inputs(scene.brief, idea, previous), "stream": False}
    by_rule = visual_prompt(idea, scene.brief, previous)
    return PromptWork(storyboard.project_id, shot.shot_id, asked, chosen, inputs, by_rule)


async def find_work_to_join(tx: Tx, work: PromptWork) -> UUID | None:
    """The open run that writes this very prompt, under the project's lock: two at once are one.

    Not under the shot's: who holds an account writes shots, and this transaction takes the account next.

    Raises:
        NotFound: the shot was deleted meanwhile.
    """
    await lock_project(tx, work.project_id, user_id=None)
    if not await is_there(tx, work.shot_id):
        raise NotFound(NO_SHOT)
    return await find_open_prompt(tx, work.project_id, work.shot_id, FUNCTION)


async def open_prompt(inline: InlineRuns, runtime: Runtime, work: PromptWork, params: GenerateParams) -> OpenedRun:
    """Have the prompt written, or join the run that writes it: of this request id, without one any open one.

    Raises:
        NotFound: the shot was deleted meanwhile.
        Conflict, InsufficientCredits, TooMany: as `InlineRuns.open`.
    """
    new = await new_generation(runtime, params)
    inputs = new.identity["inputs"]  # they follow from the storyboard: the same request when it has changed since
    new = replace(new, identity={**new.identity, "inputs": {}}, extra={**new.extra, "inputs": inputs})

    async def write() -> Output:
        return Output(text=work.by_rule, cost_usd=0.0, raw={"finish_reason": "stop"})

    run = inline.prepare(new, write)
    async with runtime.begin() as tx:
        other = await find_work_to_join(tx, work)
        if other is not None and params.request_id is None:
            return inline.find(other)
        started = await start_in(runtime, tx, run.new)
    return inline.execute(run, started)
