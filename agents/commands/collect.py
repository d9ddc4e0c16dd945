"""``dashcam collect``."""

import dataclasses
import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agents.commands.common import CONSOLE, say
from agents.commands.resuming import Resume
from agents.config import APPEARANCES, Appearance, preset
from agents.files import claimed
from agents.locks import held
from agents.progress import frames_bar
from agents.training.stopping import stop_request
from agents.words import next_line
from sim.config import CITY_RADIUS, CONTROL_PERIOD, CameraConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.defaults import through_towns
from sim.errors import UserError

if TYPE_CHECKING:
    from perception.data_plan import CollectConfig
    from sim.drivers import MakeDriver

STARTS = TaskConfig(time_limit_s=1.6, start_offset_m=1.5, start_heading_rad=0.25)


@dataclass
class Collect:
    """Drive seeded roads and write the camera's frames with ground-truth labels."""

    driver: str = "noisy"
    """noisy (pure pursuit, pushed off its line), rule-based, blind, pure-pursuit, constant-speed, random, or a policy's
    folder."""
    frames: int = 60_000
    """Frames to collect: 80 % from training roads, 10 % from validation roads, 10 % from test roads."""
    out: Path | None = None
    """Folder for the data; runs/data-N by default."""
    resume: Resume = "never"
    """Resume the interrupted collection in --out; repeat its other options unchanged. "auto" starts a collection if
    there is none yet, for jobs that are restarted; without a value, it means "always"."""
    appearance: Appearance = "default"
    """A clear day (default), or light, shadows, weather and noise of any strength (random)."""
    camera: CameraConfig = field(default_factory=lambda: preset("quick").env.camera)
    """The camera, unless a policy drives, which uses its own."""
    road: Literal["procedural", "town"] = "procedural"
    """Roads without junctions, or towns, whose frames have labels of commands, stop lines, signals and limits, too."""
    radius_min_m: float = CITY_RADIUS
    """Least radius of bends [m], from 8 to 40."""
    episode_seconds: float = STARTS.time_limit_s
    """Greatest length of an episode [s], up to 6.4; short episodes show more different places."""
    start_offset_m: float = STARTS.start_offset_m
    """Greatest distance from the lane's centre at the start [m]."""
    start_heading_rad: float = STARTS.start_heading_rad
    """Greatest heading error at the start [rad]."""
    seed: int = 0
    """Random seed."""

    def run(self) -> None:
        if self.resume != "never" and self.out is None:
            raise UserError("Which collection should be resumed? Name its folder with --out.")
        config, make_driver = self._work()
        with self._folder(config, make_driver) as out:
            self._collect(config, make_driver, out)

    def _collect(self, config: "CollectConfig", make_driver: "MakeDriver", out: Path) -> None:
        from perception.collect import collect

        started, done = time.monotonic(), 0
        try:
            with stop_request(), frames_bar(CONSOLE) as bar:
                task = bar.add_task("", total=config.frames)
                done = collect(config, out, make_driver, lambda frames: bar.update(task, completed=frames))
        except KeyboardInterrupt:
            again = f"--out {shlex.quote(str(out))} --resume"
            CONSOLE.print(f"{out} is incomplete; the same command with {again} resumes it.", soft_wrap=True)
            raise
        seconds = time.monotonic() - started
        CONSOLE.print(
            f"Collected {done:,} frames in {seconds:.1f} s ({done / seconds:,.0f} frames/s).", highlight=False
        )
        say(f"Data: {out}")
        say(next_line(["pretrain", out]))

    @contextmanager
    def _folder(self, config: "CollectConfig", make_driver: "MakeDriver") -> Iterator[Path]:
        """The folder of the collection, new or about to be resumed, for this program alone."""
        from perception.data_plan import resume
        from perception.dataset import DATA_SET, MANIFEST

        out = self.out
        if out is not None and (self.resume == "always" or (self.resume == "auto" and os.path.lexists(out / MANIFEST))):
            DATA_SET.read_manifest(out)  # says what is no collection
            with held(out, f"Another program is collecting into {out}; let it end first."):
                resume(config, out)
                yield out
        else:
            with claimed(out, "data") as folder:
                _begin(config, make_driver, folder)
                yield folder

    def _work(self) -> "tuple[CollectConfig, MakeDriver]":
        """What to collect, and who drives."""
        from agents.drives.drivers import policy_named
        from agents.scoring.evaluate import PolicyDriver
        from perception.data_plan import STEPS, CollectConfig
        from sim.drivers import DRIVERS

        longest = STEPS * CONTROL_PERIOD
        if self.episode_seconds > longest:
            raise UserError(
                f"--episode-seconds is {self.episode_seconds:g}, but must be at most {longest:g}: no car drives longer "
                "in a shard of data."
            )
        in_town = self.road == "town"
        usual = EnvConfig(camera=self.camera)
        env, make_driver = through_towns(usual) if in_town else usual, DRIVERS.get(self.driver)
        if make_driver is None:
            policy = policy_named(self.driver, DRIVERS)
            env, make_driver = policy.config, lambda seed: PolicyDriver(policy)
        task = dataclasses.replace(
            env.task,
            start="random",
            time_limit_s=self.episode_seconds,
            start_offset_m=self.start_offset_m,
            start_heading_rad=self.start_heading_rad,
        )
        roads = RoadsConfig(kind=self.road, radius_min_m=self.radius_min_m)
        env = dataclasses.replace(env, roads=roads, task=task, appearance=APPEARANCES[self.appearance])
        return CollectConfig(env, self.driver, self.frames, self.seed), make_driver


def _begin(config: "CollectConfig", make_driver: "MakeDriver", out: Path) -> None:
    """Marks an empty folder as a collection for which there is room."""
    from perception.collect import bytes_needed
    from perception.data_plan import begin
    from sim.machine import require_disk

    needed = bytes_needed(config, make_driver)
    CONSOLE.print(f"Disk: about {needed / 1e6:,.0f} MB for {config.frames:,} frames.", highlight=False)
    require_disk(out, needed, "The frames", "collect fewer, or elsewhere with --out")
    begin(config, out)
