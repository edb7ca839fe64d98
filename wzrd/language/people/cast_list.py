"""The list of its people that a script begins with: their names, and what it tells of each. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wzrd.domain.names import voice_key
from wzrd.language.words import lexicon
from wzrd.language.words.person_words import ADJECTIVES, BOUNDARIES, DETERMINERS, NOUNS, PLURALS, POSSESSIVES
from wzrd.language.words.role_words import ANIMALS

MAX_CAST = 20_000  # characters
_PARTS = re.compile(r"\n|\s/\s")
_RE = lexicon.patterns("cast_list")
_MOST_PARTS = 5
_ENDS = BOUNDARIES | lexicon.PREPOSITIONS
"""Words behind a role: "a nurse in blue"."""
_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class CastMember:
    """A line of the list: the name as it is written, its key, what stands behind it, and the roles that it names."""

    name: str
    key: str
    told: str
    roles: tuple[str, ...] = ()


def cast_members(cast: str) -> Iterator[CastMember]:
    """Everybody on a list of the cast, a line each or divided by slashes."""
    for part in _PARTS.split(cast[:MAX_CAST]):
        found = _RE["member"].match(part.strip())
        if found and (key := voice_key(found["name"].rstrip("."))):
            told = found["rest"].strip()
            yield CastMember(found["name"].strip(), key, told, tuple(roles_of(told)))


def without_names(member: CastMember, cast: Sequence[CastMember]) -> str:
    """A line's words behind its name, others' names in small letters: the Lee of "Lee's clerk, 26" is not 26."""
    others = {word for one in cast if one is not member for word in one.key.split()}
    return _WORD.sub(lambda word: word[0].lower() if word[0].casefold() in others else word[0], member.told)


def cut_short(listed: Sequence[str], cues: set[str]) -> Iterator[list[str]]:
    """Cues that a printed play cuts short, each with the one listed name that it can mean: NAT. for Natalie."""
    silent = [name for name in listed if name not in cues]
    for cue in cues.difference(listed):
        able = [name for name in silent if _begins(name, cue)]
        if len(able) == 1 and not any(_begins(name, cue) for name in cues - {cue}):
            yield [cue, *able]


def _begins(name: str, short: str) -> bool:
    """True if each word of a cue begins a name's word: P. ANZELM, Pan Anzelm."""
    pairs = [*zip(name.split(), short.split(), strict=False)]
    alike = all(long.startswith(cut.strip(".")) for long, cut in pairs)
    return alike and len(pairs) == len(name.split()) == len(short.split()) and len(short) > 1


_AND = frozenset({"and", "und", "et", "y", "e", "i", "en", "och", "\u0438"})


def roles_of(told: str) -> Iterator[str]:
    """Roles that words behind a name give: the noun of each short part, `, notary`, ` (the old baker)`."""
    parts = re.split(r"[,;:()\uff08\uff09/\u3001\u3000\u2014\u2013]|\s-\s", re.split(r"[.!?](?:\s|$)", told)[0])
    for part in parts[:_MOST_PARTS]:
        words = [word.casefold() for word in _WORD.findall(part)]
        owned = bool(words) and words[0] in POSSESSIVES
        if words and words[0] in _AND:
            break  # "HANK (60) and a mule"
        words = words[1:] if words and words[0] in DETERMINERS else words
        ends = (at for at, word in enumerate(words) if word in (_ENDS if at else lexicon.PREPOSITIONS))
        words = words[: next(ends, len(words))]
        noun = words[0] if len(words) == 1 else ""
        noun = next((word for word in reversed(words) if word in NOUNS and word not in ADJECTIVES), noun)
        noun = words[-1] if not noun and words and words[-1] in ANIMALS else noun
        if 0 < len(words) <= 3 and noun and not owned and noun not in PLURALS and noun not in ADJECTIVES:
            yield noun
