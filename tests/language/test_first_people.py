"""People of short scripts that no rule was written after, and nobody else."""

import pytest

from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.screenplay.model import briefs_of
from wzrd.screenplay.parse import parse

SCRIPTS = (
    (
        """INT. AIRLOCK - NIGHT

CAPTAIN ILSE MORROW, 52, pulls off her helmet so that he can see a face. A BOY, 9, hides.

MORROW
Come out.
""",
        {"Morrow": ("woman", "adult"), "Boy": ("man", "child")},
    ),
    (
        """INT. LIFT - DAY

MARGE (61) clutches a CAKE. IVAN, 30s, a courier, holds two PARCELS. The lift stops.

MARGE
Is it us?

IVAN
It's the lift.

She hands him the cake.
""",
        {"Marge": ("woman", "old"), "Ivan": ("man", "adult")},
    ),
    (
        """EXT. SHORE - DAWN

A GIRL of eight digs with a SPADE. Her grandfather, OLD TAM, mends a NET.

GIRL
Is there anything under it?

OLD TAM
More of it.
""",
        {"Girl": ("woman", "child"), "Old Tam": ("man", "old")},
    ),
    (
        """INT. KITCHEN - NIGHT

RUTH, 45, scrubs a POT. The RADIO crackles.

RADIO VOICE
Gale warning.

RUTH
Thank you.

She switches it off.
""",
        {"Ruth": ("woman", "adult")},
    ),
    (
        """INNEN. WERKSTATT - TAG

FRAU BRANDT, 58, Schweißbrille, lötet. Ihr Lehrling EMRE (17) trägt drei EIMER.

FRAU BRANDT
Hierher.

EMRE
Alle drei?
""",
        {"Frau Brandt": ("woman", "adult"), "Emre": ("man", "teen")},
    ),
    (
        """INNEN. KELLER - NACHT

JONAS, 8, sitzt auf einer KISTE. Von oben ruft jemand.

STIMME
Jonas!

JONAS
Ich bin nicht da.
""",
        {"Jonas": ("man", "child")},
    ),
    (
        """EXT. QUAI - SOIR

SOLANGE, 70 ans, tire une VALISE. Un JEUNE HOMME lui prend le bras.

LE JEUNE HOMME
Vous permettez ?

SOLANGE
Je permets.
""",
        {"Solange": ("woman", "old"), "Le Jeune Homme": ("man", "young")},
    ),
    (
        """EXT. AZOTEA - TARDE

BENITO (12) suelta dos PALOMAS. Su madre, CARMEN, 40, tiende SÁBANAS.

CARMEN
Baja de ahí.

BENITO
Ya voy.
""",
        {"Benito": ("man", "child"), "Carmen": ("woman", "adult")},
    ),
    (
        """SCENE 1. A BUS STOP. RAIN.

DORIS, 80, under an UMBRELLA. KEITH, 19, without one.

DORIS: Come under.
KEITH: I'm all right.
DORIS: You're wet.
""",
        {"Doris": ("woman", "old"), "Keith": ("man", "teen")},
    ),
    (
        """○駅・ホーム\uff08夜\uff09

　健一\uff0870\uff09、ベンチに座っている。美咲\uff088\uff09が走ってくる。

美咲「おじいちゃん」
健一「遅いよ」
""",
        {"健一": ("man", "old"), "美咲": ("woman", "child")},
    ),
    (
        """外景 屋顶 日

王芳\uff0830\uff09拿着一把雨伞。李强\uff0840\uff09坐在地上。

王芳\uff1a下来吧。
李强\uff1a不。
""",
        {"王芳": ("", "adult"), "李强": ("", "adult")},
    ),
)
"""Script, and of each person the sex and age that it tells ("" where it tells none)."""


@pytest.mark.parametrize(("text", "people"), SCRIPTS)
def test_everybody_is_there_once_and_nobody_else(text: str, people: dict[str, tuple[str, str]]) -> None:
    """Things, counted or in capitals, voices and devices are nobody; sex and age are the text's."""
    film = read_breakdown(briefs_of(parse(text.encode(), "script.txt")))
    beats = [beat for scene in film.scenes for beat in scene.beats if beat.seen and beat.act != "speak"]
    there = {key for scene in film.scenes for key in scene.present} | {key for beat in beats for key in beat.people}
    found = {one.name.removeprefix("the ").title(): (one.gender, one.age) for one in film.people if one.id in there}
    assert found.keys() == people.keys()
    for name, (gender, age) in people.items():
        assert (found[name][0] if gender else "", found[name][1]) == (gender, age)


