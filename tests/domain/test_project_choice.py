"""Words that a person types for a project: one rule for the command line and for forms."""

import uuid

import pytest

from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.project_choice import choose_project

ONE, TWO, THREE = (uuid.UUID(f"{start}-0000-4000-8000-000000000000") for start in ("aaaa1111", "aaaa2222", "bbbb1111"))
PROJECTS = [(ONE, "The Light"), (TWO, "The Rain"), (THREE, "aaaa")]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (str(ONE), ONE),
        (str(TWO).upper(), TWO),
        ("the light", ONE),
        (" The Rain ", TWO),
        ("aaaa2", TWO),
        ("bbbb", THREE),
        ("aaaa", THREE),
    ],
)
def test_a_project_is_an_id_a_title_or_a_beginning(text: str, meant: uuid.UUID) -> None:
    """An id wins over a title, a title over the beginning of an id."""
    assert choose_project(PROJECTS, text)[0] == meant


def test_what_may_be_several_is_asked_back() -> None:
    """Two of one beginning, or of one title, are listed; none is an error; three letters are no beginning."""
    with pytest.raises(BadRequest) as several:
        choose_project(PROJECTS[:2], "aaaa")
    assert str(ONE) in several.value.message
    with pytest.raises(BadRequest):
        choose_project([(ONE, "x"), (TWO, "X")], "x")
    for told in ("cccc", "bbb", "", "%"):
        with pytest.raises(NotFound):
            choose_project(PROJECTS, told)
