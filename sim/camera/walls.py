"""Which house each column of a frame sees: the nearest, and behind it the one that reaches the highest.

Where the face of a house meets the ground, inverse depth is linear in the column (see ``camera.eye``). So a house costs
one multiplication for each column that it spans, and only what wins is painted. Houses between the nearest and the
tallest one are left out.
"""

from typing import NamedTuple

import numpy as np

from sim.camera.eye import FARTHEST, NEAREST, first_pixel
from sim.camera.rows import (
    HOUSE_COS,
    HOUSE_HALF_DEPTH,
    HOUSE_HALF_WIDTH,
    HOUSE_HEIGHT,
    HOUSE_HIDDEN,
    HOUSE_RISE,
    HOUSE_SIN,
    HOUSE_X,
    HOUSE_Y,
    HOUSES,
)
from sim.kernels import inlined, kernel

# A face that is in view: its house and side, inverse depth in a column of slope a: FACE_Q + FACE_Q_SLOPE a, and the
# column's ray in the axes of the house: (FACE_X, FACE_Y) + k ((FACE_AHEAD_X, FACE_AHEAD_Y) + a (FACE_SIDE_X, ...)).
(
    FACE_HOUSE,
    FACE_SIDE,
    FACE_Q,
    FACE_Q_SLOPE,
    FACE_X,
    FACE_Y,
    FACE_AHEAD_X,
    FACE_AHEAD_Y,
    FACE_SIDE_X,
    FACE_SIDE_Y,
) = range(10)
FACE_FIELDS = 10
MOST_FACES = 512  # in a frame; what is beyond is left out

NOTHING = -1
_ZERO, _HALF, _ONE, _MOST = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(1e6)
_LOWEST = np.float32(-1e9)
_ROOF_SHARE = np.float32(0.8)  # of a ridge's rise that counts when heights are compared


class Ray(NamedTuple):
    """All rays of a frame, in the axes of one block: a column of slope a sees (x, y) + k ((ahead) + a (side))."""

    x: np.float32  # m
    y: np.float32
    ahead_x: np.float32
    ahead_y: np.float32
    side_x: np.float32
    side_y: np.float32


@kernel
def rays_to(eye, x, y, cos, sin):
    """The rays in the axes of a block at (x, y) [m] with this heading."""
    back = eye.sunk / eye.pitch_cos
    dx, dy = eye.x - back * eye.cos - x, eye.y - back * eye.sin - y
    ahead_x, ahead_y = cos * eye.cos + sin * eye.sin, cos * eye.sin - sin * eye.cos
    per_depth = _ONE / eye.pitch_cos
    return Ray(
        cos * dx + sin * dy,
        cos * dy - sin * dx,
        ahead_x * per_depth,
        ahead_y * per_depth,
        ahead_y,
        -ahead_x,
    )


@kernel
def find_walls(eye, houses, starts, tiles, count, room):
    """Finds what each column sees of the houses in ``count`` tiles.

    Args:
        eye: ``Eye``.
        houses: (K, HOUSE_FIELDS).
        starts: (STANDING_KINDS, tiles + 1), see ``Scenery.tiles``.
        tiles: Numbers of the tiles.
        count: How many of them.
        room: ``Scratch`` of this worker: what ``types.Scratch`` says of faces and columns is written.
    """
    for column in range(eye.columns):
        room.nearest[column], room.tallest[column], room.nothing[column] = NOTHING, NOTHING, NOTHING
        room.wall[column], room.top[column] = _ZERO, _LOWEST
        room.eaves[column] = _LOWEST
    faces = 0
    for k in range(count):
        tile = tiles[k]
        for index in range(starts[HOUSES, tile], starts[HOUSES, tile + 1]):
            if is_near(eye, houses[index]):
                for second in range(2):
                    face = face_of(eye, houses[index], second)
                    if face.first < face.end and faces < MOST_FACES:
                        _keep_face(index, face, faces, room)
                        _spread(eye, face, faces, room)
                        faces += 1
    least = _HALF / eye.focal
    for column in range(eye.columns):
        if room.top[column] < room.eaves[column] + least:
            room.tallest[column] = NOTHING


@kernel
def is_near(eye, house):
    """Whether a house lies in the view, about."""
    dx, dy, size = house[HOUSE_X] - eye.x, house[HOUSE_Y] - eye.y, house[HOUSE_HALF_DEPTH] + house[HOUSE_HALF_WIDTH]
    ahead, aside = eye.cos * dx + eye.sin * dy, abs(eye.cos * dy - eye.sin * dx)
    return ahead > -size and ahead < FARTHEST + size and aside - eye.limit * ahead < size * (_ONE + eye.limit)


