"""The report at a film's end, on terminals of any width."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from server.cli.film.report import print_report
from wzrd.storyboard.report import FilmReport, Found, PersonReport, PlaceReport

REPORT = FilmReport(
    title="x",
    scenes=2,
    shots=6,
    people=(
        PersonReport("the second fisherman", "man", 0, 0, 1),
        PersonReport("健三", "old", 146, 2, 1),
        PersonReport("Alexandrina Featherstonehaugh", "woman, adult", 198, 12, 4),
    ),
    places=(PlaceReport("Interior, 灯台・灯室", "control", (1, 2, 5), True),),
    unsayable=(Found("scene 1, shot 1", "健三: " + "この灯だけは消してはならん。" * 4),),
    props=(Found("scene 2, shot 3", "loudspeaker"),),
    empty=(),
    longest="",
    seconds=0.0,
)


def printed(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    print_report(console, REPORT)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [48, 60, 79, 80, 120, 200])
def test_names_and_places_are_there_on_any_terminal(width: int) -> None:
    """Nothing is wider than the terminal; who and where is never left out; a place in the film is never cut."""
    lines = printed(width)
    assert all(cell_len(line) <= width for line in lines)
    text = "\n".join(lines)
    assert "健三" in text
    assert "Alexandrina"[:8] in text
    assert "灯台" in text
    assert "scene 1, shot 1" in text
    assert "scene 2, shot 3" in text
    assert "146 Hz" in text


def test_who_speaks_comes_before_who_is_only_seen() -> None:
    """Extras without a name come last."""
    text = "\n".join(printed(120))
    assert text.index("健三") < text.index("the second fisherman")


def test_a_wide_terminal_shows_more_of_a_line() -> None:
    """Its width is used."""
    assert sum("この灯だけは" in line for line in printed(200)) == 1
    assert max(line.count("この灯だけは") for line in printed(200)) > max(
        line.count("この灯だけは") for line in printed(80)
    )
