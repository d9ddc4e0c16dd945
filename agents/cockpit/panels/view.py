"""The road or the town, through the windscreen or from behind the car."""

import dataclasses
import math
from typing import Literal

import pygame

from agents.cockpit import theme
from agents.cockpit.moment import Moment, Tick
from agents.cockpit.panels.car import draw_car
from agents.cockpit.panels.guide import draw_guide
from agents.cockpit.panels.panel import Panel
from agents.cockpit.spectator import Spectator, chase_camera, chase_pose, dashboard_camera
from agents.explaining import overlay
from agents.explaining.explain import Explanation
from agents.words import ENDINGS
from perception.labels import HEADING_ERROR, LANE_WIDTH, LATERAL_OFFSET
from sim.config import MIN_FRAME_SIZE, CameraConfig

ViewKind = Literal["dashboard", "chase"]
GLOW_SHARE = 4  # times smaller, the glow is worked out
MARGIN = 12  # px between the rim and what is written over the view


class ViewPanel(Panel):
    """The view, drawn for every picture: between two control steps, the car is on its way from one to the next."""

    smooth = True

    def __init__(self, car: int = 0, kind: ViewKind = "dashboard") -> None:
        """Shows one of the cars, through the windscreen or from behind."""
        super().__init__()
        self.car, self.kind = car, kind
        self._spectator = Spectator()
        self._layers: tuple[Explanation, pygame.Surface, pygame.Surface] | None = None

    def picture(self, size: tuple[int, int], tick: Tick) -> pygame.Surface:
        """See ``Panel``; the view covers all of its card, which is not copied then."""
        if self._drawn is None or self._drawn.get_size() != size:
            self._drawn, self._layers = pygame.Surface(size), None
        self.draw(self._drawn, tick)
        return self._drawn

    def draw(self, surface: pygame.Surface, tick: Tick) -> None:
        """The view, and over it who drives, how far, and how it ended."""
        moment = tick[self.car]
        self.draw_view(surface, moment)
        if moment.explanation is not None and self.kind == "dashboard":
            _draw_reading(surface, moment.explanation.lane)
        color = theme.DRIVERS[self.car] if len(tick) > 1 else theme.TEXT
        name = f"{moment.driver}   {moment.place_name}"
        driven = f"{moment.progress:.0f} of {moment.route_length:.0f} m   {moment.elapsed_s:.1f} s"
        if theme.width_of(name, theme.NORMAL) + 4 * MARGIN > surface.get_width():
            name = moment.driver
        theme.pill(surface, name, (MARGIN, MARGIN), color)
        if theme.width_of(name, theme.NORMAL) + theme.width_of(driven, theme.NORMAL) + 6 * MARGIN < surface.get_width():
            theme.pill(surface, driven, (surface.get_width() - MARGIN, MARGIN), theme.TEXT, "topright")
        if moment.active_driver == "human":
            theme.pill(surface, "a person drives", (MARGIN, MARGIN + 34), theme.SECOND)
        if moment.guide is not None:
            draw_guide(surface, moment.guide)
        if moment.ended_by:
            color = theme.GOOD if moment.ended_by == "completed" else theme.BAD
            theme.pill(surface, ENDINGS[moment.ended_by], (surface.get_width() / 2, 70), color, "center")

    def draw_view(self, surface: pygame.Surface, moment: Moment) -> None:
        """The view alone, with what the policy looks at and where it takes the lane, if that is known."""
        width, height = surface.get_size()
        size = (max(width, MIN_FRAME_SIZE), max(height, MIN_FRAME_SIZE))
        if self.kind == "chase":
            camera, pose = chase_camera(size), chase_pose(moment)
        else:
            camera, pose = dashboard_camera(moment, size), (moment.x, moment.y, moment.heading)
        picture = self._spectator.render(moment, camera, pose)
        surface.blit(pygame.image.frombuffer(picture.data, size, "RGB"), (0, 0))
        if self.kind == "chase":
            draw_car(surface, moment, camera, pose)
        elif moment.explanation is not None:
            for layer in self._explained(moment.explanation, camera):
                surface.blit(layer, (0, 0))

    def _explained(self, explanation: Explanation, camera: CameraConfig) -> tuple[pygame.Surface, pygame.Surface]:
        """Glow and lane of an explanation on transparent surfaces, drawn once."""
        if self._layers is None or self._layers[0] is not explanation:
            size = (camera.width, camera.height)
            width, height = (max(length // GLOW_SHARE, MIN_FRAME_SIZE) for length in size)
            small = dataclasses.replace(camera, width=width, height=height)
            glow, lane = overlay.draw_glow(size, explanation, small), overlay.draw_lane(size, explanation, camera)
            self._layers = (explanation, glow, lane)
        return self._layers[1:]


def _draw_reading(surface: pygame.Surface, lane: dict[str, float]) -> None:
    """The lane in figures, below the view, where there is room for them."""
    words = (
        f"read off its features: {theme.signed(lane[LATERAL_OFFSET], 2)} m from lane centre, "
        f"heading {theme.signed(math.degrees(lane[HEADING_ERROR]), 1)} deg, lane {lane[LANE_WIDTH]:.1f} m wide"
    )
    width, height = surface.get_size()
    if theme.width_of(words, theme.NORMAL) + 4 * MARGIN < width:
        theme.pill(surface, words, (width / 2, height - MARGIN), theme.TEXT, "midbottom")
