"""Rows become values by the names of their columns."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import CursorResult, text
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db.engine import begin, read_all, read_first, read_one


@dataclass(frozen=True, slots=True)
class Pair:
    left: int
    right: str = "none"


async def ask(engine: AsyncEngine, sql: str) -> CursorResult[Any]:
    async with begin(engine) as tx:
        return await tx.execute(text(sql))


async def test_a_column_goes_to_the_field_of_its_name(engine: AsyncEngine) -> None:
    """Whatever the order; a field with a default may stay without a column."""
    assert read_all(Pair, await ask(engine, "select 'a' as right, 1 as left")) == [Pair(1, "a")]
    found = read_all(Pair, await ask(engine, "select n as left from generate_series(1, 3) as n order by n"))
    assert found == [Pair(1), Pair(2), Pair(3)]


async def test_the_first_the_only_and_no_row(engine: AsyncEngine) -> None:
    """No row is None where there may be none, and an error where there must be one."""
    rows, none = "select n as left from generate_series(1, 2) as n order by n", "select 1 as left where false"
    assert read_first(Pair, await ask(engine, rows)) == Pair(1)
    assert read_first(Pair, await ask(engine, none)) is None
    assert read_all(Pair, await ask(engine, none)) == []
    assert read_one(Pair, await ask(engine, "select 5 as left")) == Pair(5)
    with pytest.raises(NoResultFound):
        read_one(Pair, await ask(engine, none))


@pytest.mark.parametrize(
    ("sql", "name"), [("select 1 as left, 2 as middle", "middle"), ("select 'a' as right", "left")]
)
async def test_what_does_not_fit_is_named(engine: AsyncEngine, sql: str, name: str) -> None:
    """A column without a field, and a field without a column: no value is made of either."""
    with pytest.raises(TypeError, match=name):
        read_all(Pair, await ask(engine, sql))


async def test_a_function_may_take_some_columns_for_itself(engine: AsyncEngine) -> None:
    """Columns that the table has otherwise than the value are converted on the way, by name as well."""

    def pair(*, whole: int, half: int, **columns: Any) -> Pair:
        return Pair(left=whole + half, **columns)

    assert read_all(pair, await ask(engine, "select 'r' as right, 2 as whole, 1 as half")) == [Pair(3, "r")]
