"""Drives every lane of road files with pure pursuit, in the car that is the default there: a row for each file.

python -m tools.roads.drive ROADS...
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import tyro
from rich.progress import track

from agents.console import figures_table, plain_console
from agents.roads.files import road_files
from agents.scoring.evaluate import BLIND, drive_roads
from agents.scoring.own_task import SLOWEST_MPS
from agents.scoring.trajectory import Trajectory
from sim.config import AppearanceConfig, EnvConfig, RoadsConfig, TaskConfig
from sim.defaults import FILE_ACTIONS, FILE_VEHICLE
from sim.drivers import PurePursuitDriver
from sim.errors import UserError
from sim.roads.formats import read_roads
from sim.roads.road import Road

TIME_TO_START = 60.0  # s


class Row(NamedTuple):
    """What came out on one file."""

    routes: int
    finished: int
    within: int  # without leaving the lane
    slowest: float  # m/s, once the car had reached the speed that it wanted
    lateral: float  # m/s^2, greatest
    radius: float  # m, least


def main(roads: Annotated[tuple[str, ...], tyro.conf.Positional]) -> None:
    """Prints the table and the drives that ended early; exits with 1 if there are any.

    Args:
        roads: Circuits (.csv), maps (.xodr), or folders of these.
    """
    title = "Slowest speed, greatest lateral acceleration and least radius of all routes"
    table = figures_table("file", "routes", "finished", "in lane", "m/s", "m/s^2", "m", title=title)
    table.columns[0].max_width = 32
    early: list[str] = []
    refused: list[str] = []
    files = road_files(roads)
    for path in track(files, "driving", console=plain_console(stderr=True), transient=True):
        try:
            found = read_roads(path, None if path.suffix.lower() == ".csv" else "all")
        except UserError as error:
            refused.append(f"Refused: {error}")
            continue
        drives = drive(path, found)
        early += [f"{path.name}: {told(drive, road)}" for drive, road in zip(drives, found, strict=True) if lost(drive)]
        row = row_of(drives, found)
        numbers = (str(row.routes), str(row.finished), str(row.within), f"{row.slowest:.1f}", f"{row.lateral:.1f}")
        table.add_row(path.name, *numbers, f"{row.radius:.1f}" if row.radius < 10_000.0 else "-")
    plain_console().print(table)
    for sentence in (*refused, *early):
        print(sentence)
    sys.exit(1 if early else 0)


def drive(path: Path, found: Sequence[Road]) -> list[Trajectory]:
    """Every road of a file from its beginning to its end."""
    longest = max(road.lane_distance(*road.route_bounds) for road in found)
    config = EnvConfig(
        camera=BLIND,
        vehicle=FILE_VEHICLE,
        actions=FILE_ACTIONS,
        roads=RoadsConfig(
            kind="file",
            file=str(path),
            lane=None if path.suffix.lower() == ".csv" else "all",
            last_seed=len(found) - 1,
            pool_size=1,
        ),
        task=TaskConfig(start="beginning", time_limit_s=TIME_TO_START + longest / SLOWEST_MPS),
        appearance=AppearanceConfig(scenery=False),
    )
    return drive_roads(PurePursuitDriver(), config, range(len(found)))


def lost(drive: Trajectory) -> bool:
    """Whether a drive ended early."""
    return drive.ended_by != "completed"


def told(drive: Trajectory, road: Road) -> str:
    """Where a drive ended, in words."""
    return f"lane {road.name}: {drive.ended_by} after {drive.progress[-1]:.0f} of {drive.route_length:.0f} m"


def row_of(drives: Sequence[Trajectory], found: Sequence[Road]) -> Row:
    """All drives on one file together."""
    return Row(
        len(drives),
        sum(not lost(drive) for drive in drives),
        sum(not lost(drive) and not drive.outside.any() for drive in drives),
        min(slowest(drive) for drive in drives),
        max(float(np.abs(drive.speed * drive.yaw_rate).max()) for drive in drives),
        min(1.0 / max(float(np.abs(road.line.curvature).max()), 1e-9) for road in found),
    )


def slowest(drive: Trajectory) -> float:
    """Least speed once the car had reached the speed that it wanted [m/s]."""
    started = int(np.argmax(drive.speed >= 0.9 * drive.commands[:, 1]))
    return float(drive.speed[started:].min())


if __name__ == "__main__":
    tyro.cli(main)
