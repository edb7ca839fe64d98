"""The players of the scratch score: what each adds to a chord. Pure; a player knows only the moment."""

from collections.abc import Callable, Iterator, Mapping

from wzrd.animatic.score.harmony import LONGEST_NOTE, Note, ScoreMoment, degree, near, sung


def _pad(now: ScoreMoment) -> Iterator[Note]:
    length = min(LONGEST_NOTE, now.chord.length * 0.9)  # a breath before the next chord
    for at, pitch in enumerate(now.voicing):
        pan = 0.5 * (2 * at / max(1, len(now.voicing) - 1) - 1)
        late = 0.12 * at + (0.0 if now.chord.number else 0.3)
        yield Note(now.chord.start + min(late, now.chord.length / 4), length, pitch, 0.5 * now.chord.swell, "pad", pan)


def _bass(now: ScoreMoment) -> Iterator[Note]:
    yield Note(now.chord.start, min(now.chord.length, 6.0), near(now.chord.root, 38), 0.48 * now.chord.swell, "bass")


def _drone(now: ScoreMoment) -> Iterator[Note]:
    length = min(LONGEST_NOTE, now.chord.length + 2.0)
    yield Note(now.chord.start, length, near(now.scene.tonic % 12, 36), 0.55 * now.chord.swell, "low", -0.2)
    if now.chord.number % 2:
        yield Note(now.chord.start + now.chord.length * 0.3, length * 0.8, near(now.chord.root, 43), 0.35, "low", 0.3)


def _high(now: ScoreMoment) -> Iterator[Note]:
    """One far, glassy tone every other chord; in fear two, a semitone apart."""
    if now.chord.number % 2 == 0:
        pitch = near(now.chord.tones[-1], 84)
        begin, length = now.chord.start + now.chord.length * 0.25, min(LONGEST_NOTE, now.chord.length * 1.1)
        yield Note(begin, length, pitch, 0.28, "glass", 0.5)
        if now.scene.palette["scale"][1] == 1:
            yield Note(begin + length * 0.3, length * 0.7, pitch + 1, 0.2, "glass", -0.5)


def _chords_left_hand(now: ScoreMoment) -> Iterator[Note]:
    """The piano's left hand: root, then two tones of the chord, unhurried."""
    beat = now.chord.length / now.scene.palette["beats"]
    wanted = (near(now.chord.root, 45), *now.voicing[:2])
    for at, pitch in enumerate(wanted):
        yield Note(
            now.chord.start + at * beat, now.chord.length - at * beat, pitch, (0.42, 0.3, 0.26)[at], "piano", -0.25
        )


