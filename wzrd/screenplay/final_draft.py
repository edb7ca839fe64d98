"""Files of Final Draft, of Open Screenplay Format and of Word: XML whose paragraphs say what they are.

It is read without entities and external parts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from wzrd.domain.errors import ScreenplayError
from wzrd.domain.shown import shown
from wzrd.screenplay.encodings import encoded_once, text_of
from wzrd.screenplay.headings import Heading, read_heading
from wzrd.screenplay.lines import Cue, read_cue
from wzrd.screenplay.model import MAX_SCENES, Element, ElementKind, Screenplay, one_line
from wzrd.screenplay.opening import NO_HEADING, with_opening
from wzrd.screenplay.scenes import SceneDraft, assemble
from wzrd.screenplay.source import MAX_LINES

MAX_FDX_BYTES = 16 * 1024 * 1024
_DEEPEST = 60
_SKIPPED = frozenset({"SceneProperties", "ScriptNote", "DynamicLabel", "ActivateIn", "TagData", "OmittedScene"}) | {
    "mc:Fallback",
    "w:moveFrom",
}
_SIGNS = {"w:tab": "\t", "w:br": "\n", "w:cr": "\n"}
"""Elements of Word's text that are a character."""
_OMITTED = re.compile(r"OMIT(?:TED)?\.?", re.IGNORECASE)
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(slots=True)
class Paragraph:
    """A paragraph of the script or of the title page: `kind` as Final Draft calls it, `number` a scene's own.

    `dual`: the how manieth speaker of two at once it belongs to, from 1; 0: nobody else speaks.
    """

    kind: str
    line: int
    number: str = ""
    dual: int = 0
    texts: list[str] = field(default_factory=list[str])

    @property
    def text(self) -> str:
        """All of its text."""
        return "".join(self.texts)


@dataclass(frozen=True, slots=True)
class _Form:
    """The names that one kind of file has for a paragraph, for its text, and for what holds them below the root."""

    paragraph: str
    text: str
    body: list[str]
    title_page: list[str] | None = None


_FORMS = {
    "FinalDraft": _Form("Paragraph", "Text", ["Content"], ["TitlePage", "Content"]),
    "document": _Form("para", "text", ["paragraphs"], ["titlepage"]),
    "w:document": _Form("w:p", "w:t", ["w:body"]),
}
"""The forms by the name of their root; `document` is Open Screenplay Format."""


@dataclass(slots=True)
class _FdxReader:
    """Follows the elements: `path` are the open ones, `open` the open paragraphs."""

    parser: expat.XMLParserType
    form: _Form = _FORMS["FinalDraft"]
    body: list[Paragraph] = field(default_factory=list[Paragraph])
    title_page: list[Paragraph] = field(default_factory=list[Paragraph])
    path: list[str] = field(default_factory=list[str])
    open: list[Paragraph] = field(default_factory=list[Paragraph])
    speakers: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if not self.path:
            if name not in _FORMS or (name == "document" and "Screenplay" not in attributes.get("type", "")):
                self.refuse(f"an XML file of {name[:40]!r}, not of Final Draft; export the screenplay as Fountain")
            self.form = _FORMS[name]
        if len(self.path) == _DEEPEST:
            self.refuse(f"elements nested deeper than {_DEEPEST}")
        self.path.append(name)
        if name == "DualDialogue":
            self.speakers = 1
        if self.open and name in {"style", "w:pStyle"}:
            kinds = (attributes.get(key, "") for key in ("basestylename", "basestyle", "w:val"))
            self.open[-1].kind = next(filter(None, kinds), self.open[-1].kind)
        if self.open and name in _SIGNS and self.path[-2] == "w:r" and not self.skips:
            self.open[-1].texts.append(_SIGNS[name])
        if name == self.form.paragraph and not self.skips and (into := self.list) is not None:
            kind = attributes.get("Type", "")
            if self.speakers and kind == "Character":
                self.speakers += 1
            line = self.parser.CurrentLineNumber
            if len(into) == MAX_LINES:
                self.refuse(f"more than {MAX_LINES:,} paragraphs; split the screenplay")
            self.open.append(Paragraph(kind, line, attributes.get("Number", ""), max(0, self.speakers - 1)))
            into.append(self.open[-1])

    def end(self, name: str) -> None:
        """An element ends."""
        if name == self.form.paragraph and not self.skips and self.list is not None:
            self.open.pop()
        self.path.pop()
        if name == "DualDialogue":
            self.speakers = 0

    def text(self, text: str) -> None:
        """Characters; what stands outside of elements of text is layout."""
        if self.open and self.path[-1] == self.form.text and not self.skips:
            self.open[-1].texts.append(encoded_once(text)[0])

    @property
    def skips(self) -> bool:
        """Are we in what is no text of the screenplay?"""
        return not _SKIPPED.isdisjoint(self.path)

    @property
    def list(self) -> list[Paragraph] | None:
        """Where a paragraph belongs that is open here."""
        if self.path[1:2] == self.form.body:
            return self.body
        return self.title_page if self.path[1:3][: len(self.form.title_page or ())] == self.form.title_page else None

    def entity(self, *_: object) -> None:
        """An entity is declared: what it stands for may be without end, or another's file."""
        self.refuse("it declares entities, which no Final Draft file does")

    def refuse(self, why: str) -> None:
        """Stop reading."""
        raise ScreenplayError(why, line=self.parser.CurrentLineNumber, column=self.parser.CurrentColumnNumber + 1)


