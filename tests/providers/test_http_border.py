"""Words of a provider that are passed on."""

import pytest

from wzrd.providers.http_border import MAX_MESSAGE, scrub

KEY = "11111111-aaaa:TOPSECRET0123456789"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (f"bad key {KEY}!", "bad key ***!"),
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer ***"),
        ("Bearer abcdefgh12345678, again", "***, again"),
        ("key: sk-proj-abcdefgh12345678", "key: ***"),
        ("token gsk_abcdefghijkl", "token ***"),
        ("Incorrect API key provided.", "Incorrect API key provided."),
        ("key lighting: a low-key interior", "key lighting: a low-key interior"),
        ("Bearer authentication is required", "Bearer authentication is required"),
        ("a\x00b", "ab"),
        ("x" * 5000, "x" * MAX_MESSAGE),
        ("", ""),
    ],
)
def test_keys_are_taken_out_and_words_stay(told: str, shown: str) -> None:
    """Ours, and whatever looks like one; a message about keys remains readable, and short."""
    assert scrub(told, KEY) == shown
