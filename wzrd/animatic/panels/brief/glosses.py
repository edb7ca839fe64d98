"""Prose of other languages put into the English words that pictures are read from.

glosses.json lists the commonest words of seven languages by what they mean. It is no translation: what it does not know
stays as it is, and nobody is shown the result.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files

from wzrd.domain.shots import SceneBrief, ShotIdea
from wzrd.language.person_words import language_of

_DATA: Mapping[str, Mapping[str, str]] = json.loads(
    files("wzrd.animatic.panels.brief").joinpath("glosses.json").read_text(encoding="utf-8")
)
_UNSPACED = frozenset({"ja", "zh"})
_SAMPLE = 4_000  # characters that tell a language
_ELIDED = re.compile(r"\b(?:(l|dell|all|nell|sull|dall|un)|[dsnmtjcqv]|qu)['\u2019](?=\w)", re.IGNORECASE)
_SPACED_OUT = re.compile(r"[\u3001\u3002\uff0c\uff01\uff1f]")
_TITLES = frozenset({"man", "woman"})  # FRAU MÜLLER is a name


@cache
def _table(language: str) -> Mapping[str, str]:
    """Word or phrase → what it means; German nouns keep their capital."""
    found: dict[str, str] = {}
    for meaning, words in _DATA[language].items():
        for form in (part.strip() for part in (words.split("|") if "|" in words else words.split())):
            found.setdefault(form, meaning)
    return found


@cache
def _finder(language: str) -> re.Pattern[str]:
    forms = "|".join(map(re.escape, sorted(_table(language), key=len, reverse=True)))
    return re.compile(forms if language in _UNSPACED else rf"(?<![\w'\u2019-])(?:{forms})(?![\w-])", re.IGNORECASE)


@lru_cache(maxsize=256)
def _language(text: str) -> str:
    return language_of(text)


def in_english(scene: SceneBrief, shot: ShotIdea) -> tuple[SceneBrief, ShotIdea]:
    """Scene and shot with the words that are known in English; both as they are where the scene is English."""
    parts = [part for part in scene.script if isinstance(part, str)] or list(scene.actions)
    language = _language(" ".join((scene.description, *parts))[:_SAMPLE])
    if language not in _DATA:
        return scene, shot
    names = frozenset(word for name in scene.characters for word in name.casefold().split())
    script = tuple(_glossed(part, language, names) if isinstance(part, str) else part for part in scene.script)
    glossed = replace(
        scene,
        description=_glossed(scene.description, language, names),
        actions=tuple(_glossed(part, language, names) for part in scene.actions),
        script=script,
    )
    brief = shot.brief and replace(
        shot.brief,
        subjects=tuple(
            replace(one, holds=tuple(dict.fromkeys(_noun(thing, language) for thing in one.holds)))
            for one in shot.brief.subjects
        ),
    )
    subject = _noun(shot.subject, language) if shot.size == "insert" else shot.subject
    return glossed, replace(shot, idea=_glossed(shot.idea, language, names), subject=subject, brief=brief)


def _noun(thing: str, language: str) -> str:
    """A thing's name, in English where that is known; capitals are read in any case of letters."""
    capitals = thing.upper()
    meant = _glossed(capitals, language, frozenset[str]())
    return thing if meant == capitals else " ".join(word for word in meant.casefold().split() if word != "the")


@lru_cache(maxsize=2048)
def _glossed(text: str, language: str, names: Collection[str]) -> str:
    table = _table(language)

    def meant(found: re.Match[str]) -> str:
        form = found[0]
        if form.casefold() in names:
            return form
        meaning = (
            table.get(form) or table.get(form.casefold()) or (table.get(form.capitalize()) if form.isupper() else "")
        )
        if not meaning or (meaning in _TITLES and re.match(r" [^\W\d_a-z]\w", text[found.end() : found.end() + 3])):
            return form
        if language in _UNSPACED:
            return f" the {meaning} "
        return meaning

    if language in _UNSPACED:
        return _SPACED_OUT.sub(". ", _finder(language).sub(meant, text))
    elided = _ELIDED.sub(lambda found: "the " if found[1] else "", text)
    return _finder(language).sub(meant, elided)
