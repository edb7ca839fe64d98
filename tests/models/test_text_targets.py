"""Who serves which text model."""

import pytest

from wzrd.domain.errors import BadRequest
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.submission import Target
from wzrd.models.catalog import load_catalog, price_of
from wzrd.models.text_targets import choose_text_target, find_text_model, text_targets
from wzrd.providers.credentials import CREDENTIALS


@pytest.mark.parametrize(
    ("model_id", "targets"),
    [
        ("google/gemini-2.5-flash", ["lovable-ai:google/gemini-2.5-flash", "gemini:gemini-2.5-flash"]),
        ("google/gemini-2.5-pro", ["lovable-ai:google/gemini-2.5-pro", "gemini:gemini-2.5-pro"]),
        ("openai/gpt-5-mini", ["lovable-ai:openai/gpt-5-mini", "openai:gpt-5-mini"]),
        ("llama-3.3-70b-versatile", ["groq:llama-3.3-70b-versatile"]),
        ("groq/openai/gpt-oss-120b", ["groq:openai/gpt-oss-120b"]),
        ("gmi/deepseek-r1", ["gmi-cloud:deepseek-ai/DeepSeek-R1-0528"]),
        ("openai/gpt-4o", ["gmi-cloud:openai/gpt-4o"]),
        ("local/llama3.2", ["local:llama3.2"]),
        ("local/qwen2.5:14b-instruct", ["local:qwen2.5:14b-instruct"]),
    ],
)
def test_the_targets_of_a_model(model_id: str, targets: list[str]) -> None:
    """The gateway first, then the model's maker; every other model has the one provider of its row."""
    assert [str(target) for target in text_targets(find_text_model(model_id))] == targets


def test_every_text_model_has_targets_that_have_an_adapter() -> None:
    """Each target's provider is one that speaks chat."""
    for model in load_catalog().models.values():
        if model.media_type == "text":
            providers = {target.provider for target in text_targets(model)} - {ANIMATIC}
            assert all(CREDENTIALS[provider].chat for provider in providers)


@pytest.mark.parametrize(
    ("keys", "provider"),
    [
        ({"lovable-ai", "gemini"}, "lovable-ai"),
        ({"gemini"}, "gemini"),
        ({"openai"}, "lovable-ai"),
        (set[str](), "lovable-ai"),
    ],
)
def test_the_first_that_can_be_asked_is_chosen(keys: set[str], provider: str) -> None:
    """Without any the first of all is, so that its obstacle is the one that is told."""
    model = find_text_model("google/gemini-2.5-flash")
    chosen = choose_text_target(model, lambda name, _: None if name in keys else f"no_credentials:{name}")
    assert chosen.provider == provider
    assert chosen in text_targets(model)


def test_a_model_of_ones_own_costs_one_credit() -> None:
    """The family local/* is text, whatever its member is called."""
    model = find_text_model("local/llama3.2")
    assert (model.endpoint_id, model.media_type, price_of(model)) == ("llama3.2", "text", 1)
    assert text_targets(model) == (Target("local", "llama3.2"),)


@pytest.mark.parametrize(
    ("model_id", "told"), [("no-such", "no model of the catalog"), ("fal-ai/flux/dev", "makes image, not text")]
)
def test_what_writes_no_text_is_refused(model_id: str, told: str) -> None:
    """The error names the id and what is wrong with it."""
    with pytest.raises(BadRequest, match=told) as refused:
        find_text_model(model_id)
    assert model_id in refused.value.message
