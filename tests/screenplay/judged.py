"""Differences between a written script and what a reader makes of it, by their class."""

import re
import unicodedata
from collections.abc import Iterator

from tests.screenplay.written import HEADINGS, LANGUAGES, WIDE_HEADINGS, Layout, Said, Written, script_of
from wzrd.language.words.off_screen import is_off_screen
from wzrd.screenplay.model import Scene, Screenplay
from wzrd.screenplay.times import light_of

_ASIDE = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]")


def folded(text: str) -> str:
    """Letters and digits alone, without case: Turkish has four letters i."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u0131", "i")
    return "".join(char for char in plain if char.isalnum())


def differences(layout: Layout, made: Screenplay) -> Iterator[tuple[str, str]]:
    """Class and detail of each difference; nothing where all was read as it was meant."""
    meant = script_of(layout.language)
    if len(made.scenes) != len(meant):
        yield "scenes", f"{len(made.scenes)}: {[scene.heading for scene in made.scenes]}"
        return
    for written, scene in zip(meant, made.scenes, strict=True):
        yield from _of_heading(layout, written, scene)
        yield from _of_items(written, scene, layout.language)


def _of_heading(layout: Layout, written: Written, scene: Scene) -> Iterator[tuple[str, str]]:
    style = (WIDE_HEADINGS if layout.wide else HEADINGS)[layout.heading]
    told = f"{scene.heading!r} -> {scene.int_ext}|{scene.place}|{scene.time_of_day}"
    right = ("INT",) if written.inside else ("EXT", "EST")[: 1 + (layout.language == "it")]  # EST. is esterno there
    if any(key in style for key in ("{a}", "{w}", "{x}")) and scene.int_ext not in right:
        yield "kind", told
    if folded(scene.place) != folded(written.place):
        yield "place", told
    if "{t}" in style and not light_of(scene.time_of_day):
        yield "time", told


def _of_items(written: Written, scene: Scene, language: str) -> Iterator[tuple[str, str]]:
    beside = {folded(LANGUAGES[language][key]) for key in ("fade", "cut", "end", "actlabel")}
    found = list(_stream(scene, beside))
    wanted = [
        ("A", "", folded(item)) if isinstance(item, str) else ("S", folded(item.who), folded(item.text + item.rest))
        for item in written.items
    ]
    if [one[:3] for one in found] != wanted:
        yield _class_of(wanted, found), f"{[one for one in found if one[:3] not in wanted]}"
        return
    for item, (_, _, _, how, extension) in zip(written.items, found, strict=True):
        if isinstance(item, Said) and item.off and not is_off_screen(extension):
            yield "off", f"{item.off}: {extension!r}"
        if isinstance(item, Said) and folded(item.how) not in folded(how + extension):
            yield "how", f"{item.how}: {how!r} {extension!r}"


def _class_of(wanted: list[tuple[str, str, str]], found: list[tuple[str, str, str, str, str]]) -> str:
    said = [one[2] for one in wanted if one[0] == "S"]
    heard = [one[2] for one in found if one[0] == "S"]
    if any(not any(text in other for other in heard) for text in said):
        return "speech lost"
    if said != heard:
        return "speech with more"
    return "speaker" if {one[1] for one in wanted} != {one[1] for one in found} else "action"


def _stream(scene: Scene, beside: set[str]) -> Iterator[tuple[str, str, str, str, str]]:
    """Kind, who, words, how, extension: what stands together is one."""
    held: list[str] = []
    for element in (*(one for one in scene.elements if folded(one.text) not in beside), None):
        kind = "S" if element and element.kind in {"dialogue", "lyric"} else "A"
        who = folded(element.character) if element else ""
        if held and (not element or kind == "A" != held[0] or [kind, who] != held[:2]):
            yield held[0], held[1], held[2], held[3], held[4]
            held = []
        if element:
            asides = " ".join(_ASIDE.findall(element.text)) if kind == "S" else ""
            text = _ASIDE.sub(" ", element.text) if kind == "S" else element.text
            held = held or [kind, who, "", "", ""]
            held[2] += folded(text)
            held[3] += f"{element.parenthetical} {asides}"
            held[4] += element.extension
