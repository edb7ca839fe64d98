"""Fountain, the plain-text form of a screenplay (https://fountain.io/syntax), read in one pass over its lines.

docs/screenplays.md says what of it is read and where we are kinder than the published syntax.
"""

from wzrd.domain.emphasis import plain
from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.headings import Heading, read_heading
from wzrd.screenplay.lines import KNOWN_KEYS, Cue, is_page_break, is_transition, read_cue, split_key
from wzrd.screenplay.model import MAX_SCENES, Element, ElementKind, Screenplay, one_line, read_aspect_ratio
from wzrd.screenplay.scenes import SceneDraft, assemble
from wzrd.screenplay.source import SourceLine, decode, source_lines

_KEPT_BLANK = "  "  # two spaces keep a speech going over an empty line
_PARENTHETICAL_LINES = 4  # a direction that is longer is speech that begins with a parenthesis
_NO_SCENE = "no scene heading; begin each scene with a line such as INT. KITCHEN - NIGHT, or force one with a full stop"


def parse_fountain(data: bytes) -> Screenplay:
    """The screenplay in this file.

    Raises:
        ScreenplayError: what is wrong, with line and column: no UTF-8, a NUL byte, more than 2 MiB, an unclosed
            boneyard or note, no scene heading, more than 2,000 scenes, or an aspect ratio that is none.
    """
    lines = source_lines(decode(data))
    metadata, start = read_title_page(lines)
    reader = _Reader(lines, start)
    reader.run()
    if not reader.scenes:
        first = next((line for line in lines[start:] if not line.blank), None)
        raise ScreenplayError(_NO_SCENE if first else "the screenplay is empty", line=first.number if first else 1)
    return assemble(reader.scenes, metadata)


def read_title_page(lines: list[SourceLine]) -> tuple[dict[str, str], int]:
    """The title page's keys and values, and the index of the first line behind it.

    A first paragraph is a title page when it has a key that title pages have, or two keys and nothing unkeyed:
    a lone "He says: no" is action. Further paragraphs belong to it while they begin with a known key.
    """
    metadata: dict[str, str] = {}
    at = 0
    while True:
        start = next((index for index in range(at, len(lines)) if not lines[index].blank), len(lines))
        end = next((index for index in range(start, len(lines)) if _ends_paragraph(lines[index])), len(lines))
        if not _is_title_page(lines[start:end], first=not metadata):
            return metadata, at
        _read_keys(lines[start:end], metadata)
        at = end


def _ends_paragraph(line: SourceLine) -> bool:
    return line.blank and not line.comment_only


def _is_title_page(paragraph: list[SourceLine], *, first: bool) -> bool:
    flush = [line.text for line in paragraph if not line.blank and not line.text.startswith(" ")]
    if not flush or not (opening := split_key(flush[0])) or read_heading(flush[0]):
        return False
    if opening[0] in KNOWN_KEYS:
        return True
    keys = [split_key(text) for text in flush]
    return first and ((len(keys) > 1 and all(keys)) or any(key and key[0] in KNOWN_KEYS for key in keys))


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


