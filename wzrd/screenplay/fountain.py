"""Fountain, the plain-text form of a screenplay (https://fountain.io/syntax), read in one pass over its lines.

docs/screenplays.md says what of it is read and where we are kinder than the published syntax.
"""

import re

from wzrd.domain.emphasis import plain
from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.asides import is_label, is_name_in_doubt, is_no_name
from wzrd.screenplay.capitals import CuesAboveSpeech, capitalised
from wzrd.screenplay.caseless import QUOTES_END, Speech, find_cues, unquoted
from wzrd.screenplay.directions import tells
from wzrd.screenplay.double_spaced import unspaced
from wzrd.screenplay.flowing import relined
from wzrd.screenplay.front_matter import read_front_matter, without_afterword
from wzrd.screenplay.headings import Heading, read_heading, split_prose
from wzrd.screenplay.lines import Cue, is_page_break, is_transition, read_cue
from wzrd.screenplay.model import MAX_SCENES, Element, ElementKind, Screenplay, one_line
from wzrd.screenplay.numbered import headed
from wzrd.screenplay.opening import NO_HEADING, PARTS, SECTIONS, with_opening
from wzrd.screenplay.pages import unpaged
from wzrd.screenplay.pasted import unmarked, untagged
from wzrd.screenplay.printed import unprinted
from wzrd.screenplay.replies import unlabelled, unwrapped
from wzrd.screenplay.scenes import SceneDraft, assemble
from wzrd.screenplay.secondary import SIGNS, is_no_speaker, place_and_time
from wzrd.screenplay.source import SourceLine, decode, source_lines
from wzrd.screenplay.title_page import read_title_page
from wzrd.screenplay.transcripts import untranscribed
from wzrd.screenplay.unblanked import blanked
from wzrd.screenplay.unsigned import signed
from wzrd.screenplay.video_audio import unframed
from wzrd.screenplay.words import NOWS, RETURNS, UNREAL, words_of

_KEPT_BLANK = "  "  # two spaces keep a speech going over an empty line
_FIRST_DIRECTION = re.compile(r"[(\uff08]([^()\uff08\uff09]+)[)\uff09]\s*(?=\S)")
_QUOTES_BEGIN = "\u300c\u300e"
_UNNAMED = "line {}: {} in capitals above words read as action; put an @ before whoever speaks"
_NAMELESS = "line {}: {} without a name read as action; write who speaks before it"
_PARENTHETICAL_LINES = 4  # a direction that is longer is speech that begins with a parenthesis


def parse_fountain(data: bytes) -> Screenplay:
    """The screenplay in this file.

    Raises:
        ScreenplayError: what is wrong, with line and column: more than 2 MiB, a binary file, nothing in it, more than
            2,000 scenes, or an aspect ratio that is none.
    """
    text, warnings = decode(data)
    lines, unclosed = source_lines(untagged(text))
    lines, around = unwrapped(lines)
    listed = any(line.text.startswith("#") for line in lines)  # Markdown has sections, and bullets
    lines, behind = without_afterword(relined(unmarked(unpaged(lines))))
    lines, told = read_front_matter(lines)
    lines = unframed(lines)
    lines, apart = unspaced(blanked(capitalised(signed(unprinted(unlabelled(headed(lines), listed=listed))))))
    lines, inline = untranscribed(lines)
    metadata, start = read_title_page(lines)
    metadata = told | metadata
    reader = _FountainReader(lines, start)
    reader.run()
    drafts = with_opening(reader.preamble, reader.scenes, reader.marks)
    lacking = () if reader.scenes else (NO_HEADING if len(drafts) == 1 else SECTIONS if reader.marks else PARTS,)
    return assemble(
        drafts, metadata, (*warnings, *unclosed, *around, *behind, *lacking, *apart, *inline, *reader.warnings)
    )


