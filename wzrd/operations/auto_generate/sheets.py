"""Sheets that a batch of pictures makes first: which, by whom, and how many more a film may need."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from wzrd.assets.bible_references import Bible
from wzrd.domain.auto_generate import BARE, Batch, BatchShot
from wzrd.domain.bible import Depicted, Scope, SheetKey, SheetOrder, choose_sheets
from wzrd.domain.errors import BadRequest, Conflict
from wzrd.domain.storyboard import Storyboard
from wzrd.language.people.appearance import sheet_prompt
from wzrd.models.media_choice import MediaChoice, choose_media, sheet_model
from wzrd.models.reference_slots import reference_slots
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import needs_reference
from wzrd.operations.auto_generate.money import BatchPricing
from wzrd.runtime.process import Runtime


@dataclass(frozen=True, slots=True)
class SheetWork:
    """Sheets that a batch makes before its pictures, and who makes them (None: nobody, there are none to be made).

    `more`: how many the scenes that have no shots yet may need besides.
    """

    orders: tuple[SheetOrder, ...] = ()
    maker: MediaChoice | None = None
    more: int = 0


@dataclass(frozen=True, slots=True)
class BareShots:
    """Shots that show nothing of which there is a picture, where a batch's model needs one; who makes them of words."""

    shots: frozenset[UUID] = frozenset()
    maker: MediaChoice | None = None

    def choice(self, shot_id: UUID) -> MediaChoice | None:
        """Who makes this shot in place of the batch's model; None: that makes it."""
        return self.maker if shot_id in self.shots else None

    def kept(self) -> dict[str, Any]:
        """Run parameters by which they are made as they were priced."""
        if self.maker is None:
            return {}
        return {BARE: {**self.maker.kept(), "shots": sorted(map(str, self.shots))}}


def plan_sheets(
    runtime: Runtime, scope: Scope, storyboard: Storyboard, bible: Bible, batch: Batch, choice: MediaChoice
) -> SheetWork:
    """The sheets that a batch of pictures makes first, of whom its shots show; none where its model takes none."""
    model = routed_catalog().models[choice.model_id]
    if not reference_slots(model).fields:
        return SheetWork()
    maker = words_maker(runtime, choice)
    if maker.drawn:
        return SheetWork()
    given = [key for key, sheet in bible.sheets.items() if sheet.origin == "given"]
    wanted = choose_sheets((bible.shown(*one) for one in storyboard), bible.sheets, given, scope)
    needed = {key for one in batch.work for key in _needed(bible, wanted, one)}
    style = next((scene.brief.style for scene in storyboard.scenes if scene.brief.style), "")
    orders = [_order_of(one, bible, style, {other.key for other in wanted}) for one in wanted if one.key in needed]
    unwritten = [scene for scene in storyboard.scenes if not scene.shots]
    known = {key.usual for key in (*bible.sheets, *(one.key for one in wanted))}
    more = {key for scene in unwritten for key in _present(bible, scene.scene_id, scope)} - known
    return SheetWork(tuple(orders), maker, len(more))


def plan_bare(runtime: Runtime, scope: Scope, pricing: BatchPricing, batch: Batch, choice: MediaChoice) -> BareShots:
    """The shots without any reference, where a batch's model needs one; whoever would make their sheets makes them.

    Raises:
        BadRequest: the project has no picture that the model could make others of, and no sheets are asked for; or
            nobody makes them of words.
    """
    model = routed_catalog().models[choice.model_id]
    if not needs_reference(model) or pricing.storyboard.style_url:
        return BareShots()
    bare = [one for one in batch.work if not pricing.dress(one, "image", model).fields]
    if not bare:
        return BareShots()
    message = f"{model.id} makes pictures out of pictures"
    if scope == "none" and not pricing.bible.sheets:
        remedy = (
            "give the project a style reference or sheets, have these made, or name a model that makes them of words"
        )
        raise BadRequest(f"{message}, and there is none: {remedy}", field="image_model")
    maker = words_maker(runtime, choice)
    if maker.drawn:
        message = f"{message}, and {bare[0].label} shows nothing of which there is one"
        raise BadRequest(f"{message}: name a model that makes them of words", field="image_model")
    reason = f"no_reference:{choice.model_id}"
    return BareShots(frozenset(one.shot.shot_id for one in bare), replace(maker, fallback_reason=reason))


def words_maker(runtime: Runtime, choice: MediaChoice) -> MediaChoice:
    """Who makes pictures of words alone, for a model of pictures; animatic mode where nobody else can be asked."""
    settings, obstacle = runtime.settings, runtime.providers.obstacle
    return choose_media(sheet_model(choice.model_id), "image", offline=settings.offline, obstacle=obstacle)


def check_settled(work: SheetWork, unsettled: Collection[str]) -> None:
    """See that no sheet is asked for twice.

    Raises:
        Conflict: a provider may have made one for a former run, and nobody knows how that ended.
    """
    if left := next((one for one in work.orders if one.item_key in unsettled), None):
        message = f"the sheet of {left.name} may have been made for a former run, and nobody knows how that ended"
        raise Conflict(f"{message}: wait for it, give one, or send it once more with resubmitUnknown", field="sheets")


def _needed(bible: Bible, wanted: Sequence[Depicted], one: BatchShot) -> set[SheetKey]:
    """The sheets of these that a shot of the work would be sent, and those that they are made after."""
    keys = {shown.key for shown in bible.shown(one.scene, one.shot)} & {other.key for other in wanted}
    return {*keys, *(key.usual for key in keys)}


def _order_of(one: Depicted, bible: Bible, style: str, coming: Collection[SheetKey]) -> SheetOrder:
    is_other = bool(one.key.look) and one.key.usual in {*bible.sheets, *coming}
    prompt = sheet_prompt(one, bible.film, style)
    same = {"person": "The person in the reference picture, with the same face.", "place": "The same place."}
    return SheetOrder(one.key, one.name, f"{same[one.key.kind]} {prompt}" if is_other else prompt, is_other)


def _present(bible: Bible, scene_id: UUID, scope: Scope) -> set[SheetKey]:
    """Whom shots of a scene may show that are yet to be written."""
    scene = bible.scenes.get(scene_id)
    if scene is None:
        return set()
    people = {
        SheetKey("person", one) for one in (*scene.present, *(key for beat in scene.beats for key in beat.people))
    }
    things = {SheetKey("prop", one) for beat in scene.beats for one in beat.props}
    return people if scope == "people" else people | things | {SheetKey("place", scene.place)}
