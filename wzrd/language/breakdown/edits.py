"""Edits of a breakdown: told apart from how it was read, and laid over that. Pure."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from wzrd.contracts.breakdown import Breakdown, Character, Place, Prop, SceneBreakdown
from wzrd.contracts.wire import canonical
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.beats.pages import scene_page

Listed = TypeVar("Listed", Character, Place, Prop)


def edits_of(brought: Breakdown, read: Breakdown) -> tuple[Breakdown, dict[int, SceneBreakdown]]:
    """People, places and props that somebody has otherwise than they were read, and scenes by number, likewise.

    `brought` has its spans placed; what it leaves out is as it was read.
    """
    scenes = {scene.number: scene for scene in read.scenes}
    listed = Breakdown(
        people=_changed(brought.people, read.people),
        places=_changed(brought.places, read.places),
        props=_changed(brought.props, read.props),
    )
    return listed, {scene.number: scene for scene in brought.scenes if scene != scenes.get(scene.number)}


def lay_over(
    read: Breakdown, listed: Breakdown, edited: Sequence[SceneBreakdown | None], briefs: Sequence[SceneBrief]
) -> Breakdown:
    """The breakdown as it was read, with what somebody has otherwise; `edited` and `briefs` go with its scenes.

    An edit stands though the text has changed since: words that are gone keep their former place, and lines that are
    gone are left out. Whoever was in edited scenes alone, and is no more, is left out too.
    """
    if listed == Breakdown() and not any(edited):
        return read
    scenes = tuple(
        one if own is None else _fitted(own, brief).model_copy(update={"number": one.number})
        for one, own, brief in zip(read.scenes, edited, briefs, strict=True)
    )
    gone = used_in(read.scenes) - used_in(scenes)
    return read.model_copy(
        update={
            "people": _joined(read.people, listed.people, gone),
            "places": _joined(read.places, listed.places, gone),
            "props": _joined(read.props, listed.props, gone),
            "scenes": scenes,
        }
    )


def stamp_of(scene: SceneBreakdown, listed: Breakdown, reader: str, *, edited: bool) -> str:
    """A short text for all that a scene's shots are written from beside its text; empty where the rules alone read it.

    `listed`: edited people, places and props; those that the scene does not name say nothing.
    """
    ids = used_in([scene])
    named = [one.model_dump() for one in (*listed.people, *listed.places, *listed.props) if one.id in ids]
    if not named and not reader and not edited:
        return ""
    told = {"reader": reader, "named": named, "scene": scene.model_dump() if edited else None}
    return hashlib.sha256(canonical(told)).hexdigest()[:32]


def used_in(scenes: Iterable[SceneBreakdown]) -> set[str]:
    """Ids of everybody and everything in these scenes."""
    found: set[str] = set()
    for scene in scenes:
        found.update(scene.present, [scene.place])
        for beat in scene.beats:
            found.update(beat.who, beat.whom, beat.props, beat.feelings)
    return found


def _changed(brought: Sequence[Listed], read: Sequence[Listed]) -> tuple[Listed, ...]:
    known = {one.id: one for one in read}
    return tuple(one for one in brought if one != known.get(one.id))


def _joined(read: Sequence[Listed], own: Sequence[Listed], gone: Collection[str]) -> tuple[Listed, ...]:
    mine: Mapping[str, Listed] = {one.id: one for one in own}
    kept = [mine.get(one.id, one) for one in read if one.id in mine or one.id not in gone]
    known = {one.id for one in kept}
    return (*kept, *(one for one in own if one.id not in known))


def _fitted(scene: SceneBreakdown, brief: SceneBrief) -> SceneBreakdown:
    """An edited scene with the places of its words in the text of now."""
    page = scene_page(brief)
    count = sum(isinstance(part, Line) for _, part in page.parts)
    beats = list(scene.beats)
    reached = 0
    for at, beat in enumerate(beats):
        start = page.text.find(beat.span, reached)
        start = start if start >= 0 else page.text.find(beat.span)
        reached = max(start, 0)
        lines = tuple(one for one in beat.lines if one < count)
        found = {"start": start if start >= 0 else beat.start, "lines": lines}
        if found != {"start": beat.start, "lines": beat.lines}:
            beats[at] = beat.model_copy(update=found)
    return scene.model_copy(update={"beats": tuple(beats)})
