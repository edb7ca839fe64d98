"""Scene headings: number, INT or EXT, place, time of day, in any order that writers give them."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from wzrd.language.words.person_words import is_given_name
from wzrd.screenplay.model import IntExt, one_line
from wzrd.screenplay.times import ASIDE, DASH, DASHES, LONGEST, SHORT_STOP, STOPS, is_time, split_behind, split_time
from wzrd.screenplay.words import (
    COUNTED_PARTS,
    HOMOGRAPHS,
    KINDS,
    NUMBERS,
    ORDINALS,
    SCENE_WORDS,
    UNREAL,
    VOWELS,
    has_case,
)

_HOMOGRAPH = re.compile(rf"(?<!\w)(?:{'|'.join(HOMOGRAPHS)})(?!\w)", re.IGNORECASE)
_HEAD = 30  # characters among which the kind of a heading stands first
_SHORT = 60  # characters of a heading in small letters, and of one that only the word SCENE shows
_SIGNS = f"{DASHES}{STOPS}:\uff1a/|\u3001,\uff0c\u30fb\u00b7\uff0f()\uff08\uff09[]"
_KIND = re.compile(
    r"((?:INT|EXT|EST)\.?(?:\s?[/-]\s?(?:INT|EXT|EST)\b\.?)?|I/E|E/I)(?=[\s.:/|,\u3002\uff0e\u2013\u2014-]|\Z)",
    re.IGNORECASE,
)
_TOKEN = re.compile(rf"[^\W\d_][^\W\d_{VOWELS}]*(?:[{VOWELS}'\u2019]+[^\W\d_]+)*[{VOWELS}]*")
_JOINT = re.compile(rf"\.?\s?[{DASHES}/\uff0f\u30fb]\s?")
_ALL_KINDS: Mapping[str, str] = {**KINDS, "int": "INT", "ext": "EXT"}
_FIRST_WORDS = frozenset(("int", "ext", "est", *KINDS, *SCENE_WORDS))
_WORD_OF_NUMBER = "|".join(sorted(map(re.escape, SCENE_WORDS), key=len, reverse=True))
_NUMBER = re.compile(
    r"(?:\u7b2c(?P<counted>[\d\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e]+)[\u573a\u5834\u5e55\u666f]"
    rf"|(?P<word>S\s?#\s?\.?\s?|S(?=\d)|(?i:{_WORD_OF_NUMBER})\.?\s?(?:(?i:n[or]?)[.\u00b0\u00ba]?\s?|[#\u2116\u00ba\u00b0]\s?)?)?"
    r"#?(?P<number>[A-Z]{0,2}\d{1,4}(?:[-/.]\d{1,4})?[A-Z]{0,2})(?:\.?[\u00aa\u00ba\u00b0]|-[\u0430-\u044f\u0456]{1,2}(?!\w))?"
    rf"(?:\.?\s?(?P<behind>(?i:{_WORD_OF_NUMBER}))(?!\w))?)"
    rf"(?P<sign>\s*[{re.escape(_SIGNS)}][\s{re.escape(DASHES)}]*|\s+|\Z)"
)
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?"
_SPAN = rf"(?:{_CLOCK}|\d{{1,3}})\s?(?:[-\u2013\u2014]|to)\s?{_CLOCK}"
_SECONDS = (
    r"(?:\d{1,3}\s?[-\u2013\u2014]\s?)?\d{1,3}\s?"
    r"(?:s|secs?|seconds?|min|minutes?|sekunden|secondes|segundos|secondi)\b\.?"
)
_LASTS = re.compile(
    rf"(?P<head>(?:{_WORD_OF_NUMBER})\.?\s?#?\d{{1,4}}[A-Z]?)(?P<named>[^()\[\]]*?)\s?(?:[:|,\u2013\u2014-]\s?)?"
    rf"(?:[(\[]\s?(?:{_SPAN}|{_CLOCK}|{_SECONDS})\s?[)\]]|{_SPAN})(?=\s*(?:[:|.,\u2013\u2014-]|\Z))",
    re.IGNORECASE,
)
"""The time that a numbered scene takes: Scene 1 (0:00-0:10)."""
_LEAD = re.compile(
    rf"(?:(?i:{_WORD_OF_NUMBER})\s?[:\uff1a]\s*"
    rf"|(?P<clock>\d{{1,2}}[:.h]\d\d(?:\s?[ap]\.?m\b\.?)?)\s*[{DASHES},]?\s*)(?=[^\W\d_])",
    re.IGNORECASE,
)
"""Before a heading: `Scene: Int. Kitchen`, `12:30 a.m. Int. Kitchen`."""
_TENS: Mapping[str, int] = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_SPELLED = re.compile(
    rf"((?:{_WORD_OF_NUMBER})\.?\s)(?:the )?(?:({'|'.join(_TENS)})[- ])?"
    rf"({'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
    rf"(?=[{re.escape(_SIGNS)}\s]|\Z)",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    rf"({'|'.join(sorted(ORDINALS, key=len, reverse=True))})\s({'|'.join(COUNTED_PARTS)})(?=[{re.escape(_SIGNS)}]|\Z)",
    re.IGNORECASE,
)
_OF_DATES = "\u6708\u5e74\u65e5\u65f6\u6642\u70b9\u5206"
# a circle or the like opens a Japanese heading
_MARK = re.compile(r"(?:[\u25cb\u25ef\u3007\u25cf\u25a0\u25a1\u25c6\u25c7\u3010\uff03]|\u67f1[:\uff1a])\s*")
_LETTERS = re.compile(r"(?P<kind>[IAE])/(?P<time>[TNDJ])(?=\s|\Z|[-\u2013\u2014.])[\s.\-\u2013\u2014]*(?P<place>.*)")
_TIME_LETTERS: Mapping[str, str] = {"T": "TAG", "N": "NIGHT", "D": "DAY", "J": "JOUR"}
_MOST_BEFORE_KIND = 6  # words
_PROSE = re.compile(r"\.\s+(?=[^\W\d_])")
_FEWEST_OF_PROSE, _WORDS_OF_PROSE = 30, 4  # characters of such a line, words of its prose


LONGEST_LINE = 20_000
"""Characters of a heading with its scene on one line, some eight pages: a line that is longer is action."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A scene heading taken apart. `text` is the whole heading without its number, `label` the number.

    `forced`: nothing but a full stop made it one.
    """

    text: str
    int_ext: IntExt = ""
    place: str = ""
    time_of_day: str = ""
    label: str = ""
    forced: bool = False


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where a word for inside or outside stands in a text, alone or two of them together."""

    start: int
    end: int
    int_ext: IntExt


