"""Common phrases of action lines in French, Spanish, Italian and Portuguese, and the act that each of them tells."""

import pytest

from wzrd.language.words.acts import acts_in, strength

SAID = {
    "fr": (
        ("Claire prend la fuite.", "run"),
        ("Claire met le feu à la lettre.", "burn"),
        ("Claire se glisse dans la chambre.", "enter"),
        ("Claire passe une main dans ses cheveux.", "touch"),
        ("Claire écrase sa cigarette dans le cendrier.", "smoke"),
        ("Thomas coupe le moteur.", "drive"),
        ("Thomas lui coupe la parole.", "speak"),
        ("Claire ouvre la porte d'un coup de pied.", "open"),
        ("Thomas enfonce la porte.", "break"),
        ("Thomas dépose un baiser sur son front.", "kiss"),
        ("Claire passe un coup de fil.", "phone"),
        ("Claire lui donne un coup de coude.", "strike"),
    ),
    "es": (
        ("Lucía le da la espalda.", "stand"),
        ("Lucía prende fuego a la carta.", "burn"),
        ("Lucía se pone a cantar.", "speak"),
        ("Andrés le quita el cuchillo a Lucía.", "take"),
        ("Andrés se tira a la piscina.", "jump"),
        ("Andrés le tira del pelo.", "drag"),
        ("Andrés llama a la puerta.", "use"),
        ("Lucía cuelga el teléfono.", "phone"),
        ("Andrés sube la persiana.", "open"),
        ("Lucía se lleva la copa a los labios.", "drink"),
        ("Andrés se arroja a sus brazos.", "hug"),
        ("Lucía le pega un tiro a Andrés.", "shoot"),
    ),
    "it": (
        ("Marco dà fuoco alla lettera.", "burn"),
        ("Giulia si dà alla fuga.", "run"),
        ("Marco fa a pezzi la lettera.", "break"),
        ("Marco si mette il cappotto.", "use"),
        ("Marco mette in moto la macchina.", "drive"),
        ("Giulia tira le tende.", "close"),
        ("Marco prende in braccio il bambino.", "carry"),
        ("Giulia prende posto.", "sit"),
        ("Marco lancia un'occhiata a Giulia.", "look"),
        ("Marco butta giù un bicchiere di vino.", "drink"),
        ("Giulia bussa alla porta.", "use"),
        ("Giulia dà una spinta a Marco.", "push"),
    ),
    "pt": (
        ("Helena dá de ombros.", "wave"),
        ("Rui dá a partida no carro.", "drive"),
        ("Rui põe fogo na carta.", "burn"),
        ("Helena põe-se a correr.", "run"),
        ("Rui leva o copo aos lábios.", "drink"),
        ("Rui bate os ovos.", "cook"),
        ("Rui atira a bola para Helena.", "throw"),
        ("Rui atira-se à água.", "jump"),
        ("Helena pega no sono.", "sleep"),
        ("Rui pega o trem.", "enter"),
        ("Helena dá-lhe uma cotovelada.", "strike"),
        ("Helena aperta-lhe o pescoço.", "fight"),
    ),
}


@pytest.mark.parametrize(
    ("language", "sentence", "act"), [(language, *row) for language, rows in SAID.items() for row in rows]
)
def test_a_phrase_is_one_act(language: str, sentence: str, act: str) -> None:
    """A light verb tells the deed of its noun, and an idiom what it means."""
    assert max(acts_in(sentence, language), key=lambda one: (strength(one.act), one.start)).act == act
