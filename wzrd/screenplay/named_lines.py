"""One line with a name and what it says: `ANNA: Hi.`, `ANNA (low). Hi.`, `ANNA, low: Hi.`.

Whether a script is written so, its other lines tell; here is only what one line may be.
"""

import re
from dataclasses import dataclass
from itertools import takewhile

from wzrd.language.words import lexicon
from wzrd.screenplay.capitals import is_nameable, is_nameable_again
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import in_capitals
from wzrd.screenplay.times import is_time
from wzrd.screenplay.words import has_case

_SHORTEST_POINTED = 3
_LONGEST_NAME, _LONGEST_WORDS, _MOST_IN_CAPITALS = 30, 4, 6
_LONGEST_HEAD = 120  # characters of a name with all that stands beside it
_LONGEST_WIDE = 6
_MOST_DIRECTION = 4  # words without brackets, of a direction beside a name
_ABBREVIATIONS = r"(?:[^\W\d_]{1,4}\.\s?){0,3}"  # MRS. WHITE, M. LOISEL, T. J. ECKLE
_NO_NAME = r":\uff1a.!?;*_()\uff08\uff09\u300c\[\]\""
_NAME = (  # bounded, else n spaces cost n squared
    rf"(?:(?:\d{{1,2}}\.\s)?{_ABBREVIATIONS}[^\W_][^{_NO_NAME}]{{0,{_LONGEST_NAME - 1}}}?(?:\s[^\W\d_]\.)?"
    r"|(?:[^\W\d_]\.){2,3})"
)
_BESIDE = rf"[(\uff08\[][^()\uff08\uff09\[\]]{{0,{_LONGEST_HEAD}}}[)\uff09\]]"
_SPOKEN = re.compile(
    rf"[*_]*(?P<name>{_NAME})[*_]*(?P<beside>,?\s{{0,2}}{_BESIDE})?"
    r"(?:(?P<colon>\s*[:\uff1a][*_]*(?!/)\s*)|(?P<stop>\.\s?[-\u2013\u2014]{1,3}\s*)"
    r"|(?P<dash>\s{1,8}[-\u2013\u2014]{1,3}\s+|[\u2013\u2014]\s+)"
    rf"|(?P<gap>(?:\s{{2,40}}|\u3000{{1,9}})(?=[^\s(\uff08\[]|{_BESIDE}\s*\S))"
    r"|(?P<point>(?(beside)\.\s+|(?!)))|(?P<aside>(?(beside)\s+(?=\S)|(?!)))|(?P<quote>\s+(?=[\"\u201c\u201e\u00ab])))"
)
ROUND = str.maketrans("[]", "()")
_SIGNS = ("colon", "stop", "dash", "gap", "point", "aside", "quote")
_DIRECTED = re.compile(  # ANNA, softly: Hello
    rf"(?P<name>[^{_NO_NAME},]{{2,{_LONGEST_NAME}}}),\s(?P<how>[^\W\d_][^:.()]{{1,40}}?)"
    r"(?:\s?[:\uff1a]\s+|(?P<stop>\.\s?[-\u2013\u2014]{1,3}\s*))(?=\S)"
)
_ITEMS = "-\u2013\u2014\u2022"  # a list of speeches: - ANNA: Hello
_SIGN = re.compile(r"[:\uff1a\u3000\u2013\u2014]|[.\s]-|\s{2}")  # none of which most lines have
_QUOTES_END = '"\u201d\u201c\u00bb'


@dataclass(frozen=True, slots=True)
class NamedSpeech:
    """One line that may hold a name and a speech. `sign`: colon, stop, dash, gap, point, aside or quote."""

    name: str
    beside: str
    sign: str
    speech: str
    doubtful: bool = False  # a name only where it comes again
    short: bool = False  # capitals or a time behind the name: said only by who says more

    @property
    def key(self) -> str:
        """The name without its case."""
        return self.name.casefold()


def named_speech(text: str) -> NamedSpeech | None:
    """The name and the speech on a line, if it may be one."""
    bare = text.strip()
    bare = bare[1:].lstrip() if bare[:1] in _ITEMS and bare[1:2].isspace() else bare
    head = bare[: 2 * _LONGEST_HEAD]
    begins = head.split(" ", 1)[0].isupper()
    found = _taken_apart(head, begins=begins) if begins or _SIGN.search(head) else None
    if not found or not found[0]:
        return None
    name, beside, sign, end = found
    speech = bare[end:].strip()
    most = _MOST_IN_CAPITALS if is_marked(name) else _LONGEST_WORDS
    if len(name.split()) > most or not _may_name(name, sign, text) or not is_nameable_again(name):
        return None
    if (sign != "colon" and not speech) or (sign not in {"colon", "stop"} and not is_marked(name)):
        return None
    if sign == "aside" and any(map(str.isdigit, beside)):
        return None  # "TYLER (9) HAS HIS EAR TO THE DOOR" brings somebody in
    if (sign == "quote" and speech[-1] not in _QUOTES_END) or read_heading(head):
        return None
    is_short = (sign != "colon" and (speech.isupper() or is_time(speech))) or sign.startswith("directed")
    sign = sign.removeprefix("directed ")
    return NamedSpeech(name, beside, sign, speech, doubtful=not is_nameable(name), short=is_short)


def _taken_apart(head: str, *, begins: bool) -> tuple[str, str, str, int] | None:
    """Name, what stands beside it, the sign behind it, and where the speech begins. `begins`: with capitals."""
    directed = _DIRECTED.match(head) if begins else None
    if directed and in_capitals(directed["name"]) and directed["how"][0].islower():
        how = directed["how"].strip()
        if len(how.split()) <= _MOST_DIRECTION:
            sign = "directed stop" if directed["stop"] else "directed colon"
            return directed["name"].strip(), f"({how})", sign, directed.end()
    spoken, pointed = _SPOKEN.match(head), _pointed_name(head) if begins else ""
    if not spoken or (not is_marked(spoken["name"]) and len(pointed) >= _SHORTEST_POINTED):
        return pointed, "", "point", len(pointed) + 1
    sign = next(sign for sign in _SIGNS if spoken[sign])
    return spoken["name"].strip(), (spoken["beside"] or "").strip(", ").translate(ROUND), sign, spoken.end()


def _pointed_name(text: str) -> str:
    """The capitals before a stop that begin a line, `ANNA. I see.` or `MRS. LEE. No.`; '' where none do."""
    words = list(takewhile(_in_capitals, text[:_LONGEST_NAME].split(" ")))
    while words and not words[-1].endswith("."):
        words.pop()
    while len(words) > 1 and words[-2].endswith(".") and words[-2].casefold().strip(".") not in lexicon.TITLES:
        words.pop()
    return " ".join(words)[:-1]


def _in_capitals(word: str) -> bool:
    return word == word.upper() and (word == "&" or word.lstrip("#")[:1].isalnum())


def _may_name(name: str, sign: str, text: str) -> bool:
    """True if a name begins with a capital; one without capitals stands at the margin, before columns of speech."""
    if has_case(name):
        return (name[0].isupper() and "," not in name) or is_marked(name)
    return sign == "gap" and len(name) <= _LONGEST_WIDE and text[:1] == name[0]


def is_marked(name: str) -> bool:
    """True if a name is in capitals, or in a script that has none."""
    return in_capitals(name) or not has_case(name)
