"""What can be asked for in the window, and by which keys; the help overlay and the documentation list the same."""

from dataclasses import dataclass
from enum import Enum, auto

import pygame

from agents.cockpit.layout import PANELS


class Ask(Enum):
    """What a key asks for."""

    PAUSE = auto()
    STEP = auto()
    STEP_BACK = auto()
    SLOWER = auto()
    FASTER = auto()
    BACK = auto()
    FORWARD = auto()
    OLDEST = auto()
    LIVE = auto()
    FROM_HERE = auto()
    NEXT = auto()
    PREVIOUS = auto()
    RESTART = auto()
    SWITCH = auto()
    DRIVE = auto()
    GIVE_BACK = auto()
    VIEW = auto()
    EXPLAIN = auto()
    PANEL = auto()
    ALL_PANELS = auto()
    SCREENSHOT = auto()
    RECORD = auto()
    SAVE = auto()
    HELP = auto()
    QUIT = auto()


@dataclass(frozen=True)
class Key:
    """Keys that ask for something, their names for people, and what it is."""

    codes: tuple[int, ...]
    names: str
    ask: Ask
    words: str


ARROWS = (pygame.K_LEFT, pygame.K_RIGHT, pygame.K_UP, pygame.K_DOWN)
KEYS = (
    Key((pygame.K_SPACE,), "Space", Ask.PAUSE, "pause, and on"),
    Key((pygame.K_PERIOD,), ".", Ask.STEP, "pause, one step on"),
    Key((pygame.K_COMMA,), ",", Ask.STEP_BACK, "pause, one step back; hold it to rewind"),
    Key((pygame.K_MINUS, pygame.K_KP_MINUS), "-", Ask.SLOWER, "slower"),
    Key((pygame.K_EQUALS, pygame.K_PLUS, pygame.K_KP_PLUS), "+", Ask.FASTER, "faster"),
    Key((pygame.K_PAGEUP,), "Page up", Ask.BACK, "5 s back; or drag the time line"),
    Key((pygame.K_PAGEDOWN,), "Page down", Ask.FORWARD, "5 s on"),
    Key((pygame.K_HOME,), "Home", Ask.OLDEST, "to the oldest moment that is kept"),
    Key((pygame.K_END,), "End", Ask.LIVE, "to the present"),
    Key((pygame.K_RETURN, pygame.K_KP_ENTER), "Enter", Ask.FROM_HERE, "drive on from what is shown"),
    Key((pygame.K_n,), "N", Ask.NEXT, "next road or scene"),
    Key((pygame.K_b,), "B", Ask.PREVIOUS, "the one before"),
    Key((pygame.K_r,), "R", Ask.RESTART, "restart"),
    Key((pygame.K_p,), "P", Ask.SWITCH, "another driver, while driving"),
    Key(ARROWS, "Arrows", Ask.DRIVE, "take the wheel; a gamepad does, too"),
    Key((pygame.K_g,), "G", Ask.GIVE_BACK, "give the wheel back"),
    Key((pygame.K_c,), "C", Ask.VIEW, "through the windscreen, or from behind"),
    Key((pygame.K_s,), "S", Ask.EXPLAIN, "what the policy looks at"),
    Key(tuple(range(pygame.K_1, pygame.K_1 + len(PANELS))), f"1 to {len(PANELS)}", Ask.PANEL, ", ".join(PANELS)),
    Key((pygame.K_0,), "0", Ask.ALL_PANELS, "all panels, or the view alone"),
    Key((pygame.K_F2,), "F2", Ask.SCREENSHOT, "screenshot"),
    Key((pygame.K_F3,), "F3", Ask.RECORD, "record a film, and stop"),
    Key((pygame.K_F4,), "F4", Ask.SAVE, "save the drive as a replay"),
    Key((pygame.K_h, pygame.K_F1), "H, F1", Ask.HELP, "these keys"),
    Key((pygame.K_ESCAPE, pygame.K_q), "Esc, Q", Ask.QUIT, "quit"),
)  # fmt: skip
_BY_CODE = {code: key.ask for key in KEYS for code in key.codes}
REPEATED = (Ask.STEP, Ask.STEP_BACK, Ask.BACK, Ask.FORWARD)  # while the key is held


def asked_by(code: int) -> Ask | None:
    """What a key asks for, None if nothing."""
    return _BY_CODE.get(code)


def panel_of(code: int) -> str:
    """Which panel a number key switches."""
    return PANELS[code - pygame.K_1]
