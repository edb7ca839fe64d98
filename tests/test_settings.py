"""Settings that the environment may hold."""

from itertools import chain
from typing import get_args

import pytest
from annotated_types import Le
from pydantic import ValidationError

from wzrd.domain.credits import MAX_CREDITS
from wzrd.domain.offline import Offline
from wzrd.domain.runs import MAX_NODE_TEXT, MAX_RUN_TEXT
from wzrd.generation.values import deadline_of
from wzrd.models.routing import MEDIA_DEFAULTS
from wzrd.providers.credentials import CREDENTIALS
from wzrd.settings import Settings

ADDRESSES = [
    str(Settings.model_fields[name].alias)
    for name in (*chain.from_iterable(row.addresses for row in CREDENTIALS.values()), "public_url", "prefect_api_url")
]


def test_defaults_that_rules_know_too() -> None:
    """Settings know no rule: a bound or a default that a rule states as well is the same."""
    fields = Settings.model_fields
    assert (fields["node_text"].default, fields["run_text"].default) == (MAX_NODE_TEXT, MAX_RUN_TEXT)
    assert fields["writer_model"].default == MEDIA_DEFAULTS["text"]
    assert get_args(fields["offline"].annotation) == get_args(Offline)
    for name in ("welcome_credits", "anon_sounds_credits"):
        assert Le(MAX_CREDITS) in fields[name].metadata


@pytest.mark.parametrize("variable", ADDRESSES)
@pytest.mark.parametrize(
    "value",
    [
        "groq", "api.groq.com/openai/v1", "//api.groq.com", "ftp://api.groq.com", "https://", "https:///v1", "http://[::1",
        "https://a b.example", "https://a.example:port", "https://a.example:99999", "https://a.example:0",
        "https://user:hunter2@a.example", "https://hunter2@a.example/v1", "https://a.example/v1?key=hunter2",
        "https://a.example/#x", "https://a.example\\@evil.example", "https://a.example/\nx", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_told_by_its_variable(variable: str, value: str) -> None:
    """When a process starts: the variable, the value and how to write it; a password or key in it is not shown."""
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({variable: value})
    assert f"{variable}\n" in str(caught.value)
    assert "is no address: write https://HOST/PATH" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("variable", ADDRESSES)
@pytest.mark.parametrize(
    ("value", "used"),
    [
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        (" https://a.example/v1// ", "https://a.example/v1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://bücher.example", "https://bücher.example"),
    ],
)
def test_an_address_is_used_as_it_is(variable: str, value: str, used: str) -> None:
    """Loopback, IPv6, a name of any script; blanks around it and slashes at its end are taken away."""
    settings = Settings.model_validate({variable: value})
    field = next(name for name, about in Settings.model_fields.items() if about.alias == variable)
    assert getattr(settings, field) == used


def test_deadlines_are_named_by_what_is_made() -> None:
    """Each not named keeps its own; another name, nothing and no number are told with the variable."""
    given = Settings.model_validate({"WZRD_DEADLINES": "video=3600, image=900"}).deadlines
    assert given == {"video": 3600.0, "image": 900.0}
    assert [deadline_of(media, given) for media in ("video", "image", "audio", "text")] == [3600.0, 900.0, 600.0, 120.0]
    for value in ("film=60", "video", "video=soon", "video=0", "video=1e9"):
        with pytest.raises(ValidationError, match="WZRD_DEADLINES"):
            Settings.model_validate({"WZRD_DEADLINES": value})


def test_the_address_of_keys_may_ask_for_them() -> None:
    """A policy stands in some identity providers' queries; what is no address is told at the start."""
    asked = "https://login.example/keys?p=b2c"
    assert Settings.model_validate({"SUPABASE_JWKS_URL": asked}).jwks_url == asked
    with pytest.raises(ValidationError, match="is no address"):
        Settings.model_validate({"SUPABASE_JWKS_URL": "login.example/keys"})