class Face(NamedTuple):
    """A face of a house, in the columns from ``first`` to ``end``; see above."""

    first: int
    end: int
    side: int
    q: np.float32
    slope: np.float32
    top: np.float32  # m, height of the roof over the camera, about
    eaves: np.float32  # m, of the eaves
    ray: Ray


@kernel
def face_of(eye, house, second):
    """One of the faces that look to the camera; none where ``end`` is not beyond ``first``.

    Seen from outside, the left end of face 0 is (depth, -width), and so on, counter-clockwise.
    """
    ray = rays_to(eye, house[HOUSE_X], house[HOUSE_Y], house[HOUSE_COS], house[HOUSE_SIN])
    depth, width = house[HOUSE_HALF_DEPTH], house[HOUSE_HALF_WIDTH]
    eaves = house[HOUSE_HEIGHT] - eye.height
    top = eaves + _ROOF_SHARE * house[HOUSE_RISE]
    if second == 0:
        sign, side = (_ONE, 0) if ray.x > _ZERO else (-_ONE, 2)
        left_x, left_y, right_x, right_y = sign * depth, -sign * width, sign * depth, sign * width
        per, seen = _ONE / (sign * depth - ray.x), abs(ray.x) > depth
        q, slope = ray.ahead_x * per, ray.side_x * per
    else:
        sign, side = (_ONE, 1) if ray.y > _ZERO else (-_ONE, 3)
        left_x, left_y, right_x, right_y = sign * depth, sign * width, -sign * depth, sign * width
        per, seen = _ONE / (sign * width - ray.y), abs(ray.y) > width
        q, slope = ray.ahead_y * per, ray.side_y * per
    first, end = 0, 0
    left_depth, right_depth = _depth(eye, ray, left_x, left_y), _depth(eye, ray, right_x, right_y)
    seen &= int(house[HOUSE_HIDDEN]) >> side & 1 == 0
    if seen and max(left_depth, right_depth) > NEAREST:
        first = first_pixel(_edge(eye, ray, left_x, left_y, left_depth, -_MOST), eye.columns)
        end = first_pixel(_edge(eye, ray, right_x, right_y, right_depth, _MOST), eye.columns)
    return Face(first, end, side, q, slope, top, eaves, ray)


@kernel
def _depth(eye, ray, x, y):
    """Depth of (x, y) [m] in the axes of a block."""
    return (ray.side_x * (y - ray.y) - ray.side_y * (x - ray.x)) * eye.pitch_cos


@kernel
def _edge(eye, ray, x, y, depth, otherwise):
    """Where (x, y) [m] in the axes of a block appears across the frame [px]; ``otherwise`` where it lies behind."""
    if depth < NEAREST:
        return otherwise
    return eye.center + eye.focal * (ray.side_x * (x - ray.x) + ray.side_y * (y - ray.y)) / depth


@inlined
def _keep_face(index, face, faces, room):
    """Writes a face to the list."""
    room.faces[faces, FACE_HOUSE], room.faces[faces, FACE_SIDE] = index, face.side
    room.faces[faces, FACE_Q], room.faces[faces, FACE_Q_SLOPE] = face.q, face.slope
    room.faces[faces, FACE_X], room.faces[faces, FACE_Y] = face.ray.x, face.ray.y
    room.faces[faces, FACE_AHEAD_X], room.faces[faces, FACE_AHEAD_Y] = face.ray.ahead_x, face.ray.ahead_y
    room.faces[faces, FACE_SIDE_X], room.faces[faces, FACE_SIDE_Y] = face.ray.side_x, face.ray.side_y


@inlined
def _spread(eye, face, faces, room):
    """Notes a face in the columns in which it is the nearest, or the tallest."""
    step = face.slope / eye.focal
    begin = face.q + (_HALF - eye.center) * step
    for column in range(face.first, face.end):
        c = np.uint64(column)
        near = begin + step * np.float32(column)
        top = face.top * near
        if near > room.wall[c]:
            room.wall[c], room.nearest[c], room.eaves[c] = near, faces, face.eaves * near
        if near > _ZERO and top > room.top[c]:
            room.top[c], room.tallest[c] = top, faces
