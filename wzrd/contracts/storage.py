"""Files on the wire, as Supabase Storage tells its errors."""

from typing import Any


def refusal(status: int, code: str, message: str) -> dict[str, Any]:
    """An error; its status is a text there."""
    return {"statusCode": str(status), "error": code, "message": message}
