"""Vendors' own prices: they stand before a card's, never below what may be billed, and differences are told."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from server.cli.catalog import describe_differences
from wzrd.domain.money import VendorPrice
from wzrd.domain.submission import Target
from wzrd.models.body_prices import ask_price, price, price_inputs
from wzrd.models.catalog import load_catalog
from wzrd.models.price_cards import SHIPPED, PriceBook, load_cards

FAL = "fal-ai"
DEV, VEO, KLING = "fal-ai/flux/dev", "fal-ai/veo3.1", "fal-ai/kling-video/v2.5-turbo/pro/image-to-video"
PAGE = "https://api.fal.ai/v1/models/pricing"


def book(endpoint: str, dollars: str, unit: str) -> PriceBook:
    return PriceBook({Target(FAL, endpoint): VendorPrice(Decimal(dollars), unit, PAGE, "2026-11-28")})


@pytest.mark.parametrize(
    ("endpoint", "body", "dollars", "unit", "most"),
    [
        (DEV, {"image_size": "square_hd"}, "0.03", "megapixels", "0.03"),  # dearer than its card
        (DEV, {"image_size": "square_hd"}, "0.02", "megapixels", "0.02"),  # this account's discount
        (DEV, {"image_size": "square_hd"}, "0.02", "processed megapixels", "0.02"),
        (DEV, {"image_size": "square_hd"}, "0.02", "images", "0.025"),  # another unit: the card stands
        (DEV, {"image_size": "square_hd"}, "1", "units", "0.025"),  # a word that tells nothing
        (KLING, {"duration": "5"}, "0.08", "seconds", "0.40"),
        (KLING, {"duration": "5"}, "6", "minute", "0.50"),
        (VEO, {"duration": "8s", "generate_audio": False}, "0.2", "seconds", "1.60"),  # one of the card's
        (VEO, {"duration": "8s"}, "0.2", "seconds", "3.20"),
        (VEO, {"duration": "8s"}, "0.4", "seconds", "3.20"),
        (VEO, {"duration": "8s"}, "0.25", "seconds", "4.00"),  # all in proportion to the cheapest
        (VEO, {"duration": "8s"}, "0.1", "seconds", "3.20"),  # a cheaper base leaves dear settings as they are
        ("fal-ai/flux-2-pro", {"image_size": {"width": 1920, "height": 1080}}, "0.03", "megapixels", "0.045"),
        ("fal-ai/flux-2-pro", {"image_size": {"width": 1920, "height": 1080}}, "0.015", "megapixels", "0.045"),
        ("fal-ai/dia-tts", {"text": "x" * 500}, "0.05", "1000 characters", "0.025"),
        ("fal-ai/dia-tts", {"text": "x" * 500}, "0.00005", "Characters", "0.025"),
        ("fal-ai/sync-lipsync/v3", {"video_url": "u"}, "0.1333333", "seconds", "8"),
    ],
)
def test_a_vendors_price_takes_the_place_of_a_cards(
    endpoint: str, body: Mapping[str, Any], dollars: str, unit: str, most: str
) -> None:
    """In its own words for what it counts; where several rates hang on settings, never less than the card says."""
    cost = price(FAL, endpoint, body, {"u": 60.0}, book(endpoint, dollars, unit))
    assert cost.most == Decimal(most)


def test_a_price_is_known_where_there_was_no_card() -> None:
    """The base price is all there is where no setting can raise it; else it is the least, and nobody knows the most."""
    assert "fal-ai/sadtalker" not in load_cards()
    known = price(FAL, "fal-ai/sadtalker", {}, book=book("fal-ai/sadtalker", "0.05", "videos"))
    assert known.exact
    assert known.most == Decimal("0.05")
    lite = "fal-ai/bytedance/seedance/v1/pro/image-to-video"
    assert load_catalog().get(lite) is not None
    assert lite not in load_cards()
    raised = price(FAL, lite, {"duration": "5"}, book=book(lite, "1.25", "videos"))
    assert (raised.least, raised.most) == (Decimal("1.25"), None)
    assert "duration" in raised.reason
    machine = price(FAL, "fal-ai/sadtalker", {}, book=book("fal-ai/sadtalker", "0.001", "compute seconds"))
    assert machine.most is None
    unheard = price(FAL, "fal-ai/nobody/knows", {}, book=book("fal-ai/nobody/knows", "0.05", "images"))
    assert unheard.most is None, "nobody has told what its inputs do to it"


def test_plan_and_submit_ask_the_same_book() -> None:
    """A plan and the hold before a submit read one price."""
    told, inputs = book(KLING, "0.09", "seconds"), {"duration": "10"}
    assert ask_price(Target(FAL, KLING), inputs, book=told).cost == price_inputs(FAL, KLING, inputs, book=told)
    assert ask_price(Target(FAL, KLING), inputs, book=told).planned == Decimal("0.9")


def test_a_difference_is_told() -> None:
    """Its price and the card's side by side; nothing where they agree, or where the vendor's word says nothing."""
    assert describe_differences(book(KLING, "0.08", "seconds")) == [
        "not as on their cards: 1 price",
        f"{KLING}: $0.08 per second, by its card $0.07 a second",
    ]
    assert describe_differences(book(KLING, "0.35", "videos"))[1:] == [
        f"{KLING}: $0.35 per video, by its card $0.07 a second"
    ]
    for same in (book(KLING, "0.07", "seconds"), book(KLING, "1", "units"), SHIPPED, book(VEO, "0.4", "seconds")):
        assert describe_differences(same) == []
