"""Price cards: each has a source; a body's price is exact, a range with its reason, or unknown."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest
from wzrd.domain.money import FREE, UNKNOWN
from wzrd.domain.offline import ANIMATIC
from wzrd.models.body_prices import price
from wzrd.models.catalog import load_catalog
from wzrd.models.price_cards import load_cards, parse_cards
from wzrd.models.routing import FALLBACKS, MEDIA_DEFAULTS, TASK_DEFAULTS, WRITER
from wzrd.models.shot_models import CLIPS, IMAGES

FAL, GMI, ELEVENLABS = "fal-ai", "gmi-cloud", "elevenlabs"
SEEDANCE, WAN = "bytedance/seedance-2.0/reference-to-video", "fal-ai/wan/v2.7/reference-to-video"
CATALOG = "model-catalog"
"""The source of prices that the documented catalog itself tells (`pricingText`)."""
UNSOURCED = {"fal-ai/kling-video/o3/pro/video-to-video/reference", "fal-ai/ffmpeg-api/metadata", "animatic/text"}
"""Defaults of tasks that no film has, whose prices nobody has been seen to publish; and what costs nothing."""


def _card(**row: object) -> bytes:
    whole = {"id": "m", "unit": "request", "rates": [{"price": "1"}], "currency": "USD", "source": "s", "read": "d"}
    return json.dumps({name: value for name, value in (whole | row).items() if value is not None}).encode()


def test_every_card_has_a_source_and_a_date() -> None:
    """A price is somebody's word, read on a day that is not to come; its model is in the catalog."""
    cards = load_cards()
    assert len(cards) >= 100
    for model_id, card in cards.items():
        assert card.source == CATALOG or card.source.startswith("https://"), model_id
        assert date(2026, 1, 1) <= date.fromisoformat(card.read) <= date(2026, 12, 31), model_id
        assert card.currency == "USD"
        assert card.rates, model_id
        assert load_catalog().get(model_id) is not None, model_id


@pytest.mark.parametrize("missing", ["source", "read", "unit", "rates", "currency"])
def test_an_unsourced_price_is_no_price(missing: str) -> None:
    """A card without its source, its day or what it counts stops the reader, and names its model."""
    with pytest.raises(ValueError, match=f"price card of m lacks {missing}"):
        parse_cards(_card(**{missing: None}))
    with pytest.raises(ValueError, match="dollars from 0"):
        parse_cards(_card(currency="EUR"))
    with pytest.raises(ValueError, match="dollars from 0"):
        parse_cards(_card(rates=[{"price": "-1"}]))
    typos: list[dict[str, Any]] = [{"open-end": "x"}, {"rates": [{"price": "1", "wen": {}}]}]
    for typo in typos:
        with pytest.raises(ValueError, match=r"says (open-end|wen), which nobody reads"):
            parse_cards(_card(**typo))
    with pytest.raises(ValueError, match="two price cards for m"):
        parse_cards(_card() + b"\n" + _card())


def test_what_films_use_by_default_has_a_card() -> None:
    """Nobody makes a film by defaults without being told its price in money."""
    named = [*MEDIA_DEFAULTS.values(), *FALLBACKS.values(), *TASK_DEFAULTS.values(), *IMAGES, *CLIPS.values(), WRITER]
    named += ["elevenlabs-tts", "elevenlabs-sfx", "elevenlabs-music"]
    assert {one for one in named if one not in load_cards()} - UNSOURCED == set()


