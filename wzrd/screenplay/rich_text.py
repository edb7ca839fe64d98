"""Rich Text Format (.rtf), as TextEdit, Word, LibreOffice and Final Draft write it: its paragraphs.

By the RTF Specification 1.9.1. Each token is looked at once. Pictures, headers, notes and hidden text are left out.
"""

import re
from dataclasses import dataclass, field, replace

from wzrd.domain.errors import ScreenplayError
from wzrd.screenplay.final_draft import MAX_FDX_BYTES, Paragraph
from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.packages import read_styled
from wzrd.screenplay.source import MAX_LINES

_TOKEN = re.compile(
    r"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,9})? ?|\\'(?P<byte>[\dA-Fa-f]{2})|\\(?P<sign>[^A-Za-z'])"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\",
    re.DOTALL,
)
_DEEPEST = 500
_LEFT_OUT = re.compile(
    r"colortbl|info|pict|(?:header|footer)[lrf]?|footnote|annotation|object|fldinst|nonesttables|private|comment|tc|xe"
    r"|listtext|pntext"
)
"""Destinations that are no text of the document; one behind `\\*` is none either."""
_BREAKS = frozenset({"par", "sect", "page", "row", "cell"})
_WORDS = {
    "line": "\n",
    "tab": "\t",
    "emdash": "\u2014",
    "endash": "\u2013",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "bullet": "\u2022",
}
_SIGNS = {"~": "\u00a0", "_": "-", "\\": "\\", "{": "{", "}": "}"}
_CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "gb18030",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
"""Code pages by the character set of a font; another's is the document's own."""
_PAGES = {f"cp{number}" for number in (437, 850, 852, 866, 874, 932, 936, 949, 950, *range(1250, 1259))}
_COLUMN = 144
"""Twips that a letter of a screenplay takes: ten are an inch."""


@dataclass(frozen=True, slots=True)
class _Group:
    """State that ends with a group: its destination, its font, how many signs stand in for one beyond its code page."""

    destination: str = ""
    font: int = -1
    stand_ins: int = 1
    hidden: bool = False
    left_out: bool = False


@dataclass(slots=True)
class _RichText:
    paragraphs: list[Paragraph] = field(default_factory=list[Paragraph])
    groups: list[_Group] = field(default_factory=list[_Group])
    group: _Group = field(default_factory=_Group)
    page: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict[int, str])
    styles: dict[int, str] = field(default_factory=dict[int, str])
    style: int = 0
    indent: int = 0
    default_font: int = -1
    skip: int = 0
    texts: list[str] = field(default_factory=list[str])
    bytes: bytearray = field(default_factory=bytearray)
    """Bytes of text in a code page that are not decoded yet."""

    def read(self, source: str) -> list[Paragraph]:
        """All paragraphs of the document."""
        at = 0
        while found := _TOKEN.match(source, at):
            at = found.end()
            word, number = found["word"], int(found["number"] or 1)
            if word == "bin":
                at += max(0, int(found["number"] or 0))
            elif word:
                self._word(word, number, is_off=found["number"] == "0")
            elif found["brace"]:
                self._brace(found["brace"])
                if not self.groups:
                    break
            else:
                self._sign(found)
        self._end_paragraph()
        return self.paragraphs

    def _brace(self, brace: str) -> None:
        self.skip = 0
        self._decode()
        if brace == "{":
            if len(self.groups) == _DEEPEST:
                raise ScreenplayError(
                    f"groups nested deeper than {_DEEPEST}; export the screenplay as Fountain", line=1
                )
            self.groups.append(self.group)
        else:
            if self.group.destination == "stylesheet":
                self.styles.setdefault(self.style, "".join(self.texts).strip(" ;"))
                self.texts.clear()
                self.style = self.indent = 0
            self.group = self.groups.pop() if self.groups else self.group

    def _word(self, word: str, number: int, *, is_off: bool) -> None:
        self.skip = 0
        if word == "u":
            self._add(chr(number % 0x10000))
            self.skip = self.group.stand_ins
        elif word in _BREAKS:
            self._end_paragraph()
        elif word in _WORDS:
            self._add(_WORDS[word])
        else:
            self._decode()
            self._note(word, number)
            self.group = self._changed(word, number, is_off=is_off)

    def _changed(self, word: str, number: int, *, is_off: bool) -> _Group:
        """The group's state behind this word."""
        match word:
            case "fonttbl" | "stylesheet":
                return replace(self.group, destination=word)
            case "f" | "deff":
                return replace(self.group, font=number)
            case "plain":
                return replace(self.group, font=self.default_font, hidden=False)
            case "v" | "deleted":
                return replace(self.group, hidden=not is_off)
            case "uc":
                return replace(self.group, stand_ins=number)
            case _:
                return replace(self.group, left_out=True) if _LEFT_OUT.fullmatch(word) else self.group

    def _note(self, word: str, number: int) -> None:
        """Keep what a word says of the document, or of the paragraph."""
        match word:
            case "ansicpg" if f"cp{number}" in _PAGES:
                self.page = f"cp{number}"
            case "mac":
                self.page = "mac_roman"
            case "deff":
                self.default_font = number
            case "fcharset" if self.group.destination == "fonttbl":
                self.fonts[self.group.font] = _CHARSETS.get(number, "")
            case "s":
                self.style = number
            case "li":
                self.indent = number
            case "pard":
                self.style = self.indent = 0
            case _:
                pass

    def _sign(self, found: re.Match[str]) -> None:
        sign, text = found["sign"], found["text"] or ""
        if sign == "*":
            self.group = replace(self.group, left_out=True)
        elif sign in {"\n", "\r"}:
            self._end_paragraph()
        elif sign:
            self._add(_SIGNS.get(sign, ""))
        elif found["byte"]:
            text = chr(int(found["byte"], 16))
        text, self.skip = text[self.skip :], max(0, self.skip - len(text))
        if self._takes_text:
            self.bytes += text.encode("latin-1")

    @property
    def _takes_text(self) -> bool:
        group = self.group
        return not (group.left_out or group.hidden or group.destination == "fonttbl")

    def _add(self, text: str) -> None:
        self._decode()
        if self._takes_text:
            self.texts.append(text)

    def _decode(self) -> None:
        if self.bytes:
            self.texts.append(self.bytes.decode(self.fonts.get(self.group.font) or self.page, "replace"))
            self.bytes.clear()

    def _end_paragraph(self) -> None:
        self._decode()
        if self.group.left_out or self.group.destination:
            return
        if len(self.paragraphs) == MAX_LINES:
            raise ScreenplayError(f"more than {MAX_LINES:,} paragraphs; split the screenplay", line=1)
        text = "".join(self.texts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        indent = " " * min(60, max(0, self.indent) // _COLUMN) if text.strip() else ""
        self.paragraphs.append(
            Paragraph(self.styles.get(self.style, ""), len(self.paragraphs) + 1, texts=[indent + text])
        )
        self.texts.clear()


def parse_rich_text(data: bytes) -> Screenplay:
    """The screenplay in this file: by the names of its styles, where they are a screenplay's, else by its lines.

    Raises:
        ScreenplayError: more than 16 MiB, groups nested too deep, or what is wrong with the script.
    """
    if len(data) > MAX_FDX_BYTES:
        message = f"the file has {len(data):,} bytes and an RTF file at most {MAX_FDX_BYTES:,}"
        raise ScreenplayError(f"{message}; leave its pictures out", line=1)
    return read_styled(_RichText().read(data.decode("latin-1")))
