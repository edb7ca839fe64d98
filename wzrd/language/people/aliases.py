"""Names that certainly mean one person: MRS. GREEN and GREEN, TEACHER and MR. JONES (the teacher). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from wzrd.domain.names import words_of
from wzrd.language.people.mentions import own_words
from wzrd.language.people.person_phrases import NOTHING, read_name
from wzrd.language.people.told_names import NO_NAMES, OF
from wzrd.language.words import lexicon
from wzrd.language.words.person_words import (
    ADJECTIVES,
    ANY_TRADE,
    NOUNS,
    RANKS,
    RELATIONS,
    TITLES,
    gender_of_name,
    is_given_name,
    plain,
)
from wzrd.language.words.role_words import ANYBODY

Facts = Mapping[str, tuple[str, str]]
MAX_ROLE = 3  # words
_CJK = "\u2e80"
_SHORT_TITLES: Mapping[str, str] = lexicon.load("people.json")["short titles"]


def aliases_of(
    known: Facts,
    roles: Mapping[str, Sequence[str]],
    together: Sequence[AbstractSet[str]],
    told: Sequence[Sequence[str]] = (),
    outright: Facts | None = None,
) -> dict[str, str]:
    """Other names of people: key → the key that comes first. Shy: whoever shares a scene is two people.

    `known`: gender and age of each, `outright` if the script says it in so many words; `roles`: what definite phrases
    call them ("the teacher"); `together`: who speaks in each scene; `told`: names that are one person for certain.
    """
    outright = outright or known
    keys, speaking = list(known), set[str]().union(*together)
    found = _told_once(told, keys, outright)
    found |= _spelled_otherwise(keys, found)

    def join(one: str, two: str) -> None:
        first, second = sorted((_first_of(one, found), _first_of(two, found)), key=keys.index)
        found.update({second: first} if first != second else {})

    for key in sorted(keys, key=lambda key: -len(key.split())):
        if key in found:
            continue
        if (bare := _without_trade(key)) in found or bare in keys:
            join(bare, key)
            continue
        longer = [other for other in keys if other != key and _extends(other, key)]
        others = _each_once([other for other in longer if _agree(known, key, other)], found, key)
        others = others or _each_once(_alike(key, longer or _bearers_of(key, keys), outright), found, key)
        others = others or [other for other in keys if other != key and _is_role_of(key, other, roles)]
        titled = [other for other in others if len(own_words(other)) < len(other.split())]
        others = (
            titled if len(titled) == 1 and known[key][0] else others
        )  # KANE is MR. KANE, and CHARLES KANE may be his son
        women = [other for other in others if TITLES.get(other.split()[0].strip(".")) == "woman"]
        others = [other for other in others if other not in women] or women  # LARSSON is ADAM LARSSON, and not his wife
        introduced = [other for other in others if any(outright[other])]
        others = introduced if len(introduced) == 1 else others  # PEGGY is PEGGY DUNN (42), and no PEGGY SUE
        whole = [other for other in keys if _is_cut_short(key, other)]
        able = [other for other in keys if _agree(known, key, other)]  # FARQUHAR is PEYTON, and not MRS. FARQUHAR
        guessed = not NOUNS.get(key, ("", ""))[0]  # an officer may be a woman
        one = "" if others or key not in speaking else _is_cut_to_trade(key, keys, speaking)
        if one and (guessed or one in able):
            join(key, one)
            continue
        if not others and (one := _is_part_of_one(key, able)) and (one not in found or one.split()[-1] == key):
            join(key, one)
            continue
        if len(whole) == 1:
            join(key, whole[0])
        elif len(others) == 1 and _agree(outright, key, others[0]) and _may_meet(key, others[0], known, together):
            join(key, others[0])
    return {key: same for key in found if (same := _first_of(key, found)) != key}


def _first_of(key: str, found: Mapping[str, str]) -> str:
    """The key by which somebody is known first, whatever other names lead there."""
    for _ in found:
        if (same := found.get(key, key)) == key:
            break
        key = same
    return key


def _may_meet(key: str, other: str, known: Facts, together: Sequence[AbstractSet[str]]) -> bool:
    """True if two cues of one scene may be one person: BROTHER KYLE and KYLE; or if no scene has both."""
    titled = own_words(other) == [key] and known[key][0] == known[other][0] != ""
    return titled or not any({key, other} <= scene for scene in together)


def _told_once(told: Sequence[Sequence[str]], keys: Sequence[str], outright: Facts) -> dict[str, str]:
    """Other names that the page tells: name → the key that comes first."""
    found: dict[str, str] = {}
    for names in told:
        same = [key for key in keys if key in names]
        best = next((key for key in same if key not in ANYBODY), same[0] if same else "")
        others = [name for name in names if best and name != best]
        found |= {name: best for name in others if name not in outright or _may_be_one(outright, best, name)}
    return found


def _may_be_one(outright: Facts, one: str, other: str) -> bool:
    """True unless the page tells a man and a woman who share no name."""
    shared = {*one.split()} & {*other.split()}
    return bool(shared) or {outright[one][0], outright[other][0]} != {"man", "woman"}


def _alike(key: str, longer: Sequence[str], outright: Facts) -> list[str]:
    """Longer names that only a pronoun may deny: SMITH is ADA SMITH, whatever "he" is; none where a title does."""
    titled = any(other.split()[0].strip(".") in TITLES for other in longer)
    grown = [other for other in longer if " " not in key or outright[other][1] not in {"child", "teen"}]
    return [] if titled else [other for other in grown if _agree(outright, key, other)]


def _each_once(keys: Iterable[str], found: Mapping[str, str], but: str) -> list[str]:
    """The people with these names, each by one of them, without the one who is called `but`."""
    return [*{same: key for key in keys if (same := _first_of(key, found)) != but}.values()]


def _bearers_of(key: str, keys: Sequence[str]) -> list[str]:
    """Who bears the surname behind a rank or a trade: NURSE LEE is LEE or MARY LEE."""
    rank, *names = key.split()
    if len(names) != 1 or rank not in (RANKS | ANY_TRADE.keys()) - TITLES.keys() or read_name(names[0]) != NOTHING:
        return []
    bearing = (other for other in keys if other != key and other.split()[-1] == names[0])
    return names if names[0] in keys else [other for other in bearing if is_given_name(other.split()[0])]


def _spelled_otherwise(keys: Sequence[str], found: Mapping[str, str]) -> dict[str, str]:
    """Names that are one but for accents, a short title, or a given name behind: M. LOISEL, \u7530\u4e2d\u6e05."""
    same: dict[str, str] = {}
    spelled: dict[str, str] = {}
    for key in keys:
        longer = [
            other for other in keys if key[:1] > _CJK and other != key and other.startswith(key) ^ other.endswith(key)
        ]
        if len(longer) == 1 and len(key) > 1 and key not in found:
            same[longer[0]] = key
        first = spelled.setdefault(_with_short_titles(key), key)
        if first != key and key not in found and key not in same:
            same[key] = first
    return same


def _with_short_titles(key: str) -> str:
    words = key.split()
    words = words[1:] if len(words) > 1 and words[0] in lexicon.ARTICLES else words
    spelled = " ".join(_SHORT_TITLES.get(word.strip("."), word.strip(".")) for word in words)
    return plain(spelled.removeprefix("l'").replace("-", " "))


def _is_part_of_one(key: str, keys: Sequence[str]) -> str:
    """The one name that begins or ends with this one, word for word: RUTH and RUTH ADLER; '' where several do."""
    called = [other for other in keys if other.startswith(f"{key} ") and is_given_name(other.split()[-1])]
    if key in NOUNS and len(called) == 1 and len(called[0].split()) == len(key.split()) + 1:
        return called[0]  # GRANDMA and GRANDMA JO
    whole = [other for other in keys if " " in key and other != key and _is_within(key.split(), other.split())]
    if len(whole) == 1:
        return whole[0]  # SISTER GRACE and SISTER GRACE OKONKWO, DR OBI and DR NKECHI OBI
    bare = " ".join(word for word in key.split() if word not in lexicon.ARTICLES)
    owned = [
        other for other in keys if other.endswith(f"'s {key}") or (other.startswith(f"{bare} ") and _is_owned(other))
    ]
    if bare in RELATIONS and len(owned) == 1:
        return owned[0]  # MOTHER and LUCY'S MOTHER
    if " " in key or not key.isalpha() or len(key) < 3 or read_name(key) != NOTHING or key in RANKS:
        return ""
    longer = [
        other for other in keys if other != key and key in _with_short_titles(other).split() and not _is_owned(other)
    ]
    first, *others = longer or [""]
    words = [word for word in _with_short_titles(first).split() if word == key or word not in NO_NAMES]
    if words == [key] and not others and "'" not in first:
        return first  # TEENAGE DAUGHTER ZOE
    plain = len(words) == 2 and not any(word in ADJECTIVES or "'" in word for word in words)
    family = is_given_name(words[0]) and key == words[1] if plain else False
    return (
        first if plain and not others and key in (words[0], words[-1]) and not (family and is_given_name(key)) else ""
    )


def _is_owned(key: str) -> bool:
    """True if a name says whose relation somebody is: MOTHER OF TOM, M\u00c8RE DE KARIM."""
    return any(one in RELATIONS and two in OF for one, two in pairwise(key.split()))


def _without_trade(key: str) -> str:
    """A whole name without the trade before it: the HALINA KRUK of PROFESOR HALINA KRUK; else ''."""
    trade, *name = key.split()
    return " ".join(name) if len(name) > 1 and (trade in NOUNS or trade in RANKS or trade in ANY_TRADE) else ""


def _is_cut_to_trade(key: str, keys: Sequence[str], speaking: AbstractSet[str]) -> str:
    """The one who is brought in by a trade of which this cue is the last word: OFFICER, a CUSTOMS OFFICER; else ''."""
    first, *others = [other for other in keys if other.endswith(f" {key}")] or [""]
    ahead = first.split()[:-1]
    is_trade = key in lexicon.PERSONS and all(word.isalpha() and word not in ADJECTIVES for word in ahead)
    if is_trade and not others and first not in speaking:
        return first
    led = [other for other in keys if other.startswith(f"{key} ")]
    is_role = key in NOUNS or key in RANKS or key in ANY_TRADE
    return led[0] if is_role and len(led) == 1 and led[0] not in speaking else ""  # MAN IN A HAT, CAPTAIN MILLER


def _is_within(short: Sequence[str], long: Sequence[str]) -> bool:
    """True if a name has all words of another, in their order."""
    rest = iter(long)
    return all(word in rest for word in short)


def _agree(known: Facts, key: str, other: str) -> bool:
    return all(not one or not two or one == two for one, two in zip(known[key], known[other], strict=True))


def _is_role_of(key: str, other: str, roles: Mapping[str, Sequence[str]]) -> bool:
    """True if `key` is a role by which the script calls `other`: TEACHER, and "MR. JONES, the teacher"."""
    words = words_of(key)
    if not words or any(word.isdigit() for word in words) or key in other.split():
        return False
    return any(
        role == key or role.split()[-1:] == [key] for role in roles.get(other, ()) if len(role.split()) <= MAX_ROLE
    )


def _extends(longer: str, shorter: str) -> bool:
    """True if a name is another with a title, a rank or a first or last name more."""
    long, short = longer.split(), shorter.split()
    more = [word for word in long if word not in short and (len(word.strip(".")) > 1 or len(long) == 2)]  # JOHN J. DUNN
    if (
        len(short) != 1
        or not short[0].replace("-", "").isalpha()
        or short[0] not in (long[0], long[-1])
        or not 1 <= len(more) <= 2
    ):
        return False
    if read_name(shorter) != NOTHING or "'s" in longer:
        return False
    plain = [word.strip(".") for word in more]
    is_whole = len(long) == 3 and short[0] == long[2] and is_given_name(long[0])  # CHARLES FOSTER KANE
    return (
        is_whole
        or all(word in TITLES or word in RANKS or gender_of_name(word) != "" for word in plain)
        or (is_given_name(short[0]) and long[0] == short[0] and len(more) == 1)
    )


def _is_cut_short(key: str, other: str) -> bool:
    """True if a cue is a longer one with its end lost: ARTH and ARTHUR, and not ANN and ANNA, ROB and ROBERT."""
    cut = other.startswith(key) and 3 <= len(key) < len(other) and key.isalpha() and other.isalpha()
    return cut and is_given_name(other) and not is_given_name(key) and read_name(key) == NOTHING
