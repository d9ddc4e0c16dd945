"""The replay against a naive list of transitions."""

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from agents.learning.replay import FrameReplay
from sim.errors import UserError

CARS, STACK, N_STEPS, GAMMA = 3, 2, 3, 0.9
HEIGHT = WIDTH = 4


def space_of(stack: int, height: int, width: int, state: int = 0) -> spaces.Dict:
    return spaces.Dict(
        {
            "camera": spaces.Box(0, 255, (stack, height, width), np.uint8),
            "state": spaces.Box(-np.inf, np.inf, (state,), np.float32),
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
    replay = FrameReplay(
        capacity, space_of(STACK, HEIGHT, WIDTH, state=2), spaces.Discrete(5), n_envs=CARS, stack=STACK,
        n_steps=N_STEPS, gamma=GAMMA,
    )  # fmt: skip
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
    space = space_of(4, 64, 64)
    replay = FrameReplay(1000, space, spaces.Discrete(5), n_envs=4, stack=4)
    assert replay.nbytes <= 1.1 * 1000 * frame


def test_a_replay_that_does_not_fit_is_refused_with_the_numbers() -> None:
    space = space_of(3, 512, 512)
    with pytest.raises(UserError, match=r"would need 786\.\d+ GB, but only"):
        FrameReplay(1_000_000, space, spaces.Discrete(2))


class Ledger:
    """What really happened, kept as plain lists of steps; every frame is a number of its own, in four bytes."""

    cars, stack, n_steps, gamma, capacity = 16, 3, 4, 0.97, 20_000

    def __init__(self, steps: int) -> None:
        shape = (self.cars, steps)
        self.random = np.random.default_rng(7)
        self.before, self.after = np.zeros(shape, dtype=np.uint32), np.zeros(shape, dtype=np.uint32)
        self.begin, self.actions = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self.rewards = np.zeros(shape, dtype=np.float32)
        self.ended, self.terminal = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        self.frames, self.time = self._new_frames(), 0
        self.started = np.zeros(self.cars, dtype=np.int64)
        self.last_frame = self.cars

    def _new_frames(self) -> np.ndarray:
        self.last_frame = getattr(self, "last_frame", 0) + self.cars
        return np.arange(self.last_frame - self.cars, self.last_frame, dtype=np.uint32)

    def stacks(self, frames: np.ndarray, cars: np.ndarray, time: np.ndarray, begin: np.ndarray) -> np.ndarray:
        """Frame numbers (K, stack) up to ``frames``, which come after the steps from ``begin`` to before ``time``."""
        older = [self.before[cars, np.maximum(time - back, begin)] for back in range(1, self.stack)]
        return np.stack([*older[::-1], frames], axis=1)

    def step(self, replay: FrameReplay) -> None:
        t, random = self.time, self.random
        self.before[:, t], self.begin[:, t] = self.frames, self.started
        self.actions[:, t], self.rewards[:, t] = random.integers(5, size=self.cars), random.normal(size=self.cars)
        self.ended[:, t] = random.random(self.cars) < 0.06
        self.terminal[:, t] = self.ended[:, t] & (random.random(self.cars) < 0.5)
        self.after[:, t] = self._new_frames()
        infos: list[dict[str, Any]] = [{} for _ in range(self.cars)]
        for car in np.flatnonzero(self.ended[:, t]):
            final = self.stacks(self.after[[car], t], np.array([car]), np.array([t + 1]), self.started[[car]])
            camera = final.view(np.uint8).reshape(self.stack, 2, 2)
            infos[car] = {"terminal_observation": {"camera": camera, "state": np.empty(0)}}
            infos[car]["TimeLimit.truncated"] = not self.terminal[car, t]
        seen = self.stacks(self.frames, np.arange(self.cars), np.full(self.cars, t), self.started).view(np.uint8)
        observations = {"camera": seen.reshape(self.cars, self.stack, 2, 2), "state": np.empty((self.cars, 0))}
        replay.add(observations, None, self.actions[:, t], self.rewards[:, t], self.ended[:, t], infos)
        self.frames = np.where(self.ended[:, t], self._new_frames(), self.after[:, t])
        self.started = np.where(self.ended[:, t], t + 1, self.started)
        self.time += 1

    def check(self, batch: Any) -> None:
        """Every number of a batch follows from what happened."""
        frames, following = (_numbers(item["camera"]) for item in (batch.observations, batch.next_observations))
        cars, time = (index[0] for index in np.split(self._where(frames[:, -1]), 2))
        begin = self.begin[cars, time]
        assert np.array_equal(frames, self.stacks(frames[:, -1], cars, time, begin))
        assert np.array_equal(batch.actions[:, 0], self.actions[cars, time])
        returns, discounts, last = np.zeros(len(cars)), np.ones(len(cars)), time - 1
        for _ in range(self.n_steps):
            goes_on = (last < time) | ~self.ended[cars, np.maximum(last, 0)]
            goes_on &= (last + 1 < self.time - 1) | (
                (last + 1 < self.time) & self.ended[cars, np.minimum(last + 1, self.time - 1)]
            )
            last = last + goes_on
            returns += goes_on * discounts * self.rewards[cars, last]
            discounts *= np.where(goes_on, self.gamma, 1.0)
        assert np.allclose(batch.rewards[:, 0], returns, atol=1e-4)
        assert np.allclose(batch.discounts[:, 0], discounts, rtol=1e-5)
        assert np.array_equal(batch.dones[:, 0], self.terminal[cars, last])
        assert np.array_equal(following, self.stacks(self.after[cars, last], cars, last + 1, begin))

    def _where(self, frames: np.ndarray) -> np.ndarray:
        """Car and time of frames that were seen before a step, (2, K)."""
        flat = self.before[:, : self.time].ravel()
        order = np.argsort(flat)
        found = order[np.searchsorted(flat, frames, sorter=order)]
        return np.stack(np.divmod(found, self.time))


def _numbers(frames: Any) -> np.ndarray:
    return np.ascontiguousarray(frames.numpy()).reshape(len(frames), Ledger.stack, 4).view(np.uint32)[:, :, 0]


def test_a_million_transitions_come_back_as_they_were() -> None:
    space = space_of(Ledger.stack, 2, 2)
    replay = FrameReplay(
        Ledger.capacity, space, spaces.Discrete(5), n_envs=Ledger.cars, stack=Ledger.stack, n_steps=Ledger.n_steps,
        gamma=Ledger.gamma,
    )  # fmt: skip
    ledger = Ledger(steps=65_000)
    for step in range(65_000):
        ledger.step(replay)
        if step % 2_500 == 2_499:
            ledger.check(replay.sample(50_000))
