"""The window: watch a drive, or drive."""

from dataclasses import dataclass

import pygame

from agents import cockpit
from agents.session import HumanDriver, Moment, Session
from sim.config import CONTROL_PERIOD
from sim.viewer import open_display

HELP = "space: pause   S: what it sees   N / B: next road / back   R: restart   arrows: drive (human)   Esc: quit"
END_PAUSE_S = 1.5  # how long the end of a drive is shown
STEERING_STEP = 0.25  # of full steering, per control step that an arrow key is held


@dataclass
class Controls:
    """What the person at the window wants."""

    running: bool = True
    paused: bool = False
    stale: bool = False  # whether something else is to be shown, paused or not


def play(session: Session, human: HumanDriver | None = None) -> None:
    """Shows the session in a window until it is closed.

    Raises:
        UserError: there is no display.
    """
    open_display()
    pygame.display.set_caption(f"Dashcam   {HELP}")
    screen = pygame.display.set_mode(cockpit.SIZE, pygame.RESIZABLE)
    clock, controls = pygame.time.Clock(), Controls()
    shown_end = 0.0
    try:
        while controls.running:
            for event in pygame.event.get():
                handle(event, controls, session)
            if human is not None:
                steer(human, pygame.key.get_pressed())
            if session.ended:
                shown_end += CONTROL_PERIOD
                if shown_end >= END_PAUSE_S:
                    session.next_road()
            elif not controls.paused:
                shown_end = 0.0
                show(screen, session.step())
            elif controls.stale:
                show(screen, session.look())
            controls.stale = False
            clock.tick(round(1.0 / CONTROL_PERIOD))
    finally:
        pygame.display.quit()


def show(screen: pygame.Surface, moment: Moment) -> None:
    """Brings a moment to the window, whatever size it has been given."""
    screen.blit(pygame.transform.smoothscale(cockpit.draw(moment), screen.get_size()), (0, 0))
    pygame.display.flip()


def handle(event: pygame.event.Event, controls: Controls, session: Session) -> None:
    """Answers a key or the window's closing."""
    if event.type == pygame.QUIT:
        controls.running = False
    elif event.type == pygame.KEYDOWN:
        controls.stale = True
        if event.key in (pygame.K_ESCAPE, pygame.K_q):
            controls.running = False
        elif event.key == pygame.K_SPACE:
            controls.paused = not controls.paused
        elif event.key == pygame.K_s:
            session.explaining = not session.explaining
        elif event.key == pygame.K_r:
            session.restart()
        elif event.key in (pygame.K_n, pygame.K_b):
            session.next_road(1 if event.key == pygame.K_n else -1)


def steer(human: HumanDriver, pressed: pygame.key.ScancodeWrapper) -> None:
    """Turns the held arrow keys into commands; let go, the wheel returns to the middle."""
    side = float(pressed[pygame.K_LEFT]) - float(pressed[pygame.K_RIGHT])
    change = max(-STEERING_STEP, min(STEERING_STEP, side - human.steering))
    human.steering += change
    pedal = float(pressed[pygame.K_UP]) - float(pressed[pygame.K_DOWN])
    human.throttle = max(0.0, min(1.0, human.throttle + 0.1 * pedal))
