"""Voices that a request leaves to the film (`auto`): chosen by register, the same in all of its clips and cuts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from wzrd.contracts.director_cut import CastVoice
from wzrd.db.runs import RunRow, find_latest_run
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.ids import parse_uuid
from wzrd.domain.names import voice_key
from wzrd.domain.speech import AUTO, SPEECH
from wzrd.domain.storyboard import Storyboard
from wzrd.generation.voices import EVERYBODY
from wzrd.language.dialogue import Dialogue, dialogue_of
from wzrd.language.voice_choice import choose_voices, read_voices
from wzrd.models.sounds import PROVIDER
from wzrd.runtime.process import Runtime
from wzrd.threads import in_reading_thread

_KINDS = (("director-cut", None), ("auto-generate", "videos"))
"""Kinds of run, and their phase, that speak in a film; the latter's voices are the clips'."""


class VoiceCatalog(Protocol):
    """A provider that tells its voices."""

    async def list_voices(self) -> list[Mapping[str, Any]]:
        """The voices of the account."""
        ...


@dataclass(frozen=True, slots=True)
class SettledVoices:
    """Voice ids by name as a request means them, and who was cast by register."""

    by_name: Mapping[str, str]
    cast: tuple[CastVoice, ...] = ()


async def settle_voices(
    runtime: Runtime, project_id: str | None, asked: Mapping[str, str] | None, *, user_id: Any
) -> SettledVoices:
    """The voices of a request, `auto` ones chosen; as they are where nobody can be asked, or there is no project.

    Raises:
        ProviderError: the voices cannot be listed.
    """
    asked, found = asked or {}, parse_uuid(project_id)
    if AUTO not in asked.values() or found is None or runtime.providers.obstacle(PROVIDER, "audio") is not None:
        return SettledVoices(asked)
    async with runtime.begin() as tx:
        storyboard = await read_storyboard(tx, found, user_id=user_id)
        runs = [await find_latest_run(tx, kind, found, phase=phase) for kind, phase in _KINDS]
    if storyboard is None:
        return SettledVoices(asked)
    former = _former_voices(run for run in runs if run is not None)
    former |= {voice_key(name): voice for name, voice in asked.items() if voice != AUTO and name.strip() != EVERYBODY}
    dialogue = await in_reading_thread(dialogue_of, storyboard)
    voices = read_voices(await cast("VoiceCatalog", runtime.providers.find(PROVIDER, "audio")).list_voices())
    chosen = choose_voices(_speakers(dialogue, storyboard), dialogue.register, voices, former)
    return _settle(asked, chosen, {one.voice_id: one.name for one in voices})


def _former_voices(runs: Iterable[RunRow]) -> dict[str, str]:
    """Who had which voice in these runs, the last of them first; the narrator under the empty name."""
    found: dict[str, str] = {}
    for run in runs:
        kept: Mapping[str, str] = run.params.get(SPEECH, {}).get("voices", {}).get("byName") or {}
        said: Mapping[str, str] = kept or run.params.get("voices") or {}
        found |= {name: voice for name, voice in said.items() if voice and voice != AUTO}
    return {**found, "": found.get(EVERYBODY, "")}


def _settle(asked: Mapping[str, str], chosen: Mapping[str, str], names: Mapping[str, str]) -> SettledVoices:
    given = {voice_key(name) for name in asked if name.strip() != EVERYBODY}
    by_name = {name: voice for name, voice in asked.items() if voice != AUTO}
    cast_now: dict[str, str] = {}
    for name, voice in asked.items():
        if voice == AUTO and name.strip() == EVERYBODY:
            cast_now |= {key or EVERYBODY: one for key, one in chosen.items() if key not in given}
        elif voice == AUTO:
            cast_now[name] = chosen.get(voice_key(name), AUTO)  # nobody of that name: refused with the nearest
    told = (CastVoice(character=key, voice_id=one, name=names.get(one, "")) for key, one in cast_now.items())
    return SettledVoices(by_name | cast_now, tuple(told))


def _speakers(dialogue: Dialogue, storyboard: Storyboard) -> list[str]:
    """Of each line of the film its speaker, scenes without shots included."""
    lines = [line for spoken in dialogue.lines.values() for line in spoken]
    lines += [line for scene in storyboard.scenes if not scene.shots for line in scene.brief.dialogue]
    return [voice_key(line.character) for line in lines]
