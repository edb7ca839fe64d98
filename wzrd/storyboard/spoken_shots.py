"""A shot's lines in paid voices: each spoken once, found again by words, voice and model; then one take.

A line that its voice does not speak has the scratch voice, and the reason is told. Nothing is charged here: the step
that delivers the take pays for its lines (`Spoken.keys`).
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from wzrd.assets.content_cache import TAKE, Asset, Maker, cache_key, make_once
from wzrd.db.run_leases import fence
from wzrd.domain.breaths import spread_words
from wzrd.domain.errors import InsufficientCredits, NotConfigured, RunStopped, WzrdError
from wzrd.domain.film import Caption
from wzrd.domain.offline import describe_obstacle, stand_in_reason
from wzrd.domain.pacing import blocks_of, pause_before
from wzrd.domain.runs import Lease
from wzrd.domain.shots import Line
from wzrd.domain.submission import Target
from wzrd.generation import GenerationRequest, Own
from wzrd.generation.holds import hold_parts
from wzrd.generation.outputs import KeptOutput, MadeOutput, OutputJob, make_output
from wzrd.generation.spoken_lines import line_place, make_line
from wzrd.language.shots.captions import speaker_labels, spread
from wzrd.language.sound.casting import Voice
from wzrd.media.wav import join_sounds
from wzrd.models.catalog import load_catalog
from wzrd.models.sounds import PROVIDER, SPEECH, SpokenWord, captions_of, read_timed
from wzrd.models.voices import PaidVoices, recipe_of
from wzrd.providers.base import Output
from wzrd.retry import retry_local_work
from wzrd.runs.execute import run_together
from wzrd.runtime.process import Runtime
from wzrd.storyboard import takes
from wzrd.threads import in_thread

log = logging.getLogger(__name__)

JOIN = "join-2"
"""Enters the names of joined takes: changed whenever they would become other bytes."""


@dataclass(frozen=True, slots=True)
class LinesToSpeak:
    """Lines that are to be spoken for an item, in their order; `cast`: the scratch voices."""

    lines: tuple[Line, ...]
    voices: PaidVoices
    cast: Mapping[str, Voice]
    item_key: str


@dataclass(frozen=True, slots=True)
class LineSound:
    """A line within a take: its own file, and the second at which it begins. `is_paid`: its voice speaks it.

    `words`: when each is said, from the line's own start.
    """

    bucket: str
    path: str
    sha256: str
    start: float
    is_paid: bool
    words: tuple[Caption, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A shot's voice: its file, seconds, and captions (start, end, words). `lines`: each line's own part of it.

    `keys` name its paid lines, `failed` tells by a line's index why the scratch voice has it instead.
    """

    asset: Asset
    captions: tuple[tuple[float, float, str], ...]
    lines: tuple[LineSound, ...] = ()
    keys: tuple[str, ...] = ()
    failed: Mapping[int, WzrdError] = field(default_factory=dict[int, WzrdError])

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return float(self.asset.facts["seconds"])


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line as sound: its file, and what is read while it is heard, from its own start."""

    asset: Asset
    captions: Sequence[Caption]


async def speak_lines(runtime: Runtime, lease: Lease, speech: LinesToSpeak) -> Spoken:
    """Sound of lines of which at least one has a paid voice.

    Raises:
        MediaFailed, StorageFull: not even the scratch voice could be had, or kept.
        LeaseLost, CancelRequested: the run may not go on here.
    """
    wanted = speech.voices.lines_of(speech.lines)
    refused = await _hold(runtime, lease, speech, [inputs for inputs in wanted if inputs])
    said = await run_together(
        _speak(runtime, lease, speech.voices.price, f"{speech.item_key}#{at}", inputs, refused)
        for at, inputs in enumerate(wanted, 1)
    )
    paid = {at: one for at, one in enumerate(said) if isinstance(one, Asset)}
    failed = {at: one for at, one in enumerate(said) if isinstance(one, WzrdError)}
    if not paid:
        take = await takes.record_take(runtime, lease.user_id, speech.lines, speech.cast)
        shown = tuple((one.start, one.end, one.text) for one in takes.captions_of(take))
        return Spoken(take, shown, failed=failed)
    keys = tuple(dict.fromkeys(asset.key for asset in paid.values()))
    return replace(await _take(runtime, lease, speech, paid), keys=keys, failed=failed)


async def _hold(
    runtime: Runtime, lease: Lease, speech: LinesToSpeak, wanted: Sequence[Mapping[str, str]]
) -> InsufficientCredits | None:
    """See that what is still to be paid is held; what was found when the run began may be gone since."""
    keys = [cache_key(lease.user_id, recipe_of(inputs)) for inputs in wanted]
    try:
        async with runtime.begin() as tx:
            await fence(tx, lease)
            await hold_parts(tx, lease, speech.item_key, Own(speech.voices.price, "audio", deferred=True), keys)
    except InsufficientCredits as error:
        return error
    return None


async def _speak(
    runtime: Runtime,
    lease: Lease,
    price: int,
    key: str,
    inputs: Mapping[str, str] | None,
    refused: InsufficientCredits | None,
) -> Asset | WzrdError | None:
    """One line as WAV with its words' times, found or made now; an error where it can't be had; None: not paid."""
    if inputs is None:
        return None
    if refused is not None:
        return refused
    once = partial(_line, runtime, lease, price, key, inputs)
    try:
        return await retry_local_work(log, key, once)
    except RunStopped:
        raise
    except WzrdError as error:
        log.warning("%s: %s; the scratch voice speaks it", key, error.message)
        return error


async def _line(runtime: Runtime, lease: Lease, price: int, key: str, inputs: Mapping[str, str]) -> Asset:
    async def speak() -> tuple[KeptOutput, Output]:
        made = await _generate(runtime, lease, key, inputs)
        return made, made.generated.output

    maker = Maker(lease, key.rpartition("#")[0])
    return await make_line(runtime, lease.user_id, inputs, price, speak, maker=maker)


async def _generate(runtime: Runtime, lease: Lease, key: str, inputs: Mapping[str, str]) -> MadeOutput:
    """The line by its voice.

    Raises:
        NotConfigured: the provider can no longer be asked from here.
        as `make_output`.
    """
    obstacle = runtime.providers.obstacle(PROVIDER, "audio")
    if reason := stand_in_reason(obstacle, offline=runtime.settings.offline):
        raise NotConfigured(describe_obstacle(reason), provider=PROVIDER, reason=reason)
    model = load_catalog().models[SPEECH]
    target = Target(model.provider, model.endpoint_id)
    request = GenerationRequest(key, target, inputs, media_type="audio")
    job = OutputJob(request, line_place(lease.user_id, lease.run_id, key))
    made = await make_output(runtime, lease, job, lambda _chunk: None)
    if made.generated.target != target:  # its key went away this moment: what came is no voice of theirs
        raise NotConfigured(describe_obstacle(made.generated.fallback_reason or ""), provider=PROVIDER)
    return made


async def _take(runtime: Runtime, lease: Lease, speech: LinesToSpeak, paid: Mapping[int, Asset]) -> Spoken:
    """All lines one after another, with the pauses of a scratch take; dual ones at once."""
    pieces, lines = await _pieces(runtime, lease, speech, paid), speech.lines
    assets: list[Asset] = []
    pauses: list[float | None] = []
    within: list[tuple[int, float]] = []  # of each line: its column, and where in that it begins
    for block in blocks_of(lines):
        for column in filter(None, (block.lines, block.at_once)):
            apart = [pause_before(lines[at], lines[at - 1]) for at in column[1:]]
            joined = await _join(runtime, lease, [pieces[at].asset for at in column], apart)
            starts = joined.facts.get("starts", [0.0]) if len(column) > 1 else [0.0]
            within += [(len(assets), start) for start in starts]
            first = column.start
            before = None if column == block.at_once else pause_before(lines[first], lines[first - 1])
            pauses += [before] if assets else []
            assets.append(joined)
    joined = await _join(runtime, lease, assets, pauses)
    columns = joined.facts.get("starts", [0.0]) if len(assets) > 1 else [0.0]
    begins = [columns[column] + start for column, start in within]
    captions = tuple(
        (start + one.start, start + one.end, one.text)
        for start, piece in zip(begins, pieces, strict=True)
        for one in piece.captions
    )
    parts = tuple(
        LineSound(
            piece.asset.bucket, piece.asset.path, piece.asset.sha256, start, at in paid, words_of(line, piece.asset)
        )
        for at, (start, piece, line) in enumerate(zip(begins, pieces, lines, strict=True))
    )
    return Spoken(joined, captions, parts)


async def _pieces(runtime: Runtime, lease: Lease, speech: LinesToSpeak, paid: Mapping[int, Asset]) -> list[_Piece]:
    """Each line's own sound, in its paid or its scratch voice."""
    pieces: list[_Piece] = []
    labels = speaker_labels(speech.lines)
    for at, line in enumerate(speech.lines):
        asset = paid.get(at) or await takes.record_take(runtime, lease.user_id, (line,), speech.cast)
        shown = list(_captions(line, asset) if at in paid else takes.captions_of(asset))
        shown[:1] = [replace(one, text=labels[at] + one.text) for one in shown[:1]]
        pieces.append(_Piece(asset, shown))
    return pieces


