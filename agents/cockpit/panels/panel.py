"""What all panels have in common: a card that is drawn once, and no more drawing than there is news."""

import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Beat


class Panel:
    """Draws moments on a card."""

    title = ""
    smooth = False  # whether it moves between two control steps

    def __init__(self) -> None:
        """Has drawn nothing yet."""
        self._card: pygame.Surface | None = None
        self._drawn: pygame.Surface | None = None
        self._beat: Beat = ()

    def picture(self, size: tuple[int, int], beat: Beat) -> pygame.Surface:
        """The panel at a size (width, height) [px]; valid until the next call."""
        if self._card is None or self._card.get_size() != size:
            self._card, self._drawn = self.card(size, beat), None
        if self._drawn is None or self.smooth or not self._is_known(beat):
            self._drawn = self._card.copy()
            self.draw(self._drawn, beat)
            self._beat = beat
        return self._drawn

    def _is_known(self, beat: Beat) -> bool:
        """Whether it is the beat that was drawn last; each moment has frames of its own, which mixing keeps."""
        return len(beat) == len(self._beat) and all(
            new.frames is old.frames and new.explanation is old.explanation
            for new, old in zip(beat, self._beat, strict=True)
        )

    def card(self, size: tuple[int, int], beat: Beat) -> pygame.Surface:
        """What stays the same for as long as the size does."""
        del beat
        return theme.card(size, self.title)

    def draw(self, surface: pygame.Surface, beat: Beat) -> None:
        """Draws on a fresh copy of the card."""
        raise NotImplementedError
