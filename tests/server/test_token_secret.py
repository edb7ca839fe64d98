"""The length of the secret that signs tokens."""

import pytest
from pydantic import SecretStr

from server.token_secret import check_secret
from wzrd.domain.errors import NotConfigured


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
