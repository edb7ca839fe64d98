"""The price of a film that is asked for, and whether its visuals are within reach of its renderer."""

from wzrd.domain.cut_settings import FAL_REMOTE
from wzrd.film.cut_list import Cut
from wzrd.film.remote_render import render_price
from wzrd.generation.references import check_addresses
from wzrd.runtime.process import Runtime

ROUTE = "director-cut"


def price_film(runtime: Runtime, cut: Cut) -> int:
    """Credits that the film costs at most: fal's model's; nothing where it is made here."""
    if cut.renderer != FAL_REMOTE or ROUTE in runtime.settings.free_routes:
        return 0
    return render_price()


def check_reach(runtime: Runtime, cut: Cut) -> None:
    """See that fal could read each visual, before anything is held: by itself, or because we hand it over.

    Raises:
        ReferenceUnreachable: a private address; the visual is named.
    """
    for shot in cut.shots if cut.renderer == FAL_REMOTE else ():
        check_addresses(runtime, {shot.name: shot.url})
