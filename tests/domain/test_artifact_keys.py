"""Keys of artifacts: what Prefect takes, whatever a project is called; nothing that users write becomes markup."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.shown import LONGEST, key_prefix, plain, slug_of

PROJECT = uuid.UUID("12345678-0000-4000-8000-000000000000")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Dead Air", "dead-air"),
        ("  Dead   Air!  ", "dead-air"),
        ("Über_Größe 2", "uber-grosse-2"),
        ("水开了", ""),
        ("--", ""),
        ("a" * 90, "a" * LONGEST),
    ],
)
def test_titles_become_slugs(title: str, slug: str) -> None:
    """Lowercase letters, digits, single dashes; other scripts leave nothing."""
    assert slug_of(title) == slug


def test_two_projects_of_one_title_have_keys_of_their_own() -> None:
    """The older one has the plain key; a title that cannot be spelled is the project's id."""
    assert key_prefix("Dead Air", PROJECT, shared=False) == "dead-air"
    assert key_prefix("Dead Air", PROJECT, shared=True) == "dead-air-12345678"
    assert key_prefix("水", PROJECT, shared=True) == "project-12345678"


@given(st.text(max_size=200), st.booleans())
def test_every_title_makes_a_key(title: str, shared: bool) -> None:
    """That Prefect's server takes."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key_prefix(title, PROJECT, shared=shared))


def test_words_of_others_are_no_markup() -> None:
    """No link, no tag, no row of a table, one line."""
    assert plain("[a](javascript:b)\n<script>|`x` **y**") == "(a)(javascript:b) (script)/'x' ··y··"
