"""Scripts in the code pages of before UTF-8, of many languages."""

# ruff: noqa: RUF001 - other languages have signs that look like ours

import pytest

from wzrd.screenplay.fountain import parse_fountain

KITCHENS = (
    ("cp1250 iso8859_2", "WNĘTRZE. KUCHNIA - NOC\n\nZażółć gęślą jaźń, mówi Łucja.\n\nŁUCJA\nSpóźniłeś się.\n"),
    ("cp1250 iso8859_2", "INT. KUCHYNĚ - NOC\n\nVenku sněží. Jiří přijde pozdě.\n\nJIŘÍ\nČekal jsem na otce.\n"),
    ("cp1250 iso8859_2", "BELSŐ. KONYHA - ÉJSZAKA\n\nŐszi eső esik. Tűz ég.\n\nMÁRIA\nMegint késtél.\n"),
    ("cp1254", "İÇ. MUTFAK - GECE\n\nAyşe çaydanlığı ocağa koyar. Işık söner.\n\nAYŞE\nYine geç kaldın.\n"),
    ("cp1252 mac_roman", "INT. KÖK - NATT\n\nHon går över golvet, får på sig rocken.\n\nÅSA\nJag är sen.\n"),
    ("cp1251 koi8_r cp866 mac_cyrillic", "ИНТ. КУХНЯ - НОЧЬ\n\nМарина ставит чайник.\n\nМАРИНА\nТы опоздал.\n"),
    ("cp1253", "ΕΣΩΤ. ΚΟΥΖΙΝΑ - ΝΥΧΤΑ\n\nΗ Μαρία κοιτάζει το ρολόι της.\n\nΜΑΡΙΑ\nΠάλι άργησες.\n"),
    ("shift_jis euc_jp", "○台所・夜\n\n　雪が降っている。美咲は時計を見る。\n\n美咲「また遅れたのね。どこにいたの」\n"),
    ("gb18030", "内景 厨房 夜\n\n李梅把水壶放在炉子上。窗外下着雪。\n\n李梅\n你又迟到了。\n"),
    ("cp949", "S#1. 부엌 / 밤\n\n미영이 주전자를 불에 올린다. 창밖에는 눈이 내린다.\n\n미영\n또 늦었네.\n"),
)


@pytest.mark.parametrize(("codec", "page"), [(codec, page) for codecs, page in KITCHENS for codec in codecs.split()])
def test_old_code_pages_are_told_apart(codec: str, page: str) -> None:
    """Letters that no language has in one code page, another's has in its own."""
    made = parse_fountain(page.encode(codec))
    assert made.scenes == parse_fountain(page.encode()).scenes
    assert "not UTF-8; it was read as that" in made.warnings[0]
