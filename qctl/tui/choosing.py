"""Textual's command palette, filled from the table of keys and from what is at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from qctl.model.cells import one_line
from qctl.tui.palette import Offer


class Palette(CommandPalette):
    """The palette over a screen: `offered` is what there is for a text, `choose` takes what was chosen."""

    def __init__(self, offered: Callable[[str], Iterable[Offer]], choose: Callable[[Offer], None]) -> None:
        super().__init__([partial(_provider, offered, choose)])


def _provider(offered: Callable[[str], Iterable[Offer]], choose: Callable[[Offer], None]) -> type[Provider]:
    class Offers(Provider):
        async def search(self, query: str) -> Hits:
            matcher = self.matcher(query)
            for offer in offered(query):
                text = one_line(offer.text)
                if (score := matcher.match(text)) > 0:
                    yield Hit(score, matcher.highlight(text), partial(choose, offer), text, _unmarked(offer.help))

        async def discover(self) -> Hits:
            for offer in offered(""):
                if offer.key is not None:
                    yield DiscoveryHit(offer.text, partial(choose, offer), offer.text, _unmarked(offer.help))

    return Offers


def _unmarked(text: str) -> str:
    """Text of others, in which no markup is found (attack 32)."""
    return Content(one_line(text)).markup
