"""A film's bible as its shots use it: whom they show, which sheets are sent, in which words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from wzrd.contracts.breakdown import Breakdown, SceneBreakdown
from wzrd.domain.bible import Depicted, Sheet, SheetKey, find_sheet
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot, idea_of
from wzrd.language.people.appearance import Referred, leave_out_looks, refer_to, shown_in
from wzrd.language.shots.briefs import derive_brief
from wzrd.models.bodies import schema_of
from wzrd.models.catalog import Model
from wzrd.models.reference_slots import Allotment, PlacedReference, Wanted, allot, reference_fields, reference_slots

STYLE = "style"
"""Key of the project's style reference among a shot's references."""


@dataclass(frozen=True, slots=True)
class Dressed:
    """A shot as a model is told it: its words, its further inputs, the sheets in these (their pictures' hashes by key).

    `left_out`: why references that it would have are missing, in words; empty where nothing is. `placed`: the keys of
    all that are sent, in their order, of sheets that are yet to be made too; `addresses`: whose each file is, by its
    address.
    """

    prompt: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sheets: Mapping[str, str] = field(default_factory=dict[str, str])
    left_out: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Bible:
    """A film's breakdown with the sheets that there are; `coming`: those that are made before its shots."""

    film: Breakdown = field(default_factory=Breakdown)
    scenes: Mapping[UUID, SceneBreakdown] = field(default_factory=dict[UUID, SceneBreakdown])
    sheets: Mapping[SheetKey, Sheet] = field(default_factory=dict[SheetKey, Sheet])
    coming: frozenset[SheetKey] = frozenset()
    _shown: dict[tuple[StoryboardScene, StoryboardShot], tuple[Depicted, ...]] = field(
        default_factory=dict[tuple[StoryboardScene, StoryboardShot], tuple[Depicted, ...]],
        init=False,
        repr=False,
        compare=False,
    )
    """Reading a shot's words takes milliseconds, and it is asked for again and again."""

    def shown(self, scene: StoryboardScene, shot: StoryboardShot) -> tuple[Depicted, ...]:
        """Who and what a shot shows, people first."""
        if (scene, shot) not in self._shown:
            self._shown[scene, shot] = self._read(scene, shot)
        return self._shown[scene, shot]

    def _read(self, scene: StoryboardScene, shot: StoryboardShot) -> tuple[Depicted, ...]:
        read = self.scenes.get(scene.scene_id)
        if read is None:
            return ()
        idea = idea_of(shot)
        return shown_in(idea.brief or derive_brief(idea, scene.brief, read), read, self.film)

    def references(self, scene: StoryboardScene, shot: StoryboardShot) -> dict[SheetKey, Depicted]:
        """The sheets that there are, or are coming, of whom a shot shows, in the order in which they are allotted."""
        there = {*self.sheets, *self.coming}
        found = ((find_sheet(one.key, there), one) for one in self.shown(scene, shot))
        return {key: one for key, one in found if key is not None}

    def allotted(self, model: Model, scene: StoryboardScene, shot: StoryboardShot, *, style: bool) -> Allotment:
        """The references of a shot in the places of a model, the project's `style` picture last."""
        wanted = [Wanted(str(key), key.kind, one.name) for key, one in self.references(scene, shot).items()]
        wanted += [Wanted(STYLE, "style", "")] if style and wanted else []
        return allot(wanted, reference_slots(model))

    def dress(
        self,
        model: Model,
        scene: StoryboardScene,
        shot: StoryboardShot,
        prompt: str,
        addresses: Mapping[str, str],
        *,
        style: bool,
        still: str = "",
    ) -> Dressed:
        """A shot's words and references for a model. `addresses`: of those that can be sent, by key.

        `style`: the project has a style picture that the model may be sent beside sheets; `still`: the picture that a
        clip begins with. Without any sheet the words stay as they are.
        """
        allotment = self.allotted(model, scene, shot, style=style)
        left_out = tuple(f"{one.name or one.kind}: {reason}" for one, reason in allotment.left_out)
        placed = [one for one in allotment.placed if one.wanted.key in addresses]
        if len(placed) < len(allotment.placed):  # what cannot be sent leaves its place to those behind it
            sendable = [one.wanted for one in allotment.placed if one.wanted.key in addresses]
            placed = [*allot([*sendable, *(one for one, _ in allotment.left_out if one.key in addresses)],
                             reference_slots(model)).placed]  # fmt: skip
        if all(one.wanted.key == STYLE for one in placed):
            return Dressed(prompt, left_out=left_out)
        sent = {one.wanted.key for one in placed}
        hashes = {str(key): sheet.sha256 for key, sheet in self.sheets.items() if str(key) in sent}
        fields = reference_fields([(one, addresses[one.wanted.key]) for one in placed], still)
        keys = tuple(one.wanted.key for one in placed)
        words = self._words(model, scene, shot, prompt, placed)
        return Dressed(words, fields, hashes, left_out, keys, {addresses[key]: key for key in keys})

    def _words(
        self, model: Model, scene: StoryboardScene, shot: StoryboardShot, prompt: str, placed: Sequence[PlacedReference]
    ) -> str:
        shown = {str(key): (key, one) for key, one in self.references(scene, shot).items()}
        as_here = {name: key == one.key for name, (key, one) in shown.items()}
        own = {shown[one.wanted.key][0].entity for one in placed if one.wanted.kind == "person"}
        alike = {shown[one.wanted.key][0].entity for one in placed if as_here.get(one.wanted.key)}
        there = {one.key.entity for one in self.shown(scene, shot) if one.key.kind == "person"}
        owned = [one for one in self.film.people if one.id in own & alike]
        others = [one for one in self.film.people if one.id in there - (own & alike)]
        references = [
            Referred(one.wanted.kind, one.wanted.name, one.tag, as_here.get(one.wanted.key, True)) for one in placed
        ]
        start = next((f"{one.slot.tag}1" for one in placed if one.slot.tag and one.slot.taken), "")
        most = schema_of(model).properties.get("prompt", {}).get("maxLength")
        return refer_to(leave_out_looks(prompt, owned, others), references, start=start, most=most)

    def shots_showing(self, storyboard: Storyboard, key: SheetKey) -> list[UUID]:
        """The shots whose people, place or things this sheet stands for, in film order."""
        there = {*self.sheets, key}
        return [
            shot.shot_id
            for scene, shot in storyboard
            if any(find_sheet(one.key, there) == key for one in self.shown(scene, shot))
        ]
