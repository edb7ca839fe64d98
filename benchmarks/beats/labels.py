"""Labelled scripts as values (README.md says what each field means), and the answers of models to some of them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from benchmarks.beats.shown import Span

HOME = Path(__file__).parent
_ARTICLE = re.compile(r"(?:the|a|an) ")


@dataclass(frozen=True, slots=True)
class LabelledPerson:
    """Somebody of the script: names as it writes them, plain English words for a role, sex and years where known."""

    key: str
    names: tuple[str, ...]
    english: tuple[str, ...]
    sex: str
    years: int | None
    is_group: bool


@dataclass(frozen=True, slots=True)
class LabelledProp:
    """A thing by the script's words and by plain English nouns."""

    key: str
    names: tuple[str, ...]
    english: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelledBeat:
    """Who does what to whom with what, and where the text says so."""

    span: Span
    quote: str
    who: tuple[str, ...]
    whom: tuple[str, ...]
    does: str
    contact: str
    props: tuple[str, ...]
    feeling: str
    feels: str
    weight: str
    on_screen: bool


@dataclass(frozen=True)
class LabelledScript:
    """A script with its labels. `half`: tuning or held_out."""

    name: str
    language: str
    half: str
    text: str
    people: tuple[LabelledPerson, ...]
    props: tuple[LabelledProp, ...]
    speeches: tuple[str, ...]
    beats: tuple[LabelledBeat, ...]

    @property
    def path(self) -> Path:
        """The script's file."""
        return HOME / "scripts" / self.name

    @cached_property
    def decisive(self) -> tuple[LabelledBeat, ...]:
        """Beats without which the story is lost."""
        return tuple(beat for beat in self.beats if beat.weight == "decisive" and beat.on_screen)

    @cached_property
    def _by_key(self) -> Mapping[str, LabelledPerson]:
        return {person.key: person for person in self.people}

    def person(self, key: str) -> LabelledPerson:
        """The person of this key."""
        return self._by_key[key]

    def person_of(self, name: str) -> LabelledPerson | None:
        """Whom a board means by a name: their own, the longest of theirs within it, or a plain word for their role."""
        folded = fold(name)
        bare = _ARTICLE.sub("", folded, count=1)
        for person in self.people:
            if any(fold(own) in {folded, bare} for own in person.names) or bare in person.english:
                return person
        within = [
            (len(word), at)
            for at, person in enumerate(self.people)
            for word in (*map(fold, person.names), *person.english)
            if holds(bare, word)
        ]
        return self.people[max(within)[1]] if within else None

    def shows(self, prop: str, things: Sequence[str]) -> bool:
        """True if one of the things that a board shows is this prop."""
        wanted = next(one for one in self.props if one.key == prop)
        words = (*map(fold, wanted.names), *wanted.english)
        return any(holds(singular(fold(thing)), singular(word)) for thing in things for word in words)


def fold(text: str) -> str:
    """Text without the differences that no eye sees."""
    return " ".join(text.casefold().replace("\u2019", "'").replace("_", " ").split())


def singular(text: str) -> str:
    """English nouns without a plural's s."""
    return re.sub(r"(?<=[a-z]{3})s\b", "", text)


def holds(text: str, word: str) -> bool:
    """True if a text holds a word as a word; in scripts without spaces, anywhere."""
    if word and not word.isascii() and not re.search(r"[a-z]", word):
        return word in text
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


@cache
def _acts() -> Mapping[str, Mapping[str, str]]:
    return json.loads((HOME / "acts.json").read_text("utf-8"))


def acts_for(kind: str, word: str) -> frozenset[str]:
    """Acts of the breakdown's vocabulary for a verb (`does`) or `contact` of the labels, or a `pose` of the drawing."""
    return frozenset(_acts()[kind].get(word, "").split())


def labelled_scripts() -> list[LabelledScript]:
    """Every script of the set, in its order."""
    return [_script(entry) for entry in json.loads((HOME / "set.json").read_text("utf-8"))]


def _script(entry: Mapping[str, str]) -> LabelledScript:
    name = entry["script"]
    text = (HOME / "scripts" / name).read_text("utf-8")
    told = json.loads((HOME / "labels" / name).with_suffix(".json").read_text("utf-8"))
    return LabelledScript(
        name,
        entry["language"],
        entry["half"],
        text,
        people=tuple(_person(one) for one in told["people"]),
        props=tuple(LabelledProp(one["id"], tuple(one["names"]), tuple(one["english"])) for one in told["props"]),
        speeches=tuple(one["text"] for one in told["speeches"]),
        beats=tuple(_beat(one, text) for one in told["beats"]),
    )


def _person(one: Mapping[str, Any]) -> LabelledPerson:
    return LabelledPerson(
        one["id"], tuple(one["names"]), tuple(one["english"]), one["sex"], one["age"], is_group=one["group"]
    )


def _beat(one: Mapping[str, Any], text: str) -> LabelledBeat:
    start = -1
    for _ in range(one.get("occurrence", 1)):
        start = text.index(one["quote"], start + 1)
    return LabelledBeat(
        Span(start, start + len(one["quote"])),
        one["quote"],
        tuple(one["who"]),
        tuple(one["whom"]),
        one["does"],
        one["contact"],
        tuple(one["props"]),
        one["feeling"],
        one["feels"],
        one["weight"],
        one["on_screen"],
    )


_FOLDER = HOME / "answers"


def breakdown_of(script: LabelledScript) -> Mapping[str, Any] | None:
    """The breakdown that was answered for a script, as one file; None where there is none."""
    path = (_FOLDER / script.name).with_suffix(".json")
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def scene_answers(breakdown: Mapping[str, Any]) -> Iterator[str]:
    """Answers of a breakdown a scene at a time, as text: each with the people, places and props not told before."""
    told: set[tuple[str, str]] = set()
    for scene in breakdown["scenes"]:
        used = json.dumps(scene, ensure_ascii=False)
        new: dict[str, Any] = {}
        for kind in ("people", "places", "props"):
            found = [one for one in breakdown[kind] if f'"{one["id"]}"' in used and (kind, one["id"]) not in told]
            told |= {(kind, one["id"]) for one in found}
            new[kind] = found
        yield json.dumps({**new, "scene": scene}, ensure_ascii=False)


def faulty_answers(script: LabelledScript) -> Sequence[Sequence[str]] | None:
    """For each scene what a model with faults answers, at first and asked once more; None where there are none."""
    path = _FOLDER / f"{script.path.stem}.faulty.json"
    return [scene["tries"] for scene in json.loads(path.read_text("utf-8"))] if path.exists() else None


def asked_answers(script: LabelledScript) -> Sequence[Sequence[str]] | None:
    """For each scene the answer of a model that had the reader's prompt and nothing else; None where none was asked."""
    path = _FOLDER / f"{script.path.stem}.asked.json"
    return [[json.dumps(scene)] for scene in json.loads(path.read_text("utf-8"))] if path.exists() else None
