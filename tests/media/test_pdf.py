"""PDFs: a screenplay is read by where its lines stand on the pages; what cannot be read is refused."""

from pathlib import Path

import pytest

from server.cli.screenplay import read_screenplay
from tests.pdfs import written
from wzrd.domain.errors import ScreenplayError
from wzrd.media import pdf
from wzrd.media.pdf import is_pdf, laid_out
from wzrd.media.pdf_text import PlacedText, lay_out
from wzrd.screenplay.parse import parse

ACTION, SPEECH, DIRECTION, NAME = 108.0, 180.0, 220.0, 252.0


def scene(number: int) -> list[tuple[float, str]]:
    """Half a page of a scene with two speeches."""
    return [
        (ACTION, f"INT. ROOM {number} - DAY"), (0, ""),
        (ACTION, "Anna waits for Paul, who is late again, and looks at"),
        (ACTION, "the clock."), (0, ""),
        (NAME, "ANNA"), (DIRECTION, "(to herself)"), (SPEECH, "He will come (he always"), (SPEECH, "does)."), (0, ""),
        (NAME, "PAUL (O.S.)"), (SPEECH, "I am here."), (0, ""),
    ]  # fmt: skip


def test_a_script_is_read_by_its_columns(tmp_path: Path) -> None:
    """Heads of pages are no lines, and a sentence goes on over the end of a page."""
    broken = [(ACTION, "Paul comes in with a dog, and the dog"), (0, "")]
    goes_on = [(ACTION, "barks at Anna."), (0, "")]
    first = [*scene(1), *scene(2), *broken]
    second = [(530.0, "2."), (0, ""), *goes_on, *scene(3), *scene(4)]
    file = tmp_path / "the-late_dog.pdf"
    file.write_bytes(written(first, second))
    screenplay, content = read_screenplay(file)
    assert is_pdf(content)
    assert screenplay.title == "The late dog"
    assert [one.heading for one in screenplay.scenes] == [f"INT. ROOM {number} - DAY" for number in (1, 2, 3, 4)]
    spoken = [(line.character, line.text, line.extension) for line in screenplay.scenes[0].dialogue]
    assert spoken == [("ANNA", "He will come (he always does).", ""), ("PAUL", "I am here.", "O.S.")]
    assert screenplay.scenes[1].actions[-1] == "Paul comes in with a dog, and the dog barks at Anna."


def test_its_lines_keep_their_columns_and_gaps() -> None:
    text = laid_out(written([(ACTION, "One."), (ACTION, "Two."), (0, ""), (SPEECH, "Three (3).")])).decode()
    assert text.splitlines() == ["One.", "Two.", "", "          Three (3)."]


def test_pieces_of_one_line_are_told_apart() -> None:
    """A scene's number in both margins, and a line whose letters stand lower than the others."""
    page = [
        PlacedText(500, 700, 507, 708, "7"),
        PlacedText(50, 700, 57, 708, "7"),
        PlacedText(100, 698, 220, 708, "INT. A ROOM - DAY"),
        PlacedText(100, 674, 220, 684, "Anna waits, quietly."),
        PlacedText(100, 662, 150, 672, "Rain."),
    ]
    first, gap, third, last = lay_out([page]).splitlines()
    assert first.split() == ["7", "INT.", "A", "ROOM", "-", "DAY", "7"]
    assert (gap, third.strip(), last.strip()) == ("", "Anna waits, quietly.", "Rain.")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (written([]), "pictures of its pages"),
        (written([(ACTION, "INT. ROOM - DAY")], locked=True), "under a password"),
        (written([(ACTION, "\x03\x04\x05\x06" * 8)]), "no meaning but their shapes"),
        (written([(ACTION, "INT. ROOM - DAY")])[:40], "cannot be opened"),
        (b"%PDF-1.7\n" + b"<<" * 5000, "cannot be opened"),
    ],
)
def test_what_has_no_text_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ScreenplayError, match=f"{why}.*; export the screenplay as Fountain"):
        laid_out(data)


def test_one_that_is_too_large_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_BYTES", 8)
    with pytest.raises(ScreenplayError, match="more than 8 bytes"):
        laid_out(written([(ACTION, "A")]))


def test_one_that_costs_too_much_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends its process, the user is told what to do."""
    monkeypatch.setattr(pdf, "_COMMAND", ["sh", "-c", "kill -9 $$"])
    with pytest.raises(ScreenplayError, match=r"too costly to read; export"):
        laid_out(written([(ACTION, "A")]))
    monkeypatch.setattr(pdf, "_COMMAND", ["sleep", "60"])
    monkeypatch.setattr(pdf, "_SECONDS", 0.01)
    with pytest.raises(ScreenplayError, match="takes longer"):
        laid_out(written([(ACTION, "A")]))


def test_its_process_has_no_key_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "fal-secret")
    monkeypatch.setattr(pdf, "_COMMAND", ["sh", "-c", "env"])
    assert b"fal-secret" not in laid_out(written([(ACTION, "A")]))


def test_the_reader_alone_takes_no_pdf() -> None:
    with pytest.raises(ScreenplayError, match="this is a PDF file"):
        parse(written([(ACTION, "A")]), "a.pdf")
