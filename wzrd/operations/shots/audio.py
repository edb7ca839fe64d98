"""One shot's words, spoken by its own function: found by text, voice and model, joined where under way, or ordered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from wzrd.assets.content_cache import cache_key, find_asset
from wzrd.db.engine import Tx, mirrored
from wzrd.db.node_outputs import find_outputs, store_output
from wzrd.db.projects import lock_project
from wzrd.db.runs import RunRow, find_run
from wzrd.db.shot_work import ShotRef, find_open_work
from wzrd.db.shots import mark_generating, write_made
from wzrd.domain.submission import Target
from wzrd.generation.output_files import OutputFile
from wzrd.models.sounds import SPEECH, translate
from wzrd.operations.generate import ITEM, Chosen, GenerateParams, new_generation
from wzrd.operations.shots.generation import CallForShot, ShotWork, find_shot, refusal_shown
from wzrd.operations.sound_generation import choose_sound
from wzrd.runs.start import start_in
from wzrd.runtime.process import Runtime

FUNCTION = "generate-shot-audio"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotAudioCall(CallForShot):
    """Call for one shot's audio; `settings` are `voiceId` and `modelId`, where they are given."""

    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class SpokenShot:
    """A shot that needs no work: its words were spoken before, or (url None) it has none."""

    shot_id: UUID
    url: str | None


async def start_shot_audio(runtime: Runtime, call: ShotAudioCall) -> ShotWork | SpokenShot:
    """Begin to speak the shot's words, unless that has been done, or is being done, for this text, voice and model.

    Raises:
        NotFound: no such shot of this user.
        BadRequest: as `wzrd.models.sounds.translate`, or as `new_generation`.
        KeyMissing: as `choose_sound`.
        InsufficientCredits: the hold was refused; the shot says so.
        Conflict, TooMany: as `wzrd.runs.start.start`.
    """
    shot = await find_shot(runtime, call)
    text = shot.dialogue.strip() or shot.prompt_idea.strip()
    if not text:
        async with runtime.begin() as tx:
            await write_made(tx, shot.shot_id, "audio", None)
        return SpokenShot(shot.shot_id, None)
    inputs = {"text": text, **call.settings}
    translate(SPEECH, inputs)
    chosen = choose_sound(runtime, SPEECH, inputs)
    key = spoken_key(shot.user_id, chosen.target, inputs)
    async with runtime.begin() as tx:
        noted = await find_outputs(tx, [key])
    if known := await find_asset(runtime, key):
        async with runtime.begin() as tx:
            await write_made(tx, shot.shot_id, "audio", known.url)
        return SpokenShot(shot.shot_id, known.url)
    work = await _begin(runtime, call, shot, inputs, chosen, known=(key, noted))
    return work or await start_shot_audio(runtime, call)


async def _begin(
    runtime: Runtime,
    call: ShotAudioCall,
    shot: ShotRef,
    inputs: Mapping[str, Any],
    chosen: Chosen,
    *,
    known: tuple[str, Mapping[str, Any]],
) -> ShotWork | None:
    """Join the open run or start one; None: another call's run has spoken the words meanwhile.

    `known`: their key, and what was noted under it before (a file that is gone is no reason to wait for another).
    """
    params = GenerateParams(
        user_id=call.user_id,
        project_id=str(shot.project_id),
        request_id=call.request_id,
        function=FUNCTION,
        model=SPEECH,
        media_type="audio",
        inputs=inputs,
        output=call.output.model_copy(update={"count": None, "format": None}),
        metadata=call.metadata,
        max_credits=call.max_credits,
        money=call.money,
        shot_id=shot.shot_id,
        chosen=chosen,
        reference_id=str(shot.shot_id),
    )
    new = await new_generation(runtime, params)
    async with refusal_shown(runtime, shot.shot_id, "audio"), runtime.begin() as tx:
        await lock_project(tx, shot.project_id, user_id=None)  # as every work on its shots begins
        if call.request_id is None and (work := await _open_work(tx, shot, inputs)):
            return work
        key, noted = known
        if call.request_id is None and await find_outputs(tx, [key]) != noted:
            return None  # its run had ended before we looked for an open one
        started = await start_in(runtime, tx, new)
        if started.created:
            async with mirrored(tx):
                await mark_generating(tx, shot.shot_id, "audio")
        return ShotWork(started.run_id, ITEM, shot.shot_id, SPEECH, started.row)


async def _open_work(tx: Tx, shot: ShotRef, inputs: Mapping[str, Any]) -> ShotWork | None:
    """The open run that speaks these very words with this voice; another's would be another sound."""
    work = await find_open_work(tx, shot.project_id, shot.shot_id, "audio")
    run = await find_run(tx, work.run_id) if work is not None else None
    if work is None or run is None or run.params.get("inputs") != dict(inputs):
        return None
    return ShotWork(work.run_id, work.item_key, shot.shot_id, SPEECH)


def spoken_key(user_id: UUID, target: Target, inputs: Mapping[str, Any]) -> str:
    """Cache key of a spoken text: all of the text, the voice, the model, and its user."""
    call = translate(SPEECH, inputs)
    return cache_key(user_id, {"function": FUNCTION, "target": str(target), "path": call.path, **call.body})


async def note_spoken(tx: Tx, runtime: Runtime, run: RunRow, target: Target, file: OutputFile) -> None:
    """The delivered words of a shot are found by whoever of its owner's asks for the same; in the paying commit."""
    location = runtime.storage.locate(file.url)
    if run.params["function"] != FUNCTION or location is None or file.sha256 is None:
        return
    facts = {"content_type": file.content_type, "seconds": file.seconds}
    kept = {"bucket": location[0], "path": location[1], "size": file.size or 0, "sha256": file.sha256, "facts": facts}
    await store_output(tx, spoken_key(run.user_id, target, run.params["inputs"]), run.user_id, kept)
