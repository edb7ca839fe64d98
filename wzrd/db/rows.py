"""Rows as values: every column goes to the field (or parameter) of its name; SQL's `as` names it.

A column that no field takes, or a field that no column fills, is a TypeError that names it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import CursorResult

_Value = TypeVar("_Value")


def read_all(make: Callable[..., _Value], result: CursorResult[Any]) -> list[_Value]:
    """Every row, made by a class or function that takes the columns by name."""
    names = tuple(result.keys())
    return [make(**dict(zip(names, row, strict=True))) for row in result]


def read_first(make: Callable[..., _Value], result: CursorResult[Any]) -> _Value | None:
    """The first row, or None when there is none."""
    row = result.first()
    return None if row is None else make(**dict(zip(result.keys(), row, strict=True)))


def read_one(make: Callable[..., _Value], result: CursorResult[Any]) -> _Value:
    """The one row.

    Raises:
        NoResultFound, MultipleResultsFound: SQLAlchemy's, when there are fewer or more.
    """
    return make(**dict(zip(result.keys(), result.one(), strict=True)))
