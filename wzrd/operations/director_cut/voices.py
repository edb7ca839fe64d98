"""The voices and the renderer of a film: paid ones where they can be asked, and their price."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from uuid import UUID

from wzrd.assets.content_cache import cache_key
from wzrd.contracts.director_cut import CutSettings, VoicesPlan
from wzrd.db.engine import Tx
from wzrd.db.node_outputs import list_paid, list_spoken_takes
from wzrd.db.storyboards import read_storyboard
from wzrd.db.takes import list_speaking
from wzrd.domain.cut_settings import FAL_REMOTE
from wzrd.domain.money import add_up
from wzrd.domain.project_choice import found_in_project, project_id_of
from wzrd.domain.storyboard import Storyboard
from wzrd.film.cut_list import Cut, CutShot
from wzrd.film.remote_render import render_price
from wzrd.generation.references import check_addresses
from wzrd.language.sound.dialogue import dialogue_of
from wzrd.models.body_prices import price_inputs
from wzrd.models.sounds import PROVIDER, SPEECH
from wzrd.models.voices import PaidVoices, check_names, check_texts, read_voices, recipe_of
from wzrd.operations.voice_casting import VoiceChoice, line_price, settle_voices, usable_voices
from wzrd.runtime.process import Runtime
from wzrd.threads import in_reading_thread


def pick_voices(runtime: Runtime, settings: CutSettings) -> VoiceChoice:
    """The voices of a film's settings here and now.

    Raises:
        as `usable_voices`.
    """
    price = 0 if ROUTE in runtime.settings.free_routes else line_price()
    asked = read_voices(settings.voices, settings.voice_model, price=price)
    return usable_voices(runtime, asked) if settings.include_audio else VoiceChoice(asked)


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
    takes = await list_spoken_takes(tx, user_id, paths) if paths else set[tuple[str, str]]()

    def bare(shot: CutShot) -> CutShot:
        """The shot without its scratch take, where one of its lines has a paid voice."""
        spoken = replace(shot, voice_url="", words="", captions=())
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


async def plan_voices(runtime: Runtime, project_id: str | None, settings: CutSettings, *, user_id: UUID) -> VoicesPlan:
    """Plan of the paid voices of a project's film: each line that has not been paid for, once a shot.

    Lines of scenes whose shots are yet to be written count, too.

    Raises:
        NotFound: no such project of this user.
        BadRequest: somebody is named who does not speak in it, or as `pick_voices`.
        SoundKeyMissing: as `pick_voices`.
    """
    settled = await settle_voices(runtime, project_id, settings.voices, user_id=user_id)
    settings = settings.model_copy(update={"voices": settled.by_name})
    choice, own = pick_voices(runtime, settings), project_id_of(project_id)
    async with runtime.begin() as tx:
        storyboard = found_in_project(await read_storyboard(tx, own, user_id=user_id))
        native = await list_speaking(tx, storyboard.project_id, natively=True)
    keys = await in_reading_thread(_keys_of, storyboard, choice.asked, native)
    if choice.fallback_reason is not None:
        return VoicesPlan(fallback_reason=choice.fallback_reason)
    async with runtime.begin() as tx:
        paid = await list_paid(tx, [key for own in keys for key in own])
    unpaid = [inputs for own in keys for key, inputs in own.items() if key not in paid]
    cost = add_up(price_inputs(PROVIDER, SPEECH, one) for one in unpaid)
    return VoicesPlan(
        lines=len(unpaid), credits=choice.asked.price, estimated_cost=cost.wire(), cast=list(settled.cast)
    )


def _keys_of(storyboard: Storyboard, voices: PaidVoices, native: Collection[UUID]) -> list[dict[str, dict[str, str]]]:
    """The lines of each shot in paid voices: what is sent for them by the key that they are found again by. Pure.

    Those of `native` shots are spoken in their clips.
    """
    dialogue = dialogue_of(storyboard)
    check_names(voices, dialogue.cast)
    spoken = [lines for shot_id, lines in dialogue.lines.items() if shot_id not in native]
    spoken += [(line,) for scene in storyboard.scenes if not scene.shots for line in scene.brief.dialogue]
    return [
        {cache_key(storyboard.user_id, recipe_of(one)): one for one in voices.lines_of(lines) if one}
        for lines in spoken
    ]


ROUTE = "director-cut"


def price_film(runtime: Runtime, cut: Cut) -> int:
    """Credits that the film costs at most: fal's model's; nothing where it is made here."""
    if cut.renderer != FAL_REMOTE or ROUTE in runtime.settings.free_routes:
        return 0
    return render_price()


def check_reach(runtime: Runtime, cut: Cut) -> None:
    """See that fal could read each visual, before anything is held: by itself, or because we hand it over.

    Raises:
        ReferenceUnreachable: a private address; the visual is named.
    """
    for shot in cut.shots if cut.renderer == FAL_REMOTE else ():
        check_addresses(runtime, {shot.name: shot.url})
