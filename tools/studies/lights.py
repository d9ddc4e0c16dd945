"""Whether a light's colour can be told from a frame: a small classifier, 25 m before the stop line, in unseen towns.

python -m tools.studies.lights
"""

from typing import NamedTuple

import numpy as np
import torch
import tyro
from torch import nn

from sim.camera.look import LOOK_SCENERY
from sim.camera.picture import take_picture
from sim.camera.scenery import scenery_of
from sim.config import TEST_ROAD_SEEDS, CameraConfig
from sim.network.network import STOP_AT_SIGNAL
from sim.network.signals import STATES, program_state, programs
from sim.town.ground_map import ground_rows
from sim.town.scenery import scenery_rows
from sim.town.town import build_town
from sim.types import ByteArray, GroundMap, IntArray

DISTANCE = 25.0  # m from the car's front to the stop line
FRONT = 3.5  # m from the rear axle to the front, about
LIMIT = 50.0 / 3.6  # m/s
FRAMES_PER_LINE = 4
BATCH, EPOCHS, RATE = 128, 12, 1e-3


class Examples(NamedTuple):
    """K frames and what the light shows in each."""

    frames: ByteArray  # (K, H, W, 3)
    states: IntArray  # (K,), index into network.signals.STATES


def main(train_towns: int = 100, test_towns: int = 30, width: int = 96, seed: int = 0) -> None:
    """Trains and prints how often the state is right.

    Args:
        train_towns: Towns whose frames are learned from.
        test_towns: Unseen towns.
        width: Of the square frames [px]; 96 is that of the presets.
        seed: Of the frames and of the classifier.
    """
    camera, random = CameraConfig(width=width, height=width), np.random.default_rng(seed)
    torch.manual_seed(seed)
    learned = examples_of(range(train_towns), camera, random)
    unseen = examples_of(range(TEST_ROAD_SEEDS[0], TEST_ROAD_SEEDS[0] + test_towns), camera, random)
    classifier = train(learned)
    right = classify(classifier, unseen.frames) == unseen.states
    print(f"{len(learned.states):,} frames of {train_towns} towns, {len(unseen.states):,} of {test_towns} unseen ones")
    for state, name in enumerate(STATES):
        print(f"{name:>7}: {100.0 * right[unseen.states == state].mean():.1f} %")
    print(f"    all: {100.0 * right.mean():.1f} %")


def examples_of(seeds: range, camera: CameraConfig, random: np.random.Generator) -> Examples:
    """Frames from DISTANCE before every signal's stop line on a street with a limit of 50 km/h or less."""
    frames, states = [], []
    for number in seeds:
        town = build_town(number)
        network, table = town.network, programs(town.network)
        ground = GroundMap._make([row[None] for row in ground_rows(town)])
        scenery, look = scenery_of(scenery_rows(town), ground.origins[0]), ground.looks[0]
        look[LOOK_SCENERY] = 1.0
        for line in np.flatnonzero(network.stop_kind == STOP_AT_SIGNAL):
            lane = int(network.stop_lane[line])
            station = float(network.stop_station[line]) - DISTANCE - FRONT
            if network.lane_road[lane] < 0 or network.lane_limit[lane] > LIMIT + 0.1 or station < 0.0:
                continue
            first, last = network.lane_points[lane : lane + 2].tolist()
            point = first + round(station / float(network.lane_length[lane]) * (last - 1 - first))
            heading = float(np.arctan2(network.sin[point], network.cos[point]))
            for _ in range(FRAMES_PER_LINE):
                pose = _shaken(float(network.x[point]), float(network.y[point]), heading, random)
                clock = _clock(table[network.stop_group[line]], int(random.integers(3)), random)
                frames.append(take_picture(camera, pose, look, ground, 0, clock=clock, scenery=scenery))
                states.append(int(program_state(table[network.stop_group[line]], clock)))
    return Examples(np.stack(frames), np.array(states))


def _shaken(x: float, y: float, heading: float, random: np.random.Generator) -> tuple[float, float, float]:
    """A pose up to 0.4 m off the lane's centre, up to 0.05 rad off its heading, up to 2 m nearer or farther."""
    aside, along = random.uniform(-0.4, 0.4), random.uniform(-2.0, 2.0)
    cos, sin = np.cos(heading), np.sin(heading)
    return x + along * cos - aside * sin, y + along * sin + aside * cos, heading + random.uniform(-0.05, 0.05)


def _clock(program: IntArray, state: int, random: np.random.Generator) -> int:
    """A step of the clock in which a group shows a state."""
    steps = [step for step in range(int(program[0])) if program_state(program, step) == state]
    return int(random.choice(steps))


def train(examples: Examples) -> nn.Module:
    """A small convolutional network that was shown all examples EPOCHS times."""
    classifier = nn.Sequential(
        *(nn.Conv2d(3, 24, 3, stride=1, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(24, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 48, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.LazyLinear(96), nn.ReLU(), nn.Linear(96, len(STATES))),
    )
    frames, states = _tensor(examples.frames), torch.from_numpy(examples.states)
    classifier(frames[:1])
    optimizer = torch.optim.Adam(classifier.parameters(), lr=RATE)
    for _ in range(EPOCHS):
        for rows in torch.split(torch.randperm(len(states)), BATCH):
            loss = nn.functional.cross_entropy(classifier(frames[rows]), states[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return classifier


def classify(classifier: nn.Module, frames: ByteArray) -> IntArray:
    """The most likely state in each frame (K, H, W, 3)."""
    with torch.no_grad():
        logits = torch.cat([classifier(part) for part in torch.split(_tensor(frames), BATCH)])
    return np.asarray(logits.argmax(dim=1).numpy())


def _tensor(frames: ByteArray) -> torch.Tensor:
    """Frames as the upper two thirds of them, (K, 3, H, W), 0..1: lights hang above the horizon's lower edge."""
    return torch.from_numpy(frames).permute(0, 3, 1, 2)[:, :, : frames.shape[1] * 2 // 3].float() / 255.0


if __name__ == "__main__":
    tyro.cli(main)