class _Reader:
    """One pass: `at` is the next line, `fresh` whether what stands before it is as good as an empty line."""

    def __init__(self, lines: list[SourceLine], at: int) -> None:
        self.lines = lines
        self.at = at
        self.fresh = True
        self.scenes: list[SceneDraft] = []
        self.preamble: list[Element] = []  # what stands before the first heading belongs to the first scene
        self.paragraph: list[str] = []
        self.in_section = False

    def run(self) -> None:
        """Read all lines."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if line.comment_only:
                self.fresh = True  # a cue may follow, but a comment alone divides no paragraph
            elif line.blank:
                self.end_paragraph()
            else:
                self.read(line)
        self.end_paragraph()

    def read(self, line: SourceLine) -> None:
        """One line that is not blank and stands in no speech."""
        text = line.text.strip()
        if text[0] in "=#~>":
            self.end_paragraph()
            self.read_marked(text)
        elif text[0] == "!":
            self.take_action(text[1:].lstrip())
        elif self.fresh and (heading := _heading(text)):
            self.begin_scene(heading, line)
        elif self.fresh and is_transition(line.text):
            self.add("transition", text)
        elif (self.fresh or text[0] == "@") and (cue := read_cue(text)) and self.speech_follows():
            self.end_paragraph()
            self.read_speech(cue)
        else:
            self.take_action(text.removeprefix("@"))

    def take_action(self, text: str) -> None:
        """One line of action, which may go on."""
        self.paragraph.append(text)
        self.fresh = False

    def read_marked(self, text: str) -> None:
        """A line that its first character names: page break, synopsis, section, lyric, centred text, transition."""
        if is_page_break(text):
            return
        if text[0] == "=":
            if self.scenes and not self.in_section:
                self.scenes[-1].synopsis.append(plain(text[1:]))
        elif text[0] == "#":
            self.in_section = True
        elif text[0] == "~":
            self.add("lyric", text[1:])
        elif text.endswith("<"):
            self.add("centered", text[1:-1])
        else:
            self.add("transition", text[1:])

    def begin_scene(self, heading: Heading, line: SourceLine) -> None:
        """A new scene, unless there are too many."""
        self.end_paragraph()
        if len(self.scenes) == MAX_SCENES:
            raise ScreenplayError(f"more than {MAX_SCENES:,} scenes; split the screenplay", line=line.number)
        self.scenes.append(SceneDraft(heading, elements=self.preamble))
        self.preamble, self.in_section = [], False

    def end_paragraph(self) -> None:
        """Whatever action was being collected is whole."""
        if self.paragraph:
            self.add("action", "\n".join(self.paragraph))
            self.paragraph = []
        self.fresh = True

    def add(self, kind: ElementKind, text: str, cue: Cue | None = None, parenthetical: str = "") -> None:
        """An element to the scene that is open; an empty one is none."""
        text = plain(text).strip()
        if not text:
            return
        into = self.scenes[-1].elements if self.scenes else self.preamble
        if cue:
            into.append(Element(kind, text, cue.name, parenthetical, cue.extension, cue.dual))
        else:
            into.append(Element(kind, text))

    def speech_follows(self) -> bool:
        """Does something to say stand on the next line, comments aside?"""
        following = self.at
        while following < len(self.lines) and self.lines[following].comment_only:
            following += 1
        return following < len(self.lines) and not self.lines[following].blank

    def read_speech(self, cue: Cue) -> None:
        """All lines up to an empty one. Each direction within begins an element of its own."""
        directions: list[str] = []
        spoken: list[str] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            text = line.text.strip()
            if line.blank and not line.comment_only and line.text != _KEPT_BLANK:
                break
            if text[:1] == "!" or is_page_break(text):
                break
            self.at += 1
            if line.comment_only:
                continue
            if direction := self.read_direction(text):
                self.add_speech(cue, directions, spoken)
                directions.append(direction)
            elif text[:1] == "~":
                self.add_speech(cue, directions, spoken)
                self.add("lyric", text[1:], cue, _joined(directions))
                directions.clear()
            else:
                spoken.append(text)
        self.add_speech(cue, directions, spoken)
        if directions:
            self.add("parenthetical", _joined(directions), cue)
        self.fresh = True

    def add_speech(self, cue: Cue, directions: list[str], spoken: list[str]) -> None:
        """What was collected becomes one element of dialogue; directions without speech wait for it."""
        if any(spoken):
            self.add("dialogue", "\n".join(spoken), cue, _joined(directions))
            directions.clear()
        spoken.clear()

    def read_direction(self, text: str) -> str:
        """The parenthetical that begins on this line, which may run over a few lines; else nothing."""
        if not text.startswith("("):
            return ""
        parts = [text]
        following = self.at
        while not parts[-1].endswith(")"):
            if len(parts) == _PARENTHETICAL_LINES or following >= len(self.lines) or self.lines[following].blank:
                return ""
            parts.append(self.lines[following].text.strip())
            following += 1
        self.at = following
        return one_line(plain(" ".join(parts)[1:-1]))


def _joined(directions: list[str]) -> str:
    return "; ".join(directions)


def _heading(text: str) -> Heading | None:
    """A heading by its first word, or one that a full stop forces (an ellipsis forces nothing)."""
    forced = text[0] == "." and text[1:2].isalnum()
    return read_heading(plain(text[1:] if forced else text), forced=forced)
