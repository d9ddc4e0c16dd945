"""What people can do in the window, and with which keys; the help overlay and the documentation list the same."""

from dataclasses import dataclass
from enum import Enum

import pygame

from agents.cockpit.layout import PANELS

UserAction = Enum(
    "UserAction",
    "PAUSE STEP STEP_BACK SLOWER FASTER BACK FORWARD OLDEST LIVE FROM_HERE NEXT PREVIOUS RESTART SWITCH DRIVE "
    "GIVE_BACK VIEW EXPLAIN PANEL ALL_PANELS SCREENSHOT RECORD SAVE HELP QUIT",
)
"""What a key does."""


@dataclass(frozen=True)
class Key:
    """Keys that do the same, their names for people, what they do, and how the help puts it."""

    codes: tuple[int, ...]
    names: str
    action: UserAction
    words: str


ARROWS = (pygame.K_LEFT, pygame.K_RIGHT, pygame.K_UP, pygame.K_DOWN)
KEYS = (
    Key((pygame.K_SPACE,), "Space", UserAction.PAUSE, "pause, and on"),
    Key((pygame.K_PERIOD,), ".", UserAction.STEP, "pause, one step on"),
    Key((pygame.K_COMMA,), ",", UserAction.STEP_BACK, "pause, one step back; hold it to rewind"),
    Key((pygame.K_MINUS, pygame.K_KP_MINUS), "-", UserAction.SLOWER, "slower"),
    Key((pygame.K_EQUALS, pygame.K_PLUS, pygame.K_KP_PLUS), "+", UserAction.FASTER, "faster"),
    Key((pygame.K_PAGEUP,), "Page up", UserAction.BACK, "5 s back; or drag the time line"),
    Key((pygame.K_PAGEDOWN,), "Page down", UserAction.FORWARD, "5 s on"),
    Key((pygame.K_HOME,), "Home", UserAction.OLDEST, "to the oldest moment that is kept"),
    Key((pygame.K_END,), "End", UserAction.LIVE, "to the present"),
    Key((pygame.K_RETURN, pygame.K_KP_ENTER), "Enter", UserAction.FROM_HERE, "drive on from what is shown"),
    Key((pygame.K_n,), "N", UserAction.NEXT, "next road, town or scene"),
    Key((pygame.K_b,), "B", UserAction.PREVIOUS, "the one before"),
    Key((pygame.K_r,), "R", UserAction.RESTART, "restart"),
    Key((pygame.K_p,), "P", UserAction.SWITCH, "another driver, while driving"),
    Key(ARROWS, "Arrows", UserAction.DRIVE, "take the wheel; a gamepad does, too"),
    Key((pygame.K_g,), "G", UserAction.GIVE_BACK, "give the wheel back"),
    Key((pygame.K_c,), "C", UserAction.VIEW, "through the windscreen, or from behind"),
    Key((pygame.K_s,), "S", UserAction.EXPLAIN, "what the policy looks at"),
    Key(tuple(range(pygame.K_1, pygame.K_1 + len(PANELS))), f"1 to {len(PANELS)}", UserAction.PANEL, ", ".join(PANELS)),
    Key((pygame.K_0,), "0", UserAction.ALL_PANELS, "all panels, or the view alone"),
    Key((pygame.K_F2,), "F2", UserAction.SCREENSHOT, "screenshot"),
    Key((pygame.K_F3,), "F3", UserAction.RECORD, "record a film, and stop"),
    Key((pygame.K_F4,), "F4", UserAction.SAVE, "save the drive as a replay"),
    Key((pygame.K_h, pygame.K_F1), "H, F1", UserAction.HELP, "these keys"),
    Key((pygame.K_ESCAPE, pygame.K_q), "Esc, Q", UserAction.QUIT, "quit"),
)  # fmt: skip
_BY_CODE = {code: key.action for key in KEYS for code in key.codes}
REPEATED = (UserAction.STEP, UserAction.STEP_BACK, UserAction.BACK, UserAction.FORWARD)  # while the key is held


def action_of(code: int) -> UserAction | None:
    """What a key does, None if nothing."""
    return _BY_CODE.get(code)


def panel_of(code: int) -> str:
    """Which panel a number key toggles."""
    return PANELS[code - pygame.K_1]
