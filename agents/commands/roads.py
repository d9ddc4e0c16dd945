"""``dashcam roads``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from agents.commands.common import CONSOLE, say
from agents.files import check_picture_path
from agents.words import next_line

if TYPE_CHECKING:
    from sim.roads.formats.opendrive.model import RoadMap
    from sim.town.opendrive.town import MapTown


@dataclass
class Roads:
    """Describe a road file, list the lanes that can be driven, and draw it; a map also as a town."""

    file: tyro.conf.Positional[Path]
    """Circuit (.csv) or OpenDRIVE map (.xodr)."""
    lane: str | None = None
    """Lane of a map, such as 1:-1 (ROAD:LANE); the main lane by default."""
    start: str | None = None
    """Lane at which a route through the town begins; one far from the goal by default."""
    goal: str | None = None
    """Lane at which that route ends; one far from the start by default."""
    out: Path | None = None
    """Picture to write (.png or .svg); none by default."""

    def run(self) -> None:
        """Runs the command."""
        from agents.roads.description import describe_circuit, describe_map, describe_road, table_of
        from agents.roads.picture import write_picture
        from agents.roads.town import describe_route, describe_town, junction_table, route_of
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
            if self.start is not None or self.goal is not None:
                raise UserError(f"{self.file} is a circuit, which has no routes; leave out --start and --goal.")
            say("\n".join([*describe_circuit(source), *describe_road(road)]))
            town, route = None, None
        else:
            town = self._town(source)
            route = route_of(town, self.start, self.goal) if town is not None else None
            router = Router(source)
            say("\n".join(describe_map(source, router)))
            CONSOLE.print(table_of(all_routes(router), router, road.name))
            say("\n".join(describe_road(road)))
        if town is not None:
            say("\n".join(describe_town(town)))
            if town.junctions:
                CONSOLE.print(junction_table(town))
        if town is not None and route is not None:
            say(describe_route(town, route))
        if self.out is not None:
            write_picture(source, road, self.out, town, route)
            say(f"Picture: {self.out}")
        lane = ["--lane", self.lane] if self.lane else []
        say(next_line(["evaluate", "--road", self.file, *lane]))

    def _town(self, road_map: "RoadMap") -> "MapTown | None":
        """The map as a town; None, and a note, where it cannot be one though its lanes can be driven."""
        from sim.errors import UserError
        from sim.town.opendrive.town import town_of

        try:
            return town_of(road_map)
        except UserError as error:
            if self.start is not None or self.goal is not None:
                raise
            say(f"Note: This is no town: {error}")
            return None
