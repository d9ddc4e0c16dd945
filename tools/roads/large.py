"""Reads legal maps that are as large as they may be, and says how long that takes and how much memory.

python -m tools.roads.large
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import tyro

from agents.console import figures_table, plain_console
from sim.roads.formats import read_roads
from tools.roads.writer import geometry, junction, lane, link, road, section, straight, two_lanes, write_map

CURVE = '<paramPoly3 aU="0" bU="1" cU="0" dU="0" aV="0" bV="0" cV="0" dV="0" pRange="arcLength"/>'
MARK = '<roadMark sOffset="{}" type="broken" color="white" width="0.12"/>'


def roads_in_a_row(count: int) -> list[str]:
    """Straights of 50 m with two lanes, each linked to the next."""
    before = ["", *(link("predecessor", k, "end") for k in range(1, count))]
    after = [*(link("successor", k, "start") for k in range(2, count + 1)), ""]
    return [straight(k + 1, 50.0, 50.0 * (k + 1), before[k] + after[k]) for k in range(count)]


def sections_in_a_row(count: int) -> list[str]:
    """One road whose lanes are divided every 2 cm."""
    return [straight(sections="".join(section(0.02 * k, right=[lane(-1, links=(-1, -1))]) for k in range(count)))]


def lanes_abreast(count: int) -> list[str]:
    """One road that is as wide as can be."""
    width = f'a="{990.0 / count}" b="0" c="0" d="0"'
    return [straight(1, 50.0, sections=section(0, right=[lane(-k, width) for k in range(1, count + 1)]))]


def curves_in_a_row(count: int) -> list[str]:
    """Roads whose reference lines are made of curves of 1 cm."""
    plans = [
        "".join(geometry(0.01 * k, 0.01 * k, 50.0 * number, 0, 0.01, CURVE) for k in range(10_000))
        for number in range(count)
    ]
    return [road(number, 100.0, plan, two_lanes()) for number, plan in enumerate(plans)]


def marks_in_a_row(count: int) -> list[str]:
    """Lanes whose marks change every centimetre."""
    marks = "".join(MARK.format(0.01 * k) for k in range(9_999))
    return [straight(sections=section(0, right=[lane(-k, mark=marks) for k in range(1, count + 1)]))]


def connections(count: int) -> list[str]:
    """Two roads that a junction links again and again."""
    one = junction(9, "direct", 'incomingRoad="1" linkedRoad="2"', (-1, -1))
    begin, end = one.index("<connection"), one.index("</junction>")
    all_of_them = one[:begin] + count * one[begin:end] + one[end:]
    return [straight(1, link=link("successor", 9)), straight(2, x=100.0, link=link("predecessor", 9)), all_of_them]


MAPS: dict[str, tuple[Callable[[int], list[str]], int]] = {
    "2,000 roads": (roads_in_a_row, 2_000),
    "4,900 roads, 14,700 lanes": (roads_in_a_row, 4_900),
    "one road of 100 km": (lambda length: [straight(1, float(length))], 99_999),
    "7,000 sections of one road": (sections_in_a_row, 7_000),
    "650 lanes abreast": (lanes_abreast, 650),
    "30,000 curves": (curves_in_a_row, 3),
    "190,000 marks": (marks_in_a_row, 19),
    "95,000 ways through a junction": (connections, 95_000),
}


def main() -> None:
    """Prints a row for each map."""
    table = figures_table("map", "MB", "s of processor time", "GB in all")
    with tempfile.TemporaryDirectory() as folder:
        for name, (make, count) in MAPS.items():
            path = write_map(Path(folder), *make(count))
            seconds, peak = read_in_child(path)
            table.add_row(name, f"{path.stat().st_size / 1e6:.1f}", f"{seconds:.1f}", f"{peak / 1e9:.2f}")
    plain_console().print(table)


def read_in_child(path: Path) -> tuple[float, int]:
    """Processor time [s] until a map's main lane is a road, and the process's memory [bytes]."""
    child = os.fork()
    if child == 0:
        read_roads(path)
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"{path} was not read.")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


if __name__ == "__main__":
    tyro.cli(main)
