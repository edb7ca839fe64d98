"""The lines that need a look at their letters: character cues, transitions, parentheticals, title page keys."""

import re
from dataclasses import dataclass

from wzrd.domain.emphasis import plain
from wzrd.language.words.off_screen import is_off_screen
from wzrd.screenplay.model import one_line
from wzrd.screenplay.words import CONTINUED, CUTS, FADES, LONGEST_LABEL, TITLE_KEYS, has_case

_WIDE_SIGNS = str.maketrans("\uff08\uff09[]", "()()")
_SHORT_STOP = re.compile(r"(?:(?<=[^\W_]{3})|(?<=[\d)]))\.\Z")  # an abbreviation keeps its stop: J. R.
_CUT = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, CUTS))})\Z")
_LONGEST_CUE = 1_000  # characters of a name with all that stands beside it
_LONGEST_CUT = max(map(len, CUTS)) + 1
_SMALL_WITHIN = re.compile(r"(?<!\w)(?:Mc|Mac|Di|De|Du|Le|La|Van|Von|[dlD]['\u2019])(?=[^\W\d_]{2})")
_OFF = [re.compile(rf"(?P<name>.+?)[,\s\u2013\u2014-]+(?P<off>\S+(?: \S+){{{more}}})\Z") for more in (2, 1, 0)]
_OWNS = re.compile(r"['\u2019]S?\Z")
"""The end that ties a name to a voice: ANNA'S V.O."""
_KEY = re.compile(r"([^\s:\uff1a][^:\uff1a]{0,39})([:\uff1a])(?!/)")
_STANDARD_KEYS = {"title", "credit", "author", "authors", "source", "notes", "date", "draft date", "contact"}
_USUAL_KEYS = {"copyright", "revision", "genre", "tone", "style", "logline", "format", "aspect ratio"}
KNOWN_KEYS = frozenset(_STANDARD_KEYS | _USUAL_KEYS)


@dataclass(frozen=True, slots=True)
class Cue:
    """Who speaks: the name that identifies the voice, and what stood beside it."""

    name: str
    extension: str = ""
    dual: bool = False
    forced: bool = False


def is_upper(text: str) -> bool:
    """Capitals only, and at least one: scripts without case are never taken for a name or a transition."""
    return text.isupper()


_FOOTNOTE = re.compile(r"\A\*+\s*|\s*[*\u2020\u2021]+\s*\Z")
"""Marks of a footnote at a name: MORTY \u2020."""


def in_capitals(name: str) -> bool:
    """Capitals only, but for what is small within a name: McCLANE, MacDONALD, DiCAPRIO."""
    return name.isupper() or _SMALL_WITHIN.sub("", name).isupper()


def read_cue(text: str) -> Cue | None:
    """The cue on a line such as `MARA (V.O.) ^` or `@McCLANE`; None when it cannot be one."""
    if len(text) > _LONGEST_CUE:
        return None
    forced = text.startswith("@")
    text = _FOOTNOTE.sub("", plain(text[1:].strip() if forced else text)).translate(_WIDE_SIGNS).rstrip(":\uff1a ")
    text = text[:-1] if not forced and _SHORT_STOP.match(text, max(0, len(text) - 1)) else text
    dual = text.endswith("^")
    text = text[:-1].rstrip() if dual else text
    name, opened, rest = text.partition("(")
    name = one_line(name) if forced or in_capitals(name) else ""
    if not name or (opened and not rest.endswith(")")):
        return None
    extensions = [part.strip(" ()") for part in rest.split(")")]
    splits = [pattern.match(name) for pattern in _OFF] if " " in name and len(name) <= LONGEST_LABEL else []
    off = next((one for one in splits if one and len(one["off"]) > 1 and is_off_screen(one["off"], whole=True)), None)
    if off:
        name, extensions = _OWNS.sub("", off["name"]), [off["off"], *extensions]
    kept = [part for part in extensions if part and part.casefold().replace("\u2019", "'") not in CONTINUED]
    return Cue(name, ", ".join(kept), dual, forced)


def is_transition(line: str) -> bool:
    """Capitals that end in `TO:`, or one of the usual fades. A space behind the colon of `TO:` makes it action."""
    text = plain(line.lstrip())
    if has_case(text) and not is_upper(text):
        return False
    folded = text.casefold().replace(" :", ":")
    bare = folded.rstrip(".:\u3002\uff1a \u2026")
    ends = bare != folded or " " in bare or not has_case(bare)
    return _CUT.search(folded, max(0, len(folded) - _LONGEST_CUT)) is not None or (ends and bare in FADES)


def is_page_break(text: str) -> bool:
    """Three or more `=` and nothing else; or a rule of other text files: `---`, `***`, `___`."""
    return len(text) >= 3 and text[0] in "=-*_" and not text.strip(text[0])


def split_key(line: str) -> tuple[str, str] | None:
    """Key (lower case, the usual ones in English) and value of a title page line, or None.

    A full-width colon makes a key only of a word that title pages have: elsewhere a speech stands behind it.
    """
    found = _KEY.match(line)
    if not found:
        return None
    key = one_line(plain(found[1])).lower()
    key = TITLE_KEYS.get(key, key)
    return None if found[2] != ":" and key not in KNOWN_KEYS else (key, line[found.end() :].strip())
