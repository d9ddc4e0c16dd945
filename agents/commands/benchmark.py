"""``dashcam benchmark``."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE, command_line, one_of, say
from agents.files import check_picture_path, require_writable


@dataclass
class BenchmarkSpeed:
    """Measure frames per second, in total, by part, and compared with other simulators (extra bench)."""

    json: Path | None = None
    """File for all figures (JSON)."""
    plot: Path | None = None
    """Plot to write (.png or .svg): frames/s by number of cars, time per frame by number of pixels."""
    rounds: int = 7
    """Number of rounds, in which every row takes a turn; figures are medians over rounds."""
    seconds: float = 0.4
    """Length of a turn [s]."""

    def run(self) -> None:
        from agents.benchmarks.plot import plot_speed
        from agents.benchmarks.speed import benchmark_speed, require_turns, show, write_speed

        require_turns(self.rounds, self.seconds)
        if self.json is not None:
            require_writable(self.json)
        if self.plot is not None:
            check_picture_path(self.plot)
        speed = benchmark_speed(self.rounds, self.seconds, CONSOLE)
        show(speed, CONSOLE)
        if self.json is not None:
            write_speed(speed, self.json)
            CONSOLE.print(f"Figures: {self.json}")
        if self.plot is not None:
            plot_speed(speed, self.plot)
            CONSOLE.print(f"Plot: {self.plot}")


@dataclass
class BenchmarkLearning:
    """Measure the time to mastery of the preset quick and of Stable-Baselines3's DQN, in alternating turns."""

    json: Path | None = None
    """File for all figures (JSON), updated after each seed; seeds that it contains are not repeated."""
    seeds: int = 5
    """Number of seeds."""
    seconds: float = 2.0
    """Length of a turn [s]; after each, the policy drives 100 unseen roads."""
    budget: float = 20.0
    """How long the others may learn, as a multiple of the time of quick."""

    def run(self) -> None:
        from agents.benchmarks.learning import Rules, benchmark_learning, require_races, show

        require_races(self.seeds, self.seconds, self.budget)
        if self.json is not None:
            require_writable(self.json)
        rules = Rules(self.seconds, self.budget)
        show(benchmark_learning(self.seeds, rules, CONSOLE, self.json), CONSOLE)
        if self.json is not None:
            CONSOLE.print(f"Figures: {self.json}")


@dataclass
class BenchmarkLeaderboard:
    """Compare the preset quick with stock DQN, PPO and QRDQN, trained on the same number of frames.

    Scores the given policies, too, and writes RESULTS.md and results.json.
    """

    policies: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Other run folders, policy folders or bundles to score; the reference policy by default."""
    frames: int = 40_000
    """Training frames of each learner; the default is what quick needs."""
    seeds: int = 2
    """Training runs of each learner."""
    suite: str = "test-v1"
    """Suite to score all of them on."""
    out: Path = Path("runs/leaderboard")
    """Folder with a file per training run; finished runs are not repeated."""
    results: Path = Path()
    """Folder for RESULTS.md and results.json."""

    def run(self) -> None:
        from agents.benchmarks.leaderboard import LEARNERS, Budget, drive_policies, train_learners
        from agents.benchmarks.results import DATA, PAGE, results, write_results
        from agents.policy import load_policies
        from agents.scoring.evaluate import baselines
        from agents.scoring.exam import remarks
        from agents.scoring.suites import suite

        chosen, budget = suite(self.suite), Budget(self.frames, self.seeds)
        policies = load_policies(self.policies, taken=[*LEARNERS, *(driver.name for driver in baselines("procedural"))])
        for name in (PAGE, DATA):
            require_writable(self.results / name)
        learners = train_learners(budget, chosen, self.out, CONSOLE)
        entries = [*learners, *drive_policies(policies, chosen)]
        page, data = write_results(
            results(entries, chosen, budget, command_line("benchmark leaderboard", self)), self.results
        )
        for sentence in remarks(chosen, policies):
            say(sentence)
        CONSOLE.print(f"Results: {page} and {data}")


BENCHMARKS = {"speed": BenchmarkSpeed, "learning": BenchmarkLearning, "leaderboard": BenchmarkLeaderboard}


@dataclass
class Benchmark:
    """Measure how fast the simulator runs, and how fast and how well agents learn, compared with others."""

    what: one_of(BENCHMARKS)  # type: ignore[valid-type]
    """What to measure."""

    def run(self) -> None:
        self.what.run()
