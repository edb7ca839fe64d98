"""Settings that name models and functions."""

import pytest
from pydantic import ValidationError

from wzrd.models.checked_settings import load


def test_names_of_models_and_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked up as a process starts: a function by its own name, a model also by its names of old."""
    monkeypatch.setenv("WZRD_FREE_ROUTES", "groq-chat, groq-stream")
    monkeypatch.setenv("WZRD_WRITER_MODEL", "local/llama3.2")
    found = load()
    assert (found.free_routes, found.writer_model) == (("groq-chat", "groq-stream"), "local/llama3.2")


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("WZRD_FREE_ROUTES", "groq-chat grok-chat", r"\.1\n  Value error, no function 'grok-chat' generates here"),
        ("WZRD_FREE_ROUTES", "Groq!", r"\.0\n  Value error, a-z, 0-9 and -, not 'Groq!'"),
        ("WZRD_WRITER_MODEL", "lama", r"\n  Value error, 'lama' is no model of the catalog"),
        ("WZRD_WRITER_MODEL", "fal-ai/flux/schnell", r"\n  Value error, 'fal-ai/flux/schnell' makes image, not text"),
    ],
)  # fmt: skip
def test_a_name_of_nothing_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    """The variable and the value are told, as for every other variable."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError, match=f"^1 validation error for Settings\n{variable}{told}"):
        load()
