"""Places in slots of arrays: a pool keeps those in use, and as many others as there is room for."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Place = TypeVar("Place")
Built = TypeVar("Built", covariant=True)
Arrays = TypeVar("Arrays", bound=tuple[NDArray[Any], ...])


class PlaceSource(Protocol[Built]):
    """Gives places by seed."""

    @property
    def count(self) -> int | None:
        """How many different places there are at the most, None where every seed has its own."""
        ...

    def number(self, seed: int) -> int:
        """What tells the place of this seed from others: seeds with the same number share one."""
        ...

    def build(self, number: int) -> Built:
        """The place with a number."""
        ...


class SlotPool(Generic[Place]):
    """Keeps places for the cars that drive there, and as many others as there is room for.

    The least recently used make room for new ones; a place in use is never evicted.
    """

    def __init__(self, source: PlaceSource[Place], slots: int) -> None:
        """Makes room for ``slots`` places of a source; as many may be in use at once."""
        self._source = source
        slots = slots if source.count is None else min(slots, source.count)
        self.places: list[Place | None] = [None] * slots
        self._users = np.zeros(slots, dtype=np.int64)
        self._slot_of_number: dict[int, int] = {}
        self._number_in_slot: dict[int, int] = {}
        self._idle: OrderedDict[int, None] = OrderedDict((slot, None) for slot in range(slots))

    def acquire(self, seed: int) -> int:
        """Slot of the place with this seed, built if need be; it stays until it is released as often as acquired.

        Raises:
            UserError: the memory does not suffice for its map.
        """
        number = self._source.number(seed)
        slot = self._slot_of_number.get(number)
        if slot is None:
            slot = next(iter(self._idle))
            self._build(slot, number)
        self._idle.pop(slot, None)
        self._users[slot] += 1
        return slot

    def release(self, slot: int) -> None:
        """Gives a slot back; its place stays for later use until the slot is needed."""
        self._users[slot] -= 1
        if self._users[slot] == 0:
            self._idle[slot] = None

    def preload(self, first_seed: int, count: int) -> None:
        """Builds the first ``count`` places, so that no car has to wait for one of them."""
        for seed in range(first_seed, first_seed + count):
            self.release(self.acquire(seed))

    def place(self, slot: int) -> Place:
        """The place in a slot that is in use."""
        place = self.places[slot]
        assert place is not None
        return place

    def used(self) -> list[int]:
        """The slots that hold a place."""
        return list(self._number_in_slot)

    def _build(self, slot: int, number: int) -> None:
        """Fills an idle slot; when that is interrupted, the slot holds no place and stays idle."""
        place = self._source.build(number)
        if slot in self._number_in_slot:
            del self._slot_of_number[self._number_in_slot.pop(slot)]
        self._write(slot, place)
        self.places[slot] = place
        self._slot_of_number[number], self._number_in_slot[slot] = slot, number

    def _write(self, slot: int, place: Place) -> None:
        """Writes a place to its slot of the arrays."""
        raise NotImplementedError


class Packed(NamedTuple):
    """Arrays with a row per slot, of which only the rows of some slots are kept."""

    rows: tuple[NDArray[Any], ...]
    shapes: tuple[tuple[int, ...], ...]
    """Of the whole arrays."""


def pack(arrays: Iterable[NDArray[Any]], used: list[int]) -> Packed:
    """What has to be kept of arrays when a pool is copied or pickled: untouched pages take no memory."""
    arrays = tuple(arrays)
    return Packed(tuple(array[used] for array in arrays), tuple(array.shape for array in arrays))


def unpack(packed: Packed, used: list[int]) -> list[NDArray[Any]]:
    """The arrays again."""
    whole = [np.empty(shape, dtype=rows.dtype) for rows, shape in zip(*packed, strict=True)]
    for array, rows in zip(whole, packed.rows, strict=True):
        array[used] = rows
    return whole


def with_room(arrays: Arrays, rows: tuple[NDArray[Any], ...], used: list[int]) -> Arrays:
    """The same arrays, or larger ones where one of ``rows`` does not fit into a slot; a named tuple of them."""
    grown = [_with_room(array, row.shape, used) for array, row in zip(arrays, rows, strict=True)]
    same = all(new is old for new, old in zip(grown, arrays, strict=True))
    make: Any = getattr(type(arrays), "_make", tuple)
    return arrays if same else make(grown)


def _with_room(array: NDArray[Any], needed: tuple[int, ...], used: list[int]) -> NDArray[Any]:
    if all(need <= has for need, has in zip(needed, array.shape[1:], strict=True)):
        return array
    room = [has if need <= has else need + need // 4 for need, has in zip(needed, array.shape[1:], strict=True)]
    larger = np.empty((len(array), *room), dtype=array.dtype)
    part: Any = tuple(slice(size) for size in array.shape[1:])
    for slot in used:
        larger[(slot, *part)] = array[slot]
    return larger


def put(arrays: tuple[NDArray[Any], ...], slot: int, rows: tuple[NDArray[Any], ...]) -> None:
    """Writes ``rows`` to the beginning of a slot of each array."""
    for array, row in zip(arrays, rows, strict=True):
        place: Any = (slot, *(slice(size) for size in row.shape))
        array[place] = row
