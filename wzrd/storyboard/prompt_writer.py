"""A shot's visual prompt: by the project's text model, else by rule on this machine."""

from contextlib import aclosing
from dataclasses import dataclass

from wzrd.domain.auto_generate import prompt_key
from wzrd.domain.errors import ProviderError, ProviderFailed
from wzrd.domain.lease import Lease
from wzrd.domain.offline import stand_in_reason
from wzrd.domain.prompts import visual_prompt
from wzrd.domain.storyboard import StoryboardScene, StoryboardShot, idea_of
from wzrd.generation import Generated, GenerationRequest, Own, generate
from wzrd.models.visual_prompts import PromptChoice, prompt_inputs, read_prompt
from wzrd.runtime.process import Runtime


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
            made = await _ask(runtime, lease, request)
            if text := read_prompt(made.output.text):
                return WrittenPrompt(text, str(made.target))
            raise ProviderFailed(f"{choice.target} answered without any words")
        except ProviderError as error:
            refusal = error if isinstance(error, ProviderFailed) else ProviderFailed(error.message)
            reason = stand_in_reason(error.code, offline=runtime.settings.offline, refusal=refusal)
    return WrittenPrompt(visual_prompt(idea, scene.brief, before), None, reason)


async def _ask(runtime: Runtime, lease: Lease, request: GenerationRequest) -> Generated:
    async with aclosing(generate(runtime, lease, request)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Generated):
                return chunk
    raise ProviderFailed(f"{request.target} ended without a result")
