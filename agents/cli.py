"""The command line: ``dashcam COMMAND``. What is heavy is imported by the command that needs it."""

import dataclasses
import importlib.metadata
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro
from rich.console import Console

from sim.errors import UserError

if TYPE_CHECKING:
    from agents.config import TrainConfig

EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130
CONSOLE = Console()


@dataclass
class Demo:
    """Learn to drive in about a minute, evaluate on unseen roads, write a film, open the window if there is one."""

    out: Path | None = None
    """Folder for everything; runs/demo-N by default."""
    seed: int = 0
    """Seed of the training."""

    def run(self) -> None:
        """Runs the command."""
        from agents.demo import demo

        demo(self.out or _free_folder("demo"), self.seed, CONSOLE)


@dataclass
class Train:
    """Train a policy from camera frames."""

    preset: str = "quick"
    """quick learns to drive in about a minute; long goes on for 400,000 frames."""
    seed: int = 0
    """Seed of everything that is random."""
    out: Path | None = None
    """Folder of the run: config, logs, policy; runs/train-N by default."""
    encoder: str | None = None
    """Network in place of the preset's: fast, nature, convnet or pilotnet."""
    frames: int | None = None
    """Frames to learn from, at the most, in place of the preset's."""
    cars: int | None = None
    """Cars that drive at the same time, in place of the preset's."""
    size: int | None = None
    """Width and height of the camera's frames [px], in place of the preset's."""

    def run(self) -> None:
        """Runs the command."""
        from agents.demo import train_and_report

        train_and_report(self._config(), self.preset, self.out or _free_folder("train"), CONSOLE)

    def _config(self) -> "TrainConfig":
        from agents.config import preset
        from perception.encoders import make_encoder

        config = preset(self.preset)
        if self.size is not None:
            camera = dataclasses.replace(config.env.camera, width=self.size, height=self.size)
            config = dataclasses.replace(config, env=dataclasses.replace(config.env, camera=camera))
        wanted: dict[str, Any] = {
            "seed": self.seed, "encoder": self.encoder, "frames": self.frames, "num_cars": self.cars
        }  # fmt: skip
        config = dataclasses.replace(config, **{name: value for name, value in wanted.items() if value is not None})
        height, width, channels = config.env.camera.observation_shape
        make_encoder(config.encoder, channels, height, width)  # says early what does not fit
        return config


