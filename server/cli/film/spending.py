"""Table of a film's spending by scene: what it may cost before anything is made, and what it came to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from server.cli.board import SceneBoard
from wzrd.contracts.auto_generate import AutoGeneratePlan
from wzrd.contracts.breakdown import ReadingPlan
from wzrd.contracts.director_cut import VoicesPlan
from wzrd.contracts.spending import Made, SpendingLine
from wzrd.domain.credits import gen_shots_price, split_shots
from wzrd.domain.money import FREE, Cost, add_up, read_cost, show
from wzrd.models.media_choice import sheet_model
from wzrd.models.shot_inputs import SECONDS
from wzrd.models.sounds import SPEECH

MOST = 40
"""Lines of a table on a terminal; where there are more, those of all scenes are added up. `--json` has each."""
_WITHOUT = 8
_BY, _LEAST_NAME = 2, 6
"""Column of models' names, and the fewest cells that it has."""
WRITER = "writer"
"""Name in a table for whoever writes shots: their price hangs on nobody."""


def plan_lines(
    images: AutoGeneratePlan,
    videos: AutoGeneratePlan,
    unwritten: Sequence[SceneBoard],
    voices: VoicesPlan,
    reading: ReadingPlan | None,
) -> list[SpendingLine]:
    """All that a film may cost, by scene; the plans' own lines, and what is yet to be written like any other shot."""
    lines = (
        [_line(None, "reading", reading.model, reading.queued, reading.estimated_credits, reading.estimated_cost)]
        if (reading)
        else []
    )
    for scene in unwritten:
        price = sum(gen_shots_price(part) for part in split_shots(scene.count))
        lines += [_line(scene.number, "shots", WRITER, scene.count, price, FREE.wire())]
        lines += [_usual(scene.number, plan, scene.count) for plan in (images, videos)]
    waiting: dict[int | None, int] = {}
    for one in images.items:
        waiting[one.scene_number] = waiting.get(one.scene_number, 0) + 1
    left = videos.waiting - sum(waiting.values())
    lines += [*images.spending, *videos.spending]
    lines += [_usual(scene, videos, count) for scene, count in [*waiting.items(), (None, left)] if count > 0]
    lines += [*_to_come(images, videos, voices)]
    return in_order(lines)


_ORDER: tuple[Made, ...] = ("reading", "shots", "sheets", "stills", "voices", "clips", "lips", "cut")


def in_order(lines: Sequence[SpendingLine]) -> list[SpendingLine]:
    """The lines by scene, those of the whole film first; of a scene in the order of their making."""
    return sorted(lines, key=lambda line: (line.scene or 0, _ORDER.index(line.what)))


def _line(
    scene: int | None, what: Made, model: str, count: int, price: int, cost: Mapping[str, object]
) -> SpendingLine:
    return SpendingLine(scene=scene, what=what, model=model, count=count, credits=price, cost=dict(cost))


def _usual(scene: int | None, plan: AutoGeneratePlan, count: int) -> SpendingLine:
    """Pictures or clips of which nothing is known yet but their model."""
    cost = (read_cost(plan.usual_cost) or FREE).times(count).wire()
    what: Made = "stills" if plan.phase == "images" else "clips"
    line = _line(scene, what, plan.model, count, plan.credits * count, cost)
    return line.model_copy(update={"seconds": SECONDS * count}) if what == "clips" else line


def _to_come(images: AutoGeneratePlan, videos: AutoGeneratePlan, voices: VoicesPlan) -> Iterator[SpendingLine]:
    """Sheets, lips and voices of shots of which nothing is known yet."""
    if images.more_sheets:
        cost, maker = (read_cost(images.sheet_cost) or FREE).times(images.more_sheets), sheet_model(images.model)
        yield _line(None, "sheets", maker, images.more_sheets, images.more_sheets * images.sheet_credits, cost.wire())
    if videos.more_lips:
        yield _line(None, "lips", "", videos.more_lips, videos.more_lips_credits, videos.more_lips_cost or FREE.wire())
    told = [one for one in videos.spending if one.what == "voices"]
    left = voices.lines - sum(one.count for one in told)
    if left > 0:
        all_of, said = read_cost(voices.estimated_cost) or FREE, add_up(read_cost(one.cost) or FREE for one in told)
        cost = Cost(
            all_of.least - said.least, None if all_of.most is None else all_of.most - (said.most or 0), all_of.reason
        )
        yield _line(None, "voices", SPEECH, left, voices.total - sum(one.credits for one in told), cost.wire())


