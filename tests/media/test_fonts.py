"""Text on pictures: Inter from its wheel, nothing of the machine's, no empty boxes and no crash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.media.fonts import STAND_IN, fitted, has_glyph, load, printable, wrapped


def test_inter_is_there_at_every_size_and_weight():
    """A bolder weight is wider, a larger size taller: the variable font's axes are really set."""
    assert load(40, 800).getlength("Storyboard") > load(40, 300).getlength("Storyboard")
    assert load(80, 400).getbbox("S")[3] > load(20, 400).getbbox("S")[3]
    assert load(30).getname()[0] == "Inter"


def test_european_text_stays_as_it_is():
    """Accents, Greek, Cyrillic, quotes and dashes are all shown."""
    text = "Żółw “Ünïcode” — Ελληνικά, Русский, ¿qué? 50 €"
    assert printable(text) == text


def test_what_inter_cannot_show_becomes_one_dot_a_run():
    """Emoji, Arabic and lone surrogates leave a middle dot; control characters leave nothing."""
    assert printable("مطر Rain") == f"{STAND_IN} Rain"
    assert printable("a\x00b\x07\u200dc\ud800") == "abc"
    assert printable("ok 🎬🎬🎬 ok") == f"ok {STAND_IN} ok"
    assert not has_glyph("🎬")


@pytest.mark.parametrize(("text", "face"), [("雨の夜", "JP"), ("비 오는 밤", "KR"), ("这个雨夜", "SC"), ("映画", "JP")])
def test_east_asian_text_has_the_face_of_its_language(text: str, face: str) -> None:
    """It is shown as it is, in the weight that is asked for; what Inter has stays Inter."""
    assert printable(text) == text
    assert load(30, 400, text).getname()[0] == f"Noto Sans CJK {face}"
    assert load(40, 800, text).getmask(text).getbbox() != load(40, 200, text).getmask(text).getbbox()
    assert load(30, 400, "Żółw").getname()[0] == "Inter"


def test_text_without_blanks_is_broken_anywhere_but_before_a_stop() -> None:
    """Lines keep their width; no line begins with a comma, and words of Latin in it stay whole."""
    text = "雨の夜、渡し船は Storyboard を出る。" * 4
    font = load(20, 400, text)
    lines = wrapped(text, font, 150, 40)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(font.getlength(line) <= 150 and line[0] not in "、。" for line in lines)
    assert sum("Storyboard" in line for line in lines) == 4


@given(st.text(max_size=300))
def test_printable_text_has_only_glyphs_in_one_line(text: str):
    """Whatever comes in, every character that comes out can be drawn, and there is no line break."""
    shown = printable(text)
    assert all(has_glyph(char) for char in shown)
    assert "\n" not in shown
    assert printable(shown) == shown


@given(st.text(max_size=200), st.floats(min_value=0, max_value=600))
def test_fitted_text_fits(text: str, width: float):
    """Text is cut to the width that it has, and says so."""
    font = load(20)
    shown = fitted(printable(text), font, width)
    assert font.getlength(shown) <= width or not shown


def test_wrapped_text_keeps_to_its_lines():
    """A long caption becomes as many lines as allowed, the last one with an ellipsis; a short one stays whole."""
    font = load(20)
    lines = wrapped("word " * 100, font, 200, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(font.getlength(line) <= 200 for line in lines)
    assert wrapped("short", font, 200, 3) == ["short"]
    assert wrapped("", font, 200, 3) == []
    assert wrapped("w" * 500, font, 200, 3)[0].endswith("…")
