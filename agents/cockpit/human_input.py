"""Arrow keys and gamepads as a steering wheel and a pedal."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import pygame

from agents.cockpit.keys import ARROWS
from agents.drives.drivers import HumanDriver

TURN_RATE = 2.5  # of full steering per second, while an arrow is held or the wheel springs back
PEDAL_RATE = 1.0  # of full speed per second
DEAD_ZONE = 0.12  # of a stick; less is a worn spring
STEERING_AXIS, THROTTLE_AXIS = 0, 1  # left stick: across, and up and down (up is negative)


@dataclass
class HumanInput:
    """Turns keys and sticks into the steering and throttle of a ``HumanDriver``."""

    driver: HumanDriver = field(default_factory=HumanDriver)
    gamepads: dict[int, object] = field(default_factory=dict)  # open ones by their number; closed when they are dropped
    in_use: int | None = None  # number of the gamepad whose stick was moved last
    axes: dict[int, float] = field(default_factory=dict)  # of that gamepad, where they were moved

    def hold(self, held: AbstractSet[int], seconds: float) -> None:
        """Applies arrow keys that are ``held``, or the stick, for some time [s]; released, the wheel springs back."""
        if self.axes and held.isdisjoint(ARROWS):
            self.driver.steering = -_beyond_dead_zone(self.axes.get(STEERING_AXIS, 0.0))
            pedal = -_beyond_dead_zone(self.axes.get(THROTTLE_AXIS, 0.0))
        else:
            side = float(pygame.K_LEFT in held) - float(pygame.K_RIGHT in held)
            most = TURN_RATE * seconds
            self.driver.steering += max(-most, min(most, side - self.driver.steering))
            pedal = float(pygame.K_UP in held) - float(pygame.K_DOWN in held)
        self.driver.throttle = max(0.0, min(1.0, self.driver.throttle + PEDAL_RATE * seconds * pedal))

    def begin(self, steering: float, throttle: float) -> None:
        """Takes over smoothly, from shares of full steering (-1..1, left is positive) and of full speed (0..1)."""
        self.driver.steering = max(-1.0, min(1.0, steering))
        self.driver.throttle = max(0.0, min(1.0, throttle))

    def moved(self, event: pygame.event.Event) -> bool:
        """Whether a stick was moved beyond its dead zone; notes how far."""
        if event.type != pygame.JOYAXISMOTION or event.axis not in (STEERING_AXIS, THROTTLE_AXIS):
            return False
        meant = bool(abs(event.value) > DEAD_ZONE)
        if meant and event.instance_id != self.in_use:
            self.in_use, self.axes = event.instance_id, {}
        if event.instance_id == self.in_use:
            self.axes[event.axis] = event.value
        return meant

    def connect(self, event: pygame.event.Event) -> str:
        """Opens a gamepad that was connected, closes one that was disconnected; returns a message, if there is one."""
        if event.type == pygame.JOYDEVICEADDED:
            gamepad = pygame.joystick.Joystick(event.device_index)
            self.gamepads[gamepad.get_instance_id()] = gamepad
            return f"gamepad: {gamepad.get_name()}; its left stick takes the wheel"
        if event.type == pygame.JOYDEVICEREMOVED:
            self.gamepads.pop(event.instance_id, None)
            if event.instance_id != self.in_use:
                return "a gamepad is gone"
            self.in_use, self.axes = None, {}
            return "the gamepad is gone; the arrow keys still drive"
        return ""


def _beyond_dead_zone(value: float) -> float:
    """A stick's position, -1..1, which begins at 0 where the dead zone ends."""
    beyond = max(abs(value) - DEAD_ZONE, 0.0) / (1.0 - DEAD_ZONE)
    return beyond if value > 0.0 else -beyond
