"""``dashcam play``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

from agents.commands.common import CONSOLE, require_road_seed
from agents.files import claimed
from agents.words import counted
from sim.errors import UserError

if TYPE_CHECKING:
    from agents.cockpit.playback import Stage
    from agents.drives.recording import Recording
    from sim.config import RoadsConfig

LONGEST_FILM_S = 3600.0
OF_A_DRIVE = ("driver", "compare", "road_seed", "road", "lane", "radius_min_m")  # options that say who drives where


@dataclass
class Play:
    """Watch a policy drive in a window, drive yourself, open a replay, or record a film without a display.

    In the window, press H for a list of keys.
    """

    policies: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Policies (P in the window switches between them) or a .replay file; the reference policy by default."""
    driver: str = "policy"
    """Who drives: policy, human, pure-pursuit, constant-speed or random."""
    compare: str | None = None
    """Show another policy or driver beside the first one, on the same road."""
    failures: Path | None = None
    """Show the moments before each departure from the lane, for the run or evaluation in this folder."""
    road_seed: int | None = None
    """Seed of the first road; 1000000, or the first of a file, by default. In the window, N and B change the road."""
    road: str | None = None
    """Kind of road: procedural, straight, circle or s-curve; or a file: circuit (.csv) or OpenDRIVE map (.xodr). By
    default procedural, or the file or fixed road that the first policy was trained on."""
    lane: str | None = None
    """Lane of a map, as listed by "dashcam roads", or all; the main lane by default."""
    radius_min_m: float | None = None
    """Least radius of bends on procedural roads [m]; 18 by default."""
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
        """Runs the command."""
        self._check()
        stage = self._stage()
        if stage is None:
            return
        if self.record is not None:
            self._write_film(stage, self.record)
        else:
            self._open_window(stage)

    def _check(self) -> None:
        from agents.cockpit.film import check_film_path, check_gif_length
        from agents.drives.drivers import HumanDriver

        if self.road_seed is not None:
            require_road_seed(self.road_seed)
        if not 0.0 < self.seconds <= LONGEST_FILM_S:
            raise UserError(f"--seconds is {self.seconds}, but must be above 0 and at most {LONGEST_FILM_S:.0f}.")
        if self.record is not None:
            check_film_path(self.record)
            check_gif_length(self.record, self.seconds)
            if self.driver == HumanDriver.name:
                raise UserError("A person cannot drive without a window; leave out --record or --driver human.")
        self._refuse_what_would_do_nothing()

    def _refuse_what_would_do_nothing(self) -> None:
        from agents.cockpit.playback import is_replay

        if self.policies and is_replay(self.policies[0]):
            self._refuse("A replay has its own driver and road, and takes one policy", (*OF_A_DRIVE, "failures"), 2)
        elif self.failures is not None:
            self._refuse("--failures shows one policy on the roads of its evaluation", OF_A_DRIVE, 1)

    def _refuse(self, reason: str, options: Sequence[str], policies: int) -> None:
        """Refuses what is given of ``options``, and more than so many ``policies``."""
        given = [f"--{name.replace('_', '-')}" for name in options if getattr(self, name) != getattr(Play, name)]
        given += map(str, self.policies[policies:])
        if given:
            raise UserError(f"{reason}; leave out {', '.join(given)}.")

    def _stage(self) -> "Stage | None":
        from agents.cockpit.playback import cast_of, is_replay, stage_drive, stage_recording

        first = next(iter(self.policies), None)
        if first is not None and is_replay(first):
            return self._replay(*stage_recording(first, next(iter(self.policies[1:]), None)))
        if self.failures is not None:
            return self._failures(self.failures, first)
        roads, cast = self._named_roads(), cast_of(self.policies, self.driver, self.compare)
        self._require_display()
        return stage_drive(cast, roads, self.road_seed)

    def _require_display(self) -> None:
        """Makes sure that there is one where a window is to open: once all arguments are right, before cars drive."""
        from agents.cockpit.window import require_display

        if self.record is None:
            require_display()

    def _failures(self, run: Path, named: Path | None) -> "Stage | None":
        from agents.cockpit.playback import failures_of, stage_failures

        policy, failed = failures_of(run, named)
        self._require_display()
        with CONSOLE.status("Looking for departures ..."):
            found = stage_failures(policy, failed)
        if failed.left_out:
            CONSOLE.print(f"Left out: {counted(failed.left_out, 'failed drive')} with a degraded camera or car.")
        if found is None:
            where = " in the other drives" if failed.left_out else ""
            CONSOLE.print(f"The lane was never left{where}: there is nothing to show.")
        return found

    def _named_roads(self) -> "RoadsConfig | None":
        from agents.roads.files import named_roads

        if self.road is None and self.lane is None and self.radius_min_m is None:
            return None
        return named_roads(self.road or "procedural", self.lane, self.radius_min_m)

    def _replay(self, stage: "Stage", recording: "Recording") -> "Stage":
        """Drives a recording once without showing it, and says whether it is still the same."""
        from agents.drives.recording import VERSION, first_mismatch

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
        return stage

    def _write_film(self, stage: "Stage", path: Path) -> None:
        from agents.cockpit.film import record_shots
        from agents.cockpit.screen import Wishes

        for session in stage.sessions:
            session.explaining = self.explain
        with CONSOLE.status(f"Recording {self.seconds:.0f} s ..."):
            count = record_shots(stage.shots(self.seconds), path, Wishes(view=self.view))
        CONSOLE.print(f"Film: {path} ({counted(count, 'picture')})")

    def _open_window(self, stage: "Stage") -> None:
        from agents.cockpit.pilot import Pilot
        from agents.cockpit.screen import Wishes
        from agents.cockpit.window import Window

        human = stage.sessions[0].human
        pilot = Pilot(stage.player(), self.folder, stage.chauffeurs, wishes=Wishes(view=self.view))
        pilot.player.explaining = self.explain
        if human is not None:
            pilot.wheel.human = human
        try:
            Window(pilot).run()
        finally:
            for path in pilot.saved:
                CONSOLE.print(f"Saved: {path}", highlight=False)
        self._tell_scores(stage)

    def _tell_scores(self, stage: "Stage") -> None:
        """Scores of what a person drove, beside the policy that looked on."""
        from agents.cockpit.human_score import human_drives, human_suite, score_human
        from agents.policy import Policy
        from agents.scoring.report import table
        from agents.scoring.scorecard import write_scorecard

        drives = human_drives(stage.sessions[0].finished)
        policy = next((item.driver for item in stage.chauffeurs if isinstance(item.driver, Policy)), None)
        if not drives or policy is None:
            return
        scores, suite = score_human(drives, policy), human_suite(drives)
        CONSOLE.print(table(scores, suite))
        with claimed(None, "human") as out:
            CONSOLE.print(f"Scores: {write_scorecard(scores, suite, out)}", highlight=False)
