"""Where a place on a lane lies, for one lane and one station; and between two neighbours on a change of lanes."""

import math

from sim.kernels import kernel


@kernel
def place_on(lines, lane, station):
    """A place on a lane's centre line, by a cubic curve through the points before and behind.

    Returns:
        x, y [m], cosine and sine of the heading, curvature [1/m], and lateral positions of the right and of the left
        edge of the paved area [m].
    """
    first, pieces = lines.points[lane], lines.points[lane + 1] - lines.points[lane] - 1
    step = float(lines.length[lane]) / pieces
    index = min(max(int(station / step), 0), pieces - 1)
    a, b = first + index, first + index + 1
    u = station / step - index
    v = 1.0 - u
    near, far = v * v * (1.0 + 2.0 * u), u * u * (1.0 + 2.0 * v)
    leave, meet = step * u * v * v, step * u * u * v
    x = near * lines.x[a] + far * lines.x[b] + leave * lines.cos[a] - meet * lines.cos[b]
    y = near * lines.y[a] + far * lines.y[b] + leave * lines.sin[a] - meet * lines.sin[b]
    cos, sin = v * lines.cos[a] + u * lines.cos[b], v * lines.sin[a] + u * lines.sin[b]
    norm = math.hypot(cos, sin)
    curvature = v * lines.curvature[a] + u * lines.curvature[b]
    right, left = v * lines.edge_right[a] + u * lines.edge_right[b], v * lines.edge_left[a] + u * lines.edge_left[b]
    return x, y, cos / norm, sin / norm, curvature, right, left


@kernel
def place_between(lines, lanes, share, blend):
    """A place on the way from one lane to a neighbour, and how fast it moves.

    With P the places on the two lanes at a share p of their lengths l, T and N their directions ahead and to the left,
    c their curvatures, and w = u^3 (10 - 15 u + 6 u^2) for the part u of the change that is done, the way is
        Q = (1 - w) P_a + w P_b
        Q' = (1 - w) l_a T_a + w l_b T_b + w' (P_b - P_a)
        Q" = (1 - w) l_a^2 c_a N_a + w l_b^2 c_b N_b + 2 w' (l_b T_b - l_a T_a) + w" (P_b - P_a)
    and its curvature is (Q' x Q") / |Q'|^3.

    Args:
        lines: The lanes.
        lanes: The lane that is left, and its neighbour.
        share: Where, as a share of the lanes' lengths.
        blend: Shares at which the change begins and ends.

    Returns:
        What ``place_on`` returns, and |Q'| [m].
    """
    length_a, length_b = float(lines.length[lanes[0]]), float(lines.length[lanes[1]])
    ax, ay, acos, asin, abend, aright, aleft = place_on(lines, lanes[0], share * length_a)
    bx, by, bcos, bsin, bbend, bright, bleft = place_on(lines, lanes[1], share * length_b)
    width = max(blend[1] - blend[0], 1e-9)
    u = min(max((share - blend[0]) / width, 0.0), 1.0)
    w = u * u * u * (10.0 - 15.0 * u + 6.0 * u * u)
    slope = 30.0 * u * u * (1.0 - u) * (1.0 - u) / width
    bend = 60.0 * u * (1.0 - u) * (1.0 - 2.0 * u) / (width * width)
    v, dx, dy = 1.0 - w, bx - ax, by - ay
    x1 = v * length_a * acos + w * length_b * bcos + slope * dx
    y1 = v * length_a * asin + w * length_b * bsin + slope * dy
    abend, bbend = v * length_a * length_a * abend, w * length_b * length_b * bbend
    x2 = -abend * asin - bbend * bsin + 2.0 * slope * (length_b * bcos - length_a * acos) + bend * dx
    y2 = abend * acos + bbend * bcos + 2.0 * slope * (length_b * bsin - length_a * asin) + bend * dy
    speed = math.hypot(x1, y1)
    curvature = (x1 * y2 - y1 * x2) / (speed * speed * speed)
    right, left = v * aright + w * bright, v * aleft + w * bleft
    return v * ax + w * bx, v * ay + w * by, x1 / speed, y1 / speed, curvature, right, left, speed
