"""``dashcam roads``."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from agents.commands.common import CONSOLE, say
from agents.files import check_picture_path
from agents.words import next_line


@dataclass
class Roads:
    """Describe a road file, list the lanes that can be driven, and draw it."""

    file: tyro.conf.Positional[Path]
    """Circuit (.csv) or OpenDRIVE map (.xodr)."""
    lane: str | None = None
    """Lane of a map, such as 1:-1 (ROAD:LANE); the main lane by default."""
    out: Path | None = None
    """Picture to write (.png or .svg); none by default."""

    def run(self) -> None:
        """Runs the command."""
        from agents.roads.description import describe_circuit, describe_map, describe_road, table_of
        from agents.roads.picture import write_picture
        from sim.errors import UserError
        from sim.roads.formats import read_file, roads_of
        from sim.roads.formats.circuit import Circuit
        from sim.roads.formats.opendrive.routes import Router, all_routes

        if self.out is not None:
            check_picture_path(self.out)
        if self.lane == "all":
            raise UserError("Only one lane can be described; name it, or leave out --lane.")
        source = read_file(self.file)
        road = roads_of(source, self.lane)[0]
        if isinstance(source, Circuit):
            say("\n".join(describe_circuit(source)))
        else:
            router = Router(source)
            say("\n".join(describe_map(source, router)))
            CONSOLE.print(table_of(all_routes(router), router, road.name))
        say("\n".join(describe_road(road)))
        if self.out is not None:
            write_picture(source, road, self.out)
            say(f"Picture: {self.out}")
        lane = ["--lane", self.lane] if self.lane else []
        say(next_line(["evaluate", "--road", self.file, *lane]))
