"""The window of render mode "human" without a display, and where other code of the program draws with pygame."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import sim
from sim.env import PICTURE

pygame = pytest.importorskip("pygame")
SMALL = {"width": 40, "height": 40}
OURS = (PICTURE.width, PICTURE.height)


@pytest.fixture(autouse=True)
def closed_display() -> Iterator[None]:
    pygame.quit()
    yield
    pygame.quit()


def make() -> Any:
    env = gym.make(sim.ENV_ID, camera=SMALL, render_mode="human")
    env.reset(seed=0)
    return env


def draw(size: tuple[int, int]) -> Any:
    """What another program does: opens its window and draws in it."""
    pygame.init()
    window = pygame.display.set_mode(size)
    window.fill((200, 30, 30))
    pygame.display.flip()
    return window


def is_shown(env: Any) -> bool:
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    return np.array_equal(shown, env.unwrapped.world.render(0, PICTURE))


@pytest.mark.parametrize("end", [pygame.quit, pygame.display.quit])
@pytest.mark.parametrize("size", [OURS, (600, 400)])
def test_a_window_that_others_close_is_opened_again(end: Callable[[], None], size: tuple[int, int]) -> None:
    env = make()
    draw(size)
    end()
    env.step(9)
    assert is_shown(env)
    env.close()
    assert not pygame.display.get_init(), "it was the only one"


@pytest.mark.parametrize("size", [OURS, (600, 400)])
@pytest.mark.parametrize("steps", [0, 2])
def test_a_window_of_others_stays_open(size: tuple[int, int], steps: int) -> None:
    for drawn_before in (True, False):
        if drawn_before:
            draw(size)
        env = make()
        window = draw(size) if not drawn_before else pygame.display.get_surface()
        for _ in range(steps):
            env.step(9)
        env.close()
        window.fill((0, 0, 0))
        pygame.display.flip()
        pygame.quit()


def test_two_environments_and_cart_pole_close_in_any_order() -> None:
    first, second = make(), make()
    pole = gym.make("CartPole-v1", render_mode="human")
    pole.reset(seed=0)
    first.close()
    pole.step(0)
    second.step(9)
    pole.close()
    second.step(9)
    assert is_shown(second)
    second.close()


CHECKED = """
import gymnasium, sim
from gymnasium.utils.env_checker import check_env
check_env(gymnasium.make(sim.ENV_ID, camera={"width": 40, "height": 40}).unwrapped)
env = gymnasium.make(sim.ENV_ID, camera={"width": 40, "height": 40}, render_mode="human")
env.reset()
env.close()
print("accepted")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere, there is a display")
def test_gymnasium_accepts_the_environment_without_a_display() -> None:
    there = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    there.pop("SDL_VIDEODRIVER", None)
    done = subprocess.run([sys.executable, "-c", CHECKED], env=there, capture_output=True, text=True, check=False)
    assert done.stdout.endswith("accepted\n"), done.stderr
    assert done.stderr.count("There is no display, so nobody sees the window") == 1