def read_heading(text: str, *, forced: bool = False) -> Heading | None:
    """The heading on this line, or None when it does not begin as one does and is not forced."""
    if len(text) > LONGEST_LINE:
        return Heading(one_line(text), forced=True) if forced else None
    if len(text) > LONGEST:
        return _read.__wrapped__(text, forced)
    if not text.isascii() and (found := _HOMOGRAPH.search(text)):
        return _with_homograph(text, found, forced)
    return _read(text, forced)


def _with_homograph(text: str, found: re.Match[str], forced: bool) -> Heading | None:
    """A heading in a language whose time of day is a room elsewhere (KUCHYNĚ - DEN): letters of its own tell."""
    word = found.group()
    stand_in = HOMOGRAPHS[word.casefold()]
    stand_in = stand_in.upper() if word.isupper() else stand_in
    heading = _read(text[: found.start()] + stand_in + text[found.end() :], forced)
    if heading is None or stand_in not in heading.time_of_day:
        return _read(text, forced)
    return replace(
        heading,
        text=heading.text.replace(stand_in, word),
        time_of_day=heading.time_of_day.replace(stand_in, word),
    )


@lru_cache(4_096)  # every floor of the reader asks for the same lines
def _read(text: str, forced: bool) -> Heading | None:
    if not forced and len(text) > _SHORT and _is_prose(text):
        return None
    text, label = _split_label(one_line(text))
    text = text[1:-1].strip() if text[:1] == "[" and text.find("]") == len(text) - 1 else text
    if (lead := _LEAD.match(text)) and (behind := _behind_lead(text, lead)):
        return replace(behind, label=label)
    text, marked, number = _without_number(text)
    sure = forced or marked
    found = _short_heading(text) or _lettered_heading(text) or _worded_heading(text, sure=sure)
    if found:
        return replace(found, label=label or number)
    if not sure:
        return None
    place, time_of_day = ("", "") if _NUMBER.fullmatch(text) else split_time(text)
    return Heading(text, "", place, time_of_day, label or number, forced=True)