def read_paragraphs(data: bytes) -> tuple[list[Paragraph], list[Paragraph]]:
    """The paragraphs of the script, and those of the title page, in order.

    Raises:
        ScreenplayError: more than 16 MiB, no Final Draft, no well-formed XML, or entities of its own.
    """
    if len(data) > MAX_FDX_BYTES:
        message = f"the file has {len(data):,} bytes and a Final Draft file at most {MAX_FDX_BYTES:,}"
        raise ScreenplayError(f"{message}; split it into parts", line=1)
    try:
        reader = _follow(data)
    except expat.ExpatError as error:
        try:  # a text editor has saved it otherwise than its head says, or with characters that no XML has
            reader = _follow(_UNWRITABLE.sub(" ", text_of(data)[0]).strip().encode(), "utf-8")
        except expat.ExpatError:
            why = f"no well-formed XML: {expat.ErrorString(error.code)}"
            raise ScreenplayError(why, line=error.lineno, column=error.offset + 1) from error
    except (LookupError, ValueError) as error:  # an encoding that expat cannot read
        raise ScreenplayError(f"no readable XML: {error}; save it as UTF-8", line=1) from error
    return reader.body, reader.title_page


def _follow(data: bytes, encoding: str | None = None) -> _FdxReader:
    """All of the file, in this encoding or that of its head."""
    parser = expat.ParserCreate(encoding)
    reader = _FdxReader(parser)
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.entity
    parser.Parse(data, True)
    return reader


_STRUCTURE = re.compile(r"\bact\b|outline|cast list|show|episode|title", re.IGNORECASE)
_BY = re.compile(r"(?:\b(?:by|par|von|por|di|av|af)|\u4f5c|\u811a\u672c|\u7f16\u5267)[:\uff1a]?\Z", re.IGNORECASE)
_KEY = re.compile(r"title:\s*", re.IGNORECASE)
_PLACEHOLDERS = frozenset({"script title", "(name of project)", "untitled", "title"})
_BY_WHOM = re.compile(r"(?:.*\b)?by:?\s+(.+)", re.IGNORECASE)


def parse_final_draft(data: bytes) -> Screenplay:
    """The screenplay in this Final Draft file.

    Raises:
        ScreenplayError: what is wrong, with line and column: no Final Draft, no well-formed XML, entities of its own,
            nothing in it, or more than 2,000 scenes or 50,000 paragraphs.
    """
    return screenplay_of(*read_paragraphs(data))


def screenplay_of(body: Sequence[Paragraph], title_page: Sequence[Paragraph] = ()) -> Screenplay:
    """The screenplay of paragraphs whose kinds are those of Final Draft.

    Raises:
        ScreenplayError: nothing is in them, or more than 2,000 scenes.
    """
    builder = _Builder()
    for paragraph in body:
        builder.take(paragraph)
    builder.end_speech()
    drafts = with_opening(builder.preamble, builder.scenes)
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
        text = "\n".join(map(one_line, shown(paragraph.text).splitlines())).strip()
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
            case "Scene Heading" if _OMITTED.fullmatch(text):
                self.end_speech()
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
    lines = [text for one in title_page if (text := one_line(shown(one.text)))]
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
