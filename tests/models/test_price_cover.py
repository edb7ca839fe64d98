"""Credits against money: a row warns where its credits do not cover its vendor's price at the operator's rate."""

import pytest

from wzrd.models.catalog import load_catalog
from wzrd.models.price_cover import credits_needed, usual_cost


@pytest.mark.parametrize(
    ("model_id", "rate", "needed"),
    [
        ("fal-ai/flux/schnell", 100, None),  # $0.003 are 0.3 credits, and it costs 3
        ("fal-ai/flux/schnell", 1001, 4),
        ("fal-ai/veo3.1", 50, None),  # 4 silent seconds at $0.20, the nearest that it has
        ("fal-ai/veo3.1", 100, 80),
        ("elevenlabs-tts", 100, None),  # 200 characters are $0.02
        ("elevenlabs-tts", 201, 5),
        ("fal-ai/sonic", 1_000_000, None),  # nobody knows its price
        ("animatic/video", 1_000_000, None),
    ],
)
def test_what_would_cover_it(model_id: str, rate: float, needed: int | None) -> None:
    """Rounded up; None where the row's own credits do."""
    assert credits_needed(load_catalog().models[model_id], rate) == needed


def test_most_cards_have_a_usual_price() -> None:
    """Of nearly every model with a schema a usual request can be priced."""
    known = [one for one in load_catalog().models.values() if (cost := usual_cost(one)) and cost.most]
    assert len(known) >= 50
