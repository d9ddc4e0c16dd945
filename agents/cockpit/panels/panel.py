"""What all panels share: a card that is drawn once, and contents that are redrawn only when they change."""

import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Tick


class Panel:
    """Draws moments on a card."""

    title = ""
    smooth = False  # whether it moves between two control steps

    def __init__(self) -> None:
        self._card: pygame.Surface | None = None
        self._drawn: pygame.Surface | None = None
        self._tick: Tick = ()

    def picture(self, size: tuple[int, int], tick: Tick) -> pygame.Surface:
        """The panel at a size (width, height) [px]; valid until the next call."""
        if self._card is None or self._card.get_size() != size:
            self._card, self._drawn = self.card(size, tick), None
        if self._drawn is None or self.smooth or not self._is_known(tick):
            self._drawn = self._card.copy()
            self.draw(self._drawn, tick)
            self._tick = tick
        return self._drawn

    def _is_known(self, tick: Tick) -> bool:
        """Whether it is the tick that was drawn last; each moment has its own frames, which mixing keeps."""
        return len(tick) == len(self._tick) and all(
            new.frames is old.frames and new.explanation is old.explanation
            for new, old in zip(tick, self._tick, strict=True)
        )

    def card(self, size: tuple[int, int], tick: Tick) -> pygame.Surface:
        """What stays the same while the size does."""
        del tick
        return theme.card(size, self.title)

    def draw(self, surface: pygame.Surface, tick: Tick) -> None:
        """Draws on a fresh copy of the card."""
        raise NotImplementedError