def _captions(line: Line, asset: Asset) -> Sequence[Caption]:
    """The words at the times that were told with them, within the sound; where none were, over all of it."""
    words = [SpokenWord(one.text, one.start, one.end) for one in read_timed(asset.facts)]
    return captions_of(words) or spread(line.text, float(asset.facts["seconds"]))


def words_of(line: Line, asset: Asset) -> tuple[Caption, ...]:
    """When each word of a line is said in its sound: as its voice has told, else spread over it."""
    return read_timed(asset.facts) or tuple(spread_words(line.text, 0.0, float(asset.facts["seconds"])))


async def _join(runtime: Runtime, lease: Lease, parts: Sequence[Asset], pauses: Sequence[float | None]) -> Asset:
    if len(parts) == 1:
        return parts[0]
    cache_inputs = {"tool": "join", "version": JOIN, "of": [one.sha256 for one in parts], "pauses": list(pauses)}

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as opened:
            local = [await opened.enter_async_context(runtime.storage.local(one.bucket, one.path)) for one in parts]
            starts, seconds = await in_thread(join_sounds, local, pauses, out)
        return {"seconds": seconds, "starts": starts}

    return await make_once(runtime, lease.user_id, cache_inputs, TAKE, make)


def fallback_reason(error: WzrdError) -> dict[str, str]:
    """A code as `wzrd.domain.offline` has it, and words: why the scratch voice has a line."""
    return {"fallbackReason": str(error.details.get("reason") or error.code), "reason": error.message[:500]}
