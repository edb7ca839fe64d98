"""Final Draft's files: what of them is read, and XML that means harm."""

import time

import pytest

from wzrd.domain.errors import ScreenplayError
from wzrd.domain.shots import Line
from wzrd.screenplay.final_draft import MAX_FDX_BYTES
from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.parse import parse


def paragraph(kind: str, text: str, attributes: str = "", before: str = "") -> str:
    return f'<Paragraph Type="{kind}" {attributes}>{before}<Text>{text}</Text></Paragraph>'


def document(content: str, title_page: str = "", head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    page = f"<TitlePage><Content>{title_page}</Content></TitlePage>" if title_page else ""
    return f'{head}\n<FinalDraft DocumentType="Script" Version="5"><Content>{content}</Content>{page}</FinalDraft>'


def read(content: str, title_page: str = "") -> Screenplay:
    return parse(document(content, title_page).encode(), "the-ferry.fdx")


HEADING = paragraph("Scene Heading", "INT. FERRY - NIGHT", 'Number="12A"')


def test_a_script_is_read_paragraph_by_paragraph() -> None:
    """Scene, number, action, cue, direction, dialogue, transition; styled runs are one text; notes are gone."""
    styled = '<Paragraph Type="Action"><Text>She </Text><Text Style="Bold">*leaves*</Text><Text>.</Text></Paragraph>'
    note = "<ScriptNote><Paragraph><Text>Cut this?</Text></Paragraph></ScriptNote>"
    speech = (
        paragraph("Character", "ANN (V.O.) (CONT'D)")
        + paragraph("Parenthetical", "(low)")
        + paragraph("Dialogue", "Wait.")
        + paragraph("Parenthetical", "(beat)")
        + paragraph("Dialogue", "No.", before=note)
    )
    made = read(HEADING + styled + speech + paragraph("Shot", "ON THE BELL") + paragraph("Transition", "CUT TO:"))
    (scene,) = made.scenes
    assert (scene.heading, scene.label, scene.place, scene.time_of_day) == (
        "INT. FERRY - NIGHT",
        "12A",
        "FERRY",
        "NIGHT",
    )
    assert [element.kind for element in scene.elements] == ["action", "dialogue", "dialogue", "action", "transition"]
    assert scene.actions == ("She *leaves*.", "ON THE BELL")
    assert scene.dialogue == (Line("ANN", "Wait.", "low", "V.O."), Line("ANN", "No.", "beat", "V.O."))
    assert (made.title, made.warnings) == ("The ferry", ())


def test_two_at_once_are_marked() -> None:
    """The second speaker of a dual dialogue, and nobody behind it."""
    both = "".join(paragraph("Character", who) + paragraph("Dialogue", "Hey.") for who in ("ANN", "BOB"))
    after = paragraph("Character", "ANN") + paragraph("Dialogue", "So.")
    made = read(f'{HEADING}<Paragraph Type="General"><DualDialogue>{both}</DualDialogue></Paragraph>{after}')
    told = [(element.character, element.dual) for element in made.scenes[0].elements]
    assert told == [("ANN", False), ("BOB", True), ("ANN", False)]


def test_scene_properties_headers_and_acts_are_no_text() -> None:
    """A summary, a page header and the name of an act are the author's, not the scene's."""
    summary = "<SceneProperties><Summary><Paragraph><Text>Secret.</Text></Paragraph></Summary></SceneProperties>"
    heading = paragraph("Scene Heading", "EXT. PIER - DAY", before=summary)
    made = read(
        paragraph("New Act", "ACT ONE") + heading + paragraph("Action", "Gulls.") + paragraph("End of Act", "END")
    )
    assert [(scene.heading, scene.actions) for scene in made.scenes] == [("EXT. PIER - DAY", ("Gulls.",))]


def test_an_omitted_scene_leaves_no_trace() -> None:
    """Final Draft keeps what was omitted inside of its card: it is not filmed, and the card is no scene."""
    cut = f"<OmittedScene>{paragraph('Scene Heading', 'EXT. YARD - DUSK')}{paragraph('Action', 'She waits.')}"
    for kept in ("", f"{cut}</OmittedScene>"):
        card = paragraph("Scene Heading", "OMITTED", 'Number="21"').replace("</Text>", f"</Text>{kept}")
        made = read(HEADING + paragraph("Action", "Gulls.") + card + paragraph("Scene Heading", "EXT. PIER - DAY"))
        assert [(one.heading, one.actions) for one in made.scenes] == [
            ("INT. FERRY - NIGHT", ("Gulls.",)),
            ("EXT. PIER - DAY", ()),
        ]


@pytest.mark.parametrize(
    ("lines", "title", "author"),
    [
        (["THE FERRY", "Written by", "A. B."], "THE FERRY", "A. B."),
        (["THE FERRY", "A film by A. B.", "2026"], "THE FERRY", "A. B."),
        (["", "Script Title", "by", "Somebody"], "The ferry", "Somebody"),
        (["THE FERRY"], "THE FERRY", ""),
    ],
)
def test_the_title_page_has_title_and_author(lines: list[str], title: str, author: str) -> None:
    """As far as its lines show them; a template's own words are no title."""
    made = read(HEADING, "".join(paragraph("", line) for line in lines))
    assert (made.title, made.author) == (title, author)


def test_without_headings_it_is_one_scene_and_sub_headings_are_staged_around() -> None:
    """The rules of Fountain hold for what they mean."""
    made = read(paragraph("Action", "A bell rings."))
    assert (len(made.scenes), len(made.warnings)) == (1, 1)
    made = read(paragraph("Action", "A bell rings.") + HEADING + paragraph("Scene Heading", "AT THE RAIL"))
    assert [scene.place for scene in made.scenes] == ["", "FERRY", "FERRY"]


def test_it_is_known_by_name_or_by_its_first_bytes() -> None:
    """In any encoding that XML may have."""
    text = document(HEADING + paragraph("Action", "Grün."))
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.replace("UTF-8", "UTF-16").encode("utf-16")):
        assert parse(data).scenes[0].actions == ("Grün.",)
    assert parse(document(HEADING, head="").strip().encode(), "x.FDX").scenes


