"""Puts the panels together into one picture; the window, films and screenshots all show this one."""

from collections.abc import Callable
from dataclasses import dataclass

import pygame

from agents.cockpit import theme
from agents.cockpit.help import draw_help
from agents.cockpit.layout import PANELS, SHARED, Layout, Place, lay_out
from agents.cockpit.moment import Tick
from agents.cockpit.panels.charts import ChartsPanel
from agents.cockpit.panels.dials import DialsPanel
from agents.cockpit.panels.eye import EyePanel
from agents.cockpit.panels.map import MapPanel
from agents.cockpit.panels.panel import Panel
from agents.cockpit.panels.pose import PosePanel
from agents.cockpit.panels.values import ValuesPanel
from agents.cockpit.panels.view import ViewKind, ViewPanel
from agents.cockpit.status import Status, draw_status

SIZE = (1280, 720)
DEPTH = 32  # bits a pixel, whatever the display has: films are written as they are drawn
_MAKERS: dict[str, Callable[[], Panel]] = {
    "eye": EyePanel,
    "map": MapPanel,
    "values": ValuesPanel,
    "dials": DialsPanel,
    "charts": ChartsPanel,
    "pose": PosePanel,
}


@dataclass(frozen=True)
class DisplayOptions:
    """What is shown."""

    panels: frozenset[str] = frozenset(PANELS)
    view: ViewKind = "dashboard"
    help: bool = False


class Screen:
    """Draws ticks; keeps what does not change from one picture to the next."""

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        """A picture of ``size`` (width, height) [px]."""
        self.surface = pygame.Surface(size, depth=DEPTH)
        self._panels: dict[tuple[str, int], Panel] = {}
        self._layout: Layout | None = None
        self._laid_out: object = None

    def resize(self, size: tuple[int, int]) -> None:
        """Draws pictures of another size from now on."""
        if size != self.surface.get_size():
            self.surface, self._laid_out = pygame.Surface(size, depth=DEPTH), None

    def draw(self, tick: Tick, options: DisplayOptions | None = None, status: Status | None = None) -> pygame.Surface:
        """The picture of a tick, valid until the next one is drawn; needs no display."""
        options, status = options or DisplayOptions(), status or Status()
        layout = self._places(options, len(tick), town=tick[0].guide is not None)
        for place in layout.places:
            self._draw_panel(place, tick, options)
        draw_status(self.surface, layout, status)
        if options.help:
            draw_help(self.surface)
        return self.surface

    def _places(self, options: DisplayOptions, cars: int, *, town: bool) -> Layout:
        wanted = (
            options.panels,
            options.help,
            cars,
            town,
        )  # the help covers gaps between panels, which must be cleared
        if self._layout is None or self._laid_out != wanted:
            self._layout = lay_out(self.surface.get_size(), options.panels, cars, town=town)
            self._laid_out = wanted
            self.surface.fill(theme.BACKGROUND)
        return self._layout

    def _draw_panel(self, place: Place, tick: Tick, options: DisplayOptions) -> None:
        panel = self._panel(place)
        if isinstance(panel, ViewPanel):
            panel.kind = options.view
        own = tick if place.panel in (*SHARED, "view") else (tick[place.car],)
        self.surface.blit(panel.picture(place.rect.size, own), place.rect)

    def _panel(self, place: Place) -> Panel:
        key = (place.panel, place.car)
        if key not in self._panels:
            self._panels[key] = ViewPanel(place.car) if place.panel == "view" else _MAKERS[place.panel]()
        return self._panels[key]
