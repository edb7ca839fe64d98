"""One script, however its headings, names and title are written."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from wzrd.screenplay.parse import parse


@dataclass(frozen=True)
class Script:
    """A script's words in one language. `scenes`: kind, place, time, and what is seen or who says what."""

    title: str
    inside: str
    outside: str
    scene: str
    shot: str
    by: str
    film: str
    cast: str
    slate: str
    aside: str
    scenes: tuple[tuple[str, str, str, tuple[str | tuple[str, str], ...]], ...]


EN = Script(
    "The Paper Boat", "INT.", "EXT.", "SCENE", "SHOT", "by Ruth Hale", "a short film",
    "CHARACTERS:\nANNA, a baker\nBEN, her brother\nMRS. COLE, the landlady",
    "CLIENT: Hanson\nAGENCY: Blick\nWRITER: Ruth Hale\nVERSION 3 (with a dog)", "quietly",
    (
        ("in", "BAKERY", "NIGHT", (
            "Anna kneads the dough.", ("ANNA", "How much is there?"), ("BEN", "Not enough for the rent."),
            "He pushes the coins across the table.", ("ANNA", "Count them again, please."))),
        ("out", "STREET", "DAY", (
            "Mrs. Cole waits with a folder.", ("MRS. COLE", "You are late again."), ("BEN", "We have half of it."),
            ("MRS. COLE", "Half is nothing to me."), "Ben hands her an envelope.")),
        ("in", "KITCHEN", "MORNING", (
            "Anna folds a boat from paper.", ("BEN", "Will it float?"), ("ANNA", "For a while."))),
    ),
)  # fmt: skip
DE = Script(
    "Das Papierboot", "INNEN.", "AUSSEN.", "SZENE", "EINSTELLUNG", "von Ruth Halm", "ein Kurzfilm",
    "PERSONEN:\nANNA, Bäckerin\nUTE, ihre Schwester\nFRAU KOLB, die Vermieterin",
    "KUNDE: Hanson\nAGENTUR: Blick\nTEXT: Ruth Halm", "leise",
    (
        ("in", "BÄCKEREI", "NACHT", (
            "Anna knetet den Teig.", ("ANNA", "Wie viel ist es?"), ("UTE", "Nicht genug für die Miete."),
            "Sie schiebt die Münzen über den Tisch.", ("ANNA", "Zähl sie bitte noch einmal."))),
        ("out", "STRASSE", "TAG", (
            "Frau Kolb wartet mit einer Mappe.", ("FRAU KOLB", "Sie sind zu spät."), ("UTE", "Das ist die Hälfte!"),
            ("FRAU KOLB", "Die Hälfte ist nichts."), "Ute gibt ihr einen Umschlag.")),
        ("in", "KÜCHE", "MORGEN", (
            "Anna faltet ein Boot aus Papier.", ("UTE", "Schwimmt das?"), ("ANNA", "Eine Weile."))),
    ),
)  # fmt: skip
PL = Script(
    "Papierowa łódka", "WN.", "PL.", "SCENA", "UJ.", "autor: Ruta Halska", "film krótkometrażowy",
    "OSOBY:\nANNA, piekarka\nBOLEK, jej brat\nPANI KOŁEK, właścicielka",
    "KLIENT: Hanson\nAGENCJA: Blick\nTEKST: Ruta Halska", "cicho",
    (
        ("in", "PIEKARNIA", "NOC", (
            "Anna ugniata ciasto.", ("ANNA", "Ile tego jest?"), ("BOLEK", "Nie starczy na czynsz."),
            "Przesuwa monety po stole.", ("ANNA", "Policz jeszcze raz."))),
        ("out", "ULICA", "DZIEŃ", (
            "Pani Kołek czeka z teczką.", ("PANI KOŁEK", "Znowu spóźnieni."), ("BOLEK", "Mamy połowę."),
            ("PANI KOŁEK", "Połowa to nic."), "Bolek podaje jej kopertę.")),
        ("in", "KUCHNIA", "RANEK", (
            "Anna składa łódkę z papieru.", ("BOLEK", "Popłynie?"), ("ANNA", "Przez chwilę."))),
    ),
)  # fmt: skip
SCRIPTS: Mapping[str, Script] = {"en": EN, "de": DE, "pl": PL}


def small(name: str) -> str:
    """A name with one capital a word."""
    return " ".join(word.capitalize() for word in name.split())


