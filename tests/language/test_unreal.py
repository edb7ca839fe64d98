"""Deeds that are only meant, nearly done, refused, long past or an idea's are none of the board."""

import re
import time

import pytest

from tests.language.test_acts import PEOPLE
from wzrd.domain.shots import SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.words.acts import acts_in
from wzrd.language.words.unreal import undone

UNDONE = [
    ("en", "You'd think she's going to hit him."),
    ("en", "She is about to slap him."),
    ("en", "He almost hits her."),
    ("en", "She wants to hug him and kiss him."),
    ("en", "He would kiss her if he dared."),
    ("en", "She thinks he is going to kiss her."),
    ("en", "He refuses to kneel."),
    ("en", "He remembers kissing her."),
    ("en", "She waits for him to fall."),
    ("en", "Neither of them laughs."),
    ("en", "He once hugged a bear."),
    ("en", "She had kissed him here."),
    ("en", "He fell off this roof years ago."),
    ("en", "An idea strikes her."),
    ("en", "Silence falls."),
    ("en", "Fear grips him."),
    ("en", "He falls in step with her."),
    ("en", "He kills the engine."),
    ("de", "Vor vielen Jahren schlug er sie."),
    ("fr", "La nuit tombe."),
    ("fr", "Elle l'avait embrassé."),
    ("es", "El silencio cae."),
    ("es", "Hace años la besó aquí."),
    ("it", "Anni fa cadde dal tetto."),
    ("ru", "Когда-то Иван упал на колени."),
    ("de", "Man könnte meinen, sie schlägt ihn gleich."),
    ("de", "Er würde sie küssen, wenn er sich traute."),
    ("de", "Fast schlägt er sie."),
    ("de", "Er fällt beinahe."),
    ("de", "Er tut, als ob er weinte."),
    ("fr", "Il faillit tomber."),
    ("fr", "Il voudrait l'embrasser."),
    ("fr", "On croirait qu'il pleure."),
    ("es", "Casi se cae."),
    ("es", "Está a punto de besarla."),
    ("es", "Parece que va a pegarle."),
    ("it", "Sta per baciarla."),
    ("it", "Si rifiuta di inginocchiarsi."),
    ("pt", "Está prestes a beijá-la."),
    ("pt", "Recusa-se a ajoelhar."),
    ("nl", "Ze wil hem slaan."),
    ("nl", "Bijna valt hij."),
    ("sv", "Han är nära att falla."),
    ("sv", "Hon vägrar att knäböja."),
    ("pl", "Chce go uderzyć."),
    ("pl", "Anna udaje, że płacze."),
    ("ru", "Иван хочет ударить Марию."),
    ("ru", "Он чуть не падает."),
    ("ja", "彼は彼女を殴りそうになる。"),
    ("ja", "花子は太郎を抱きしめたい。"),
]
DONE = [
    ("en", "He wants to leave and kisses her.", "kiss"),
    ("en", "He almost smiles, then hugs her.", "hug"),
    ("en", "She nearly drops it, catches it and hits him.", "strike"),
    ("en", "She nods once. Kisses him.", "kiss"),
    ("en", "DAWN hugs Paul. Dawn falls.", "fall"),
    ("en", "With a smile he hugs her.", "hug"),
    ("en", "She sees his face and hits him.", "strike"),
    ("de", "Vor Angst umarmt er sie.", "hug"),
    ("de", "Er will etwas sagen, aber sie küsst ihn.", "kiss"),
    ("de", "Sie ist fast da und schlägt ihn.", "strike"),
    ("fr", "Il veut parler, mais elle l'embrasse.", "kiss"),
    ("es", "Quiere hablar, pero ella lo abraza.", "hug"),
    ("it", "Vuole parlare, ma lei lo bacia.", "kiss"),
    ("nl", "Hij wil iets zeggen, maar ze kust hem.", "kiss"),
    ("ru", "Он хочет говорить, но Мария целует сына.", "kiss"),
    ("ja", "花子は太郎を抱きしめた。", "hug"),
]
SHOWN = frozenset({"strike", "kiss", "hug", "fall", "weep", "laugh", "kneel"})


@pytest.mark.parametrize(("language", "sentence"), UNDONE)
def test_it_is_no_deed_of_the_board(language: str, sentence: str) -> None:
    scene = SceneBrief(1, location="INT. ROOM - NIGHT", script=(f"{PEOPLE[language]}\n\n{sentence}",))
    assert not SHOWN & {beat.act for beat in read_breakdown([scene]).scenes[0].beats}


@pytest.mark.parametrize(("language", "sentence", "act"), DONE)
def test_what_is_done_beside_it_stays(language: str, sentence: str, act: str) -> None:
    assert act in {one.act for one in acts_in(sentence, language)}


@pytest.mark.parametrize("words", ["would hit ", "about to hit ", "fear hits ", "almost hits ", "almost "])
def test_hostile_sentences_cost_linear_time(words: str) -> None:
    """Each such word was looked up against all verbs behind it: a sentence of 60,000 letters took a minute."""
    text = f"Ann {words * (60_000 // len(words))}"
    started = time.process_time()
    verbs = [(found.start(), found.end()) for found in re.finditer(r"hits?", text)]
    undone(text, verbs, "en")
    assert time.process_time() - started < 5
