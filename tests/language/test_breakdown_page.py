"""The examples of the breakdown's page are read as they stand there."""

import json
import re
from pathlib import Path

from wzrd.contracts.breakdown import Breakdown
from wzrd.domain.shots import SceneBrief
from wzrd.language.breakdown.answers import check_answer
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.breakdown.checks import check_breakdown, parse_breakdown

PAGE = (Path(__file__).parents[2] / "docs" / "breakdown.md").read_text("utf-8")
ANSWER, FILE = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)


def test_the_file_of_the_page_is_a_breakdown() -> None:
    """Every key of it is known, and it fits its scene; as JSON it comes back as it was."""
    scene = SceneBrief(1, script=("Mike presses the coin into Sid's palm.",))
    found = check_breakdown(parse_breakdown(FILE.encode()), [scene])
    assert found.scenes[0].beats[0].start == 0
    assert Breakdown.model_validate(json.loads(found.model_dump_json())) == found


def test_the_answer_of_the_page_is_one() -> None:
    """It stands without a fault."""
    scene = SceneBrief(2, script=("Sid weeps.",))
    rules = read_breakdown([scene])
    found = check_answer(ANSWER, scene, rules, rules.scenes[0])
    assert (found.reading.faults, found.beats) == ((), 1)
    assert found.reading.scene.beats[0].feelings == {"SID": "grief"}
