"""Common phrases of action lines in German, Dutch and Swedish, a sentence for each family of them."""

import pytest

from wzrd.domain.shots import SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown

GERMAN = "ANNA (40) und JONAS (40) stehen im Zimmer. Es ist kalt und der Regen ist laut."
DUTCH = "ANNA (40) en JONAS (40) staan in de kamer. Het is koud en de regen is luid."
SWEDISH = "ANNA (40) och JONAS (40) står i rummet. Det är kallt och regnet är tungt."


@pytest.mark.parametrize(
    ("people", "sentence", "act", "whom", "thing"),
    [
        (GERMAN, "Anna reißt ihm den Brief aus der Hand.", "take", "JONAS", "LETTER"),
        (GERMAN, "Anna steckt den Brief in Brand.", "burn", "", "LETTER"),
        (GERMAN, "Anna richtet sich auf.", "stand", "", ""),
        (GERMAN, "Anna stößt den Deckel auf.", "open", "", ""),
        (GERMAN, "Anna tritt auf die Bremse.", "drive", "", ""),
        (GERMAN, "Anna fährt sich mit der Hand durchs Haar.", "touch", "", ""),
        (GERMAN, "Anna schlägt die Beine übereinander.", "sit", "", ""),
        (GERMAN, "Anna lässt sich in den Sessel fallen.", "sit", "", ""),
        (GERMAN, "Anna nimmt einen Schluck aus der Flasche.", "drink", "", "BOTTLE"),
        (GERMAN, "Anna schleicht sich aus dem Zimmer.", "leave", "", ""),
        (GERMAN, "Anna fällt ihm ins Wort.", "speak", "JONAS", ""),
        (GERMAN, "Anna stößt den Tisch.", "push", "", "TABLE"),
        (DUTCH, "Anna grist de brief uit zijn handen.", "take", "JONAS", "LETTER"),
        (DUTCH, "Anna zakt in elkaar.", "fall", "", ""),
        (DUTCH, "Jonas haalt een hand door zijn haar.", "touch", "", ""),
        (DUTCH, "Jonas bindt haar vast aan de stoel.", "use", "ANNA", "STOOL"),
        (DUTCH, "Jonas haalt zijn schouders op.", "wave", "", ""),
        (DUTCH, "Jonas slaat een arm om haar heen.", "hug", "ANNA", ""),
        (DUTCH, "Anna sluipt de kamer uit.", "leave", "", ""),
        (DUTCH, "Anna houdt haar adem in.", "other", "", ""),
        (DUTCH, "Anna valt hem in de rede.", "speak", "JONAS", ""),
        (DUTCH, "Anna zet het glas aan haar lippen.", "drink", "", "GLASS"),
        (SWEDISH, "Anna rycker brevet ur handen på honom.", "take", "JONAS", "LETTER"),
        (SWEDISH, "Jonas trycker en nyckel i handen på henne.", "hand_over", "ANNA", "KEY"),
        (SWEDISH, "Anna häller upp ett glas vin åt honom.", "put_down", "", "GLASS"),
        (SWEDISH, "Anna slår ner blicken.", "look", "", ""),
        (SWEDISH, "Jonas slår huvudet i taket.", "other", "", ""),
        (SWEDISH, "Jonas rycker på axlarna.", "wave", "", ""),
        (SWEDISH, "Jonas sjunker ner i fåtöljen.", "sit", "", ""),
        (SWEDISH, "Jonas tar ett bloss på cigaretten.", "smoke", "", "CIGARETTE"),
        (SWEDISH, "Anna sliter sig loss.", "dodge", "", ""),
        (SWEDISH, "Anna slår ut med armarna.", "wave", "", ""),
    ],
)
def test_a_phrase_of_an_action_line_is_read(people: str, sentence: str, act: str, whom: str, thing: str) -> None:
    """A verb means what the words that end its clause make of it; whose body it is said of is nobody else."""
    script = (people, sentence)
    beat = read_breakdown([SceneBrief(1, location="INT. RUM - NIGHT", script=script)]).scenes[0].beats[-1]
    assert (beat.act, " ".join(beat.whom)) == (act, whom)
    assert thing in ("", *beat.props)
