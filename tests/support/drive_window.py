"""Drives the cockpit's window on a real display with synthetic events; run by ``test_window``."""

import sys
from pathlib import Path

import pygame

from agents.cockpit.controller import Controller
from agents.cockpit.player import Player
from agents.cockpit.window import Window
from tests.support.cockpit_scenes import pursuit_session


def main(folder: Path) -> None:
    """Drives a second, resizes, pauses, looks at the keys, takes a screenshot, and quits."""
    controller = Controller(Player([pursuit_session()]), folder)
    window = Window(controller)
    assert pygame.display.get_driver() == "x11"
    for _ in range(60):
        window.turn(1.0 / 60.0)
    assert controller.player.sessions[0].log.steps == 10
    pygame.display.set_mode((1000, 600), pygame.RESIZABLE)
    pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, size=(1000, 600), w=1000, h=600))
    for code in (pygame.K_SPACE, pygame.K_h, pygame.K_F2, pygame.K_ESCAPE):
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code))
        window.turn(1.0 / 60.0)
    assert controller.player.paused
    assert controller.display.help
    assert not controller.running
    window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