@dataclass
class Evaluate:
    """Drive fixed unseen roads and print the scores beside drivers that need no learning."""

    policies: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Run folders or policy folders; the reference policy if none is named."""
    road_seeds: str = "1000000:1000099"
    """First and last road seed; test roads begin at 1000000."""
    road: str = "procedural"
    """Kind of road: procedural, straight, circle or s-curve."""
    out: Path | None = None
    """Folder for scorecard.json; runs/evaluation-N by default."""

    def run(self) -> None:
        """Runs the command."""
        from agents.evaluate import PolicyDriver, baselines, drive
        from agents.policy import load_policy
        from agents.report import table, write_scorecard
        from sim.config import EnvConfig, RoadsConfig

        RoadsConfig(kind=self.road)  # type: ignore[arg-type]  # says what kinds there are
        seeds = parse_seeds(self.road_seeds)
        out = self.out or _free_folder("evaluation")
        _require_empty(out)
        policies = [load_policy(path) for path in self.policies or (None,)]
        config = policies[0].config if policies else EnvConfig()
        scores = []
        for driver, env in [
            *((PolicyDriver(item), item.config) for item in policies),
            *((d, config) for d in baselines()),
        ]:
            with CONSOLE.status(f"{driver.name} drives {len(seeds)} roads ..."):
                scores.append(drive(driver, env, seeds, self.road))  # type: ignore[arg-type]
        roads = f"{self.road}, seeds {self.road_seeds}"
        CONSOLE.print(table(scores, roads))
        CONSOLE.print(f"Scores: {write_scorecard(scores, roads, out)}")
        named = " ".join(str(path) for path in self.policies[:1])
        CONSOLE.print(f"Next: dashcam play {named}".rstrip(), highlight=False)


@dataclass
class Play:
    """Watch a policy drive in a window, drive yourself, or record a film without a display."""

    policy: tyro.conf.Positional[Path | None] = None
    """Run folder or policy folder; the reference policy if none is named."""
    driver: str = "policy"
    """policy, human, pure-pursuit, constant-speed or random."""
    road_seed: int = 1_000_000
    """The first road; N and B go on and back."""
    record: Path | None = None
    """Film to write instead of opening the window: a name that ends in .mp4 or .gif."""
    seconds: float = 60.0
    """Length of the film [s]."""

    def run(self) -> None:
        """Runs the command."""
        from agents.film import check_film_path, record
        from agents.policy import load_policy
        from agents.session import HumanDriver, Session, drive_moments, make_driver

        if self.road_seed < 0:
            raise UserError(f"The road seed is {self.road_seed}, but must be 0 or more.")
        if self.record is not None:
            check_film_path(self.record)
            if self.driver == HumanDriver.name:
                raise UserError(
                    "A person cannot drive where there is no window; leave out --record, or the human driver."
                )
        policy = load_policy(self.policy)
        driver = policy if self.driver == "policy" else make_driver(self.driver)
        session = Session(driver, policy.config, self.road_seed)
        if self.record is None:
            from agents.play import play

            play(session, driver if isinstance(driver, HumanDriver) else None)
            return
        with CONSOLE.status(f"Recording {self.seconds:.0f} s ..."):
            count = record(drive_moments(session, self.seconds), self.record)
        CONSOLE.print(f"Film: {self.record} ({count} pictures)")


@dataclass
class Benchmark:
    """Measure this machine: how fast the camera is, beside other simulators and the machine's limit."""

    what: tyro.conf.Positional[Literal["speed"]]
    """speed: frames per second, by part, and in proportion to other simulators (extra bench)."""
    json: Path | None = None
    """File to write all figures to."""
    plot: Path | None = None
    """Picture (.png or .svg) to draw: frames/s against cars, time per frame against pixels."""
    rounds: int = 7
    """How often every row takes its turn; figures are medians over the rounds."""
    seconds: float = 0.4
    """Length of a turn [s]."""

    def run(self) -> None:
        """Runs the command."""
        from agents.benchmarks.checks import require_turns, require_writable
        from agents.benchmarks.plot import check_plot_path, plot_speed
        from agents.benchmarks.speed import benchmark_speed, show, write_speed

        require_turns(self.rounds, self.seconds)
        if self.json is not None:
            require_writable(self.json)
        if self.plot is not None:
            check_plot_path(self.plot)
        speed = benchmark_speed(self.rounds, self.seconds, CONSOLE)
        show(speed, CONSOLE)
        if self.json is not None:
            write_speed(speed, self.json)
            CONSOLE.print(f"Figures: {self.json}")
        if self.plot is not None:
            plot_speed(speed, self.plot)
            CONSOLE.print(f"Plot: {self.plot}")


Command = (
    Annotated[Demo, tyro.conf.subcommand("demo")]
    | Annotated[Train, tyro.conf.subcommand("train")]
    | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
    | Annotated[Play, tyro.conf.subcommand("play")]
    | Annotated[Benchmark, tyro.conf.subcommand("benchmark")]
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs ``dashcam`` and exits: 0 when all went well, 2 for bad input, 130 after Ctrl-C."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        CONSOLE.print(importlib.metadata.version("dashcam"), highlight=False)
        return
    command = tyro.cli(
        Command,
        args=words or ["--help"],
        prog="dashcam",
        description="Learn to drive from a camera, on a laptop.",
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes),
    )
    try:
        command.run()
    except UserError as error:
        Console(stderr=True).print(f"dashcam: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(EXIT_USER_ERROR)
    except KeyboardInterrupt:
        Console(stderr=True).print("dashcam: stopped.")
        sys.exit(EXIT_INTERRUPTED)


def parse_seeds(text: str) -> range:
    """Road seeds from "FIRST:LAST", both included, or a single one.

    Raises:
        UserError: not of that form, or in descending order.
    """
    first, colon, last = text.partition(":")
    if not first.isdecimal() or (colon and not last.isdecimal()):
        raise UserError(f"Road seeds are {text!r}, but must be FIRST:LAST, such as 1000000:1000099.")
    seeds = range(int(first), int(last or first) + 1)
    if not 1 <= len(seeds) <= 10_000:
        raise UserError(f"Road seeds {text} are {len(seeds)} roads, but must be from 1 to 10,000 in ascending order.")
    return seeds


def _free_folder(name: str) -> Path:
    """The first folder runs/NAME-1, runs/NAME-2, ... that is not there yet."""
    number = 1
    while Path(f"runs/{name}-{number}").exists():
        number += 1
    return Path(f"runs/{name}-{number}")


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} holds other files already; choose an empty or new folder with --out.")