def test_a_file_that_an_editor_has_saved_is_read() -> None:
    """In another encoding than its head says, below an empty line, or with a control character."""
    text = document(HEADING + paragraph("Action", "Grün."))
    for data in (text.encode("utf-16"), text.encode("cp1252"), f"\n {text}".encode()):
        assert parse(data, "x.fdx").scenes[0].actions == ("Grün.",)
    assert parse(text.replace("Grün", "Grün\x0b").encode(), "x.fdx").scenes[0].actions == ("Grün .",)


BOMB = """<?xml version="1.0"?><!DOCTYPE FinalDraft [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>"""
FOREIGN = '<?xml version="1.0"?><!DOCTYPE FinalDraft [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (document(HEADING + paragraph("Action", "&d;"), head=BOMB), "entities"),
        (document(HEADING + paragraph("Action", "&x;"), head=FOREIGN), "entities"),
        (document(HEADING + paragraph("Action", "&x;")), "undefined entity"),
        ("<?xml version='1.0'?><html><body/></html>", "'html', not of Final Draft"),
        ("<?xml version='1.0'?><FinalDraft><Content>", "no element found"),
        ("<?xml version='1.0' encoding='klingon'?><FinalDraft/>", "encoding"),
        ("<FinalDraft>" + "<Content>" * 5000, "nested deeper"),
        (document(""), "empty"),
        (document(paragraph("Scene Heading", "INT. A") * 2001), "2,000 scenes"),
        (document("<Paragraph><Text>x</Text></Paragraph>" * 50_001), "50,000 paragraphs"),
        ("", "no element found"),
    ],
)
def test_xml_that_is_none_or_means_harm_is_refused(text: str, says: str) -> None:
    """At once, with a place; nothing outside the file is read."""
    began = time.monotonic()
    with pytest.raises(ScreenplayError, match=says) as caught:
        parse(text.encode(), "x.fdx")
    assert caught.value.line >= 1
    assert time.monotonic() - began < 20


def test_a_doctype_that_names_another_file_is_not_followed() -> None:
    """Declarations of that file are simply not there."""
    head = '<?xml version="1.0"?><!DOCTYPE FinalDraft SYSTEM "http://127.0.0.1:9/x.dtd">'
    assert parse(document(HEADING, head=head).encode(), "x.fdx").scenes


def test_a_file_of_many_megabytes_is_refused() -> None:
    """XML is wordy: the limit is wider than for text, and it is one."""
    with pytest.raises(ScreenplayError, match="at most 16,777,216"):
        parse(b"<?xml version='1.0'?>" + b" " * MAX_FDX_BYTES, "x.fdx")
