"""Voices of a request: whether they can be asked, and `auto` ones, chosen by register for the whole film."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from wzrd.contracts.director_cut import CastVoice
from wzrd.db.runs import RunRow, find_latest_run
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.ids import parse_uuid
from wzrd.domain.names import voice_key
from wzrd.domain.offline import stand_in_reason
from wzrd.domain.speech import AUTO, SPEECH
from wzrd.domain.storyboard import Storyboard
from wzrd.language.sound.dialogue import Dialogue, dialogue_of
from wzrd.language.sound.voice_choice import choose_voices, read_voices
from wzrd.models.catalog import load_catalog, price_of
from wzrd.models.sounds import NO_KEY, PROVIDER, SoundKeyMissing
from wzrd.models.sounds import SPEECH as SPEECH_MODEL
from wzrd.models.voices import EVERYBODY, PaidVoices
from wzrd.providers.base import VoiceCatalog
from wzrd.runtime.process import Runtime
from wzrd.threads import in_reading_thread

_KINDS = (("director-cut", None), ("auto-generate", "videos"))
"""Kinds of run, and their phase, that speak in a film; the latter's voices are the clips'."""


@dataclass(frozen=True, slots=True)
class SettledVoices:
    """Voice ids by name as a request means them, and who was cast by register."""

    by_name: Mapping[str, str]
    cast: tuple[CastVoice, ...] = ()


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """The voices that were asked for; `fallback_reason` says why scratch voices stand in for all of them."""

    asked: PaidVoices
    fallback_reason: str | None = None

    @property
    def usable(self) -> PaidVoices:
        """The voices that speak."""
        return self.asked if self.fallback_reason is None else PaidVoices()

    @property
    def fallback_reasons(self) -> dict[str, str]:
        """Field that the job shows of the choice: the reason of a fallback, if any."""
        return {"voiceFallbackReason": self.fallback_reason} if self.fallback_reason else {}


def usable_voices(runtime: Runtime, asked: PaidVoices) -> VoiceChoice:
    """Paid voices where they can be asked from here.

    Raises:
        SoundKeyMissing: they cannot, and nothing may stand in.
    """
    if not asked.any:
        return VoiceChoice(asked)
    obstacle = runtime.providers.obstacle(PROVIDER, "audio")
    refusal = SoundKeyMissing(NO_KEY, provider=PROVIDER)
    return VoiceChoice(asked, stand_in_reason(obstacle, offline=runtime.settings.offline, refusal=refusal))


def line_price() -> int:
    """Price of a spoken line, in credits."""
    return price_of(load_catalog().models[SPEECH_MODEL])


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
