"""The secret that signs tokens: how long it must be."""

from pydantic import SecretStr

from wzrd.domain.errors import NotConfigured

SECRET_BYTES = 32
"""HS256 is as strong as its secret up to this length; a shorter one can be guessed from a single token."""
REMEDY = "make one: openssl rand -base64 48"


def check_secret(secret: SecretStr | None) -> None:
    """Refuse a secret for tokens that can be guessed; its length is told, never its value.

    Raises:
        NotConfigured: it is too short.
    """
    length = len(secret.get_secret_value().encode()) if secret else SECRET_BYTES
    if length < SECRET_BYTES:
        message = f"the secret that signs tokens is too short: {length} of at least {SECRET_BYTES} bytes"
        raise NotConfigured(f"SUPABASE_JWT_SECRET (or jwt-secret in WZRD_HOME): {message}", remedy=REMEDY)
