"""Things that a sentence shows, word by word: found in each language, known by their English noun, and drawn."""

import json
from collections.abc import Iterator
from importlib.resources import files

import pytest

from wzrd.animatic.panels.brief import word_lists
from wzrd.animatic.panels.brief.animal_kinds import ANIMALS
from wzrd.animatic.panels.brief.briefed import thing_of
from wzrd.language.beats.props import PropFinder

_SENTENCES = {
    "en": [
        ("Mara hauls the hatch open.", "hatch"),
        ("He wraps the torch in tinfoil and a handout.", "handout"),
        ("The waiter sets down the tureen.", "tureen"),
        ("She lifts the lettuce from the crate.", "lettuce"),
        ("He wedges a crampon into the crack.", "crampon"),
    ],
    "de": [
        ("Mit beiden Händen zieht sie am Bremshebel.", "lever"),
        ("Der Affe hockt auf dem Aktenschrank.", "cabinet"),
        ("Er klopft dreimal gegen die Einstiegsluke.", "hatch"),
        ("Sie legt die Glasscherbe auf das Fensterbrett.", "shard"),
        ("Ein Gesteinsbrocken rollt ihm vor die Füße.", "boulder"),
    ],
    "nl": [
        ("Hij rukt aan de noodrem.", "lever"),
        ("Ze zet de kandelaar op het nachtkastje.", "table"),
        ("De jongen duwt het kelderluik dicht.", "hatch"),
        ("Oma pakt de soeplepel en het vergrootglas.", "magnifier"),
        ("Hij smijt de handgranaat in de put.", "bomb"),
    ],
    "sv": [
        ("Hon drar i hävstången.", "lever"),
        ("Barnen öppnar var sin julklapp.", "gift"),
        ("Han lägger geväret i vapenskåpet.", "cabinet"),
        ("Mormor tar kvasten och skurhinken.", "broom"),
        ("Pojken lyfter på kastrullen.", "pot"),
    ],
    "ja": [
        ("少年が跳び箱に手をつく。", "box"),
        ("彼女はガラス片を拾う。", "shard"),
        ("船長がハッチを開ける。", "hatch"),
        ("老人は井戸をのぞきこむ。", "well"),
        ("教師が教卓を叩く。", "lectern"),
    ],
}


def known_nouns() -> Iterator[tuple[str, str]]:
    """Language and English noun of every entry that another language's words have."""
    things = json.loads(files("wzrd.language").joinpath("data", "things.json").read_text(encoding="utf-8"))
    return ((language, noun) for language, nouns in things["known"].items() for noun in nouns if noun)


def is_drawn(noun: str) -> bool:
    """True if the pencil knows a thing, or it is a part of a set."""
    last = noun.rsplit(maxsplit=1)[-1]
    return bool(thing_of(noun)) or last in word_lists.PROPS or last in word_lists.STANDING


@pytest.mark.parametrize(
    ("language", "sentence", "noun"),
    [(language, *row) for language, rows in _SENTENCES.items() for row in rows],
)
def test_a_thing_is_found_and_drawn(language: str, sentence: str, noun: str) -> None:
    """A thing that a sentence names is a prop by its English noun, and is drawn."""
    finder = PropFinder([sentence], (), language)
    assert noun.upper() in {key.upper() for key in finder.find(sentence)}
    assert is_drawn(noun)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Die Kutsche hält auf der Straße."),
        ("de", "Ein Komitee von Journalisten zweifelt am Buchstaben des Gesetzes."),
        ("nl", "Ze verdwijnt en hij beschermt haar van elkaars blikken, welkom in Washington."),
        ("nl", "Bram trekt aan het gas."),
        ("sv", "Hon bär ombord, det är en protest i skolan."),
        ("ja", "そのサービスはライフスタイルだ。"),
    ],
)
def test_a_word_that_only_begins_or_ends_like_a_thing_is_none(language: str, sentence: str) -> None:
    """A street is no strass, a committee no tea, a school no toffee: what is alike in letters is no prop."""
    unlike = {
        "brooch",
        "cup",
        "paper",
        "stick",
        "glass",
        "can",
        "fruit",
        "cloth",
        "candy",
        "table",
        "prosthesis",
        "nail",
    }
    found = {key.casefold() for key in PropFinder([sentence], (), language).find(sentence)}
    assert not found & unlike


@pytest.mark.parametrize(
    ("word", "kind"),
    [("tureen", "pot"), ("crampons", "hook"), ("tin opener", "screwdriver"), ("ukulele", "guitar"), ("sundae", "ice"),
     ("knobs", "handle"), ("thimble", "button"), ("hairclip", "comb"), ("trapdoor", "handle"), ("landmine", "bomb")],
)  # fmt: skip
def test_an_english_thing_has_its_kind(word: str, kind: str) -> None:
    """A rare thing is drawn as the one that looks most like it."""
    assert thing_of(word) == kind


def test_words_of_other_languages_name_things_that_are_drawn() -> None:
    """Whatever a language's table says, the pencil knows, but animals, what has no shape, and parts of others."""
    shapeless = {"blind", "blood", "cast", "lid", "mill", "sand", "snow", "soil"}
    assert {noun for _, noun in known_nouns() if not is_drawn(noun)} <= ANIMALS | shapeless
