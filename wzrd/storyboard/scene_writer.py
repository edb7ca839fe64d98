"""Who writes a scene's shots: the model, streamed; once more for what is missing; then the offline writer."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from wzrd.animatic.provider import write_shots
from wzrd.contracts.breakdown import Breakdown, SceneBreakdown
from wzrd.domain.errors import ProviderError, ProviderFailed
from wzrd.domain.offline import ANIMATIC, choose_target, stand_in_reason
from wzrd.domain.prompts import shots_messages
from wzrd.domain.runs import Lease
from wzrd.domain.shots import SceneBrief, ShotIdea
from wzrd.domain.submission import Target
from wzrd.generation import Fallback, GenerationRequest, generate
from wzrd.models.text_targets import choose_text_target, find_text_model
from wzrd.providers.base import Delta, Progress
from wzrd.runtime.process import Runtime
from wzrd.storyboard.answers import AnswerReader

ROUNDS = 2
"""Questions that an attempt may ask: answers of former attempts are recorded and only replayed."""


@dataclass(frozen=True, slots=True)
class WritingRequest:
    """Request to write `count` shots of the scene, after `earlier` ones and `drafted` ones of this very run.

    `of`: how many the scene is to have in all; 0 if these end it. `breakdown`: the scene's, read with its whole
    `film`; `kept`: a model has read it, or somebody has edited it, and the shots are written from it.
    """

    brief: SceneBrief
    count: int
    earlier: tuple[str, ...] = ()
    drafted: tuple[str, ...] = ()
    of: int = 0
    breakdown: SceneBreakdown | None = None
    film: Breakdown | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A shot, and why the offline writer wrote it (None: the model did)."""

    idea: ShotIdea
    fallback_reason: str | None = None


async def write_missing(runtime: Runtime, lease: Lease, request: WritingRequest) -> AsyncGenerator[Written]:
    """Yield each shot as soon as it is written, exactly `request.count` of them.

    Raises:
        NotConfigured, ProviderError: the model (`WZRD_WRITER_MODEL`) cannot write, and WZRD_OFFLINE=never forbids the
            offline writer.
    """
    if request.count == 0:
        return
    settings = runtime.settings
    if request.kept:
        for idea in _write_by_rule(request, settings.seed):
            yield Written(idea)
        return
    writer = choose_text_target(find_text_model(settings.writer_model), runtime.providers.obstacle)
    obstacle = runtime.providers.obstacle(writer.provider, "text")
    choice = choose_target(writer, offline=settings.offline, obstacle=obstacle)
    reason, left = choice.fallback_reason, request
    if choice.target.provider != ANIMATIC:
        reason = "short_answer"
        for number in range(1, ROUNDS * lease.attempt + 1):
            try:
                async with aclosing(_ask_model(runtime, lease, left, choice.target, number)) as answer:
                    async for idea in answer:
                        left = replace(left, count=left.count - 1, drafted=(*left.drafted, idea.idea))
                        yield Written(idea)
            except ProviderError as error:
                reason = error.code
            if left.count == 0:
                return
        refusal = ProviderFailed(f"{writer.provider} did not write {left.count} of the shots ({reason})")
        reason = stand_in_reason(reason, offline=settings.offline, refusal=refusal)
    for idea in _write_by_rule(left, settings.seed):
        yield Written(idea, reason)


def _write_by_rule(left: WritingRequest, seed: int) -> list[ShotIdea]:
    """The shots that are left, from the scene's beats."""
    return write_shots(
        left.brief,
        left.count,
        seed=seed,
        previous=(*left.earlier, *left.drafted),
        breakdown=left.breakdown,
        film=left.film,
        of=left.of,
    )


async def _ask_model(
    runtime: Runtime, lease: Lease, left: WritingRequest, target: Target, number: int
) -> AsyncGenerator[ShotIdea]:
    """One question to the model. A recorded answer may come again after a resume: what is drafted is passed over."""
    known, missing = set(left.drafted), left.count
    messages = shots_messages(left.brief, left.count, (*left.earlier, *left.drafted), of=left.of)
    request = GenerationRequest(
        item_key=f"writer/{number}", target=target, media_type="text", inputs={"messages": messages, "json": True}
    )
    reader, heard = AnswerReader(), False
    async with aclosing(generate(runtime, lease, request)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Delta):
                heard, ideas = True, reader.feed(chunk.text)
            elif isinstance(chunk, Progress | Fallback):
                continue
            else:  # a replayed answer comes without deltas
                ideas = [*([] if heard else reader.feed(chunk.output.text or "")), *reader.finish()]
            for idea in ideas:
                if missing and idea.idea not in known:
                    known.add(idea.idea)
                    missing -= 1
                    yield idea
