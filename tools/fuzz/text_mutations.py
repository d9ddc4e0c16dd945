"""Ways to break a text file of numbers, tags and attributes."""

import random
import re
from collections.abc import Callable

MOST_MUTATIONS = 4
VALUES = (
    "nan", "inf", "-inf", "1e308", "-1e308", "1e999", "1e-308", "1e8", "1e5", "-1", "-0.0", "0", "1", "2", "", " ",
    "99999999999999999999", "0x10", "1_000", "1,5", "1.5.2", "٣", "None", "true", "a" * 300, "&amp;", "<", "\x00", "🛣",
)  # fmt: skip
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
ATTRIBUTE = re.compile(rb'[\w:]+="[^"]*"')
TAG = re.compile(rb"<[^<>]*>")
ELEMENT = re.compile(rb"<(\w+)\b[^<>]*(?:/>|>(?:(?!<\1\b).)*?</\1>)", re.DOTALL)
Span = tuple[int, int]


def mutate(data: bytes, generator: random.Random) -> bytes:
    """Applies one to four mutations."""
    for _ in range(generator.randint(1, MOST_MUTATIONS)):
        data = generator.choice(MUTATIONS)(data, generator)
    return data


def flip_bytes(data: bytes, generator: random.Random) -> bytes:
    """Changes some bytes."""
    changed = bytearray(data)
    for _ in range(generator.randint(1, 8)):
        if changed:
            changed[generator.randrange(len(changed))] = generator.randrange(256)
    return bytes(changed)


def truncate(data: bytes, generator: random.Random) -> bytes:
    """Cuts off the end."""
    return data[: generator.randint(0, len(data))]


def repeat_part(data: bytes, generator: random.Random) -> bytes:
    """Repeats some bytes, up to a hundred times."""
    begin = generator.randint(0, len(data))
    end = min(len(data), begin + generator.randint(1, 400))
    return data[:end] + data[begin:end] * generator.choice((1, 1, 2, 100)) + data[end:]


def change_number(data: bytes, generator: random.Random) -> bytes:
    """Scales, negates or replaces a number."""
    return _replace(data, generator, NUMBER, lambda old: _changed_number(old, generator))


def _changed_number(old: bytes, generator: random.Random) -> bytes:
    match generator.randrange(4):
        case 0:
            return repr(float(old) * 10.0 ** generator.uniform(-4.0, 4.0)).encode()
        case 1:
            return repr(-float(old)).encode()
        case 2:
            return repr(float(old) + generator.gauss(0.0, 1.0)).encode()
    return generator.choice(VALUES).encode()


def change_attribute(data: bytes, generator: random.Random) -> bytes:
    """Gives an attribute another value, or another name, or takes it away, or writes it twice."""

    def other(old: bytes) -> bytes:
        name, value = old.split(b"=", 1)
        quoted = b'"' + generator.choice(VALUES).encode() + b'"'
        return generator.choice((name + b"=" + quoted, name + b"=" + quoted, b"x" + old, old + b" " + old, b"", value))

    return _replace(data, generator, ATTRIBUTE, other)


def swap_attributes(data: bytes, generator: random.Random) -> bytes:
    """Swaps the values of two attributes of one name, links for instance."""
    first = _pick(data, generator, ATTRIBUTE)
    if first is None:
        return data
    name = data[first[0] : first[1]].split(b"=")[0]
    second = _pick(data, generator, re.compile(rb"\b" + re.escape(name) + rb'="[^"]*"'))
    return data if second is None else _swap(data, first, second)


def change_tag(data: bytes, generator: random.Random) -> bytes:
    """Takes a tag away, or puts another in its place."""
    other = _pick(data, generator, TAG)
    tag = data[slice(*other)] if other and generator.random() < 0.7 else b""
    return _replace(data, generator, TAG, lambda old: tag)


def remove_element(data: bytes, generator: random.Random) -> bytes:
    """Takes an element away with all that is in it."""
    return _replace(data, generator, ELEMENT, lambda old: b"")


def duplicate_element(data: bytes, generator: random.Random) -> bytes:
    """Writes an element again, up to fifty times."""
    return _replace(data, generator, ELEMENT, lambda old: old * generator.choice((2, 2, 3, 50)))


def swap_elements(data: bytes, generator: random.Random) -> bytes:
    """Swaps two elements."""
    first, second = _pick(data, generator, ELEMENT), _pick(data, generator, ELEMENT)
    return data if first is None or second is None else _swap(data, first, second)


def _pick(data: bytes, generator: random.Random, pattern: re.Pattern[bytes]) -> Span | None:
    """The first match from a random place on."""
    found = pattern.search(data, generator.randint(0, len(data))) or pattern.search(data)
    return found.span() if found else None


def _replace(
    data: bytes, generator: random.Random, pattern: re.Pattern[bytes], change: Callable[[bytes], bytes]
) -> bytes:
    span = _pick(data, generator, pattern)
    return data if span is None else data[: span[0]] + change(data[slice(*span)]) + data[span[1] :]


def _swap(data: bytes, first: Span, second: Span) -> bytes:
    (a, b), (c, d) = sorted((first, second))
    return data if c < b else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


MUTATIONS = (
    flip_bytes, truncate, repeat_part, change_number, change_number, change_number, change_attribute, change_attribute,
    swap_attributes, change_tag, remove_element, duplicate_element, swap_elements,
)  # fmt: skip