def _behind_lead(text: str, lead: re.Match[str]) -> Heading | None:
    """A heading behind the word SCENE without a number, or behind a time of the clock."""
    rest = text[lead.end() :]
    found = _short_heading(rest)
    if not found and (kind := next(_kinds(rest[:_HEAD]), None)) and kind.start == 0:
        found = _opened(rest, kind, sure=True)
    return replace(found, text=text, time_of_day=found.time_of_day or lead["clock"] or "") if found else None


def _is_prose(text: str) -> bool:
    """True if a long text begins with a word in small letters that begins no heading: most lines do."""
    first = text.lstrip().split(" ", 1)[0]
    return first[1:2].islower() and first.isalpha() and first.casefold() not in _FIRST_WORDS


def _without_number(text: str) -> tuple[str, bool, str]:
    """The heading without its leading number, whether a mark of scenes stood there, and the number.

    A number counts where INT or EXT follows it, one of their kin, or a place in capitals with its time; with the
    word SCENE where anything short follows, or nothing.
    """
    mark = _MARK.match(text)
    mark = mark if mark and (text[0] != "\u3010" or text[-1] == "\u3011") else None
    rest = text[mark.end() :].removesuffix("\u3011") if mark else text
    if spelled := _SPELLED.match(rest):
        tens = _TENS[spelled[2].casefold()] if spelled[2] else 0
        rest = f"{spelled[1]}{tens + NUMBERS[spelled[3].casefold()]}{rest[spelled.end() :]}"
    elif len(rest) <= _SHORT and (ordered := _ORDERED.match(rest)):
        rest = f"{ordered[2]} {ORDINALS[ordered[1].casefold()]}{rest[ordered.end() :]}"
    if len(rest) <= LONGEST and (lasts := _LASTS.match(rest)):
        rest = f"{lasts['head']}{lasts['named']}{rest[lasts.end() :]}"
    number = _NUMBER.match(rest)
    if not number:
        return rest, mark is not None and bool(rest), ""
    behind = rest[number.end() :]
    behind = behind[:-1] if "(" in number["sign"] and behind.find(")") == len(behind) - 1 else behind
    named = number["counted"] or number["word"] or number["behind"]
    is_counted = mark is not None and "\uff03" in mark.group()
    if named == "S" and has_case(behind):
        named = ""  # S1 is a speaker, and a scene only in Korea
    if is_counted or _is_headed(behind) or (named and _is_short(number, behind)):
        label = unicodedata.normalize("NFKC", number["counted"] or number["number"])
        return behind.removesuffix(f" {label}") or rest, True, label
    return rest, mark is not None, ""


def _is_short(number: re.Match[str], behind: str) -> bool:
    """True if what follows SCENE and a number is no sentence: nothing, or a few words behind a sign."""
    if not behind or (number["counted"] and not has_case(behind)):
        return len(behind) <= _SHORT
    cased = has_case(behind)
    is_told = behind[-1] in ".!?\u2026\u3002" and (not cased or any(char.islower() for char in behind))
    is_told = is_told and not is_time(behind.rstrip(STOPS).rpartition(". ")[2])
    signed = not number["sign"].isspace() or behind.isupper() or not cased  # SHOT 3  THE ROOF.
    return signed and len(behind) <= _SHORT and not is_told


