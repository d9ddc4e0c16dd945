"""Small OpenDRIVE maps and circuits for tests, written by hand."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

LINE, SOLID = "<line/>", '<roadMark sOffset="0" type="solid" color="white" width="0.15"/>'
BROKEN = '<roadMark sOffset="0" type="broken" color="standard" width="0.12"/>'


def lane(
    number: int,
    width: str = 'a="3.5" b="0" c="0" d="0"',
    kind: str = "driving",
    mark: str = SOLID,
    links: tuple[int | None, int | None] = (None, None),
) -> str:
    """A lane of one width; ``links`` are its predecessor and successor."""
    before, after = links
    link = f'<predecessor id="{before}"/>' if before is not None else ""
    link += f'<successor id="{after}"/>' if after is not None else ""
    wide = f'<width sOffset="0" {width}/>' if number else ""
    return f'<lane id="{number}" type="{kind}"><link>{link}</link>{wide}{mark}</lane>'


def section(s: float, left: Sequence[str] = (), right: Sequence[str] = (), center: str = "") -> str:
    """A lane section."""
    sides = [
        ("left", "".join(left)),
        ("center", center or lane(0, kind="none", mark=BROKEN)),
        ("right", "".join(right)),
    ]
    return (
        f'<laneSection s="{s}">{"".join(f"<{side}>{lanes}</{side}>" for side, lanes in sides if lanes)}</laneSection>'
    )


def geometry(s: float, x: float, y: float, heading: float, length: float, shape: str = LINE) -> str:
    """A piece of a reference line."""
    return f'<geometry s="{s}" x="{x}" y="{y}" hdg="{heading}" length="{length}">{shape}</geometry>'


def road(
    number: int,
    length: float,
    plan: str,
    sections: str,
    *,
    link: str = "",
    offset: str = "",
    attributes: str = 'junction="-1"',
    more: str = "",
) -> str:
    """A road; ``more`` stands at its end, such as signals and objects."""
    return (
        f'<road id="{number}" name="" length="{length}" {attributes}><link>{link}</link><planView>{plan}</planView>'
        f"<lanes>{offset}{sections}</lanes>{more}</road>"
    )


def link(which: str, element: int, contact: str | None = None) -> str:
    """What a road leads to at its start ("predecessor") or end ("successor"): without a contact, a junction."""
    if contact is None:
        return f'<{which} elementType="junction" elementId="{element}"/>'
    return f'<{which} elementType="road" elementId="{element}" contactPoint="{contact}"/>'


def junction(number: int, kind: str, connection: str, lanes: tuple[int, int]) -> str:
    """A junction with one connection."""
    link = f'<laneLink from="{lanes[0]}" to="{lanes[1]}"/>'
    inside = f'<connection id="0" {connection} contactPoint="start">{link}</connection>'
    return f'<junction id="{number}" name="" type="{kind}">{inside}</junction>'


def two_lanes(links: tuple[int | None, int | None] = (None, None)) -> str:
    """A section with a lane for either direction."""
    before, after = links
    back = (None if before is None else -before, None if after is None else -after)
    return section(0, [lane(1, links=back)], [lane(-1, links=links)])


def straight(number: int = 1, length: float = 100.0, x: float = 0.0, link: str = "", sections: str = "") -> str:
    """A straight road along x with two lanes."""
    links = (-1 if "predecessor" in link else None, -1 if "successor" in link else None)
    return road(number, length, geometry(0, x, 0, 0, length), sections or two_lanes(links), link=link)


def write_map(folder: Path, *parts: str, before: str = "", name: str = "map.xodr") -> Path:
    """Writes a map."""
    path = folder / name
    path.write_text(
        f'{before}<?xml version="1.0"?>\n<OpenDRIVE><header revMajor="1" revMinor="7"/>\n'
        + "\n".join(parts)
        + "</OpenDRIVE>"
    )
    return path


def write_circuit(folder: Path, right: float = 6.0, left: float = 6.0, noise: float = 0.0) -> Path:
    """Writes an oval of 2 x 200 m and two half circles of 60 m radius, driven counter-clockwise, a point every 5 m."""
    random = np.random.default_rng(0)
    rows = ["# x_m,y_m,w_tr_right_m,w_tr_left_m"]
    for s in np.arange(0.0, 400.0 + 2.0 * math.pi * 60.0 - 2.5, 5.0):
        x, y = oval(float(s)) + random.normal(0.0, noise, 2)
        rows.append(f"{x:.6f},{y:.6f},{right},{left}")
    path = folder / "oval.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def ellipse(semi_x: float = 200.0, semi_y: float = 120.0) -> str:
    """A circuit of 100 points in the format of the racetrack database; semi-axes [m]."""
    angles = np.linspace(0.0, 2.0 * math.pi, 100, endpoint=False)
    rows = [f"{semi_x * math.cos(angle):.3f},{semi_y * math.sin(angle):.3f},6.0,5.0\n" for angle in angles]
    return "# x_m,y_m,w_tr_right_m,w_tr_left_m\n" + "".join(rows)


def write_ellipse(path: Path, semi_x: float = 200.0, semi_y: float = 120.0) -> Path:
    """Writes that circuit."""
    path.write_text(ellipse(semi_x, semi_y))
    return path


def oval(s: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """A point of that oval (2,), ``s`` [m] along it."""
    half = math.pi * 60.0
    if s < 200.0:
        return np.array([s, 0.0])
    if s < 200.0 + half:
        angle = (s - 200.0) / 60.0 - 0.5 * math.pi
        return np.array([200.0 + 60.0 * math.cos(angle), 60.0 + 60.0 * math.sin(angle)])
    if s < 400.0 + half:
        return np.array([400.0 + half - s, 120.0])
    angle = (s - 400.0 - half) / 60.0 + 0.5 * math.pi
    return np.array([60.0 * math.cos(angle), 60.0 + 60.0 * math.sin(angle)])
