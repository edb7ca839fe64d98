"""Who is seen saying a line: by the shot's brief, its size and angle, and what stands beside the name."""

from dataclasses import replace

import pytest

from wzrd.domain.shots import Line, ShotBrief, ShotIdea, ShotSubject
from wzrd.domain.speech import View
from wzrd.language.shots.speaker_views import speaking_shot

NAMES = {"mike": "MIKE", "michael": "MIKE", "anna": "ANNA"}
MIKE, ANNA = ShotSubject("Mike", "right"), ShotSubject("ANNA", "left")
NEAR = ShotIdea("Mike speaks.", size="close_up")
ALONE = ShotBrief(subjects=(MIKE,))


@pytest.mark.parametrize(
    ("line", "idea", "brief", "view"),
    [
        (Line("MIKE", "Yes."), NEAR, ALONE, "mouth"),
        (Line("MICHAEL", "Yes."), NEAR, ALONE, "mouth"),
        (Line("MIKE", "Yes."), replace(NEAR, size="medium"), ALONE, "mouth"),
        (Line("MIKE", "Yes."), replace(NEAR, size="wide"), ALONE, "small"),
        (Line("MIKE", "Yes."), replace(NEAR, size="full"), ALONE, "small"),
        (Line("MIKE", "Yes."), replace(NEAR, size="insert"), ALONE, "turned"),
        (Line("MIKE", "Yes."), replace(NEAR, angle="overhead"), ALONE, "turned"),
        (Line("MIKE", "Yes."), NEAR, ShotBrief(subjects=(ANNA,), over=MIKE), "turned"),
        (Line("MIKE", "Yes."), NEAR, ShotBrief(subjects=(ANNA,)), "off"),
        (Line("MIKE", "Yes.", extension="V.O."), NEAR, ALONE, "off"),
        (Line("MIKE", "Yes.", extension="O.S."), NEAR, ALONE, "off"),
        (Line("MIKE", "Yes.", parenthetical="filtered, on the phone"), NEAR, ALONE, "off"),
        (Line("MIKE", "Yes.", parenthetical="into the phone"), NEAR, ALONE, "mouth"),
        (Line("NARRATOR", "Yes."), NEAR, ALONE, "off"),
        (Line("", "Yes."), NEAR, ALONE, "off"),
    ],
)
def test_how_a_speaker_is_seen(line: Line, idea: ShotIdea, brief: ShotBrief, view: View) -> None:
    """A mouth that can move, one too small, one turned away, or none."""
    shot = speaking_shot((line,), idea, brief, NAMES, paid=(True,))
    assert shot.lines[0].view == view
    assert shot.lines[0].speaker == ("" if line.character in {"", "NARRATOR"} else "MIKE")


def test_a_scratch_voice_moves_no_mouth() -> None:
    """Nobody is paid for it, so nobody is paid for its lips; the other line of the shot is as it was."""
    lines = (Line("MIKE", "Yes."), Line("ANNA", "No."))
    shot = speaking_shot(lines, NEAR, ShotBrief(subjects=(MIKE, ANNA)), NAMES, paid=(False, True))
    assert [(one.speaker, one.view, one.side) for one in shot.lines] == [
        ("MIKE", "scratch", ""),
        ("ANNA", "mouth", "left"),
    ]
    assert (shot.people, shot.close, shot.still) == (2, True, True)
