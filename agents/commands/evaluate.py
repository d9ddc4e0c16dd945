"""``dashcam evaluate``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from agents.commands.common import CONSOLE, TEST_ROADS, command_line, given_options, parse_seeds, refuse_options, say
from agents.config import Appearance
from agents.files import claimed
from agents.words import next_line
from perception import VALIDATION_FIRST_SEED
from sim.config import TRAIN_ROAD_SEEDS
from sim.errors import UserError

if TYPE_CHECKING:
    from agents.policy import Policy
    from agents.scoring.evaluate import Scores
    from agents.scoring.suites import Suite

OTHER_ROADS = ("road", "road_seeds", "lane", "radius_min_m", "appearance")  # options in place of a suite


@dataclass
class Evaluate:
    """Score policies on fixed unseen roads, beside drivers that need no learning.

    Suites: test-v1 (200 test roads on a clear day), sharp-v1 (tight bends and S-curves), appearance-v1 (light, shadows,
    weather and noise at full strength), robust-v1 (a degraded camera or car, see docs/robustness.md; takes minutes) and
    real-v1 (the road files given by --road).
    """

    policies: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Run folders, policy folders or bundles; the reference policy by default."""
    suite: str | None = None
    """Suite to drive; test-v1 by default, unless roads are given."""
    road_seeds: str | None = None
    """Drive other procedural roads or towns: FIRST:LAST, or a single road seed. Test roads start at 1000000."""
    appearance: Appearance = "default"
    """Appearance of other roads: a clear day (default), or any light, shadows, weather and noise (random)."""
    road: tuple[str, ...] = ()
    """Drive other roads: procedural, straight, circle, s-curve or town; circuits (.csv), maps (.xodr) or folders of
    these."""
    lane: str | None = None
    """Lane of a map, as listed by "dashcam roads", or all; the main lane by default."""
    radius_min_m: float | None = None
    """Least radius of bends on other procedural roads [m]; 18 by default."""
    out: Path | None = None
    """Folder for scorecard.json; the folder of the report, or runs/evaluation-N, by default."""
    report: Path | None = None
    """Folder for report.html, a page with maps, worst moments, comparisons and intervals; no report by default."""

    def run(self) -> None:
        from agents.policy import load_policies
        from agents.scoring.evaluate import baselines, evaluate
        from agents.scoring.exam import remarks
        from agents.scoring.report import endings, table
        from agents.scoring.robustness import robustness_tables
        from agents.scoring.scorecard import require_readable, write_scorecard
        from agents.scoring.suites import SUITES, in_own_cars

        suite = self._suite()
        require_readable(suite, max(len(self.policies), 1))
        policies = load_policies(self.policies, taken=[driver.name for driver in baselines(suite.kind)])
        if suite.name not in SUITES:
            suite = in_own_cars(suite, [policy.config for policy in policies])
        with self._folders() as out:
            scores = evaluate(policies, suite, CONSOLE, keep_trajectories=self.report is not None)
            path = write_scorecard(scores, suite, out)
            CONSOLE.print(table(scores, suite))
            for each in robustness_tables(scores):
                CONSOLE.print(each)
            for line in endings(scores) if suite.kind == "town" else []:
                say(line)
            CONSOLE.print(_remark(suite), end="")
            for sentence in remarks(suite, policies):
                say(sentence)
            CONSOLE.print(f"Scores: {path}")
            if self.report is not None:
                CONSOLE.print(f"Report: {self._write_report(policies, scores, suite, self.report)}")
        say(next_line(["play", *self.policies[:1], *suite.cells[0].road_options]))

    @contextmanager
    def _folders(self) -> Iterator[Path]:
        """The folder for the scores, and the report's where that is another one, for this program alone."""
        out = self.out or self.report
        with claimed(out, "evaluation") as folder:
            if self.report is None or self.report.resolve() == folder.resolve():
                yield folder
            else:
                with claimed(self.report, "", "--report"):
                    yield folder

    def _write_report(
        self, policies: "Sequence[Policy]", scores: "Sequence[Scores]", suite: "Suite", folder: Path
    ) -> Path:
        from agents.page.contestants import contestants_of
        from agents.page.write import write_page

        paths = self.policies or (None,)
        contestants = contestants_of(paths, policies, scores)
        with CONSOLE.status("Drawing the report ..."):
            return write_page(contestants, suite, paths, command_line("evaluate", self), folder)

    def _suite(self) -> "Suite":
        """What is to be driven.

        Raises:
            UserError: there is no such suite or road, or the options contradict each other.
        """
        from agents.roads.files import bend_radius, road_files
        from agents.scoring.suites import DEFAULT, REAL, real_suite, seeded_suite, suite

        if self.suite not in (None, REAL):
            refuse_options(self, f"Suite {self.suite} has its own roads", OTHER_ROADS)
            return suite(self.suite)
        if self.suite is None and not given_options(self, OTHER_ROADS):
            return suite(DEFAULT)
        if self.suite is None and len(self.road) <= 1 and not _names_files(self.road):
            kind = self.road[0] if self.road else "procedural"
            if self.lane is not None:
                raise UserError(f"The lane is {self.lane}, but there is no road file; name one with --road.")
            default = TEST_ROADS if kind in ("procedural", "town") else TEST_ROADS.partition(":")[0]
            seeds = parse_seeds(self.road_seeds or default)
            return seeded_suite(kind, seeds, self.appearance, bend_radius(kind, self.radius_min_m))  # type: ignore[arg-type]
        reason = "Roads from files have no seeds, but their own bends, and are driven on a clear day"
        refuse_options(self, reason, ("road_seeds", "radius_min_m", "appearance"))
        if not self.road:
            raise UserError(f"Suite {REAL} drives road files of your choice; name some with --road FILE.")
        return real_suite(road_files(self.road), self.lane)


def _names_files(roads: Sequence[str]) -> bool:
    from sim.roads.formats import is_road_file

    return any(is_road_file(name) or Path(name).exists() for name in roads)


def _remark(suite: "Suite") -> str:
    """What such scores do not say."""
    cell = suite.cells[0]
    if cell.kind not in ("procedural", "town") or cell.file is not None:
        return ""
    places = "towns" if cell.kind == "town" else "roads"
    if cell.road_seeds[0] <= TRAIN_ROAD_SEEDS[1]:
        return f"These are training {places}: the scores say nothing about unseen ones.\n"
    if cell.road_seeds[-1] >= VALIDATION_FIRST_SEED:
        chosen = f"{places.capitalize()} from {VALIDATION_FIRST_SEED} on choose the best policy of a run"
        return f"{chosen}: report scores on lower seeds.\n"
    return ""