@pytest.mark.parametrize(
    ("provider", "endpoint", "body", "dollars"),
    [
        (FAL, "fal-ai/veo3.1", {"duration": "8s"}, "3.20"),
        (FAL, "fal-ai/veo3.1", {"duration": "4s", "generate_audio": False, "resolution": "1080p"}, "0.80"),
        (FAL, "fal-ai/veo3.1/reference-to-video", {"resolution": "4k", "generate_audio": True}, "4.80"),
        (FAL, "fal-ai/kling-video/v3/pro/image-to-video", {"duration": "5", "generate_audio": False}, "0.56"),
        (FAL, "fal-ai/kling-video/v3/pro/image-to-video", {"duration": "5", "elements": [{"voice_id": "v"}]}, "0.98"),
        (FAL, "bytedance/seedance-2.0/reference-to-video", {"duration": "10"}, "3.024"),
        (FAL, "fal-ai/wan/v2.7/image-to-video", {"duration": "15", "resolution": "720p"}, "1.50"),
        (FAL, "fal-ai/nano-banana-2", {"num_images": 3, "resolution": "4K"}, "0.48"),
        (FAL, "fal-ai/nano-banana-pro/edit", {"resolution": "4K", "enable_web_search": True}, "0.315"),
        (FAL, "fal-ai/flux-2-pro", {"image_size": {"width": 1920, "height": 1080}}, "0.045"),
        (FAL, "fal-ai/flux/schnell", {"image_size": "landscape_16_9", "num_images": 4}, "0.012"),
        (FAL, "fal-ai/elevenlabs/tts/turbo-v2.5", {"text": "ö" * 250}, "0.0125"),
        (FAL, "fal-ai/sora-2/text-to-video/pro", {"duration": 8, "resolution": "720p"}, "2.4"),
        (FAL, "fal-ai/pixverse/v6/text-to-video", {"duration": 5, "resolution": "540p"}, "0.175"),
        (GMI, "seedance-2-0-260128", {"duration": 7}, "0.364"),
        (ELEVENLABS, "elevenlabs-tts", {"text": "x" * 1001, "model_id": "eleven_v3"}, "0.1001"),
        (ELEVENLABS, "elevenlabs-tts", {"text": "x" * 1001, "model_id": "eleven_flash_v2_5"}, "0.05005"),
        (ELEVENLABS, "elevenlabs-music", {"music_length_ms": 30_500}, "0.1525"),
        (ANIMATIC, "animatic", {"duration": 60}, "0"),
    ],
)
def test_what_a_body_costs(provider: str, endpoint: str, body: Mapping[str, Any], dollars: str) -> None:
    """To the billionth of a dollar, by the vendor's own page."""
    cost = price(provider, endpoint, body)
    assert cost.exact
    assert cost.most == Decimal(dollars)


@pytest.mark.parametrize(
    ("endpoint", "body", "lengths", "least", "most", "reason"),
    [
        (SEEDANCE, {}, {}, "1.2096", "4.536", "model chooses its length"),
        (SEEDANCE, {"duration": "5", "video_urls": ["u"]}, {}, "0.907", "3.628", "clip"),
        (WAN, {"duration": "5", "reference_video_urls": ["u"]}, {}, "0.5", None, "clip"),
        ("fal-ai/latentsync", {}, {}, "0.2", None, "nobody has measured"),
        ("fal-ai/latentsync", {"video_url": "u"}, {"u": 60.0}, "0.3", "0.3", ""),
        ("fal-ai/kling-video/lipsync/audio-to-video", {"video_url": "u"}, {"u": 5.2, "v": 9.0}, "0.14", "0.14", ""),
        ("fal-ai/creatify/aurora", {"audio_url": "u"}, {"u": 9.4}, "1.4", "1.4", ""),
        ("fal-ai/creatify/aurora", {"audio_url": "u"}, {}, "0", None, "nobody has measured"),
        ("fal-ai/longcat-multi-avatar/image-audio-to-video", {}, {}, "0", None, "chooses its length"),
        (SEEDANCE, {"duration": "5", "video_urls": ["u", "v"]}, {"u": 2.0, "v": 4.0}, "1.9954", "1.9954", ""),
        (SEEDANCE, {"duration": "5", "video_urls": ["u", "v"]}, {"u": 2.0}, "1.2698", "3.628", "clip"),
        ("fal-ai/nano-banana-2", {"num_images": 2, "enable_web_search": True}, {}, "0.175", "0.19", ""),
        ("fal-ai/bytedance/seedream/v4.5/text-to-image", {"max_images": 3}, {}, "0.04", "0.12", "fewer"),
        ("fal-ai/flux/dev", {}, {}, "0", None, "chooses the picture's size"),
        (
            "fal-ai/kling-video/v3/pro/image-to-video",
            {"multi_prompt": [{"duration": "3"}, {"duration": "4"}], "duration": "5", "generate_audio": False},
            {}, "0.56", "0.784", "not as long",
        ),
        ("fal-ai/flux-2-pro/edit", {"image_size": "square_hd"}, {}, "0.03", None, "pictures are paid"),
        (
            "fal-ai/kling-video/ai-avatar/v2/pro",
            {"audio_url": "https://files.example/a.wav"},
            {"https://files.example/a.wav": 4.5}, "0.5175", "0.5175", "",
        ),
    ],
)  # fmt: skip
def test_what_nobody_knows_before_is_a_range(
    endpoint: str, body: Mapping[str, Any], lengths: Mapping[str, float], least: str, most: str | None, reason: str
) -> None:
    """The least and the most, and why; without an upper bound the most is unknown."""
    cost = price(FAL, endpoint, body, lengths)
    assert cost.least == Decimal(least)
    assert cost.most == (None if most is None else Decimal(most))
    assert reason in cost.reason


