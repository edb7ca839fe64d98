"""A screenplay from the paragraphs of a Final Draft file."""

import re
from collections.abc import Sequence

from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.fdx import Paragraph, read_paragraphs
from wzrd.screenplay.headings import Heading, read_heading
from wzrd.screenplay.lines import Cue, read_cue
from wzrd.screenplay.model import MAX_SCENES, Element, ElementKind, Screenplay, one_line
from wzrd.screenplay.opening import NO_HEADING, with_opening
from wzrd.screenplay.scenes import SceneDraft, assemble
from wzrd.screenplay.source import without_controls

_STRUCTURE = re.compile(r"\bact\b|outline|cast list|show|episode|title", re.IGNORECASE)
_BY = re.compile(r"(?:\b(?:by|par|von|por|di|av|af)|\u4f5c|\u811a\u672c|\u7f16\u5267)[:\uff1a]?\Z", re.IGNORECASE)
_KEY = re.compile(r"title:\s*", re.IGNORECASE)
_PLACEHOLDERS = frozenset({"script title", "(name of project)", "untitled", "title"})
_BY_WHOM = re.compile(r"(?:.*\b)?by:?\s+(.+)", re.IGNORECASE)


def parse_final_draft(data: bytes) -> Screenplay:
    """The screenplay in this Final Draft file.

    Raises:
        ScreenplayError: what is wrong, with line and column: no Final Draft, no well-formed XML, entities of its own,
            nothing in it, or more than 2,000 scenes.
    """
    body, title_page = read_paragraphs(data)
    builder = _Builder()
    for paragraph in body:
        builder.take(paragraph)
    builder.end_speech()
    drafts = with_opening(builder.preamble, builder.scenes)
    if not drafts:
        raise ScreenplayError("the screenplay is empty", line=1)
    return assemble(drafts, _metadata(title_page), () if builder.scenes else (NO_HEADING,))


class _Builder:
    """One paragraph after another becomes elements of the scene that is open."""

    def __init__(self) -> None:
        self.preamble = SceneDraft(Heading(""))
        self.scenes: list[SceneDraft] = []
        self.cue: Cue | None = None
        self.directions: list[str] = []

    def take(self, paragraph: Paragraph) -> None:
        """One paragraph; one that holds no text ends nothing."""
        text = "\n".join(map(one_line, without_controls(paragraph.text).splitlines())).strip()
        match paragraph.kind:
            case _ if not text:
                return
            case "Character":
                self.end_speech()
                self.cue = _cue(text, dual=paragraph.dual > 1)
            case "Parenthetical" if self.cue:
                self.directions.append(one_line(text).removeprefix("(").removesuffix(")").strip())
            case "Dialogue" | "Lyrics" | "Singing" if self.cue:
                self.say("dialogue" if paragraph.kind == "Dialogue" else "lyric", text)
            case "Scene Heading":
                self.begin_scene(text, paragraph)
            case kind if _STRUCTURE.search(kind):
                self.end_speech()
            case kind:
                self.end_speech()
                self.elements.append(Element("transition" if kind == "Transition" else "action", text))

    @property
    def elements(self) -> list[Element]:
        """Those of the scene that is open."""
        return (self.scenes[-1] if self.scenes else self.preamble).elements

    def begin_scene(self, text: str, paragraph: Paragraph) -> None:
        """A new scene, unless there are too many."""
        self.end_speech()
        if len(self.scenes) == MAX_SCENES:
            raise ScreenplayError(f"more than {MAX_SCENES:,} scenes; split the screenplay", line=paragraph.line)
        heading = read_heading(f"{text} #{paragraph.number}#" if paragraph.number else text, forced=True)
        assert heading is not None, "it is forced"
        self.scenes.append(SceneDraft(heading))

    def say(self, kind: ElementKind, text: str) -> None:
        """A piece of the open speech, as its directions say."""
        cue = self.cue
        assert cue is not None, "somebody speaks"
        how = "; ".join(filter(None, self.directions))
        self.elements.append(Element(kind, text, cue.name, how, cue.extension, cue.dual))
        self.directions = []

    def end_speech(self) -> None:
        """A direction that no speech follows stands for itself."""
        if self.cue and (how := "; ".join(filter(None, self.directions))):
            cue = self.cue
            self.elements.append(Element("parenthetical", how, cue.name, "", cue.extension, cue.dual))
        self.cue, self.directions = None, []


def _cue(text: str, *, dual: bool) -> Cue | None:
    cue = read_cue(f"@{one_line(text)}")
    return Cue(cue.name, cue.extension, dual, forced=True) if cue else None


def _metadata(title_page: Sequence[Paragraph]) -> dict[str, str]:
    """Title and author as far as the title page shows them: its first line, and the one below a "by"."""
    lines = [text for one in title_page if (text := one_line(without_controls(one.text)))]
    if not lines:
        return {}
    title = _KEY.sub("", lines[0], count=1)
    found = {} if title.casefold() in _PLACEHOLDERS else {"title": title}
    for at, text in enumerate(lines[1:], 1):
        whom = _BY_WHOM.fullmatch(text)
        author = whom[1] if whom else lines[at + 1] if _BY.search(text) and at + 1 < len(lines) else ""
        if author:
            return {**found, "author": author}
    return found
