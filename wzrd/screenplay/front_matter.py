"""Lines around the scenes that are no scene: title, credits and cast before the first, remarks behind the end."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from wzrd.domain.emphasis import plain
from wzrd.language.beats.on_screen import is_overlay
from wzrd.language.words.off_screen import is_off_screen
from wzrd.language.words.person_words import is_given_name
from wzrd.screenplay.asides import is_label, is_part
from wzrd.screenplay.capitals import is_somebody
from wzrd.screenplay.headings import LONGEST_LINE, read_heading
from wzrd.screenplay.lines import KNOWN_KEYS, is_page_break, is_transition, split_key
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import CAST_LISTS, CREDITS, ENDS, FRONT_PAGES, OF_FILMS, REMARKS, SUMMARIES, has_case

_FIRST = 60  # paragraphs among which front matter is looked for
_TITLE_WORDS, _TITLE_CHARS = 10, 80
_CREDIT_LINES, _CREDIT_CHARS, _PAGE_LINES = 6, 120, 60
_PROSE = 14  # words of a line that is no longer a member of the cast
_FEWEST_LISTED = 2
_LEAST_NAMED = 0.75  # of the first lines below the head of a cast; the others tell of a crowd, or go on
_YEAR = re.compile(
    r"[(\uff08][^()\uff08\uff09]*(?:1[5-9]\d\d|20\d\d|[\u4e00-\u9fff]{2,4}\u5e74)[^()]{0,9}[)\uff09]\s*\Z"
)
_PHRASES = "|".join(re.escape(phrase) for phrase in sorted(CREDITS, key=len, reverse=True) if has_case(phrase))
_CREDIT = re.compile(rf"(?:(?:an?|eine?|une?|un[oa]?|uma?|een|ett?|en) )?(?:{_PHRASES})(?!\w)", re.IGNORECASE)
_BARE_CREDIT = re.compile(
    rf"\W*(?:(?:{_PHRASES})(?: \w+ \w+)?(?: (?:by|von|de|par|por|di|av|af|door))?|by)\W*", re.IGNORECASE
)
"""A credit whose name stands below it."""
_BY = re.compile(r"(?i:by|von|de|par|por|di|af|av)(?: [^\W\d_a-z][\w.'\u2019-]*){2,6}")
_WIDE_CREDIT = re.compile(
    rf"(?:{'|'.join(re.escape(one) for one in CREDITS if not has_case(one))})(?:[\s\uff1a:\u30fb]|\Z)"
)
_HEAD_CHARS = 40
_BEHIND_NAME = r"[,(:\uff08\uff1a\u2014\u2013/]|-\s|\s{2,}|\u3000|\Z"
_MEMBER = re.compile(rf"[-\u2022*]?\s*(?P<name>[^\W\d_][^,(:\uff08\uff1a\u2014\u2013/]{{0,29}}?)\s*(?:{_BEHIND_NAME})")
_COLUMNS = re.compile(r"\s{3,}")
_KEYED_COLUMNS = re.compile(r"(?<!\s)\s{3,}(?=[^\W\d_][\w ]{1,20}:\s)")
_FEWEST_KEYS, _SAID = 3, frozenset("(\uff08")
"""Keys of a slate with one a line, and what begins a speech."""
_ASIDE = re.compile(r"\s*\([^()]*\)")
_SPACED_OUT = re.compile(r"\S(?:\s{1,5}\S){3,}")
_WIDE_GAP = re.compile(r"\s{2,}")
_BYLINE = re.compile(r"(?<!\s)\s{1,9}[-\u2013\u2014]\s{1,9}(?=an?\s)")
"""Between a title and what it is: "THE BIKE - a short film by J. K."."""
SPEAKS = re.compile(
    r"\b(?:I|I['\u2019]\w+|(?i:me|my|we|you|your|this|ich|wir|mich|mir|dich|dir|je|tu|vous|yo|t\u00fa|ti|io|eu|ik|jij|jou|"
    r"jag|mig|dig|mnie|ci\u0119|ciebie|tobie|\u044f|\u043c\u043d\u0435|\u043c\u0435\u043d\u044f|\u0442\u044b|\u0442\u0435\u0431[\u0435\u044f]))\b"
)
"""Words of somebody who speaks, or of what is before us, which no title page has."""
_TITLE_MARK = re.compile(r"#\s*(?=[^#\s])")
_AFTERWORD = "line {}: what stands below the end was left out; it is no scene"
_STOPS = (".", "!", "?", "\u2026", "\u3002", ":", ",")


@dataclass(slots=True)
class FrontMatter:
    """Facts that stand before the first scene, and the numbers of the lines that tell them."""

    metadata: dict[str, str] = field(default_factory=dict[str, str])
    lines: set[int] = field(default_factory=set[int])

    def take(self, key: str, lines: Sequence[SourceLine], texts: Sequence[str]) -> None:
        """These lines belong to this key."""
        self.metadata[key] = "\n".join(text for text in (self.metadata.get(key, ""), *texts) if text)
        self.lines.update(line.number for line in lines)


def read_front_matter(lines: Sequence[SourceLine]) -> tuple[list[SourceLine], dict[str, str]]:
    """The lines with empty ones for title, credits and list of the cast; and those as a title page has them.

    A title is a short first line with a credit below it, or in capitals right before the first scene. `characters`
    holds the cast, a line each.
    """
    paragraphs = list(_paragraphs(lines))
    front = FrontMatter()
    if _is_marked_title(paragraphs, lines) or _is_ruled(paragraphs):
        title, *rule = paragraphs[0][:2]
        rule = [line for line in rule if is_page_break(line.text.strip())]
        front.take("title", [title, *rule], [plain(_TITLE_MARK.sub("", title.text)).strip()])
    elif paragraphs and (keyed := _slate(paragraphs[0], lines)):
        for line, keys in zip(paragraphs[0], keyed, strict=True):
            for key, value in keys or [("notes", line.text)]:
                front.take(key, [line], [plain(value).strip(' "\u201c\u201d')])
    elif paragraphs and not _is_keyed(paragraphs[0][0]):
        if count := _front_page(paragraphs):
            _take_page([line for paragraph in paragraphs[:count] for line in paragraph], front)
        elif not _comes_again(paragraphs[0][0], lines):
            _read_title(paragraphs, front, lines)
    _read_cast([one for one in paragraphs if one[0].number not in front.lines], front)
    _read_summaries([one for one in paragraphs if one[0].number not in front.lines], front)
    if not front.lines or all(line.blank or line.number in front.lines for line in lines):
        return list(lines), {}
    return [SourceLine(line.number, "") if line.number in front.lines else line for line in lines], front.metadata


def without_afterword(lines: Sequence[SourceLine]) -> tuple[list[SourceLine], tuple[str, ...]]:
    """The lines without remarks behind THE END, or behind a last fade with a rule below it; and the warning of it."""
    told = [line for line in lines if not line.blank]
    for at in range(len(told) - 1, 0, -1):
        text = plain(told[at].text).strip()
        if _is_scene(text):
            break
        ends = text.casefold().strip(" .!") in ENDS
        faded = not ends and at + 1 < len(told) and is_transition(text) and is_page_break(told[at + 1].text.strip())
        remarks = _head(told[at]) in REMARKS and (text[0] == "#" or is_page_break(told[at - 1].text.strip()))
        last = at - remarks
        if (ends or faded or remarks) and told[last + 1 :]:
            kept = [line if line.number <= told[last].number else SourceLine(line.number, "") for line in lines]
            return kept, (_AFTERWORD.format(told[last + 1].number),)
    return list(lines), ()


def _paragraphs(lines: Sequence[SourceLine]) -> Iterator[list[SourceLine]]:
    """The first paragraphs, to the first scene, which is the last of them, or to a line that is longer than any."""
    paragraph: list[SourceLine] = []
    found = 0
    for line in (*lines, SourceLine(0, "")):
        if len(line.text) > LONGEST_LINE:
            return
        begins = not line.blank and len(paragraph) < _PAGE_LINES and _is_scene(line.text.strip())
        if paragraph and (line.blank or begins):
            yield paragraph
            found += 1
            if found == _FIRST or _is_scene(paragraph[0].text.strip()):
                return
            paragraph = []
        paragraph += [] if line.blank else [line]


def _is_marked_title(paragraphs: Sequence[Sequence[SourceLine]], lines: Sequence[SourceLine]) -> bool:
    """True if the page begins with a section that is no act, the only one of its rank or above keys of a title page."""
    first = paragraphs[0][0].text.strip() if paragraphs else ""
    if not _TITLE_MARK.match(first) or is_label(first.lstrip("# ")) or _is_scene(first):
        return False
    others = [line for line in lines if line.number != paragraphs[0][0].number and not line.blank]
    sections = (line.text.strip() for line in others if _TITLE_MARK.match(line.text.strip()))
    alone = len(paragraphs[0]) == 1 and all(map(_is_scene, sections))
    return alone or (bool(others) and (others[0].text.startswith("##") or _is_keyed(others[0])))


def _is_ruled(paragraphs: Sequence[Sequence[SourceLine]]) -> bool:
    """True if the first line has a rule below it, as titles of Markdown have."""
    ruled = bool(paragraphs) and len(paragraphs[0]) > 1 and is_page_break(paragraphs[0][1].text.strip())
    return ruled and _may_be_title(plain(paragraphs[0][0].text).strip())


def _is_scene(text: str) -> bool:
    return (text[0] == "." and text[1:2].isalnum()) or read_heading(text.lstrip("# ") or text) is not None


def _is_keyed(line: SourceLine) -> bool:
    keyed = split_key(line.text)
    return keyed is not None and keyed[0] in KNOWN_KEYS


def _slate(paragraph: Sequence[SourceLine], lines: Sequence[SourceLine]) -> list[list[tuple[str, str]]]:
    """The keys of each line of a slate; [] for another text.

    Several stand on a line ("CLIENT: Acme     TITLE: Spring"), or one each, whatever they are called: none of them
    speaks in sentences, or comes again.
    """
    parts = [_KEYED_COLUMNS.split(line.text.strip()) for line in paragraph]
    keyed = [[found for one in line if (found := split_key(one)) is not None] for line in parts]
    told = [one for keys in keyed for one in keys]
    if all(len(keys) == len(line) for keys, line in zip(keyed, parts, strict=True)) and max(map(len, keyed)) > 1:
        return keyed if any(key in KNOWN_KEYS for key, _ in told) else []
    heads = {line.text.strip().partition(":")[0] for line, keys in zip(paragraph, keyed, strict=True) if keys}
    again = any(line.text.strip().partition(":")[0] in heads for line in lines if line.number > paragraph[-1].number)
    said = any(value.endswith(_STOPS) or value[:1] in _SAID for _, value in told)
    short = len(told) >= _FEWEST_KEYS and len(paragraph) - len(told) <= 1 and len(heads) == len(told)
    return keyed if short and keyed[0] and not said and not again and not read_heading(paragraph[0].text) else []


_BEHIND_AGAIN = re.compile(r"\s*(?:[(:\uff1a]|\Z)|\s{3}")
"""Behind words that come again: they are who speaks, or the head of each page."""


def _comes_again(first: SourceLine, lines: Sequence[SourceLine]) -> bool:
    text = _COLUMNS.split(first.text.strip())[0]
    others = (line.text.strip() for line in lines if line.number != first.number)
    return any(other.startswith(text) and _BEHIND_AGAIN.match(other, len(text)) for other in others)


def _read_title(paragraphs: Sequence[Sequence[SourceLine]], front: FrontMatter, lines: Sequence[SourceLine]) -> None:
    first, *rest = paragraphs[0]
    text = plain(first.text).strip().strip("<>").strip()
    title, *beside = _COLUMNS.split(_unspaced(text))
    if not beside and (byline := _BYLINE.search(title)) and OF_FILMS.search(title, byline.end()):
        title, beside = title[: byline.start()], [title[byline.end() :]]
    title = title.strip(' "\u201c\u201d') or title
    if not _may_be_title(title):
        return
    credit = [*beside, *(plain(line.text).strip() for line in rest)]
    if beside and OF_FILMS.search(" ".join(credit)):
        front.take("title", [first], [title])
        front.take("credit", rest, credit)
        return
    ahead = _title_page(paragraphs)
    if ahead and (title.isupper() or not has_case(title)):
        front.take("title", [first], [title])
        front.take("credit", ahead[1:], [plain(line.text).strip() for line in ahead[1:]])
        return
    below = rest or (paragraphs[1] if len(paragraphs) > 1 else [])
    told = _are_credits(below, anywhere=bool(rest)) or _is_nobody(title, rest, lines)
    if not told and not _is_of_the_film(title, below):
        leads = below and any(is_before(below[0].text.strip()) for is_before in (_is_scene, _is_begun, _is_cast))
        before_scene = leads and not rest and (title.isupper() or not has_case(title))
        if not before_scene or title.endswith(_STOPS):
            return
    front.take("title", [first], [title])
    for paragraph in (rest, *paragraphs[1:]):
        if paragraph is not rest and not _are_credits(paragraph) and not _is_of_the_film(title, paragraph):
            break
        front.take("credit", paragraph, [plain(line.text).strip() for line in paragraph])


def _front_page(paragraphs: Sequence[Sequence[SourceLine]]) -> int:
    """Number of paragraphs of a title page, which a credit, a date, a draft or an address shows; 0 where none does.

    It ends with its page, else where the film begins; or at the last line that shows it, where prose comes before.
    """
    begun = next(
        (at for at, one in enumerate(paragraphs) if any(map(_begins_film, one[:_PAGE_LINES]))), len(paragraphs)
    )
    pages = [0, *(at for at in range(1, min(begun + 1, len(paragraphs))) if paragraphs[at][0].opens_page)]
    done = 0
    for start, end in pairwise(pages):
        page = paragraphs[start:end]
        if not any(map(_signs, page)) and (start or any(map(_is_prose, page))):
            break
        done = end
    signed = [at for at in range(done, begun) if _signs(paragraphs[at])]
    told_at = next((at for at in range(done, begun) if _is_prose(paragraphs[at]) and at not in signed), begun)
    signed = [at for at in signed if at < told_at]
    if not signed or not (done or _may_be_title(plain(paragraphs[0][0].text).strip())):
        return done
    last = signed[-1] + 1
    last += last < told_at and _BARE_CREDIT.fullmatch(paragraphs[last - 1][-1].text.strip()) is not None
    last = begun if told_at == begun < len(paragraphs) else last
    return last if sum(map(len, paragraphs[done:last])) <= _PAGE_LINES else done


def _begins_film(line: SourceLine) -> bool:
    """True if the film begins on a line: a scene, a fade, a part of the script, a cast, a rule."""
    text = line.text.strip()
    return any(begins(text) for begins in (_is_scene, is_transition, is_part, is_page_break, _is_cast))


def _signs(paragraph: Sequence[SourceLine]) -> bool:
    """True if a line of a paragraph is of a title page: a credit, a date, a draft, an address, rights."""
    lines = [line for line in paragraph if len(line.text) <= _CREDIT_CHARS or FRONT_PAGES.search(line.text)]
    return any(
        _is_credit(line) or _BARE_CREDIT.fullmatch(line.text.strip()) or FRONT_PAGES.search(line.text) for line in lines
    )


def _is_prose(paragraph: Sequence[SourceLine]) -> bool:
    return any(_is_told(line) and (not line.text.isupper() or is_overlay(line.text)) for line in paragraph)


def _take_page(lines: Sequence[SourceLine], front: FrontMatter) -> None:
    """These lines are a title page: the first that may be a title is the title."""
    texts = [plain(line.text).strip(' "\u201c\u201d<>') for line in lines]
    texts = [_unspaced(text) for text in texts]
    named = {at + 1 for at, line in enumerate(lines) if _BARE_CREDIT.fullmatch(line.text.strip())}
    able = (at for at, text in enumerate(texts) if _may_be_title(text) and not _signs(lines[at : at + 1]))
    title = next((at for at in able if at not in named), -1)
    for at, line in enumerate(lines):
        if texts[at] or line.text:
            front.take("title" if at == title else "credit", [line], [texts[at]])


def _unspaced(text: str) -> str:
    """Words whose letters stand apart: T H E   H A T C H."""
    spaced = _SPACED_OUT.fullmatch(text)
    return " ".join("".join(word.split()) for word in _WIDE_GAP.split(text)) if spaced else text


def _title_page(paragraphs: Sequence[Sequence[SourceLine]]) -> list[SourceLine]:
    """All lines before the first scene or the cast, where none of them is a sentence; [] where one is."""
    ahead: list[SourceLine] = []
    for paragraph in paragraphs:
        text = paragraph[0].text.strip()
        if _is_scene(text) or _cast_head(text) is not None:
            return ahead
        if len(ahead) + len(paragraph) > _CREDIT_LINES or any(map(_is_told, paragraph)):
            return []
        ahead += paragraph
    return []


def _is_told(line: SourceLine) -> bool:
    """True if a line is no part of a title page: a sentence, a transition, a label."""
    text = plain(line.text).strip()
    return (
        len(text) > _CREDIT_CHARS or text.endswith(_STOPS) or text[0] in "(.=#~>!@" or is_part(text) or is_overlay(text)
    )


def _is_nobody(title: str, rest: Sequence[SourceLine], lines: Sequence[SourceLine]) -> bool:
    """True if a head in capitals above the first scene is nobody who says what is below it: it never comes again."""
    name = _ASIDE.sub("", title).strip()
    said = plain(rest[0].text).strip() if rest else "("
    somebody = is_somebody(name) or is_off_screen(name) or is_given_name(name.split()[0].casefold())
    if not name.isupper() or somebody or said[0] in "(\uff08" or SPEAKS.search(said):
        return False
    others = [line.text for line in lines if line.number > rest[-1].number]
    again = any(name in text or name.capitalize() in text for text in others)
    return not again and any(_is_scene(text.strip()) for text in others if text.strip())


def _is_of_the_film(title: str, below: Sequence[SourceLine]) -> bool:
    """True if a title in capitals has a line below it that speaks of the film: "a sports short", "etiuda, 6 min."."""
    texts = [plain(line.text).strip() for line in below]
    short = len(texts) == 1 and len(texts[0]) <= _CREDIT_CHARS and not is_transition(texts[0])
    if not short or not title.isupper() or _is_scene(texts[0]) or SPEAKS.search(texts[0]):
        return False
    about = len(OF_FILMS.findall(texts[0]))
    return about > 1 or (about == 1 and (texts[0][0].islower() or not texts[0].endswith(_STOPS)))


def _may_be_title(text: str) -> bool:
    is_short = len(text) <= _TITLE_CHARS and len(text.split()) <= _TITLE_WORDS and text[:1] not in "(.=#~>!@"
    if (
        not is_short
        or not any(map(str.isalnum, text))
        or is_transition(text)
        or is_label(text)
        or is_overlay(text)
        or _is_scene(text)
    ):
        return False
    return _cast_head(text) is None and not text.endswith((".", ":"))


def _are_credits(paragraph: Sequence[SourceLine], *, anywhere: bool = False) -> bool:
    """True if a short paragraph begins with a credit, or has one on any of its lines."""
    short = 0 < len(paragraph) <= _CREDIT_LINES and all(len(line.text) <= _CREDIT_CHARS for line in paragraph)
    return short and any(map(_is_credit, paragraph if anywhere else paragraph[:1]))


def _is_credit(line: SourceLine) -> bool:
    text = plain(line.text).strip().strip("<>").strip()
    if text.endswith((".", "!", "?")) and not _YEAR.search(text):
        return False
    found = _CREDIT.match(text) or _BY.fullmatch(text) or _WIDE_CREDIT.match(text) or _YEAR.search(text)
    return found is not None


def _cast_head(text: str) -> str | None:
    """Text behind the heading of a list of the cast, '' where nothing follows; None where the line is no such."""
    head, colon, rest = plain(text).strip().replace("\uff1a", ":").partition(":")
    if len(head) > _HEAD_CHARS or head.casefold().strip(" .") not in CAST_LISTS:
        return None
    return rest.strip() if colon else ""


def _is_cast(text: str) -> bool:
    return _cast_head(text) is not None


def _is_begun(text: str) -> bool:
    """True if a line is where a film fades in, or what is heard over black."""
    begun = text.split(maxsplit=1)[0] in {"OVER", "OPEN", "FADE"}
    return begun or is_transition(text) or is_label(text.partition(":")[0])


def _read_cast(paragraphs: Sequence[Sequence[SourceLine]], front: FrontMatter) -> None:
    mark = "# " if paragraphs and _is_scene(paragraphs[-1][0].text.strip()) else ""  # else sections are the scenes
    for at, paragraph in enumerate(paragraphs):
        rest = _cast_head(paragraph[0].text.lstrip(mark))
        if rest is None:
            continue
        members = [rest, *(line.text.strip() for line in paragraph[1:])]
        front.take("characters", paragraph, members)
        names = {_name_of(member) for member in members if member}
        for below in paragraphs[at + 1 :] if not any(members) else ():
            first = not names - {""}
            named = [_name_of(line.text.strip(), stops=first) for line in below]
            able = all(named) or (first and sum(map(bool, named)) > _LEAST_NAMED * len(named))
            apart = len(below) == 1 and len(names) > _FEWEST_LISTED  # where and when it happens; the title again
            if not able or apart or names & set(named) - {""} or _is_scene(below[0].text.strip()):
                return
            names.update(named)
            front.take("characters", below, [line.text.strip() for line in below])
        return


def _head(line: SourceLine) -> str:
    """The folded words of a line that may be a head: "## Logline", "**Synopsis:**"."""
    return plain(line.text).strip(" #:*\uff1a").casefold().replace("\u2019", "'")


def _read_summaries(paragraphs: Sequence[Sequence[SourceLine]], front: FrontMatter) -> None:
    """Take what tells of the script before its first scene, each with its head: a logline, a synopsis."""
    if not paragraphs or not _is_scene(paragraphs[-1][0].text.strip()):
        return
    key = ""
    for paragraph in paragraphs[:-1]:
        first, *rest = paragraph
        begins = first.text.lstrip()[:1] == "#" or any(map(_begins_film, paragraph)) or _is_keyed(first)
        if (head := _head(first)) in SUMMARIES:
            key = head if head in KNOWN_KEYS else "notes"
            front.take(key, paragraph, [plain(line.text).strip() for line in rest])
        elif begins or first.text.isupper():
            key = ""
        elif key:
            front.take(key, paragraph, [plain(line.text).strip() for line in paragraph])


def _name_of(text: str, *, stops: bool = False) -> str:
    """The folded name at the head of a line of the cast; '' where it is none. `stops`: a stop may be all behind it."""
    found = _MEMBER.match(text[:_CREDIT_CHARS])
    name = found["name"].strip() if found else ""
    is_named = name and (name[0].isupper() or not has_case(name))
    is_prose = (
        text.endswith(".") and not name.isupper() and (len(text.split()) > _PROSE or (name == text and not stops))
    )
    return name.casefold() if is_named and not is_prose and not is_transition(text) and not is_label(text) else ""
