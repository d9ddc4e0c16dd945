"""A town, generated or from a file: both have a ``network``, ``furniture``, a ``seed`` for colours and a ``name``."""

from typing import TYPE_CHECKING, TypeAlias, Union

from sim.town.town import Town

if TYPE_CHECKING:
    from sim.town.opendrive.town import MapTown

AnyTown: TypeAlias = Union[Town, "MapTown"]