def _melody(now: ScoreMoment) -> Iterator[Note]:
    """The film's motif, a few notes at a time, and then nothing for a while."""
    if now.chord.number % 2:
        return
    beat = now.chord.length / now.scene.palette["beats"]
    shape = now.scene.number("shape", now.chord.number // 2) % 3
    beats = ((0, 2, 3, 4.5), (1, 2, 4), (0, 1.5, 3, 5))[shape]
    lift = 2 if now.chord.number % 4 else 0
    pitches = sung(now, [step + lift for step in now.scene.motif[: len(beats)]], 74, firm={0, 2})
    for at, (place, pitch) in enumerate(zip(beats, pitches, strict=True)):
        start = now.chord.start + (place + 0.06 * (now.scene.number("late", now.chord.number, at) % 3)) * beat
        yield Note(start, max(2.5, now.chord.length - place * beat), pitch, (0.62, 0.5, 0.56, 0.44)[at], "piano", 0.2)


def _drops(now: ScoreMoment) -> Iterator[Note]:
    """Lone piano notes where nobody expects them."""
    for at in range(2):
        place = 0.1 + 0.4 * at + 0.3 * (now.scene.number("drop", now.chord.number, at) % 100) / 100
        tone = degree(now.scene, now.scene.motif[(now.chord.number + at) % 4] + (0, 1)[at], 72 if at else 60)
        yield Note(now.chord.start + place * now.chord.length, 5.0, tone, 0.42 - 0.1 * at, "piano", (-0.4, 0.45)[at])


def _heart(now: ScoreMoment) -> Iterator[Note]:
    pair = now.chord.length / max(1, round(now.chord.length / 2.1))
    for at in range(round(now.chord.length / pair)):
        for late, level in ((0.0, 0.6), (0.34, 0.4)):
            yield Note(
                now.chord.start + at * pair + late,
                0.9,
                near(now.scene.tonic % 12, 33),
                level * now.chord.swell,
                "heart",
            )


def _ostinato(now: ScoreMoment) -> Iterator[Note]:
    """Quavers of short strings, three and three and two."""
    step = now.chord.length / (2 * now.scene.palette["beats"])
    tones = (
        near(now.chord.root, 50),
        now.voicing[1 % len(now.voicing)],
        now.voicing[-1],
        now.voicing[1 % len(now.voicing)],
    )
    for at in range(2 * now.scene.palette["beats"]):
        accent = at % 8 in {0, 3, 6}
        level = (0.5 if accent else 0.3) * now.chord.swell
        yield Note(now.chord.start + at * step, step * 1.6, tones[at % 4], level, "strings", -0.35 if at % 2 else 0.35)


def _drums(now: ScoreMoment) -> Iterator[Note]:
    beat = now.chord.length / now.scene.palette["beats"]
    for place, level in ((0.0, 0.75), (1.5, 0.4), (3.0, 0.55), (4.0, 0.65), (5.5, 0.4), (7.0, 0.5)):
        if place < now.scene.palette["beats"]:
            pitch = near(now.scene.tonic % 12, 36) + (7 if place == 5.5 else 0)
            yield Note(now.chord.start + place * beat, 1.2, pitch, level * now.chord.swell, "drum")


def _walk(now: ScoreMoment) -> Iterator[Note]:
    """A tiptoeing bass: root and fifth, with a step into the next bar now and then."""
    beat = now.chord.length / now.scene.palette["beats"]
    root = near(now.chord.root, 43)
    places = [(0, root), (2, root + 7 if root < 43 else root - 5), (4, root), (6, root + 7 if root < 43 else root - 5)]
    if now.scene.number("step", now.chord.number) % 2:
        places.append((7, root + 2))
    for place, pitch in places:
        yield Note(now.chord.start + place * beat, beat * 1.5, pitch, 0.55 if place % 4 == 0 else 0.42, "pluck", -0.2)


def _plucks(now: ScoreMoment) -> Iterator[Note]:
    beat = now.chord.length / now.scene.palette["beats"]
    for place in (1, 3, 5) if now.scene.number("rest", now.chord.number) % 3 else (1, 5, 6):
        for at, pitch in enumerate(now.voicing[:3]):
            yield Note(now.chord.start + place * beat + 0.012 * at, beat * 1.2, pitch, 0.3, "pluck", 0.3)


def _tune(now: ScoreMoment) -> Iterator[Note]:
    """The motif in short notes, with a rest where the joke is."""
    if now.chord.number % 2 and now.scene.number("answer", now.chord.number) % 2:
        return
    beat = now.chord.length / now.scene.palette["beats"]
    beats = ((0, 1, 1.5, 3), (2, 3, 3.5, 5), (0, 0.5, 1, 4))[now.scene.number("tune", now.chord.number % 4) % 3]
    lift = 2 if now.chord.number % 4 > 1 else 0
    pitches = sung(now, [step + lift for step in now.scene.motif], 76, firm={0, 3})
    for at, (place, pitch) in enumerate(zip(beats, pitches, strict=True)):
        yield Note(now.chord.start + place * beat, beat * 1.4, pitch, 0.5 if at == 0 else 0.4, "pluck", 0.15)
        if at in {0, 3}:
            yield Note(now.chord.start + place * beat, beat * 3, pitch - 12, 0.3, "piano", 0.0)


def _outro(now: ScoreMoment) -> Iterator[Note]:
    """The end: the motif's first notes fall home, and the tonic stays."""
    step = min(0.55, now.chord.length / 8)
    falling = (degree(now.scene, 4, 72), degree(now.scene, 2, 72), degree(now.scene, 0, 72))
    for at, pitch in enumerate((near(now.scene.tonic % 12, 41), *falling)):
        level = (0.3, 0.42, 0.38, 0.46)[at]
        yield Note(now.chord.start + max(0, at - 1) * step, max(2.0, now.chord.length), pitch, level, "piano", 0.1)


Player = Callable[[ScoreMoment], Iterator[Note]]
PLAYERS: Mapping[str, Player] = {
    "pad": _pad, "bass": _bass, "drone": _drone, "high": _high, "chords": _chords_left_hand, "melody": _melody,
    "drops": _drops, "heart": _heart, "ostinato": _ostinato, "drums": _drums, "walk": _walk, "plucks": _plucks,
    "tune": _tune, "farewell": _outro,
}  # fmt: skip
