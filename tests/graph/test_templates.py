"""`{{key}}` in prompts: literal keys, one pass, bounded."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest
from wzrd.graph.templates import fill, text_of


@pytest.mark.parametrize(
    ("template", "values", "told"),
    [
        ("a {{x}} b", {"x": "X"}, "a X b"),
        ("{{ x }}{{x}}{{  x}}", {"x": "X"}, "XXX"),
        ("{{y}} {{ }} {{}}", {"x": "X"}, "{{y}} {{ }} {{}}"),
        ("{{a.b}} {{a+}} {{(}}", {"a.b": 1, "a+": 2, "(": 3}, "1 2 3"),
        ("{{axb}}", {"a.b": "no"}, "{{axb}}"),
        ("{{{x}}}", {"x": "X"}, "{X}"),
        ("{{a {{x}} }}", {"x": "X"}, "{{a X }}"),
        ("}} {{x}} {{", {"x": "X"}, "}} X {{"),
        ("{{x}}", {"x": None}, "null"),
        ("{{x}}", {"x": True}, "true"),
        ("{{x}}", {"x": 5.0}, "5"),
        ("{{x}}", {"x": 0.5}, "0.5"),
        ("{{x}}", {"x": {"a": [1, "ü"]}}, '{"a":[1,"ü"]}'),
        ("{{x}}", {"x": ""}, ""),
        ("{{__proto__}}{{constructor}}", {"x": "X"}, "{{__proto__}}{{constructor}}"),
        ("{{__proto__}}", {"__proto__": "p"}, "p"),
        ("", {"x": "X"}, ""),
        ("{{First Frame}} {{firstFrame}} {{first_frame}}", {"first_frame": "F"}, "F F F"),
        ("{{Idea}} {{idea}}", {"idea": "i", "Idea": "I"}, "I i"),
        ("{{Größe}} {{主题}}", {"größe": "5 m", "主题": "雨"}, "5 m 雨"),
        ("{{!}} {{  }}", {"": "nothing"}, "{{!}} nothing"),
    ],
)
def test_fill(template: str, values: dict[str, Any], told: str) -> None:
    """Known keys are replaced wherever they stand; everything else stays."""
    assert fill(template, values) == told


def test_what_is_put_in_is_not_read_again() -> None:
    """A value that names itself, or another, is words."""
    assert fill("{{a}} {{b}}", {"a": "{{b}}{{a}}", "b": "{{a}}"}) == "{{b}}{{a}} {{a}}"


def test_a_prompt_does_not_grow_without_end() -> None:
    """A short template with a long value often in it is refused before it is made."""
    with pytest.raises(BadRequest, match="filled prompt has more than 200,000 characters"):
        fill("{{x}}" * 10_000, {"x": "y" * 100_000})
    assert len(fill("{{x}}" * 1_000, {"x": "y" * 199})) == 199_000


@given(
    st.text("{}ab ", max_size=40),
    st.dictionaries(st.text("ab{} ", min_size=1, max_size=3), st.text("ab{}", max_size=4)),
)
def test_only_what_stands_in_double_braces_changes(template: str, values: dict[str, str]) -> None:
    """Without a placeholder nothing does; with no values nothing does."""
    assert fill(template, {}) == template
    if "{{" not in template:
        assert fill(template, values) == template
    assert fill(f"{template} {{{{ zz }}}}", {"zz": "!"}) == f"{template} !"


@settings(max_examples=40)
@given(
    st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_everything_has_a_text(value: object) -> None:
    """No value of JSON fails."""
    assert isinstance(text_of(value), str)
