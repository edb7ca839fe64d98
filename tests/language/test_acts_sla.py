"""Acts of common phrases in Polish, Russian and Japanese: a verb is read with what stands around it."""

import pytest

from wzrd.domain.shots import SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown

PL = "MAREK (40) i ANNA (38) stoją naprzeciw siebie."
RU = "ИВАН (40) и МАРИЯ (38) стоят друг напротив друга."
JA = "健太\uff0840\uff09と美咲\uff0838\uff09が向かい合って立っている。"


@pytest.mark.parametrize(
    ("introduced", "sentence", "act", "whom", "prop"),
    [
        (PL, "Marek rzuca jej gniewne spojrzenie.", "look", "ANNA", ""),
        (PL, "Anna rzuca się do ucieczki.", "run", "", ""),
        (PL, "Marek łapie oddech.", "move", "", ""),
        (PL, "Anna bierze go na muszkę.", "aim", "MAREK", ""),
        (PL, "Marek wychyla kieliszek.", "drink", "", "GLASS"),
        (PL, "Anna zaciąga zasłony.", "close", "", "CURTAIN"),
        (PL, "Marek podpala papierosa.", "smoke", "", "CIGARETTE"),
        (PL, "Anna wpada do wody.", "fall", "", ""),
        (PL, "Marek podnosi się z krzesła.", "stand", "", "CHAIR"),
        (PL, "Anna puka do drzwi.", "strike", "", ""),
        (PL, "Marek wali pięścią w ścianę.", "strike", "", ""),
        (PL, "Anna daje mu w twarz.", "strike", "MAREK", ""),
        (RU, "Иван бросает на неё злой взгляд.", "look", "МАРИЯ", ""),
        (RU, "Мария кидается к двери.", "run", "", ""),
        (RU, "Иван хватается за голову.", "touch", "", ""),
        (RU, "Мария делает глоток пива.", "drink", "", "BEER"),
        (RU, "Иван разражается смехом.", "laugh", "", ""),
        (RU, "Мария давит на тормоз.", "drive", "", ""),
        (RU, "Иван спускает курок.", "shoot", "", ""),
        (RU, "Мария поднимается из кресла.", "stand", "", "CHAIR"),
        (RU, "Иван садится на коня.", "sit", "", "HORSE"),
        (RU, "Мария стучит в дверь.", "strike", "", ""),
        (RU, "Раздаётся выстрел.", "other", "", ""),
        (RU, "Иван жмёт ей руку.", "hold_hands", "МАРИЯ", ""),
        (JA, "美咲はうなずく。", "wave", "", ""),
        (JA, "健太は電話を切る。", "phone", "", "PHONE"),
        (JA, "美咲は健太に銃を向ける。", "aim", "健太", "RIFLE"),
        (JA, "健太は寝返りを打つ。", "lie", "", ""),
        (JA, "美咲は納屋に火をつける。", "burn", "", ""),
        (JA, "健太はタバコをふかす。", "smoke", "", "CIGARETTE"),
        (JA, "美咲は健太の胸に飛び込む。", "hug", "健太", ""),
        (JA, "健太は川に飛び込む。", "jump", "", ""),
        (JA, "美咲は健太を慰める。", "speak", "健太", ""),
        (JA, "健太は壁にぶつかる。", "fall", "", ""),
        (JA, "美咲は顔を上げる。", "look", "", ""),
        (JA, "健太は悲鳴を上げる。", "scream", "", ""),
    ],
)
def test_a_phrase_is_one_act(introduced: str, sentence: str, act: str, whom: str, prop: str) -> None:
    """A light verb, an idiom of bodies and a reflexive tell what is seen, and touch nobody who is not named."""
    scene = read_breakdown([SceneBrief(1, location="INT. ROOM - NIGHT", script=(f"{introduced}\n\n{sentence}",))])
    beat = scene.scenes[0].beats[-1]
    assert (beat.act, "".join(beat.whom)) == (act, whom)
    assert not prop or prop in beat.props
