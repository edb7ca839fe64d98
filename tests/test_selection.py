"""Which cases a second Python runs."""

import pytest

from tests.selection import spread


@pytest.mark.parametrize(
    ("count", "most", "kept"), [(1, 3, "0"), (3, 3, "012"), (4, 3, "013"), (9, 3, "048"), (9, 2, "08"), (9, 1, "0")]
)
def test_cases_are_spread(count: int, most: int, kept: str) -> None:
    """The first, the last and some between; a test without cases stays, and so does each test."""
    ids = [f"a.py::one[{at}]" for at in range(count)]
    assert spread([*ids, "a.py::two", "b.py::one[0]"], most) == {f"a.py::one[{at}]" for at in kept} | {
        "a.py::two",
        "b.py::one[0]",
    }
