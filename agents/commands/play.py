"""``dashcam play``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

from agents.commands.common import CONSOLE, RoadOptions, refuse_options, require_road_seed, say
from agents.files import claimed
from agents.words import counted
from sim.errors import UserError

if TYPE_CHECKING:
    from agents.cockpit.playback import Playback

LONGEST_FILM_S = 3600.0
OF_A_DRIVE = ("driver", "compare", "road_seed", "road", "lane", "radius_min_m")  # options that say who drives where


@dataclass
class Play(RoadOptions):
    """Watch a policy drive in a window, drive yourself, open a replay, or record a film without a display.

    In the window, press H for a list of keys.
    """

    policies: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Policies (P in the window switches between them) or a .replay file; by default the reference policy, which drives
    on roads."""
    driver: str = "policy"
    """Who drives: policy, human, pure-pursuit, constant-speed or random; in towns also rule-based, which drives by
    default where no policy is named, or blind, which sees no signals."""
    compare: str | None = None
    """Show another policy or driver beside the first one, on the same road."""
    failures: Path | None = None
    """Show the moments before each departure from the lane, and in towns before each drive that broke a rule and ended,
    for the run or evaluation in this folder."""
    road_seed: int | None = None
    """Seed of the first road or town; 1000000, or the first of a file, by default. In the window, N and B change it."""
    view: Literal["dashboard", "chase"] = "dashboard"
    """View through the windscreen, or from behind; in the window, C switches."""
    record: Path | None = None
    """Write a film (.mp4 or .gif) instead of opening the window."""
    seconds: float = 60.0
    """Greatest length of the film [s]."""
    explain: bool = False
    """Show what the policy looks at and where it takes the lane to be; in the window, S switches this on and off."""
    folder: Path = Path("runs/cockpit")
    """Folder for screenshots, films and replays."""

    def run(self) -> None:
        self._check()
        playback = self._playback()
        if playback is None:
            return
        if self.record is not None:
            self._write_film(playback, self.record)
        else:
            self._open_window(playback)

    def _check(self) -> None:
        from agents.cockpit.film import check_film_path, check_gif_length

        require_road_seed(self.road_seed)
        if not 0.0 < self.seconds <= LONGEST_FILM_S:
            raise UserError(f"--seconds is {self.seconds}, but must be above 0 and at most {LONGEST_FILM_S:.0f}.")
        if self.record is not None:
            check_film_path(self.record)
            check_gif_length(self.record, self.seconds)
            if self._human:
                raise UserError("A person cannot drive without a window; leave out --record or --driver human.")
        if self._replay is not None:
            reason = "A replay has its own driver and road, and takes one policy"
            refuse_options(self, reason, (*OF_A_DRIVE, "failures"), self.policies[2:])
        elif self.failures is not None:
            reason = "--failures shows one policy on the roads of its evaluation"
            refuse_options(self, reason, OF_A_DRIVE, self.policies[1:])

    @property
    def _human(self) -> bool:
        from agents.drives.drivers import HumanDriver

        return self.driver == HumanDriver.name

    @property
    def _replay(self) -> Path | None:
        from agents.drives.recording import ENDING

        return next((path for path in self.policies[:1] if path.suffix == ENDING), None)

    def _playback(self) -> "Playback | None":
        from agents.cockpit.playback import driver_options, opponent_option, play_drive

        if self._replay is not None:
            return _checked_replay(self._replay, next(iter(self.policies[1:]), None))
        if self.failures is not None:
            return self._failures(self.failures)
        drivers = driver_options(self.policies, self.driver, self.road)
        opponent = None if self.compare is None else opponent_option(self.compare, drivers[0])
        roads = self.roads(drivers[0].config.roads)
        self._require_display()
        return play_drive(drivers, opponent, roads, self.road_seed)

    def _require_display(self) -> None:
        """Makes sure that a window can open: once all arguments are right, before cars drive."""
        from agents.cockpit.window import require_display

        if self.record is None:
            require_display()

    def _failures(self, run: Path) -> "Playback | None":
        from agents.cockpit.playback import failures_of, play_failures

        policy, failed = failures_of(run, next(iter(self.policies), None))
        self._require_display()
        with CONSOLE.status("Looking for failures ..."):
            found = play_failures(policy, failed)
        if failed.left_out:
            CONSOLE.print(f"Left out: {counted(failed.left_out, 'failed drive')} with a degraded camera or car.")
        if found is None:
            where = " in the other drives" if failed.left_out else ""
            never = "There were no failures" if policy.config.roads.kind == "town" else "The lane was never left"
            CONSOLE.print(f"{never}{where}: there is nothing to show.")
        return found

    def _write_film(self, playback: "Playback", path: Path) -> None:
        from agents.cockpit.film import record
        from agents.cockpit.screen import DisplayOptions

        with CONSOLE.status(f"Recording {self.seconds:.0f} s ..."):
            shots = playback.shots(self.seconds, explain=self.explain)
            count = record(shots, path, DisplayOptions(view=self.view))
        CONSOLE.print(f"Film: {path} ({counted(count, 'picture')})")

    def _open_window(self, playback: "Playback") -> None:
        from agents.cockpit.controller import Controller
        from agents.cockpit.screen import DisplayOptions
        from agents.cockpit.window import Window

        player = playback.player()
        player.explaining = self.explain
        controller = Controller(player, self.folder, playback.drivers, DisplayOptions(view=self.view))
        if self._human:
            controller.handover.take_over()
        try:
            Window(controller).run()
        finally:
            for path in controller.output.saved:
                CONSOLE.print(f"Saved: {path}", highlight=False)
        _print_scores(playback)


def _checked_replay(path: Path, policy: Path | None) -> "Playback":
    """A replay, after it was driven without being shown; says whether every frame is as recorded."""
    from agents.cockpit.playback import play_recording
    from agents.drives.recording import VERSION, first_mismatch

    playback, recording = play_recording(path, policy)
    with CONSOLE.status(f"Checking {recording.steps:,} steps ..."):
        mismatch = first_mismatch(recording)
    if mismatch is None:
        CONSOLE.print(f"Replay of {recording.driver}: all {recording.steps:,} steps are as recorded.")
    else:
        CONSOLE.print(
            f"Replay of {recording.driver}: from step {mismatch:,} of {recording.steps:,} on, the frames differ "
            f"from the recording, which was made with Dashcam {recording.dashcam}; this is {VERSION}.",
            style="yellow",
        )
    return playback


def _print_scores(playback: "Playback") -> None:
    """Scores of what a person drove, beside the policy that rode along."""
    from agents.cockpit.human_score import human_drives, human_suite, score_human
    from agents.policy import Policy
    from agents.scoring.report import table
    from agents.scoring.scorecard import write_scorecard

    drives = human_drives(playback.sessions[0].finished)
    policy = next((item.driver for item in playback.drivers if isinstance(item.driver, Policy)), None)
    if not drives or policy is None:
        return
    scores, suite = score_human(drives, policy), human_suite(drives)
    CONSOLE.print(table(scores, suite))
    with claimed(None, "human") as out:
        say(f"Scores: {write_scorecard(scores, suite, out)}")