@dataclass(frozen=True, slots=True)
class Spending:
    """Lines of a film's spending, before or after its making."""

    lines: Sequence[SpendingLine]

    @property
    def is_over(self) -> bool:
        """True if they tell what it came to."""
        return any(line.made is not None for line in self.lines)

    @property
    def shown(self) -> list[SpendingLine]:
        """The lines as a terminal shows them: by scene, else added up by what is made and by whom."""
        lines = [line for line in self.lines if line.count or line.cached]
        lines = [line for line in lines if line.what != "cut" or line.credits]
        if len(lines) <= MOST:
            return lines
        kinds = dict.fromkeys((line.what, line.model) for line in lines)
        return [_sum([one for one in lines if (one.what, one.model) == kind]) for kind in kinds]

    def table(self, width: int) -> Table:
        """A line a scene, what is made and by whom; the sum; at the end what it came to beside it.

        A column in which nobody has anything is left out; in `width` cells the names of models give way first.
        """
        lines = self.shown
        rows = [(str(one.scene or "-"), one.what, one.model, str(one.count), *_numbers(one)) for one in lines]
        if len(rows) > 1:
            total = _numbers(_sum(lines))
            rows.append(("in all", "", "", "", *total[:4], "", *total[5:]))
        table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
        kept = [at for at, _ in enumerate(_COLUMNS) if any(row[at] for row in rows)]
        cells = {at: max(len(_COLUMNS[at]), *(len(row[at]) for row in rows)) for at in kept}
        left = width - sum(wide + 1 for at, wide in cells.items() if at != _BY)
        for at in kept:
            most = max(_LEAST_NAME, left) if at == _BY else None
            justify = "left" if at <= _BY else "right"
            table.add_column(_COLUMNS[at], justify=justify, no_wrap=True, overflow="ellipsis", max_width=most)
        for at, row in enumerate(rows):
            table.add_row(*(row[column] for column in kept), style="bold" if at == len(lines) else "")
        return table

    def remarks(self) -> Iterator[str]:
        """Remarks on shots that cannot have their references, and on refusals."""
        without = [one for line in self.lines for one in line.without]
        yield from (f"without a reference: {one}" for one in without[:_WITHOUT])
        if len(without) > _WITHOUT:
            yield f"without a reference: {len(without) - _WITHOUT} more, in --json"
        total = _sum(self.lines)
        if self.is_over and total.refused:
            yield f"{total.refused} refused: no credits; a vendor may bill them all the same, and BILLED has it then"


_COLUMNS = ("SCENE", "WHAT", "BY", "COUNT", "SECS", "CREDITS", "COST", "KEPT", "MADE", "CHARGED", "BILLED")


def _numbers(line: SpendingLine) -> tuple[str, ...]:
    """The cells of a line from its seconds on; empty where there is nothing, or nothing is known yet."""
    cost, kept = read_cost(line.cost) or FREE, line.cached + (line.reused or 0)
    money = cost.text() if cost.most != 0 else ""
    told = (f"{line.seconds:g}" if line.seconds else "", str(line.credits), money, str(kept or ""))
    billed = f"${show(Decimal(str(line.billed_usd or 0)))}" if line.bills else ""
    over = ("", "") if line.made is None else (str(line.made), str(line.charged))
    return (*told, *over, billed)


def _sum(lines: Sequence[SpendingLine]) -> SpendingLine:
    """Lines added up; of the first one's kind."""
    ended = [line for line in lines if line.made is not None]
    after: dict[str, Any] = {
        name: sum(getattr(line, name) or 0 for line in ended)
        for name in ("made", "reused", "refused", "failed", "charged", "billed_usd", "bills")
    }
    return SpendingLine(
        scene=None,
        what=lines[0].what if lines else "shots",
        model=lines[0].model if lines else "",
        count=sum(line.count for line in lines),
        seconds=round(sum(line.seconds for line in lines), 1),
        credits=sum(line.credits for line in lines),
        cost=add_up(read_cost(line.cost) or FREE for line in lines).wire(),
        cached=sum(line.cached for line in lines),
        **(after if ended else {}),
    )


def print_spending(console: Console, spending: Spending) -> None:
    """Print the table and its remarks, if there is anything to tell."""
    if not spending.shown:
        return
    console.print(spending.table(console.width))
    for words in spending.remarks():
        console.print(f"  {words}", style="yellow", soft_wrap=True, markup=False)
