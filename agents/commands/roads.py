"""``dashcam roads``."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE


@dataclass
class Roads:
    """Describe a road file, a circuit (.csv) or an OpenDRIVE map (.xodr), and draw it: which lanes can be driven?"""

    file: tyro.conf.Positional[Path]
    """The road file."""
    lane: str | None = None
    """Lane of a map, such as 1:-1 (ROAD:LANE); the main lane, which is the longest route, by default."""
    out: Path | None = None
    """Picture to write: a name that ends in .png or .svg; none by default."""

    def run(self) -> None:
        """Runs the command."""
        from agents.road_description import describe_circuit, describe_map, describe_road, table_of
        from agents.road_picture import check_picture_path, write_picture
        from sim.errors import UserError
        from sim.roads.formats import read_file, roads_of
        from sim.roads.formats.circuit import Circuit
        from sim.roads.formats.opendrive.routes import Router, all_routes

        if self.out is not None:
            check_picture_path(self.out)
        if self.lane == "all":
            raise UserError("Only one lane can be described; name it, or leave --lane out.")
        source = read_file(self.file)
        road = roads_of(source, self.lane)[0]
        lines = describe_circuit(source) if isinstance(source, Circuit) else describe_map(source)
        CONSOLE.print("\n".join(lines), highlight=False, markup=False, emoji=False)
        if not isinstance(source, Circuit):
            router = Router(source)
            CONSOLE.print(table_of(all_routes(router), router, road.course.name if road.course else ""))
        CONSOLE.print("\n".join(describe_road(road)), highlight=False, markup=False, emoji=False)
        if self.out is not None:
            write_picture(source, road, self.out)
            CONSOLE.print(f"Picture: {self.out}", highlight=False, markup=False, emoji=False)
        lane = f" --lane {self.lane}" if self.lane else ""
        CONSOLE.print(f"Next: dashcam evaluate --road {self.file}{lane}", highlight=False, markup=False, emoji=False)
