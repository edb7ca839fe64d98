"""A shot's visual prompt, by the project's text model or by rule: written within the step that makes its picture."""

from dataclasses import dataclass, replace

from wzrd.db.engine import mirrored
from wzrd.db.shot_assets import write_prompt_version
from wzrd.db.shots import mark_generating, write_prompt
from wzrd.domain.auto_generate import prompt_key
from wzrd.domain.errors import ProviderError, ProviderFailed
from wzrd.domain.ids import derive
from wzrd.domain.offline import stand_in_reason
from wzrd.domain.prompts import visual_prompt
from wzrd.domain.runs import Lease
from wzrd.domain.storyboard import StoryboardScene, StoryboardShot, idea_of
from wzrd.faults import fault
from wzrd.generation import GenerationRequest, Own, generate_whole
from wzrd.models.visual_prompts import PromptChoice, prompt_inputs, read_prompt, read_prompt_choice
from wzrd.runs.attempt_holds import settle_item
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime
from wzrd.storyboard.batch.items import ItemContext


@dataclass(frozen=True, slots=True)
class WrittenPrompt:
    """The words; `model` None: by rule, and nothing is to be paid. `fallback_reason`: why no model wrote them."""

    text: str
    model: str | None = None
    fallback_reason: str | None = None


async def write_visual_prompt(
    runtime: Runtime,
    lease: Lease,
    choice: PromptChoice,
    scene: StoryboardScene,
    shot: StoryboardShot,
    previous: StoryboardShot | None,
) -> WrittenPrompt:
    """The visual prompt of a shot that has none. The hold of a model's words stands until they are delivered.

    Raises:
        InsufficientCredits: its hold was refused.
        ProviderError: the model failed, and WZRD_OFFLINE=never.
        LeaseLost, CancelRequested: the run may not go on here.
    """
    idea, before = idea_of(shot), idea_of(previous) if previous is not None else None
    reason = choice.fallback_reason
    if choice.target is not None:
        request = GenerationRequest(
            item_key=prompt_key(shot.shot_id),
            target=choice.target,
            inputs=prompt_inputs(scene.brief, idea, before),
            funding=Own(choice.credits, "text", deferred=True),
        )
        try:
            made = await generate_whole(runtime, lease, request)
            if text := read_prompt(made.output.text):
                return WrittenPrompt(text, str(made.target))
            raise ProviderFailed(f"{choice.target} answered without any words")
        except ProviderError as error:
            refusal = error if isinstance(error, ProviderFailed) else ProviderFailed(error.message)
            reason = stand_in_reason(error.code, offline=runtime.settings.offline, refusal=refusal)
    return WrittenPrompt(visual_prompt(idea, scene.brief, before), None, reason)


async def with_prompt(runtime: Runtime, context: ItemContext) -> ItemContext:
    """The shot with a visual prompt, which is written now if it has none and its picture is a model's.

    Raises:
        as `write_visual_prompt`.
    """
    if context.phase != "images" or context.choice.drawn or context.shot.visual_prompt.strip():
        return context
    lease, choice = runtime.leases.current(context.run.run_id), read_prompt_choice(context.run.params.get("prompts"))
    if context.item.price <= context.choice.credits:  # it had its words when the run was priced: nobody pays new ones
        choice = replace(choice, target=None, credits=0)
    before = context.film.before(context.scene, context.shot)
    written = await write_visual_prompt(runtime, lease, choice, context.scene, context.shot, before)
    await fault("before_prompt")
    await _deliver_prompt(runtime, context, written)
    return replace(context, shot=replace(context.shot, visual_prompt=written.text))


async def _deliver_prompt(runtime: Runtime, context: ItemContext, written: WrittenPrompt) -> None:
    """The words in their row, their charge and their event in one commit. Written again they are not charged again."""
    shot_id, project_id = context.shot.shot_id, context.film.storyboard.project_id
    key = prompt_key(shot_id)
    facts = {"model": written.model, "fallbackReason": written.fallback_reason}
    async with step(runtime, runtime.leases.current(context.run.run_id), check_cancel=False) as current:
        reason = written.fallback_reason or "made_for_free"
        await settle_item(current.tx, current.lease, key, charge=written.model is not None, reason=reason)
        async with mirrored(current.tx):
            await write_prompt(current.tx, shot_id, visual_prompt=written.text)
            await mark_generating(current.tx, shot_id, "image")
        async with mirrored(current.tx):
            await write_prompt_version(
                current.tx,
                prompt_id=derive(context.run.run_id, "prompt", key),
                project_id=project_id,
                shot_id=shot_id,
                stage="shot_prompt",
                prompt=written.text,
                metadata={name: value for name, value in facts.items() if value},
            )
        fallback = {"fallbackReason": written.fallback_reason} if written.fallback_reason else {}
        current.emit("shot", context.event("prompted", visualPrompt=written.text, **fallback))
