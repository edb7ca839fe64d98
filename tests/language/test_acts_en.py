"""Acts of common English phrases: a verb is read with what stands around it."""

import pytest

from wzrd.domain.shots import SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown


@pytest.mark.parametrize(
    ("sentence", "act", "whom", "prop"),
    [
        ("Margaret shoots him a look.", "look", "HENRIK", ""),
        ("Henrik gives her a quick, hard shove.", "push", "MARGARET", ""),
        ("Margaret takes another sip of the wine.", "drink", "", "WINE"),
        ("Margaret takes the cup.", "take", "", "CUP"),
        ("Henrik breaks into a run.", "run", "", ""),
        ("Margaret slips into the room.", "enter", "", ""),
        ("Margaret slips into her coat.", "use", "", "COAT"),
        ("Henrik hits the brakes.", "use", "", "BRAKES"),
        ("Henrik hits the floor.", "fall", "", ""),
        ("Henrik runs a hand through his hair.", "touch", "", ""),
        ("Margaret presses the knife into the cake.", "put_down", "", "KNIFE"),
        ("Margaret presses a key into Henrik's hand.", "hand_over", "HENRIK", "KEY"),
        ("Margaret sets fire to the letter.", "burn", "", "LETTER"),
        ("Margaret catches his eye.", "look", "HENRIK", ""),
        ("Margaret tips the bottle over the sink.", "put_down", "", "BOTTLE"),
        ("Margaret kicks off her shoes.", "put_down", "", "SHOE"),
        ("Margaret kicks him.", "strike", "HENRIK", ""),
    ],
)
def test_the_act_of_a_phrase(sentence: str, act: str, whom: str, prop: str) -> None:
    """It is done by whoever is named, to nobody who is not meant, with what it is done with."""
    script = f"MARGARET (40), a woman, and HENRIK (40), a man, wait.\n\n{sentence}"
    beat = read_breakdown([SceneBrief(1, location="INT. HALL - NIGHT", script=(script,))]).scenes[0].beats[-1]
    assert (beat.act, "".join(beat.whom)) == (act, whom)
    assert not prop or prop in beat.props
