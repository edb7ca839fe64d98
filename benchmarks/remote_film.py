"""`wzrd film` with nothing but the server's address and a token, against the same beside its database and its Prefect.

Both make films of one screenplay in turns, each about people of other names, so that no one's pictures are found again.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from benchmarks.figures import Measure
from benchmarks.ground import ROOT, folder, plain_environment, token
from benchmarks.stack import whole_stack, wzrd

SCRIPT = ROOT / "examples" / "the-nine-forty-rain.fountain"
PEOPLE = ("Ilse", "Tobias")
NAMES = (
    ("Anna", "Boris"),
    ("Clara", "David"),
    ("Edita", "Franz"),
    ("Greta", "Hugo"),
    ("Irma", "Jakob"),
    ("Klara", "Louis"),
)
"""Names a film; the first two warm both ways up."""
SHARE = 1.1


async def _film(environment: Mapping[str, str], text: str, place: Path) -> float:
    """Seconds that a film takes, until its file lies in a folder of this machine."""
    place.mkdir()
    (place / "script.fountain").write_text(text)
    began = time.perf_counter()
    await wzrd(environment, "film", str(place / "script.fountain"), "--out", str(place), "--shots", "2")
    assert (place / "film.mp4").stat().st_size
    return time.perf_counter() - began


async def measure() -> list[Measure]:
    """In turns; the medians are compared."""
    text = SCRIPT.read_text()
    async with folder() as home, whole_stack(home) as stack:
        told = {"WZRD_URL": stack.api_url, "WZRD_TOKEN": token(stack.studio.user_id, stack.jwt_secret)}
        ways = (stack.environment, plain_environment() | told | {"WZRD_HOME": str(home / "elsewhere")})
        took: tuple[list[float], list[float]] = ([], [])
        for number, names in enumerate(NAMES):
            film = text
            for before, now in zip(PEOPLE, names, strict=True):
                film = film.replace(before, now).replace(before.upper(), now.upper())
            took[number % 2].append(await _film(ways[number % 2], film, home / names[0]))
    beside, remote = (median(seconds[1:]) for seconds in took)
    claim = "a film by address and token / beside its database"
    return [Measure(claim, remote, beside, "s", f"<= {SHARE}x", remote <= SHARE * beside)]
