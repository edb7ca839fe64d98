"""Final Draft's files (.fdx): XML whose paragraphs say what they are. Read without entities and external parts."""

from dataclasses import dataclass, field
from xml.parsers import expat

from wzrd.domain.errors import ScreenplayError

MAX_FDX_BYTES = 16 * 1024 * 1024
_DEEPEST = 60
_SKIPPED = frozenset({"SceneProperties", "ScriptNote", "DynamicLabel", "ActivateIn", "TagData"})


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


@dataclass(slots=True)
class _FdxReader:
    """Follows the elements: `path` are the open ones, `open` the open paragraphs."""

    parser: expat.XMLParserType
    body: list[Paragraph] = field(default_factory=list[Paragraph])
    title_page: list[Paragraph] = field(default_factory=list[Paragraph])
    path: list[str] = field(default_factory=list[str])
    open: list[Paragraph] = field(default_factory=list[Paragraph])
    speakers: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if not self.path and name != "FinalDraft":
            self.refuse(f"an XML file of {name[:40]!r}, not of Final Draft; export the screenplay as Fountain")
        if len(self.path) == _DEEPEST:
            self.refuse(f"elements nested deeper than {_DEEPEST}")
        self.path.append(name)
        if name == "DualDialogue":
            self.speakers = 1
        if name == "Paragraph" and not self.skips and (into := self.list) is not None:
            kind = attributes.get("Type", "")
            if self.speakers and kind == "Character":
                self.speakers += 1
            line = self.parser.CurrentLineNumber
            self.open.append(Paragraph(kind, line, attributes.get("Number", ""), max(0, self.speakers - 1)))
            into.append(self.open[-1])

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "Paragraph" and not self.skips and self.list is not None:
            self.open.pop()
        self.path.pop()
        if name == "DualDialogue":
            self.speakers = 0

    def text(self, text: str) -> None:
        """Characters; what stands outside of `Text` elements is layout."""
        if self.open and self.path[-1] == "Text" and not self.skips:
            self.open[-1].texts.append(text)

    @property
    def skips(self) -> bool:
        """Are we in what is no text of the screenplay?"""
        return not _SKIPPED.isdisjoint(self.path)

    @property
    def list(self) -> list[Paragraph] | None:
        """Where a paragraph belongs that is open here."""
        if self.path[1:2] == ["Content"]:
            return self.body
        return self.title_page if self.path[1:3] == ["TitlePage", "Content"] else None

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
    parser = expat.ParserCreate()
    reader = _FdxReader(parser)
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        why = f"no well-formed XML: {expat.ErrorString(error.code)}"
        raise ScreenplayError(why, line=error.lineno, column=error.offset + 1) from error
    except (LookupError, ValueError) as error:  # an encoding that expat cannot read
        raise ScreenplayError(f"no readable XML: {error}; save it as UTF-8", line=1) from error
    return reader.body, reader.title_page
