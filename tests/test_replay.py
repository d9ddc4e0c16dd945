"""The replay against a naive list of transitions."""

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from agents.replay import FrameReplay
from sim.errors import UserError

CARS, STACK, N_STEPS, GAMMA = 3, 2, 3, 0.9
HEIGHT = WIDTH = 4
SPACE = spaces.Dict(
    {
        "camera": spaces.Box(0, 255, (STACK, HEIGHT, WIDTH), np.uint8),
        "state": spaces.Box(-1e6, 1e6, (2,), np.float32),
    }
)


class Episodes:
    """Cars whose frames are all different, so that a sampled one tells where it comes from."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.clock = 0
        self.stacks = np.zeros((CARS, STACK, HEIGHT, WIDTH), dtype=np.uint8)
        self.history: list[list[dict[str, Any]]] = [[] for _ in range(CARS)]
        for car in range(CARS):
            self._begin(car)

    def frame(self) -> np.ndarray:
        return self.random.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)

    def _begin(self, car: int) -> None:
        self.stacks[car] = self.frame()

    def observation(self) -> dict[str, np.ndarray]:
        return {"camera": self.stacks.copy(), "state": self.stacks[:, -1, 0, :2].astype(np.float32)}

    def step(self, replay: FrameReplay) -> None:
        before = self.observation()
        action, reward = self.random.integers(0, 5, CARS), self.random.normal(size=CARS).astype(np.float32)
        ended, cut = self.random.random(CARS) < 0.1, self.random.random(CARS) < 0.5
        infos: list[dict[str, Any]] = [{} for _ in range(CARS)]
        for car in range(CARS):
            self.stacks[car] = np.concatenate([self.stacks[car, 1:], self.frame()[None]])
            after = {name: values[car].copy() for name, values in self.observation().items()}
            self.history[car].append(
                {
                    "before": before["camera"][car],
                    "after": after["camera"],
                    "action": action[car],
                    "reward": reward[car],
                    "ended": ended[car],
                    "terminal": ended[car] and not cut[car],
                }
            )
            if ended[car]:
                infos[car] = {"terminal_observation": after, "TimeLimit.truncated": bool(cut[car])}
                self._begin(car)
        replay.add(before, self.observation(), action, reward, ended, infos)


def naive_targets(steps: list[dict[str, Any]]) -> dict[bytes, list[tuple[Any, ...]]]:
    """By first observation: action, return, discount, terminal and next observation that must be sampled for it."""
    expected: dict[bytes, list[tuple[Any, ...]]] = {}
    for start in range(len(steps)):
        total, discount = 0.0, 1.0
        for step in steps[start : start + N_STEPS]:
            total += discount * step["reward"]
            discount *= GAMMA
            last = step
            if step["ended"]:
                break
        key = steps[start]["before"].tobytes()
        entry = (steps[start]["action"], total, discount, last["terminal"], last["after"].tobytes())
        expected.setdefault(key, []).append(entry)
    return expected


@pytest.mark.parametrize("capacity", [60, 3000])
def test_every_sample_is_a_transition_that_happened(capacity: int) -> None:
    replay = FrameReplay(capacity, SPACE, spaces.Discrete(5), n_envs=CARS, stack=STACK, n_steps=N_STEPS, gamma=GAMMA)
    episodes = Episodes(seed=1)
    for _ in range(400):
        episodes.step(replay)
    expected = {key: value for car in range(CARS) for key, value in naive_targets(episodes.history[car]).items()}
    seen, newest = set(), 0
    for _ in range(200):
        batch = replay.sample(50)
        assert isinstance(batch.observations, dict)
        assert isinstance(batch.next_observations, dict)
        for k in range(50):
            key = batch.observations["camera"][k].numpy().tobytes()
            assert key in expected, "an observation that never was"
            seen.add(key)
            action, total, discount, terminal, after = expected[key][0]
            assert int(batch.actions[k]) == action
            if batch.discounts is not None and float(batch.discounts[k]) > discount + 1e-6:
                newest += 1  # the newest transitions have fewer steps to look ahead
                continue
            assert float(batch.rewards[k]) == pytest.approx(total, abs=1e-5)
            assert float(batch.discounts[k]) == pytest.approx(discount)
            assert bool(batch.dones[k]) == terminal
            assert batch.next_observations["camera"][k].numpy().tobytes() == after
            state = batch.observations["state"][k].numpy()
            assert np.array_equal(state, batch.observations["camera"][k, -1, 0, :2].numpy())
    held = replay.size() - sum(step["ended"] for car in range(CARS) for step in episodes.history[car][-replay.size() :])
    assert len(seen) > 0.7 * min(held, 0.8 * capacity), "every stored transition can be drawn"
    assert newest < 0.2 * 200 * 50


def test_each_frame_is_stored_once() -> None:
    frame = 64 * 64
    space = spaces.Box(0, 255, (4, 64, 64), np.uint8)
    replay = FrameReplay(1000, space, spaces.Discrete(5), n_envs=4, stack=4)
    assert replay.nbytes <= 1.1 * 1000 * frame


def test_a_replay_that_does_not_fit_is_refused_with_the_numbers() -> None:
    space = spaces.Box(0, 255, (3, 512, 512), np.uint8)
    with pytest.raises(UserError, match=r"would need 786\.\d+ GB, but only"):
        FrameReplay(1_000_000, space, spaces.Discrete(2))
