"""The state tables: closed, final where they say so, and the database's own constraints word for word."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.domain.errors import Conflict
from wzrd.domain.runs import (
    HOLD,
    ITEM,
    OPEN_RUN,
    PROVIDER_JOB,
    RESUBMITTABLE,
    RUN,
    TERMINAL_RUN,
    Machine,
    next_status,
    require_transition,
    source_statuses,
    status_of_items,
)

MACHINES = {"run": RUN, "item": ITEM, "provider_job": PROVIDER_JOB, "hold": HOLD}
BEGINNINGS = {"run": "queued", "item": "pending", "provider_job": "intent", "hold": "held"}
NAMES = sorted(MACHINES)
ENDED_ITEM = frozenset({"succeeded", "failed", "skipped", "canceled"})


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_closed(name: str) -> None:
    """Every step leads to a status that has a row of its own, so no status is a trap by omission."""
    machine = MACHINES[name]
    assert {to for steps in machine.values() for to in steps.values()} <= set(machine)


@pytest.mark.parametrize("name", NAMES)
def test_every_status_is_reached_from_the_beginning(name: str) -> None:
    """No status is dead wood."""
    machine, seen, waiting = MACHINES[name], set[str](), [BEGINNINGS[name]]
    while waiting:
        status = waiting.pop()
        if status not in seen:
            seen.add(status)
            waiting += machine[status].values()
    assert seen == set(machine)


@pytest.mark.parametrize(
    ("name", "ended", "allowed"),
    [
        ("run", TERMINAL_RUN, {("reopened", "queued")}),
        ("item", ENDED_ITEM, {("reopened", "pending"), ("arrived", "succeeded")}),  # arrived: a late result is kept
        ("hold", {"committed", "released"}, set[tuple[str, str]]()),
        (
            "provider_job",
            {"succeeded", "expired", "useless", "failed", "canceled", "rejected", "never_sent", "lost"},
            # found late, it is kept: canceled and lost only; what was made may be gone, or of no use
            {("succeeded", "succeeded"), ("accepted", "accepted"), ("expired", "expired"), ("useless", "useless")},
        ),
    ],
)
def test_nothing_leaves_an_end_but_reopening(name: str, ended: set[str], allowed: set[tuple[str, str]]) -> None:
    """An ended run only reopens, an item that, or learns of a late result, as a submit does; a settled hold stays."""
    left = {news for status in ended for news in MACHINES[name][status].items()}
    assert left <= allowed
    assert MACHINES[name].get("succeeded", {}).keys() <= {"expired", "useless"}, (
        "a success is final; what was made may be gone, or of no use"
    )


def test_open_and_terminal_share_out_the_statuses() -> None:
    """Each status of a run is one of the two, and only open ones can be claimed or canceled."""
    assert set(RUN) == OPEN_RUN | TERMINAL_RUN
    assert not OPEN_RUN & TERMINAL_RUN
    assert set(source_statuses(RUN, "claimed")) == set(source_statuses(RUN, "canceled")) == set(OPEN_RUN)
    assert {
        status for status, steps in PROVIDER_JOB.items() if set(steps) <= {"accepted", "succeeded"}
    } >= RESUBMITTABLE


def test_a_run_can_end_in_every_way_from_every_open_status() -> None:
    """A settlement decides by what was delivered, so each outcome must be legal wherever the run stands."""
    for status, outcome in product(OPEN_RUN, TERMINAL_RUN):
        assert next_status(RUN, status, outcome) == outcome


@given(st.sampled_from(NAMES), st.data())
def test_the_two_readings_of_a_table_agree(name: str, data: st.DataObject) -> None:
    """`step` allows exactly what `sources` lists; everything else, invented words too, is a Conflict."""
    machine: Machine = MACHINES[name]
    words = sorted({event for steps in machine.values() for event in steps} | {"invented", ""})
    status, event = data.draw(st.sampled_from([*machine, "invented"])), data.draw(st.sampled_from(words))
    if status in source_statuses(machine, event):
        assert next_status(machine, status, event) == machine[status][event]
    else:
        with pytest.raises(Conflict):
            next_status(machine, status, event)


def test_a_move_that_the_table_lacks_is_refused() -> None:
    """One illegal origin among several is enough."""
    require_transition(ITEM, ("pending", "running"), "succeeded")
    for origins, to in ((("running", "succeeded"), "failed"), (("failed",), "running"), (("nowhere",), "running")):
        with pytest.raises(Conflict):
            require_transition(ITEM, origins, to)


@given(st.lists(st.sampled_from(sorted(ITEM)), max_size=8))
def test_an_outcome_follows_what_was_delivered(statuses: list[str]) -> None:
    """All is succeeded, some partial, none failed; and nothing to do is done."""
    done = statuses.count("succeeded")
    expected = "succeeded" if done == len(statuses) else "partial" if done else "failed"
    assert status_of_items(statuses) == expected


@pytest.mark.parametrize("order", [sorted(ITEM), sorted(ITEM, reverse=True)])
def test_an_outcome_does_not_depend_on_order(order: list[str]) -> None:
    """Items finish in any order."""
    assert status_of_items(order) == "partial"


_CHECKS = text("""
    select n.nspname || '.' || t.relname as table_name, pg_get_constraintdef(c.oid) as definition
    from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
    where c.contype = 'c' and c.conkey = array[(
        select attnum from pg_attribute a where a.attrelid = c.conrelid and a.attname = 'status')]
""")


async def test_the_database_knows_exactly_these_words(engine: AsyncEngine) -> None:
    """Each status column's CHECK holds its table's vocabulary, no word more and none less."""
    async with engine.begin() as tx:
        found = {row.table_name: set(re.findall(r"'(\w+)'", row.definition)) for row in await tx.execute(_CHECKS)}
    assert found == {
        "wzrd.runs": set(RUN),
        "wzrd.run_items": set(ITEM),
        "wzrd.provider_jobs": set(PROVIDER_JOB),
        "wzrd.run_holds": set(HOLD),
        "public.credit_holds": set(HOLD),
    }
