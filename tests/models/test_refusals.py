"""Vendors' refusals read out of their answers: of which input, and why; a failure of another kind is none."""

from typing import Any

import pytest

from wzrd.domain.refusals import ContentRefusal, describe_refusal, read_refusal, remedies
from wzrd.models.refusals import find_refusal

FLAGGED = {"msg": "The content was flagged by a content checker.", "type": "content_policy_violation"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"detail": [{"loc": ["body", "prompt"], **FLAGGED, "categories": ["violence"]}]},
            ContentRefusal("", ("prompt",), ("violence",)),
        ),
        (
            {"detail": [{"loc": ["body", "prompt"], **FLAGGED}, {"loc": ["body", "image_urls", 1], **FLAGGED}]},
            ContentRefusal("", ("prompt", "image_urls.1")),
        ),
        ({"detail": [{"loc": ["body"], **FLAGGED}]}, ContentRefusal("")),
        ({"detail": {"error": "content_policy_violation", "category": "celebrity_likeness"}}, ContentRefusal("face")),
        ({"outcome": {"error": "InputTextSensitiveContentDetected: …"}}, ContentRefusal("words")),
        ({"error": {"code": "OutputVideoSensitiveContentDetected", "message": "…"}}, ContentRefusal("result")),
        ({"error": "InputImageSensitiveContentDetected.PrivacyInformation: …"}, ContentRefusal("face")),
        ({"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}, ContentRefusal("")),
        ({"error": {"code": "moderation_blocked"}}, ContentRefusal("")),
        ({"detail": {"status": "content_against_policy", "message": "…"}}, ContentRefusal("words")),
        ({"outcome": {"error": "Veo could not do it because the input image violates…"}}, ContentRefusal("picture")),
        ({"error": "The request failed because the output image may contain sensitive…"}, ContentRefusal("result")),
        ({"error": "This prompt contains sensitive words that violate…"}, ContentRefusal("words")),
        ({"error": {"message": "Content Exists Risk", "type": "invalid_request_error"}}, ContentRefusal("words")),
        ({"task_status_msg": "Failure to pass the risk control system"}, ContentRefusal("")),
        ({"error": "Generated video rejected by content moderation."}, ContentRefusal("")),
        ({"state": "failed", "err_code": "CreationPolicyViolation"}, ContentRefusal("")),
    ],
)  # fmt: skip
def test_a_refusal_is_known_in_its_vendors_words(answer: dict[str, Any], expected: ContentRefusal) -> None:
    """By fal's type and place, else by the words of ByteDance, MiniMax, OpenAI, Google, DeepSeek, Kling, xAI, Vidu."""
    found = find_refusal(answer)
    assert found == expected
    assert found is not None
    assert read_refusal(found.kept()) == found


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"detail": "The model failed: out of memory", "error_type": "internal_error"},
        {"detail": [{"loc": ["body", "prompt"], "msg": "too long", "input": "content_policy_violation"}]},
        {"error": "Risk: control systems failed", "message": "the policy of retries was violated"},
        {"outcome": {"error": "out of memory"}, "payload": {"prompt": "content_policy_violation"}},
        {"detail": [{"loc": ["body", "seed"], "msg": "bad", "type": "value_error", "ctx": {"why": "content_filter"}}]},
    ],
)  # fmt: skip
def test_what_was_asked_is_no_word_of_the_vendors(answer: object) -> None:
    """An answer that repeats the prompt is not taken for a refusal by what stands in the prompt."""
    assert find_refusal(answer) is None


def test_a_place_is_a_place_or_nothing() -> None:
    """Names that no input has (a tag, a path, hundreds of letters) are not passed on."""
    odd = [{"loc": ["body", name], **FLAGGED} for name in ("<script>", "../../etc", "a" * 200, {"a": 1})]
    assert find_refusal({"detail": odd}) == ContentRefusal("")


@pytest.mark.parametrize(
    ("facts", "said", "first"),
    [
        (
            {"causes": ["sheet"], "sheets": ["person/MIKE@12"], "categories": ["likeness"]},
            "the sheet of MIKE@12 (likeness)",
            'replace the sheet of MIKE: wzrd bible P replace person "MIKE" FILE --look 12',
        ),
        (
            {"causes": ["brief"], "words": ["gun"]},
            "what the shot shows (gun)",
            'say it otherwise: wzrd remake P 3.2 --clip --note "…"',
        ),
        ({"causes": ["still"]}, "the shot's picture", "another picture for it: wzrd remake P 3.2"),
        ({"causes": []}, "", 'say it otherwise: wzrd remake P 3.2 --clip --note "…"'),
    ],
)
def test_each_cause_has_its_remedy(facts: dict[str, Any], said: str, first: str) -> None:
    """Each is a command that can be typed, and another model is always the last of them."""
    told = list(remedies(facts, "P", "3.2", "video"))
    assert describe_refusal(facts) == said
    assert told[0] == first
    assert told[-1] == "another model: wzrd remake P 3.2 --clip --model MODEL"
