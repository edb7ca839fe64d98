"""Whose voice somebody has: by gender, age and tone; the same in the whole film, nobody's twice while others fit."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from server.fakes.elevenlabs import LABELS, VOICES
from wzrd.domain.shots import SceneBrief
from wzrd.language.people.register import Register
from wzrd.language.sound.voice_choice import choose_voices, read_voices

KNOWN = read_voices(
    {"voice_id": key, "name": name, "labels": dict(zip(LABELS, labels, strict=True))}
    for key, (name, labels) in VOICES.items()
)
NAMES = {one.voice_id: one.name for one in KNOWN}
PAGE = (
    "MIKE, a man of 45, wipes the table. ANNA, a young woman of 19, watches him.",
    "OLD TOM, an old man of 80, sleeps. ROSE, a woman in her forties, waves.",
)


def cast_names(speakers: list[str], former: Mapping[str, str] | None = None) -> dict[str, str]:
    register = Register((SceneBrief(1, actions=PAGE, characters=("MIKE", "ANNA", "OLD TOM", "ROSE")),))
    return {key: NAMES[one] for key, one in choose_voices(speakers, register, KNOWN, former or {}).items()}


def test_voices_suit_gender_and_age() -> None:
    """A young woman, an old man, a man and a woman in their middle years; the narrator has nobody's."""
    found = cast_names(["mike", "mike", "anna", "old tom", "rose"])
    assert found["anna"] == "Sarah"
    assert found["old tom"] == "Bill"
    assert found["rose"] == "Matilda"
    assert found["mike"] in {"George", "Daniel"}
    assert found[""] not in {voice for key, voice in found.items() if key}
    assert cast_names([""]) in ({"": "George"}, {"": "Matilda"}), "alone it is one for stories"


def test_who_had_a_voice_keeps_it() -> None:
    """A new list, or more lines of somebody else, change nothing; a voice that is gone is chosen anew."""
    ids = {name: key for key, name in NAMES.items()}
    assert cast_names(["mike", "anna"], {"mike": ids["Liam"]})["mike"] == "Liam"
    assert cast_names(["mike", "anna"], {"mike": "gone"})["mike"] in {"George", "Daniel"}


@given(st.lists(st.sampled_from(["mike", "anna", "old tom", "rose", ""]), min_size=1, max_size=30))
def test_the_same_people_have_the_same_voices(speakers: list[str]) -> None:
    """Whatever the order of their lines; everybody has one, of their own."""
    found = cast_names(speakers)
    assert found == cast_names(speakers[::-1])
    assert {*speakers, ""} == found.keys()
    named = [voice for key, voice in found.items() if key]
    assert len(named) == len({*named})


def test_a_strange_list_is_read() -> None:
    """Rows without labels, ids or sense give what they have; no voice at all casts nobody."""
    rows = [
        {"voice_id": "a"},
        {"name": "x"},
        {"voice_id": "b", "labels": None},
        {"voice_id": "c", "labels": {"age": 3}},
    ]
    assert [one.voice_id for one in read_voices(rows)] == ["a", "b", "c"]
    assert choose_voices(["mike"], Register(()), [], {}) == {}
