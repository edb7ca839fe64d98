"""Screenplays whose beats are labelled by hand against the board that is made of them: what happens, is it seen?

The table has a line a script; DETAILS=1 tells what is wrong with those that have been read, never with those held out.
"""

import os
from collections.abc import Callable, Iterable, Sequence

from benchmarks.beats.board import board_of
from benchmarks.beats.judge import Score, score_of
from benchmarks.beats.labels import LabelledScript, asked_answers, breakdown_of, labelled_scripts
from benchmarks.beats.reader import measure_reader, score_answers
from benchmarks.beats.shown import ShownBoard
from benchmarks.figures import Measure
from wzrd.contracts.breakdown import Breakdown

Part = tuple[int, int]
_COLUMNS = {"staged": 8, "told": 7, "props": 8, "wrong": 7, "feel": 8, "wide": 8, "jumps": 8, "min/page": 10, "lost": 8}
_HEAD = f"{'script':<24}" + "".join(f"{name:>{width}}" for name, width in _COLUMNS.items())


async def measure() -> list[Measure]:
    """The board of today's code on every script; the sums are the figures."""
    scripts = labelled_scripts()
    found = report([(script, board_of(script)) for script in scripts])
    given = [
        (script, board_of(script, Breakdown.model_validate(read)))
        for script in scripts
        if (read := breakdown_of(script)) is not None
    ]
    found += report(given, "given a breakdown")
    asked = [
        (script, board_of(script, score_answers(script, answers).film))
        for script in scripts
        if (answers := asked_answers(script)) is not None
    ]
    found += report(asked, "read by a model")
    return found + measure_reader(scripts)


def report(boards: Iterable[tuple[LabelledScript, ShownBoard]], read: str = "") -> list[Measure]:
    """Print a line a script, and sum up each half. `read`: how, where it is not by rules; more is asked of it."""
    scores = [score_of(script, board) for script, board in boards]
    halves = {half: [score for score in scores if score.half == half] for half in ("tuning", "opened", "held_out")}
    print(f"\n{read}\n{_HEAD}" if read else _HEAD)
    for half, some in halves.items():
        for score in some:
            print(_line(score), flush=True)
            if half != "held_out" and os.environ.get("DETAILS"):
                print("".join(f"    - {one}\n" for one in (*score.unstaged, *score.wrong)), end="")
    return [
        figure
        for half, some in halves.items()
        if some
        for figure in _figures(
            ", ".join(filter(None, (half.replace("_", " "), read))), some, *((90, 0) if read else (60, 1))
        )
    ]


def _line(score: Score) -> str:
    cells = (
        *(_of(part) for part in (score.staged, score.told, score.props)),
        str(len(score.wrong)),
        *(_of(part) for part in (score.feelings, score.wide, score.jumps)),
        f"{score.minutes / score.pages:.2f}",
        _of(score.lost),
    )
    return f"{score.name:<24}" + "".join(f"{c:>{w}}" for c, w in zip(cells, _COLUMNS.values(), strict=True))


def _of(part: Part) -> str:
    return f"{part[0]}/{part[1]}"


def _figures(half: str, scores: Sequence[Score], least_staged: int, most_wrong: int) -> list[Measure]:
    def share(field: Callable[[Score], Part]) -> float:
        found, of = (sum(field(score)[at] for score in scores) for at in (0, 1))
        return 100 * found / of if of else 0.0

    staged, told = share(lambda score: score.staged), share(lambda score: score.told)
    props = share(lambda score: score.props)
    feelings, wide = share(lambda score: score.feelings), share(lambda score: score.wide)
    wrong = sum(bool(score.wrong) for score in scores)
    jumps, lost = (sum(part[0] for part in parts) for parts in zip(*((s.jumps, s.lost) for s in scores), strict=True))
    rate = 60 * sum(score.minutes for score in scores) / sum(score.pages for score in scores)
    return [
        Measure(f"decisive beats staged, {half}", staged, None, "%", f">= {least_staged} %", staged >= least_staged),
        Measure(f"decisive beats told by a shot, {half}", told, None, "%", "", None),
        Measure(f"props seen, {half}", props, None, "%", ">= 90 %", props >= 90),
        Measure(f"scripts with a person wrong, {half}", wrong, None, "", f"<= {most_wrong}", wrong <= most_wrong),
        Measure(f"figures with their feeling, {half}", feelings, None, "%", ">= 80 %", feelings >= 80),
        Measure(f"scenes that open wide, {half}", wide, None, "%", "30 to 70 %", 30 <= wide <= 70),
        Measure(f"jump cuts of one subject, {half}", jumps, None, "", "0", jumps == 0),
        Measure(f"time a page, {half}", rate, None, "s", "51 to 69 s", 51 <= rate <= 69),
        Measure(f"speeches lost, {half}", lost, None, "", "0", lost == 0),
    ]