def _is_headed(text: str) -> bool:
    if not text or len(text) > LONGEST:
        return False
    if _short_heading(text) or _lettered_heading(text) or _worded_heading(text, sure=True):
        return True
    if has_case(text) and any(char.islower() for char in text):
        return False
    return text[0] not in _OF_DATES and all(split_time(text))


def _short_heading(text: str) -> Heading | None:
    """A heading that begins with INT, EXT or EST."""
    if not (kind := _KIND.match(text)):
        return None
    place, time_of_day = split_behind(text[kind.end() :])
    return Heading(text, _int_ext(kind.group(1)), place, time_of_day)


def _lettered_heading(text: str) -> Heading | None:
    """A heading by letters for inside or outside and day or night: I/T, A/N, E/D, before a place in capitals."""
    found = _LETTERS.match(text)
    if not found or any(char.islower() for char in ASIDE.sub("", found["place"])):
        return None
    place, time_of_day = split_time(found["place"])
    int_ext: IntExt = "INT" if found["kind"] == "I" else "EXT"
    time = " - ".join(filter(None, (_TIME_LETTERS[found["time"]], time_of_day)))
    return Heading(text, int_ext, place, time)


def _worded_heading(text: str, *, sure: bool = False) -> Heading | None:
    """A heading with a word for inside or outside anywhere; signs or a time show that it is no sentence.

    Small letters need a time and signs around, and few words. `sure`: a number or the like shows what it is.
    """
    if len(text) > LONGEST:
        return None
    small = any(map(str.islower, text)) and any(map(str.islower, ASIDE.sub("", text)))
    long = small and len(text) > _SHORT
    for kind in _kinds(text[:_HEAD] if long else text):
        if not text[: kind.start].strip("(\uff08[ "):
            found = _opened(text, kind, sure=sure)
        else:
            found = None if long else _around(text, kind, sure=sure, small=small)
        if found:
            return found
    return _led_heading(text)


def _kinds(text: str) -> Iterator[_Kind]:
    words = [(one, _ALL_KINDS.get(one.group().casefold(), "")) for one in _TOKEN.finditer(text)]
    for at, (word, kind) in enumerate(words):
        after, other = words[at + 1] if at + 1 < len(words) else (word, "")
        if kind and other and _JOINT.fullmatch(text, word.end(), after.start()):
            yield _Kind(word.start(), after.end(), _as_int_ext(kind if kind == other else "INT/EXT"))
        elif kind:
            yield _Kind(word.start(), word.end(), _as_int_ext(kind))


def _opened(text: str, kind: _Kind, *, sure: bool) -> Heading | None:
    """A heading that begins with its kind."""
    behind = text[kind.end :]
    place, time_of_day = split_behind(behind)
    signed = bool(behind.strip()) and behind.lstrip()[0] in _SIGNS
    if any(char.islower() for char in text[: kind.end].replace("\u00df", "")):
        fits = time_of_day and (signed or sure) and len(text) <= _SHORT
    else:
        # UTE. Ja., in a German script
        named = is_given_name(text[: kind.end].casefold()) and not behind.strip(_SIGNS + " ").isupper()
        said = named or (behind[-1:] in "!?\u2026" and any(map(str.islower, behind)))
        said = said or (behind.lstrip()[:1] in {":", "\uff1a"} and text != text.upper())
        fits = sure or time_of_day or (signed and not said)
    return Heading(text, kind.int_ext, place, time_of_day) if fits else None


