"""The title page at the head of a Fountain file: keys and values."""

from wzrd.domain.emphasis import plain
from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import KNOWN_KEYS, split_key
from wzrd.screenplay.model import read_aspect_ratio
from wzrd.screenplay.source import SourceLine


def read_title_page(lines: list[SourceLine]) -> tuple[dict[str, str], int]:
    """The title page's keys and values, and the index of the first line behind it.

    A first paragraph is a title page when it has a key that title pages have, or two keys and nothing unkeyed:
    a lone "He says: no" is action. Further paragraphs belong to it while they begin with a known key.
    """
    metadata: dict[str, str] = {}
    at = 0
    while True:
        start = next((index for index in range(at, len(lines)) if not lines[index].blank), len(lines))
        end = next((index for index in range(start, len(lines)) if _ends(lines, index, start)), len(lines))
        if not _is_title_page(lines[start:end], first=not metadata):
            return metadata, at
        _read_keys(lines[start:end], metadata)
        at = end


def _ends(lines: list[SourceLine], at: int, start: int) -> bool:
    """An empty line ends a title page; so does a flush line without a key below an indented value."""
    line = lines[at]
    if line.blank:
        return not line.comment_only
    flush = not line.text.startswith(" ") and not split_key(line.text)
    return flush and at > start and lines[at - 1].text.startswith(" ")


def _is_title_page(paragraph: list[SourceLine], *, first: bool) -> bool:
    flush = [line.text for line in paragraph if not line.blank and not line.text.startswith(" ")]
    if not flush or not (opening := split_key(flush[0])) or read_heading(flush[0]):
        return False
    if opening[0] in KNOWN_KEYS:
        return True
    keys = [split_key(text) for text in flush]
    differ = len({key[0] for key in keys if key}) == len(keys) > 1
    return first and ((differ and all(keys)) or any(key and key[0] in KNOWN_KEYS for key in keys))


def _read_keys(paragraph: list[SourceLine], metadata: dict[str, str]) -> None:
    values: dict[str, list[str]] = {}
    current: list[str] = []
    for line in paragraph:
        keyed = None if line.text.startswith(" ") else split_key(line.text)
        if keyed:
            current = values.setdefault(keyed[0], [])
            if keyed[0] == "aspect ratio" and keyed[1] and not read_aspect_ratio(keyed[1]):
                message = f"the aspect ratio {keyed[1]!r} is no ratio; write it as 16:9"
                raise ScreenplayError(message, line=line.number, column=line.text.index(":") + 2)
        value = keyed[1] if keyed else line.text.strip()
        current += [plain(value)] if value else []
    metadata.update({key: "\n".join(lines) for key, lines in values.items()})
