"""Single drives on the page: maps of the worst and the median ones, and the worst moments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.explaining.explain import Explainer
from agents.page.contestants import Contestant, EvaluatedRun
from agents.page.maps import draw_map, road_lines, town_lines
from agents.page.moments import watch, what_happened
from agents.scoring.evaluate import start_drives
from agents.scoring.metrics import RoadScore
from agents.scoring.suites import Cell, Suite
from agents.scoring.trajectory import Trajectory
from agents.words import ENDINGS, counted, fraction
from sim.config import CONTROL_PERIOD, EnvConfig

RANKS = ("Worst", "Second worst", "Third worst")  # maps of each contestant, beside the median one
MOMENTS = 3  # of each contestant


@dataclass(frozen=True)
class Drive:
    """One drive of a policy with all that is known of it."""

    run: EvaluatedRun
    cell: Cell
    score: RoadScore
    path: Trajectory
    where: str
    """The road, and what else tells this drive from others, for people."""

    @property
    def config(self) -> EnvConfig:
        """The environment in which it was driven."""
        assert self.run.policy is not None
        return self.cell.environment(self.run.policy.config)


def ordered_drives(contestant: Contestant, suite: Suite) -> list[Drive]:
    """All drives of a contestant, the worst first."""
    cells = [cell for cell in suite.cells for _ in cell.road_seeds]
    drives = [
        Drive(run, cell, score, path, ", ".join(_names(contestant, run, cell, score, suite)))
        for run in contestant.runs
        for cell, score, path in zip(cells, run.scores.roads, run.scores.trajectories, strict=True)
    ]
    return sorted(drives, key=lambda item: (item.score.driving_score, -item.score.lateral_rmse_m))


def _names(contestant: Contestant, run: EvaluatedRun, cell: Cell, score: RoadScore, suite: Suite) -> Iterator[str]:
    if len(contestant.runs) > 1:
        yield run.scores.driver
    yield f"{'town' if cell.kind == 'town' else 'road'} {score.road_seed}"
    if len(suite.cells) > 1:
        yield cell.label


def worst_maps(drives: Mapping[str, Sequence[Drive]]) -> list[dict[str, Any]]:
    """Maps of each contestant's worst drives and of the median one; ``drives`` are ordered."""
    groups = []
    for place, (name, ordered) in enumerate(drives.items()):
        chosen = list(zip(RANKS, ordered, strict=False))
        if len(ordered) > len(RANKS):
            chosen.append(("Median", ordered[len(ordered) // 2]))
        maps = [_map(drive, rank, f"map-{place}-{index}") for index, (rank, drive) in enumerate(chosen)]
        groups.append({"name": name, "maps": maps})
    return groups


def _map(drive: Drive, rank: str, name: str) -> dict[str, Any]:
    caption = f"{drive.where}; {_outcome(drive)}"
    label = f"Map of {drive.where}: {_outcome(drive)}"
    world = start_drives(drive.config, [drive.score.road_seed])
    lines = town_lines(world) if world.in_town else road_lines(world.road(0))
    return {"rank": rank, "caption": caption, "figure": draw_map(lines, drive.path, name, label)}


def _outcome(drive: Drive) -> str:
    """The outcome of a drive."""
    score = drive.score
    parts = [ENDINGS[score.ended_by]]
    if score.ended_by != "completed":
        parts[0] += f" after {score.distance_m:.0f} m"
    if score.departures > 0:
        parts.append("left its lane once" if score.departures == 1 else f"left its lane {score.departures} times")
    if score.stop_signs > 0:
        parts.append(f"ran {counted(score.stop_signs, 'stop sign')}")
    return "; ".join([*parts, f"score {fraction(score.driving_score, 3)}", f"{score.lateral_rmse_m:.2f} m off centre"])


def worst_moments(drives: Mapping[str, Sequence[Drive]]) -> list[dict[str, Any]]:
    """Strips of frames of each contestant's worst drives; ``drives`` are ordered."""
    groups = []
    for name, ordered in drives.items():
        explainers: dict[int, Explainer] = {}
        moments = []
        for drive in ordered[:MOMENTS]:
            policy = drive.run.policy
            assert policy is not None
            explainer = explainers.setdefault(id(policy), Explainer(policy))
            moments.append(moment_of(drive, explainer))
        groups.append({"name": name, "moments": moments})
    return groups


def moment_of(drive: Drive, explainer: Explainer) -> dict[str, Any]:
    """A strip of frames that led to a drive's worst moment."""
    views = watch(explainer, drive.cell, drive.path)
    camera, last = explainer.policy.config.camera, views[-1].step
    what = what_happened(drive.path)
    return {
        "caption": f"{drive.where}: {what} after {CONTROL_PERIOD * (last + 1):.1f} s",
        "views": [
            {
                "seen": view.seen,
                "glow": view.glow,
                "width": camera.width,
                "height": camera.height,
                "when": "then" if view.step == last else f"{CONTROL_PERIOD * (last - view.step):.1f} s before",
                "offset": f"{abs(view.offset):.2f} m {'left' if view.offset > 0.0 else 'right'}",
            }
            for view in views
        ],
    }
