"""WZRD_OFFLINE and the reasons on the wire."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import NotConfigured, ProviderFailed
from wzrd.domain.offline import describe_obstacle, name_obstacle, stand_in_reason

OBSTACLES = ["no_credentials:groq", "unsupported_provider:fal-ai", "short_answer", ProviderFailed.code]


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_an_obstacle(obstacle: str) -> None:
    """`auto` stands in and says why, `always` does so anyway, `never` refuses with the error that it was given."""
    assert stand_in_reason(obstacle, offline="auto") == obstacle
    assert stand_in_reason(obstacle, offline="always") == "offline_always"
    refusal = ProviderFailed("two of three shots")
    with pytest.raises(ProviderFailed) as caught:
        stand_in_reason(obstacle, offline="never", refusal=refusal)
    assert caught.value is refusal


def test_no_obstacle() -> None:
    """The provider does the work itself, unless `always` forbids to send anything."""
    assert stand_in_reason(None, offline="auto") is None
    assert stand_in_reason(None, offline="never", refusal=ProviderFailed()) is None
    assert stand_in_reason(None, offline="always") == "offline_always"


def test_a_refusal_tells_provider_and_cause() -> None:
    """Without an error of the caller's, the obstacle is told in words, and whose it is."""
    with pytest.raises(NotConfigured, match="groq has no API key here") as caught:
        stand_in_reason("no_credentials:groq", offline="never")
    assert caught.value.details == {"provider": "groq"}


@given(st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True), st.booleans())
def test_an_obstacle_names_the_provider(provider: str, has_key: bool) -> None:
    """Every obstacle fits the grammar of the wire, and its words name the provider too."""
    obstacle = name_obstacle(provider, has_key=has_key)
    found = re.fullmatch(r"(no_credentials|unsupported_provider):([a-z0-9-]+)", obstacle)
    assert found is not None
    assert (found[1] == "unsupported_provider", found[2]) == (has_key, provider)
    assert describe_obstacle(obstacle).startswith(provider)
