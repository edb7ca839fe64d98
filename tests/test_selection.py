"""Which tests a second Python runs."""

import pytest

from tests.selection import spread


@pytest.mark.parametrize(
    ("count", "most", "kept"), [(1, 3, "0"), (3, 3, "012"), (4, 3, "013"), (9, 3, "048"), (9, 2, "08"), (9, 1, "0")]
)
def test_tests_are_spread(count: int, most: int, kept: str) -> None:
    """The first, the last and some between, of each file; of each test the first case."""
    ids = [f"a.py::test_{at}[{case}]" for at in range(count) for case in "xy"]
    assert spread([*ids, "b.py::two", "c.py::one[0]", "c.py::one[1]"], most) == {
        *(f"a.py::test_{at}[x]" for at in kept),
        "b.py::two",
        "c.py::one[0]",
    }