def test_text_is_bounded_by_the_tokens_that_are_allowed() -> None:
    """A token is at least a byte; without a bound on what is written nobody knows."""
    body = {"messages": [{"role": "user", "content": "Grüße " * 100}], "max_tokens": 1000}
    row = load_catalog().models["gmi/gemini-3.1-flash-lite"]
    cost = price(GMI, row.endpoint_id, body)
    assert cost.most is not None
    assert cost.most > Decimal("1.50") / 1000  # all that may be written, and what is read
    assert cost.most < Decimal("0.003")
    assert price(GMI, row.endpoint_id, {"messages": body["messages"]}).most is None


def test_another_provider_has_a_price_of_its_own() -> None:
    """A card speaks for its own vendor: who serves a model of the same name has not published that price."""
    row = load_catalog().models["llama-3.3-70b-versatile"]
    body: dict[str, Any] = {"messages": [], "max_tokens": 100}
    assert price(row.provider, row.endpoint_id, body).most
    assert price("openai", "llama-3.3-70b-versatile", body) is UNKNOWN
    assert price(GMI, "fal-ai/veo3.1", {"duration": "8s"}) is UNKNOWN


def test_no_card_and_no_rate_are_unknown() -> None:
    """A model without a published price has none, and neither have settings of which the page does not speak."""
    assert price(FAL, "fal-ai/sadtalker", {}) is UNKNOWN
    assert price(FAL, "fal-ai/nobody/knows", {}) is UNKNOWN
    cost = price(FAL, "bytedance/seedance-2.0/image-to-video", {"resolution": "480p", "duration": "5"})
    assert cost.most is None
    assert "no rate for these settings" in cost.reason
    assert price(ANIMATIC, "anything", {}) is FREE


HOSTILE = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.floats(), st.text(max_size=6),
    st.lists(st.integers()), st.sampled_from(["-5", "0", "1e9", "auto", "9" * 40, "5s", "٣"]),
    st.dictionaries(st.text(max_size=3), st.integers()),
)  # fmt: skip
FIELDS = ("duration", "num_images", "max_images", "resolution", "generate_audio", "image_size", "multi_prompt", "text",
          "num_frames", "fps", "elements", "video_urls", "music_length_ms", "max_tokens", "messages")  # fmt: skip


@given(st.sampled_from(sorted(load_cards())), st.dictionaries(st.sampled_from(FIELDS), HOSTILE, max_size=6))
def test_no_body_makes_a_price_below_nothing(model_id: str, body: dict[str, Any]) -> None:
    """Whatever somebody writes: the least is never above the most, and nothing is ever below 0."""
    row = load_catalog().get(model_id)
    assert row is not None
    try:
        cost = price(row.provider, row.endpoint_id, body)
    except BadRequest:
        return  # a number of outputs that is none is refused by every door
    assert cost.least >= 0
    assert cost.most is None or cost.most >= cost.least
