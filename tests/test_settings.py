"""Settings that the environment may hold."""

from itertools import chain

import pytest
from pydantic import SecretStr, ValidationError

from wzrd.domain.errors import NotConfigured
from wzrd.providers.credentials import CREDENTIALS
from wzrd.settings import Settings, check_secret

ADDRESSES = [
    str(Settings.model_fields[name].alias)
    for name in (*chain.from_iterable(row.addresses for row in CREDENTIALS.values()), "public_url")
]


@pytest.mark.parametrize("secret", [None, "x" * 32, "é" * 16])
def test_a_long_secret_is_enough(secret: str | None) -> None:
    """32 bytes, counted as they sign, or none at all (a JWKS)."""
    check_secret(SecretStr(secret) if secret else None)


@pytest.mark.parametrize(("secret", "length"), [("a", 1), ("x" * 31, 31), ("é" * 15, 30)])
def test_a_short_secret_is_refused(secret: str, length: int) -> None:
    """The variable, the length and the remedy are told, the value is not."""
    with pytest.raises(NotConfigured, match=f"SUPABASE_JWT_SECRET.* {length} of at least 32 bytes") as caught:
        check_secret(SecretStr(secret))
    assert "openssl" in caught.value.details["remedy"]
    assert len(secret) == 1 or secret not in caught.value.message


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