class _FountainReader:
    """One pass: `at` is the next line, `fresh` whether what stands before it is as good as an empty line."""

    def __init__(self, lines: list[SourceLine], at: int) -> None:
        self.lines = lines
        self.at = at
        self.fresh = True
        self.cues = find_cues(lines[at:])
        self.above = CuesAboveSpeech(lines)
        self.scenes: list[SceneDraft] = []
        self.preamble = SceneDraft(Heading(""))  # what stands before the first heading
        self.paragraph: list[str] = []
        self.spot = ""  # IN THE KITCHEN, which leads the action below it
        self.in_section = False
        self.went_back = False  # to a scene before, in which nothing stands yet
        self.sections: list[str] = []  # their names, which are all that an outline may have
        self.nameless: list[int] = []  # numbers of lines that are a quotation
        self.unnamed: list[int] = []  # and of those in capitals above words, which may be who speaks
        self.marks: list[tuple[int, str]] = []  # where a section begins among the elements before the first heading

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines that may be speech and were read as action."""
        told = ((_NAMELESS, self.nameless, "a quotation", "quotations"), (_UNNAMED, self.unnamed, "a line", "lines"))
        found = (
            text.format(left[0], one if len(left) == 1 else f"{len(left)} {many}")
            for text, left, one, many in told
            if left
        )
        return (*self.cues.warnings, *found)

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
        if not self.scenes:
            self.preamble.synopsis = self.preamble.synopsis or self.sections

    def read(self, line: SourceLine) -> None:
        """One line that is not blank and stands in no speech."""
        text = line.text.strip()
        if text[0] in "=#~>" or is_page_break(text):
            self.end_paragraph()
            self.read_marked(text)
        elif text[0] == "!":
            self.take_action(text.lstrip("!").lstrip())
        elif self.fresh and (heading := _heading(text)):
            head, prose = split_prose(text)
            self.begin_scene(_heading(head) or heading if prose else heading, line)
            if prose:
                self.take_action(prose)
        elif self.fresh and self.turns(line):
            pass
        elif (self.fresh or text[0] == "@") and (cue := self.cue_of(line)) and self.speaks(cue):
            self.end_paragraph()
            self.read_speech(cue)
        elif speech := self.cues.inline(line):
            self.end_paragraph()
            self.read_inline(speech)
        else:
            if self.fresh and is_name_in_doubt(text) and self.speech_follows():
                self.unnamed.append(line.number)
            if text[0] in _QUOTES_BEGIN and text[-1] in QUOTES_END:
                self.nameless.append(line.number)
            self.take_action(text.removeprefix("@"))

    def turns(self, line: SourceLine) -> bool:
        """True if a line is a transition, which is taken, or goes back to a scene or on to a part, which begins."""
        if is_transition(line.text):
            self.add("transition", line.text.strip())
            return True
        self.went_back = self.goes_back(line)
        return self.went_back or self.goes_on(line)

    def goes_back(self, line: SourceLine) -> bool:
        """Begins a scene before again, where a line in capitals names its place, or leaves a flashback; else False."""
        found = RETURNS.fullmatch(plain(line.text).strip()) if line.text.isupper() else None
        if not found or len(self.scenes) < 2:
            return False
        current, before = self.draft.heading, [draft.heading for draft in self.scenes[-2::-1]]
        words = set(words_of(found["where"]))
        if found["where"].casefold() in NOWS:
            able = before[:1] if not UNREAL.isdisjoint(words_of(current.text)) else []
        else:
            able = [one for one in before if words <= set(words_of(one.place)) and one.place != current.place]
        if able:
            self.begin_scene(able[0], line)
        return bool(able)

    def goes_on(self, line: SourceLine) -> bool:
        """Takes the heading of a part of the scene that is open: a spot leads what is seen there; else False."""
        shouted = self.scenes and line.text.isupper() and not is_label(line.text)
        found = place_and_time(line.text) if shouted else None
        if not found or (self.speech_follows() and not is_no_speaker(line.text)):
            return False
        self.end_paragraph()
        if found[0]:
            self.end_spot()
            self.spot = line.text.strip(SIGNS)
        else:
            self.add("transition", line.text)
        return True

    def end_spot(self) -> None:
        """A spot that leads no action is on the page, and not seen."""
        if self.spot:
            self.draft.elements.append(Element("transition", self.spot))
            self.spot = ""

    def take_action(self, text: str) -> None:
        """One line of action, which may go on."""
        self.paragraph.append(text)
        self.fresh = False

    def read_marked(self, text: str) -> None:
        """A line that its first character names: page break, synopsis, section, lyric, centred text, transition."""
        if is_page_break(text):
            return
        if text[0] == "=":
            if not (self.scenes and self.in_section):
                self.draft.synopsis.append(plain(text[1:].lstrip("=")))
        elif text[0] == "#":
            self.in_section = True
            name = plain(text.lstrip("#")).strip()
            self.sections += [name] if name else []
            self.marks.append((len(self.preamble.elements), name))
        elif text[0] == "~":
            self.add("lyric", text[1:])
        elif text.endswith("<"):
            self.add("centered", text[1:-1])
        else:
            self.add("transition", text[1:])

    def begin_scene(self, heading: Heading, line: SourceLine) -> None:
        """A new scene, unless there are too many."""
        self.end_paragraph()
        self.end_spot()
        if self.went_back and not self.draft.elements:
            self.scenes.pop()
        self.went_back = False
        if len(self.scenes) == MAX_SCENES:
            raise ScreenplayError(f"more than {MAX_SCENES:,} scenes; split the screenplay", line=line.number)
        self.scenes.append(SceneDraft(heading))
        self.in_section = False

    @property
    def draft(self) -> SceneDraft:
        """The scene that is open."""
        return self.scenes[-1] if self.scenes else self.preamble

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
        into = self.draft.elements
        if self.spot and kind == "action":
            text, self.spot = f"{self.spot} \u2013\n{text}", ""
        self.end_spot()
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

    def speaks(self, cue: Cue) -> bool:
        """True if what stands below a cue is said, and no sentence that goes on with its name."""
        return self.speech_follows() and not self.above.tells(cue, self.lines[self.at].text.lstrip())

    def cue_of(self, line: SourceLine) -> Cue | None:
        """The cue on this line, which a script without capitals shows by its layout."""
        cue = read_cue(line.text.strip())
        return (
            self.cues.cue_at(line)
            if not cue or (not cue.forced and is_no_name(cue.name, again=self.above.come_again(cue.name)))
            else cue
        )

    def read_inline(self, speech: Speech) -> None:
        """A speech on the line of its cue; a quotation that is open goes on to the line that closes it."""
        spoken = [speech.text]
        going = speech.open
        while going and self.at < len(self.lines) and not self.lines[self.at].blank:
            text = self.lines[self.at].text.strip()
            going = text[-1:] not in QUOTES_END
            spoken.append(text if going else text[:-1])
            self.at += 1
        text = "\n".join(spoken)
        directed = _FIRST_DIRECTION.match(text)
        said = text[directed.end() :] if directed else text
        self.add("dialogue", said, speech.cue, directed[1].strip() if directed else "")
        if speech.rest:
            self.take_action(speech.rest)

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
        if directions and [cue.name] == [one.character for one in self.draft.elements[-1:]] and tells(directions[-1]):
            self.add("action", directions.pop())  # they have spoken: nothing is left to be said so
        if directions:
            self.add("parenthetical", _joined(directions), cue)
        self.fresh = True

    def add_speech(self, cue: Cue, directions: list[str], spoken: list[str]) -> None:
        """Adds the collected speech as one element of dialogue; directions without speech wait for it."""
        if any(spoken):
            self.add("dialogue", unquoted("\n".join(spoken)), cue, _joined(directions))
            directions.clear()
        spoken.clear()

    def read_direction(self, text: str) -> str:
        """The parenthetical that begins on this line, which may run over a few lines; else nothing."""
        if text[:1] not in {"(", "\uff08"}:
            return ""
        parts = [text]
        following = self.at
        while not parts[-1].endswith((")", "\uff09")):
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
