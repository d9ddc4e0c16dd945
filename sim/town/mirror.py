"""Left-hand traffic: the mirror image of a town, y and all angles taken the other way round.

Who gave way to the right gives way to the left, as in Japan.
"""

import numpy as np

from sim.camera.rows import ARROW_LEFT, ARROW_RIGHT, ARROW_STRAIGHT
from sim.network.network import LEFT, RIGHT, Network
from sim.town.furniture import HEADING, Furniture, Y
from sim.town.surfaces import Surfaces


def mirrored(network: Network, surfaces: Surfaces, furniture: Furniture) -> tuple[Network, Surfaces, Furniture]:
    """The mirror image of a town's parts."""
    return mirrored_network(network), mirrored_surfaces(surfaces), mirrored_furniture(furniture)


def mirrored_network(network: Network) -> Network:
    """The mirror image of a network; ``left_hand`` changes, too."""
    swapped = np.arange(4, dtype=np.int8)
    swapped[[LEFT, RIGHT]] = RIGHT, LEFT
    negated = ("y", "sin", "curvature", "junction_y", "head_y", "head_heading", "crossing_y")
    return network._replace(
        left_hand=not network.left_hand,
        edge_right=-network.edge_left,
        edge_left=-network.edge_right,
        lane_left=network.lane_right.copy(),
        lane_right=network.lane_left.copy(),
        lane_turn=swapped[network.lane_turn],
        **{name: -getattr(network, name) for name in negated},
    )


def mirrored_surfaces(surfaces: Surfaces) -> Surfaces:
    """The mirror image of what lies on the ground."""
    turns = surfaces.arrow_turns
    left, right = (turns & ARROW_LEFT) != 0, (turns & ARROW_RIGHT) != 0
    negated = (
        *("street_y", "street_heading", "street_curvature", "mark_lateral", "arrow_y", "arrow_heading"),
        *("outline_y", "arc_y", "arc_begin", "arc_turn"),
    )
    return surfaces._replace(
        street_right=-surfaces.street_left,
        street_left=-surfaces.street_right,
        band_right=-surfaces.band_left,
        band_left=-surfaces.band_right,
        arrow_turns=((turns & ARROW_STRAIGHT) + ARROW_RIGHT * left + ARROW_LEFT * right).astype(np.int8),
        **{name: -getattr(surfaces, name) for name in negated},
    )


def mirrored_furniture(furniture: Furniture) -> Furniture:
    """The mirror image of what stands beside the streets."""
    sign = np.ones(max(table.shape[1] for table in furniture), dtype=np.float32)
    sign[[Y, HEADING]] = -1.0
    return Furniture(*(table * sign[: table.shape[1]] for table in furniture))
