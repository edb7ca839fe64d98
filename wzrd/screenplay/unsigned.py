"""Names that stand before their words without a sign: `CLAUDE Euh… bonjour.`, `Karin Mach das Fenster auf!`.

What somebody says begins with a capital, what somebody does goes on small: "CLAUDE regarde", "Karin fährt".
A family name begins so, too: whether names are meant, the rest of the script tells.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from wzrd.screenplay.capitals import cue_in_capitals, ends_above, is_nameable
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import is_transition
from wzrd.screenplay.named_lines import named_speech
from wzrd.screenplay.source import SourceLine

_FEWEST, _FEWEST_NAMES, _MOST_WORDS, _MOST_HOW = 3, 2, 4, 6
_CALLS = 1 / 3  # of what is said ends with more than a stop, where names are in small letters
_HEAD, _LOOKED = 200, 20_000  # characters of a line that are looked at: for a name, for who does something
_HOW = re.compile(r"[^\W\d_A-Z]+(?:ant|ndo|ing|ly|ment|mente|nd)")
_OPENS = '\u00bf\u00a1"\u201c\u201e\u00ab\u2026'
_CALLED = ("!", "?", "\u2026", "...")
_TOKEN, _SMALL = re.compile(r"\S+"), re.compile(r"(?<![^\W_])[^\W\d_A-Z][^\W\d_]*")


@dataclass(frozen=True, slots=True)
class _Said:
    name: str
    how: str
    speech: str

    @property
    def key(self) -> str:
        return self.name.casefold()


def signed(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines with each such name above its words."""
    found = {at: said for at in range(len(lines)) if (said := _said(lines, at))}
    if not found:
        return list(lines)
    alone = {at: cue.name.casefold() for at, line in enumerate(lines[:-1]) if (cue := cue_in_capitals(line.text))}
    names, counts = frozenset(alone.values()), Counter(said.key for said in found.values())
    kept = {
        at: said
        for at, said in found.items()
        if said.name.isupper() and (said.key in names or (counts[said.key] > 1 and is_nameable(said.name)))
    }
    if not alone and not kept:
        kept = _in_small_letters(lines, found)
        names = frozenset(said.key for said in kept.values())
        alone = {at: key for at, line in enumerate(lines[:-1]) if (key := line.text.strip().casefold()) in names}
    return [part for at, line in enumerate(lines) for part in _parts(line, kept.get(at), loud=at in alone)]


def _said(lines: Sequence[SourceLine], at: int) -> _Said | None:
    """Name, manner and words of a line that opens a paragraph and may hold them."""
    text = lines[at].text.strip()
    if not text[:1].isalpha() or not text[0].isupper() or text.isupper() or not ends_above(lines, at):
        return None
    head = text[:_HEAD]
    tokens = list(_TOKEN.finditer(head))
    named = list(takewhile(lambda token: _is_loud(token[0]), tokens[: _MOST_WORDS + 1])) or tokens[:1]
    if len(named) > _MOST_WORDS or len(named) == len(tokens) or named[-1][0][-1] in ".:;!?":
        return None
    manner: list[re.Match[str]] = []
    if named[-1][0].endswith(","):
        behind = tokens[len(named) :]
        manner = list(takewhile(lambda token: token[0][:1].islower(), behind[: _MOST_HOW + 1]))
        if not 0 < len(manner) <= min(_MOST_HOW, len(behind) - 1) or not _HOW.fullmatch(manner[0][0]):
            return None
    first = tokens[len(named) + len(manner)]
    if not first[0].lstrip(_OPENS)[:1].isupper() or "  " in head[: first.start()] or _is_other(text):
        return None
    name = head[: named[-1].end()].rstrip(",")
    if not any(map(str.isalpha, name)) or len(name) < _FEWEST_NAMES:
        return None
    how = head[manner[0].start() : manner[-1].end()] if manner else ""
    return _Said(name, how, text[first.start() :])


def _is_other(text: str) -> bool:
    return read_heading(text) is not None or is_transition(text) or named_speech(text) is not None


def _is_loud(word: str) -> bool:
    bare = word.strip(".,")
    return bare.isupper() and len(bare) > 1


def _in_small_letters(lines: Sequence[SourceLine], found: Mapping[int, _Said]) -> Mapping[int, _Said]:
    """What is said, where names that do something elsewhere call and ask here; none if they may be family names."""
    words = {word for line in lines for word in _SMALL.findall(line.text[:_LOOKED])}
    names = {said.name for said in found.values() if said.key not in words and is_nameable(said.name)}
    does = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, names))})\s[^\W\d_A-Z]") if names else None
    doing = {name for line in lines for name in does.findall(line.text[:_LOOKED])} if does else set[str]()
    told = {at: said for at, said in found.items() if said.name in doing}
    called = sum(said.speech.rstrip('"\u201d\u00bb)').endswith(_CALLED) for said in told.values())
    pairs = Counter((said.name, said.speech.split(" ", 1)[0]) for said in told.values())
    sure = len(told) >= _FEWEST and len(doing) >= _FEWEST_NAMES and called >= _CALLS * len(told)
    return told if sure and max(pairs.values()) == 1 else {}


def _parts(line: SourceLine, said: _Said | None, *, loud: bool) -> Iterator[SourceLine]:
    if not said:
        yield replace(line, text=line.text.upper()) if loud else line
        return
    name = f"@{said.name}" if said.name.isupper() else said.name.upper()
    yield from (SourceLine(line.number, text) for text in ("", name))
    yield from (SourceLine(line.number, text) for text in (said.how and f"({said.how})", said.speech) if text)
