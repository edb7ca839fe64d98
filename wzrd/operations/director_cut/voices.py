"""The voices of a film: paid ones where they are chosen and can be asked, and what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from wzrd.assets.content_cache import cache_key
from wzrd.contracts.director_cut import CutSettings
from wzrd.db.engine import Tx
from wzrd.db.node_outputs import list_paid, list_scratch_takes
from wzrd.domain.offline import stand_in_reason
from wzrd.film.cut_list import Cut, CutShot
from wzrd.film.cut_voices import PaidVoices, check_names, check_texts, read_voices, recipe_of
from wzrd.models.catalog import load_catalog, price_of
from wzrd.models.sounds import NO_KEY, PROVIDER, SPEECH, SoundKeyMissing
from wzrd.operations.director_cut.renderer import ROUTE
from wzrd.runtime.process import Runtime


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


def pick_voices(runtime: Runtime, settings: CutSettings) -> VoiceChoice:
    """The voices of a film's settings here and now.

    Raises:
        BadRequest: as `read_voices`.
        SoundKeyMissing: paid voices were asked for, cannot be had, and nothing may stand in.
    """
    price = 0 if ROUTE in runtime.settings.free_routes else line_price()
    asked = read_voices(settings.voices, settings.voice_model, price=price)
    if not asked.any or not settings.include_audio:
        return VoiceChoice(asked)
    obstacle = runtime.providers.obstacle(PROVIDER, "audio")
    refusal = SoundKeyMissing(NO_KEY, provider=PROVIDER)
    return VoiceChoice(asked, stand_in_reason(obstacle, offline=runtime.settings.offline, refusal=refusal))


def line_price() -> int:
    """Price of a spoken line, in credits."""
    return price_of(load_catalog().models[SPEECH])


async def give_voices(tx: Tx, runtime: Runtime, user_id: UUID, cut: Cut, choice: VoiceChoice) -> Cut:
    """The cut in which the chosen voices speak. A file of the shot's own is heard instead, unless it is a scratch take.

    Raises:
        BadRequest: somebody who was named does not speak in it, or a line is longer than the model takes.
    """
    if cut.audio:
        check_names(choice.asked, cut.cast)
    if not choice.usable.any:
        return cut
    speaking = replace(cut, paid=choice.usable)
    locations = {shot.number: runtime.storage.locate(shot.voice_url) for shot in cut.shots if shot.voice_url}
    paths = [location[1] for location in locations.values() if location]
    takes = await list_scratch_takes(tx, user_id, paths) if paths else set[tuple[str, str]]()

    def bare(shot: CutShot) -> CutShot:
        """The shot without its scratch take, where one of its lines has a paid voice."""
        spoken = replace(shot, voice_url="", words="")
        return spoken if locations.get(shot.number) in takes and any(speaking.paid_lines(spoken)) else shot

    speaking = replace(speaking, shots=tuple(map(bare, cut.shots)))
    for shot in speaking.shots:
        check_texts(speaking.paid_lines(shot))
    return speaking


async def price_voices(tx: Tx, user_id: UUID, cut: Cut) -> Mapping[int, int]:
    """Credits that each shot's voice costs at most, by its number: its lines that have not been paid for before."""
    keys = {
        shot.number: {cache_key(user_id, recipe_of(inputs)) for inputs in cut.paid_lines(shot) if inputs}
        for shot in cut.voices
    }
    paid = await list_paid(tx, [key for own in keys.values() for key in own])
    return {number: cut.paid.price * len(own - paid) for number, own in keys.items()}
