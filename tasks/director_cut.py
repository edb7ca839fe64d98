"""The steps of Director's Cut: preflight, each voice, effect and visual, score, mix, and the film."""

from uuid import UUID

from prefect.cache_policies import NO_CACHE

from blocks.resolve import runtime_for_process
from tasks.retrying import step_log, step_task
from wzrd.film.cut import rendering, segments, sound
from wzrd.film.cut.items import CutRun, load_run
from wzrd.film.made_segments import Segment


async def _load(run_id: UUID) -> CutRun:
    return await load_run(await runtime_for_process(), run_id, step_log())


@step_task(name="preflight", cache_policy=NO_CACHE)
async def preflight(run_id: UUID) -> str:
    """Lose the visuals whose address cannot be good, before anything is made; returns how many are left, in words.

    Raises:
        NoVisuals: none is left.
    """
    return f"{await segments.preflight(await _load(run_id))} shots left"


@step_task(name="voice", task_run_name="voice of {label}", persist_result=True)
async def record_voice(run_id: UUID, number: int, label: str) -> str:
    """Have what is heard in a visual ready; returns its length in words.

    Raises:
        AssetLost: it could not be had.
    """
    return _length(await segments.record_voice(await _load(run_id), number, label))


@step_task(name="effect", task_run_name="effect {number}", persist_result=True)
async def fetch_effect(run_id: UUID, number: int) -> str:
    """Have an effect ready; returns its length in words.

    Raises:
        AssetLost: it could not be had.
    """
    return _length(await segments.fetch_effect(await _load(run_id), number))


@step_task(name="visual", task_run_name="{label}", persist_result=True)
async def cut_visual(run_id: UUID, number: int, label: str) -> str:
    """Have a visual ready as a house clip, long enough for its voice; returns its length in words.

    Raises:
        AssetLost: it could not be had, and is out of the film.
    """
    return _length(await segments.cut_visual(await _load(run_id), number, label))


def _length(segment: Segment) -> str:
    return f"{segment.seconds:.2f} s"


@step_task(name="score", cache_policy=NO_CACHE)
async def score(run_id: UUID) -> str:
    """Have the bed ready: the project's own music, else one composed for the scenes; returns what is in it.

    Music that cannot be had is left out and recorded. Raises NoVisuals when there is nothing to be scored.
    """
    return f"{await sound.score(await _load(run_id))} pieces of the project's music"


@step_task(name="mix", cache_policy=NO_CACHE)
async def mix(run_id: UUID) -> str:
    """Have the film's sound ready; returns its loudness in words."""
    lufs = await sound.mix(await _load(run_id))
    return "silent" if lufs is None else f"{lufs} LUFS"


@step_task(name="film", cache_policy=NO_CACHE)
async def render_film(run_id: UUID) -> str:
    """Have the film rendered, with its sound and captions; returns its address.

    Raises:
        NoVisuals: there is nothing to be rendered.
    """
    return await rendering.render_film(await _load(run_id))
