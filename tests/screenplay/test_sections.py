"""Sections of a script without headings are its scenes."""

from wzrd.screenplay.opening import NO_HEADING, SECTIONS
from wzrd.screenplay.parse import parse

PLAY = """Title: Play

# Characters

ANNA, a sailor

# One

Anna waits.

ANNA
Well?

# Two

## Later

BEN
No.
"""


def test_sections_are_scenes_where_no_heading_stands() -> None:
    """Each that holds anything, under its name; the list of the cast is no scene."""
    play = parse(PLAY.encode(), "play.fountain")
    assert [scene.title for scene in play.scenes] == ["One", "Later"]
    assert [line.text for scene in play.scenes for line in scene.dialogue] == ["Well?", "No."]
    assert "a sailor" in play.scenes[0].synopsis
    assert SECTIONS in play.warnings


def test_sections_around_headings_stay_sections() -> None:
    """A heading makes scenes; an act before it is none."""
    play = parse(b"# Act one\n\nINT. BARN - DAY\n\nHay.\n\n# Act two\n\nINT. SHED - DAY\n\nStraw.\n", "play.fountain")
    assert [scene.place for scene in play.scenes] == ["BARN", "SHED"]
    assert not play.warnings


def test_one_section_is_one_scene() -> None:
    """It is told that headings are missing."""
    play = parse(b"# Play\n\nANNA\nWell?\n", "play.fountain")
    assert len(play.scenes) == 1
    assert NO_HEADING in play.warnings