TOGETHER = (
    (
        """INT. BARN - NIGHT

Three cousins in the hay. PETRA, 14, whittles. JOSEF, 15, snores.

LITTLE OTTO, who is afraid of mice, sits on a barrel.

OTTO
Did you hear that?
""",
        {"Josef", "Otto", "Petra"},
    ),
    (
        """INT. KITCHEN - NIGHT

Two guards at the door. MARTA, 50, walks in with a tray.

MARTA
Soup.

TOBIAS, 12, runs past her. The guards laugh.
""",
        {"Guards", "Marta", "Tobias"},
    ),
    (
        """EXT. PIER - DAY

TWO YOUNG WOMEN lean on the rail: CARLA, red scarf, and BEATRIX, barefoot. Carla throws her shoe into the sea.

BEATRIX
That was mine.
""",
        {"Beatrix", "Carla"},
    ),
    (
        """INT. PALACE - DAY

Two guards, IVAN and OLEG, drag in a sack. The ELF KING, thin, laughs. Pan LEFT.

IVAN
Here he is.
""",
        {"Ivan", "Oleg", "the elf king"},
    ),
    (
        """INT. COURT - DAY

Two officers drag HOLLIS and his brother BEN to the bench.

HOLLIS
We did nothing.
""",
        {"Ben", "Hollis", "Officers"},
    ),
    (
        """INT. BAR - NOCHE

Dos hermanos. LUCÍA, veinte años, friega vasos. MATEO, veintiún años, cuenta monedas.

MATEO
No llega.
""",
        {"Lucía", "Mateo"},
    ),
    (
        """INNEN. KÜCHE - TAG

Zwei Schwestern, GRETE (70) und ILSE (66), schälen Kartoffeln. Herr STEIN tritt ein. Die alte MÜHLE brennt.

GRETE
Setzen Sie sich.
""",
        {"Grete", "Ilse", "Stein"},
    ),
    (
        """INT. KÖK - KVÄLL

Två bröder, NILS och AXEL, fiskar. AXEL, sex år, fryser. Fru BERG kommer in.

NILS
Tyst.
""",
        {"Axel", "Berg", "Nils"},
    ),
    (
        """INT. GARE - NUIT

Le mécanicien, ODILE, fume. La vieille HORLOGE sonne. Le vieux MARCEL arrive.

Ils restent tous les deux dans le froid.

MARCEL
Attends !
""",
        {"Marcel", "Odile"},
    ),
    (
        """INT. CAFÉ - JOUR

Le serveur apporte un thé à une dame âgée assise au fond : Mme LEROY. Elle pleure.

MME LEROY
Merci.
""",
        {"Mme Leroy"},
    ),
    (
        """INT. CASA - DÍA

El farero, un vecino flaco, BRUNO, barre. SOR EULALIA, joven, canta.

BRUNO
Silencio.
""",
        {"Bruno", "Sor Eulalia"},
    ),
    (
        """INT. SHOP - DAY

The BAKER, Rosalind, 61, wipes the counter. A NIGHT WATCHMAN, who never sleeps, leans in.

O'BRIEN, thin, coughs. O'Brien laughs.

ROSALIND
Bread?
""",
        {"Night Watchman", "O'Brien", "Rosalind"},
    ),
    (
        """INT. CUCINA - GIORNO

LA NONNA legge. VIOLA, sei anni, entra con la torta e lo guarda: il forno fuma.

VIOLA
Brucia.
""",
        {"Nonna", "Viola"},
    ),
    (
        """WN. SKLEP - DZIEŃ

MATKA, płaszcz, i SYN, pięć lat, czekają. ANNA liczy resztę. Wchodzi staruszka z psem.

ANNA
Reszta.
""",
        {"Anna", "Matka", "Staruszka", "Syn"},
    ),
    (
        """○台所\uff08朝\uff09

　漁師の妻・和子\uff0845\uff09が米を研ぐ。

和子「はい」
""",
        {"和子"},
    ),
)
"""Scripts with nouns for people beside their names, and everybody who is there."""


@pytest.mark.parametrize(("text", "people"), TOGETHER)
def test_a_noun_and_the_names_of_those_it_brings_in_are_the_same_people(text: str, people: set[str]) -> None:
    """Several by a number, one by a noun before or behind a name; guards whom nobody names stay a group."""
    film = read_breakdown(briefs_of(parse(text.encode(), "script.txt" if text[0] == "○" else "script.fountain")))
    there = {key for scene in film.scenes for key in scene.present}
    there |= {key for scene in film.scenes for beat in scene.beats for key in beat.people}
    assert {one.name for one in film.people if one.id in there} == people