def _around(text: str, kind: _Kind, *, sure: bool, small: bool) -> Heading | None:
    """A heading with its kind behind the place, or behind the time, or at the end."""
    before, after = text[: kind.start], text[kind.end :]
    left, right = _trimmed(before), _trimmed(after)
    signs = (before.rstrip()[-1:] in _SIGNS) + (after.lstrip()[:1] in _SIGNS)
    ends = is_time(right)  # "PIAZZA INTERNO SERA", "Strada, esterno notte"
    if not sure and has_case(text) and signs < 1 + small - ends:
        return None
    if not right:
        place, time_of_day = split_time(left)
    elif _begins_with_time(right):
        place, time_of_day = left, right
    elif is_time(left):
        place, time_of_day = right, left
    else:
        return None
    if not time_of_day:
        return None
    place = "" if place.casefold() in UNREAL else place
    return Heading(text, kind.int_ext, place, SHORT_STOP.sub("", time_of_day))


def _begins_with_time(text: str) -> bool:
    return is_time(DASH.split(text, maxsplit=1)[0])


def _trimmed(text: str) -> str:
    """A part of a heading without the signs around it; a bracket that is open no more becomes a dash."""
    bare = text.strip(f" {_SIGNS}") if not ASIDE.search(text) else text.strip(f" {DASHES}{STOPS}:/|,")
    return re.sub(r"\s*[(\uff08\[]\s*", " - ", bare) if not ASIDE.search(text) else bare


def _led_heading(text: str) -> Heading | None:
    """A heading behind words in capitals that say how it is seen: DREAM - EXT. FIELD, BLICK - I/T ZIMMER."""
    for sign in re.finditer(rf" ?[:.] | [{DASHES}]{{1,2}} ", text):
        head, rest = text[: sign.start()], text[sign.end() :]
        if not head.isupper() or len(head.split()) > _MOST_BEFORE_KIND:
            return None
        behind = _lettered_heading(rest)
        if not behind and (kind := _KIND.match(rest)) and (kind.group()[-1] in STOPS or rest.isupper()):
            behind = _short_heading(rest)
        if not behind and (word := next(_kinds(rest), None)) and word.start == 0:
            behind = _opened(rest, word, sure=False)
        if behind and (behind.time_of_day or behind.place == behind.place.upper()):
            return replace(behind, text=text)
    return None


def split_prose(text: str) -> tuple[str, str]:
    """A heading and the prose that goes on behind it on its line: `DREAM. EXT. FIELD. Anna runs.` and the like."""
    stops = _PROSE.finditer(text, 0, LONGEST) if len(text) > _FEWEST_OF_PROSE else ()
    small, letters = (sum(map(kind, text)) for kind in (str.islower, str.isalpha)) if stops else (0, 0)
    for stop in stops:
        head, prose = text[: stop.end()].rstrip(), text[stop.end() :].lstrip()
        if any(char.islower() for char in head):
            break
        is_prose = small > (letters - sum(map(str.isalpha, head))) / 2
        if is_prose and len(prose.split(maxsplit=_WORDS_OF_PROSE)) >= _WORDS_OF_PROSE and read_heading(head):
            whole = read_heading(text)  # SCENE 2. Interior day, kitchen.
            return (
                (text, "") if whole and whole.place and not whole.forced and _NUMBER.fullmatch(head) else (head, prose)
            )
    return text, ""


def _split_label(text: str) -> tuple[str, str]:
    opened = text.rfind("#", 0, -1) if text.endswith("#") else -1
    label = text[opened + 1 : -1].strip()
    if opened < 0 or not label or not all(char.isalnum() or char in "-." for char in label):
        return text, ""
    return text[:opened].rstrip(), label


def _int_ext(kind: str) -> IntExt:
    words = {word for word in re.split(r"[\s./-]+", kind.casefold()) if word}
    if words == {"est"}:
        return "EST"
    kinds = {"INT" if word in {"int", "i"} else "EXT" for word in words}
    return _as_int_ext(kinds.pop() if len(kinds) == 1 else "INT/EXT")


def _as_int_ext(kind: str) -> IntExt:
    return "INT" if kind == "INT" else "EXT" if kind == "EXT" else "INT/EXT"
