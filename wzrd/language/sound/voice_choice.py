"""Paid voices by register: who speaks with which of a vendor's voices, by gender, age and tone. Pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from wzrd.language.people.profiles import Profile
from wzrd.language.people.register import Register
from wzrd.language.words.person_words import Gender

_GENDERS: Mapping[str, Gender] = {"male": "man", "female": "woman"}
_AGES = {"young": 1, "middle_aged": 2, "old": 3}
_OF_AGE = {"child": 0, "teen": 1, "young": 1, "adult": 2, "old": 3}
_NARRATES = frozenset({"narrative", "narration", "story", "storytelling"})
_OTHER_GENDER, _UNKNOWN_GENDER, _USED, _YEARS, _TONE = 100, 10, 30, 8, 3
MOST = 199
"""People who are cast by name, those with most lines first; whoever is left has the narrator's voice."""


@dataclass(frozen=True, slots=True)
class VoiceFacts:
    """A voice as its vendor tells it: `gender` and `age` (1 young to 3 old, 0 untold), and words about its tone."""

    voice_id: str
    name: str
    gender: Gender = ""
    age: int = 0
    words: frozenset[str] = frozenset()


def read_voices(rows: Iterable[Mapping[str, Any]]) -> list[VoiceFacts]:
    """The voices of a vendor's list that have an id, in the order of their ids."""
    found: list[VoiceFacts] = []
    for row in rows:
        labels: Mapping[str, Any] = (
            cast("Mapping[str, Any]", row["labels"]) if isinstance(row.get("labels"), Mapping) else dict[str, Any]()
        )
        told = {str(name): str(value).casefold() for name, value in labels.items()}
        words = frozenset(
            re.findall(r"[a-z]+", " ".join((*told.values(), str(row.get("description") or "").casefold())))
        )
        gender, age = _GENDERS.get(told.get("gender", ""), ""), _AGES.get(told.get("age", ""), 0)
        if isinstance(row.get("voice_id"), str) and row["voice_id"]:
            found.append(VoiceFacts(row["voice_id"], str(row.get("name") or ""), gender, age, words))
    return sorted(found, key=lambda one: one.voice_id)


def choose_voices(
    speakers: Sequence[str], register: Register, voices: Sequence[VoiceFacts], former: Mapping[str, str]
) -> dict[str, str]:
    """A voice id for everybody who speaks, by `voice_key`, and for whoever is nobody (`""`): the narrator's.

    `speakers`: of each line its speaker's key. Who had a voice in the film before (`former`) keeps it, as long as there
    is such a voice; two names of one person share one. Those with most lines choose first; no voice is anybody's
    second choice while another fits as well.
    """
    counted = Counter(register.canonical(key) for key in speakers if key)
    known, taken = {one.voice_id: one for one in voices}, Counter[str]()
    chosen: dict[str, str] = {}
    people = sorted(counted, key=lambda key: (-counted[key], key))[:MOST]
    for key in people:
        if former.get(key) in known:
            chosen[key] = former[key]
            taken[former[key]] += 1
    for key in [*(one for one in people if one not in chosen), ""]:
        profile = register.profile(key) if key else None
        best = min(voices, key=lambda one: _unlike(key, profile, one, taken[one.voice_id]), default=None)
        if best is not None:
            chosen[key] = former[key] if former.get(key) in known else best.voice_id
            taken[chosen[key]] += 1
    return {key: chosen[own] for key in dict.fromkeys((*speakers, "")) if (own := register.canonical(key)) in chosen}


def _unlike(key: str, person: Profile | None, voice: VoiceFacts, used: int) -> tuple[int, bytes]:
    """Measure of how badly a voice suits a person; equals are told apart by both names, always alike."""
    name = hashlib.blake2b(f"{key}\n{voice.voice_id}".encode(), digest_size=8).digest()
    if person is None:
        return _USED * used - _TONE * len(voice.words & _NARRATES), name
    gender = 0
    if person.gender and voice.gender != person.gender:
        gender = _OTHER_GENDER if voice.gender else _UNKNOWN_GENDER
    years = abs(_OF_AGE.get(person.age, 2) - (voice.age or 2))
    tone = len(voice.words & {*re.findall(r"[a-z]+", person.said.casefold())})
    return gender + _USED * used + _YEARS * years - _TONE * tone, name