HEADINGS: Mapping[str, Callable[[Script, int, str, str, str], str]] = {
    "usual": lambda _, n, kind, place, time: f"{kind} {place} - {time}",
    "stops": lambda _, n, kind, place, time: f"{kind} {place}. {time}.",
    "number": lambda _, n, kind, place, time: f"{n}. {kind} {place} - {time}",
    "numbers": lambda _, n, kind, place, time: f"{n}   {kind} {place} - {time}   {n}",
    "part of a number": lambda _, n, kind, place, time: f"1.{n} {kind} {place} - {time}",
    "scene": lambda of, n, kind, place, time: f"{of.scene} {n}: {place} - {time}",
    "scene alone": lambda of, n, kind, place, time: f"{of.scene} {n}",
    "scene above": lambda of, n, kind, place, time: f"{of.scene} {n}\n{kind} {place} - {time}",
    "scene in small letters": lambda of, n, kind, place, time: f"{small(of.scene)} {n}. {small(place)}. {small(time)}.",
    "roman": lambda of, n, kind, place, time: f"{of.scene} {'I' * n}. {place}.",
    "shot": lambda of, n, kind, place, time: f"{of.shot} {n}  {place}.",
    "shot and kind": lambda of, n, kind, place, time: f"{of.shot} {n} / {kind} {place} - {time}",
    "bold": lambda _, n, kind, place, time: f"**{kind} {place} - {time}**",
    "small": lambda _, n, kind, place, time: f"{kind} {place} - {time}".lower(),
    "section": lambda _, n, kind, place, time: f"## {kind} {place} - {time}",
    "kind behind": lambda _, n, kind, place, time: f"{place} - {kind.strip('.')} - {time}",
    "slashes": lambda _, n, kind, place, time: f"{kind.strip('.')}/{place}/{time}",
    "place and time": lambda _, n, kind, place, time: f"{n}. {place} - {time}",
    "forced": lambda _, n, kind, place, time: f".{place} - {time}",
}
CUES: Mapping[str, Callable[[str, str], str]] = {
    "usual": lambda name, said: f"{name}\n{said}",
    "colon": lambda name, said: f"{name}: {said}",
    "small and colon": lambda name, said: f"{small(name)}: {said}",
    "point": lambda name, said: f"{name}. {said}",
    "dash": lambda name, said: f"{name} \u2014 {said}",
    "columns": lambda name, said: f"{name}\t\t{said}",
    "indented": lambda name, said: f"{' ' * 22}{name}\n{' ' * 11}{said}",
    "direction": lambda name, said: f"{name}\n(...)\n{said}",
    "direction on the line": lambda name, said: f"{name} (...): {said}",
    "bold": lambda name, said: f"**{name}**\n{said}",
    "small": lambda name, said: f"{small(name)}\n{said}",
    "colon above": lambda name, said: f"{name}:\n{said}",
    "item": lambda name, said: f"- {name}: {said}",
}
TITLES: Mapping[str, Callable[[Script], str]] = {
    "none": lambda of: "",
    "keys": lambda of: f"Title: {of.title}\nAuthor: Ruth Hale\n\n",
    "capitals": lambda of: f"{of.title.upper()}\n{of.by}\n\n",
    "film": lambda of: f"{of.title.upper()}\n{of.film}\n{of.by}\n\n",
    "quoted": lambda of: f"\u201c{of.title}\u201d\n{of.film}\n\n",
    "draft": lambda of: f"{of.title.upper()} (v3)\nRuth Hale\n2024\n\n",
    "section": lambda of: f"# {of.title}\n\n",
    "ruled": lambda of: f"{of.title}\n=========\n\n",
    "slate": lambda of: f"{of.slate}\n\n",
    "cast": lambda of: f"{of.title.upper()}\n\n{of.cast}\n\n",
}
SPACES: Mapping[str, Callable[[str], str]] = {
    "one": str,
    "two": lambda text: text.replace("\n\n", "\n\n\n"),
    "windows": lambda text: text.replace("\n", "\r\n"),
    "margin": lambda text: re.sub(r"^(?=.)", "    ", text, flags=re.MULTILINE),
    "none": str,
}
CASES = [(heading, cue, title) for heading in HEADINGS for cue in CUES for title in TITLES]


def written(of: Script, heading: str, cue: str, title: str, space: str) -> str:
    """The script in one way."""
    scenes: list[str] = []
    for number, (kind, place, time, parts) in enumerate(of.scenes, 1):
        lines = [HEADINGS[heading](of, number, of.inside if kind == "in" else of.outside, place, time)]
        lines += [part if isinstance(part, str) else CUES[cue](*part).replace("...", of.aside) for part in parts]
        scenes.append(("\n" if space == "none" else "\n\n").join(lines))
    return SPACES[space](TITLES[title](of) + "\n\n".join(scenes) + "\n")


def letters(text: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"[\W_]+", "", text).casefold()


@pytest.mark.parametrize("language", SCRIPTS)
def test_however_it_is_written_a_script_has_its_scenes_its_speeches_and_its_title(language: str) -> None:
    """Some hundred of the ways, the same ones each time."""
    chosen, of = random.Random(language), SCRIPTS[language]
    said = [(letters(one[0]), letters(one[1])) for *_, parts in of.scenes for one in parts if not isinstance(one, str)]
    wrong: list[str] = []
    for heading, cue, title in chosen.sample(CASES, 200):
        space = chosen.choice(list(SPACES))
        made = parse(written(of, heading, cue, title, space).encode(), "x.txt")
        told = [one for scene in made.scenes for one in scene.elements if one.kind == "dialogue"]
        called = title in {"none", "slate"} or letters(made.title).removesuffix("v3") == letters(of.title)
        right = [(letters(one.character), letters(one.text)) for one in told] == said
        if len(made.scenes) != len(of.scenes) or not right or not called:
            wrong.append(f"{heading}, {cue}, {title}, {space}: {len(made.scenes)} scenes, {made.title!r}")
    assert wrong == []
