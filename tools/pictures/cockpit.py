"""Draws the pictures of docs/cockpit.md: the whole window, each panel, a town, the comparison, the keys.

python -m tools.pictures.cockpit
"""

from pathlib import Path

import pygame
from PIL import Image

from agents.cockpit import theme
from agents.cockpit.layout import PANELS, lay_out
from agents.cockpit.moment import Moment, Tick, explained
from agents.cockpit.screen import SIZE, DisplayOptions, Screen
from agents.cockpit.session import Session
from agents.cockpit.status import HINT, Status
from agents.explaining.explain import Explainer
from agents.policy import load_policy
from sim.drivers import PurePursuitDriver, RuleBasedDriver
from sim.env import env_config

OUT = Path("docs/cockpit")
ROAD, TOWN, SECONDS = 1_000_012, 1_000_001, 16.0


def main() -> None:
    """Drives, draws and writes."""
    OUT.mkdir(parents=True, exist_ok=True)
    policy = load_policy()
    explainer = Explainer(policy)
    driven, other = (Session(driver, policy.config, ROAD, explainer) for driver in (policy, PurePursuitDriver()))
    for _ in range(round(10 * SECONDS)):
        driven.step()
        other.step()
    plain = (driven.moment(),)
    seen = explained(driven.moment(), explainer)
    pair = (seen, other.moment())
    status = Status(span_s=SECONDS, hint=HINT)
    _write("window", Screen().draw(plain, status=status))
    _write_panels((seen,), status)
    _write("chase", _view(Screen().draw(plain, DisplayOptions(view="chase"), status)))
    _write("keys", Screen().draw(plain, DisplayOptions(help=True), status))
    _write("town", Screen().draw((_before_a_red_light(),), DisplayOptions(), status))
    _write("compare", Screen().draw(pair, DisplayOptions(), status))


def _before_a_red_light() -> Moment:
    """A careful driver in a town who is told to turn and sees a red light."""
    session = Session(RuleBasedDriver(), env_config({"roads": {"kind": "town"}}), TOWN)
    while True:
        moment = session.step()
        guide = moment.guide
        if guide is not None and guide.signal == "red" and guide.command in ("left", "right"):
            return moment
        if session.ended:
            session.next_road()


def _write_panels(tick: Tick, status: Status) -> None:
    picture = Screen().draw(tick, status=status)
    for place in lay_out(SIZE, frozenset(PANELS)).places:
        _write(place.panel, picture.subsurface(place.rect))


def _view(picture: pygame.Surface) -> pygame.Surface:
    return picture.subsurface(lay_out(SIZE, frozenset(PANELS)).places[0].rect)


def _write(name: str, picture: pygame.Surface) -> None:
    Image.fromarray(theme.pixels(picture)).save(OUT / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
