"""Screenplays in a zip, and the XML of programs other than Final Draft; small files as those programs write them.

The forms are known from https://sourceforge.net/projects/openscrfmt (Fade In, OSF), trelby/trelby (Celtx),
intrusive-memory/SwiftGuion (Highland) and ECMA-376 (Word).
"""

import io
import zipfile

import pytest

from wzrd.domain.errors import ScreenplayError
from wzrd.domain.shots import Line
from wzrd.screenplay.parse import parse


def packed(name: str, text: str) -> bytes:
    """A zip with this part, and another one that is no script."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("project/resources/settings.json", "{}")
        package.writestr(name, text)
    return buffer.getvalue()


def osf(*paragraphs: tuple[str, str], style: str = "basestylename") -> str:
    body = "".join(f'<para><style {style}="{kind}"/><text>{text}</text></para>' for kind, text in paragraphs)
    page = '<para><style basestylename="Normal Text"/><text>The Ferry</text></para>'
    kind = 'type="Open Screenplay Format document"'
    styles = '<styles><style name="Action" basestylename="Normal Text"/></styles>'
    return f"<document {kind}>{styles}<paragraphs>{body}</paragraphs><titlepage>{page}</titlepage></document>"


SCENE = (
    ("Scene Heading", "INT. FERRY - NIGHT"),
    ("Action", "Ann waits."),
    ("Character", "ANN (V.O.)"),
    ("Parenthetical", "(low)"),
    ("Dialogue", "Not yet."),
)


@pytest.mark.parametrize("style", ["basestylename", "basestyle"])
def test_open_screenplay_and_fade_in_are_read_by_their_styles(style: str) -> None:
    """An .osf file and the zip of Fade In give the same scene; the title page has the title."""
    for data, name in ((osf(*SCENE, style=style).encode(), "a.osf"), (packed("document.xml", osf(*SCENE)), "a.fadein")):
        made = parse(b'<?xml version="1.0"?>' + data if name == "a.osf" else data, name)
        (scene,) = made.scenes
        assert (made.title, scene.heading, scene.actions) == ("The Ferry", "INT. FERRY - NIGHT", ("Ann waits.",))
        assert scene.dialogue == (Line("ANN", "Not yet.", "low", "V.O."),)


def test_highland_holds_fountain() -> None:
    """The text of its bundle is Fountain, pictures on its title page leave no trace."""
    text = "Title: ![](assets/a.jpg)\n\tThe Ferry\n\nINT. FERRY - NIGHT\n\nANN\nNot yet.\n"
    made = parse(packed("the ferry.textbundle/text.md", text), "the ferry.highland")
    assert (made.title, made.scenes[0].dialogue) == ("The Ferry", (Line("ANN", "Not yet."),))


def test_celtx_is_read_by_its_classes() -> None:
    """Lines that its editor has broken are one; notes, which are attributes, are gone."""
    page = (
        '<html><body><p id="a" class="sceneheading">Int. Ferry. Night.<br>\n</p><p class="action">Ann\nwaits.<br></p>'
        '<p class="character">Ann<br></p><p class="dialog">Not\n yet. <span class="note" text="Cut this?"></span></p>'
        "</body></html>"
    )
    (scene,) = parse(packed("script-ujq.html", page), "a.celtx").scenes
    assert (scene.heading, scene.actions, scene.dialogue) == (
        "Int. Ferry. Night.",
        ("Ann waits.",),
        (Line("Ann", "Not yet."),),
    )


def word(*paragraphs: tuple[str, str]) -> bytes:
    body = "".join(
        f'<w:p><w:pPr>{f"<w:pStyle w:val={kind!r}/>" if kind else ""}<w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>'
        f"<w:r><w:t>{text}</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
        for kind, text in paragraphs
    )
    return packed("word/document.xml", f"<w:document><w:body>{body}</w:body></w:document>")


def test_word_is_read_by_styles_or_by_lines() -> None:
    """Styles of a screenplay say what a paragraph is; without them its lines do. What was deleted is gone."""
    styled = (("SceneHeading", "Int. Ferry - Night"), ("Action", "Ann waits."), ("Character", "Ann"))
    plain = (("", "INT. FERRY - NIGHT"), ("", ""), ("", "Ann waits."), ("", ""), ("", "ANN"))
    for data in (word(*styled, ("Dialogue", "Not yet.")), word(*plain, ("", "Not yet."))):
        (scene,) = parse(data, "a.docx").scenes
        assert (scene.heading.upper(), scene.actions) == ("INT. FERRY - NIGHT", ("Ann waits.",))
        assert [(line.character.upper(), line.text) for line in scene.dialogue] == [("ANN", "Not yet.")]


def test_a_zip_without_a_script_is_refused() -> None:
    """So is one that is cut off, and a part that would grow beyond what is read."""
    with pytest.raises(ScreenplayError, match="export the screenplay as Fountain"):
        parse(packed("xl/workbook.xml", "<a/>"), "a.xlsx")
    with pytest.raises(ScreenplayError, match="cannot be opened"):
        parse(packed("x/text.md", "INT. A - DAY\n" * 99)[:120], "a.highland")
    with pytest.raises(ScreenplayError, match="16,777,216"):
        parse(packed("document.xml", " " * (17 * 1024 * 1024)), "a.fadein")
    with pytest.raises(ScreenplayError, match="entities"):
        parse(packed("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><w:document/>'), "a.docx")
    with zipfile.ZipFile(lzma := io.BytesIO(), "w", zipfile.ZIP_LZMA) as package:
        package.writestr("x/text.md", "INT. A - DAY")
    with pytest.raises(ScreenplayError, match="packed otherwise"):
        parse(lzma.getvalue(), "a.highland")
