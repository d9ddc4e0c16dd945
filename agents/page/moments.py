"""Worst moments: the frames before a policy was farthest from the lane's centre, and its attention in them."""

import base64
import dataclasses
import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from agents.explaining.explain import Explainer
from agents.explaining.overlay import attention_seen_by, glow_on
from agents.scoring.corrupted import corrupted
from agents.scoring.evaluate import PolicyDriver, start_drives
from agents.scoring.suites import Cell
from agents.scoring.trajectory import Trajectory
from sim.config import CONTROL_PERIOD
from sim.types import ByteArray, FloatArray
from sim.world import World

BEFORE_S = (2.0, 1.5, 1.0, 0.5, 0.0)  # s before the moment
SHARP_WIDTH = 256  # px of the sharp view
PALETTE = 96  # colours of the sharp view


@dataclass(frozen=True)
class MomentView:
    """What was seen at one time; pictures are ``data:`` addresses of PNG files."""

    step: int  # of the drive: the decision that was made on it
    offset: float  # m, lateral
    seen: str  # the newest frame that the policy was given
    glow: str  # the same view in sharp, with a glow where the decision depends on it


class ObservedDriver(PolicyDriver):
    """A policy at the wheel of one car, whose decisions are explained at some steps."""

    def __init__(self, explainer: Explainer, steps: Iterable[int]) -> None:
        """Drives with the explainer's policy and looks at ``steps``."""
        super().__init__(explainer.policy)
        self.views: list[MomentView] = []
        self._explainer, self._steps, self._step = explainer, set(steps), 0

    def decide(self, frames: ByteArray, world: World) -> FloatArray:
        """Commands (1, 2); see ``PolicyDriver``."""
        if self._step in self._steps:
            self.views.append(self._look(frames[0], world))
        self._step += 1
        return super().decide(frames, world)

    def _look(self, frames: ByteArray, world: World) -> MomentView:
        camera = world.config.camera
        height = round(SHARP_WIDTH * camera.height / camera.width)
        sharp = dataclasses.replace(camera, width=SHARP_WIDTH, height=height, color="rgb", stack=1)
        explanation = self._explainer.explain(frames, world.vehicle_state[0])
        glow = glow_on(world.render(0, sharp), attention_seen_by(sharp, explanation))
        return MomentView(
            step=self._step,
            offset=float(world.telemetry.lateral_offset[0]),
            seen=_png(Image.fromarray(frames[:, :, -camera.channels :].squeeze()).convert("RGB")),
            glow=_png(Image.fromarray(glow).quantize(PALETTE)),
        )


def worst_step(drive: Trajectory) -> int:
    """The step at which a rule was first broken, or the lane left, or else the one with the largest lateral offset."""
    for steps in (drive.broke_rules, drive.departures):
        if len(steps) > 0:
            return int(steps[0])
    return int(np.abs(drive.lateral_offset).argmax())


def what_happened(drive: Trajectory) -> str:
    """What the policy does at the worst step, as the end of a sentence."""
    if len(drive.broke_rules) > 0:
        red_lights, _ = drive.infractions[drive.broke_rules[0]]
        return "runs a red light" if red_lights > 0 else "runs a stop sign"
    return "leaves its lane" if drive.outside.any() else "is farthest from the lane's centre"


def watch(explainer: Explainer, cell: Cell, drive: Trajectory) -> list[MomentView]:
    """Repeats ``drive``, which is deterministic, in its cell, and looks at what led to its worst moment.

    Returns:
        A view for each of ``BEFORE_S``, as far as the drive was under way then.
    """
    worst = worst_step(drive)
    steps = {max(worst - round(seconds / CONTROL_PERIOD), 0) for seconds in BEFORE_S}
    world = start_drives(cell.environment(explainer.policy.config), [drive.road_seed])
    observed = ObservedDriver(explainer, steps)
    driver = corrupted(observed, cell.corruption)
    for _ in range(worst + 1):
        world.step(driver.commands(world))
    return observed.views


def _png(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
