"""What several commands need."""

import dataclasses
import functools
import operator
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from agents.console import plain_console
from agents.roads import TEST_SEEDS
from sim.config import TEST_ROAD_SEEDS, RoadsConfig
from sim.errors import UserError

CONSOLE = plain_console()
TEST_ROADS = f"{TEST_SEEDS[0]}:{TEST_SEEDS[-1]}"  # as options name them
POSITIONAL = "policies"  # field of commands that take policies by place


@dataclass
class PolicyOption:
    """The policy that a command is about."""

    policy: tyro.conf.Positional[Path | None] = None
    """Run folder, policy folder or bundle; the reference policy by default."""


@dataclass
class RoadOptions:
    """The roads that a policy is shown on."""

    road: str | None = None
    """Kind of road: procedural, straight, circle, s-curve or town; or a file: circuit (.csv) or OpenDRIVE map (.xodr).
    By default procedural, or the file, fixed road or towns that the policy was trained on."""
    lane: str | None = None
    """Lane of a map, as listed by "dashcam roads", or all; the main lane by default."""
    radius_min_m: float | None = None
    """Least radius of bends on procedural roads [m]; 18 by default."""

    def roads(self, trained: RoadsConfig) -> RoadsConfig:
        """The roads, of a policy that was trained on ``trained``; see ``roads_to_watch``."""
        from agents.roads.files import roads_to_watch

        return roads_to_watch(trained, self.road, self.lane, self.radius_min_m)


def say(line: str) -> None:
    """Prints a line as it is: numbers and paths are neither coloured nor wrapped."""
    CONSOLE.print(line, highlight=False, soft_wrap=True)


def one_of(commands: Mapping[str, Any]) -> Any:
    """The type, for tyro, of one of several commands, each under its name."""
    named = [Annotated[form, tyro.conf.subcommand(name)] for name, form in commands.items()]
    return functools.reduce(operator.or_, named)


def named_value(words: Sequence[str], command: str, option: str) -> str | None:
    """What ``words`` of the command line give an option of ``command``; None where they do not."""
    if words[:1] != [command]:
        return None
    found = None
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name.replace("_", "-") == option:
            found = (value if equals else following) or None
    return found


def command_line(name: str, command: Any) -> str:
    """The command line that asks for ``command``: what is not a default, positional arguments first."""
    words: list[str] = []
    options: list[str] = []
    for spec in dataclasses.fields(command):
        value = getattr(command, spec.name)
        default = spec.default_factory() if callable(spec.default_factory) else spec.default
        if value == default:
            continue
        values = [str(item) for item in (value if isinstance(value, tuple) else (value,))]
        if spec.name == POSITIONAL:
            words += values
        else:
            options += [f"--{spec.name.replace('_', '-')}", *values]
    return shlex.join(["dashcam", *name.split(), *words, *options])


def given_options(command: Any, names: Iterable[str]) -> list[str]:
    """Which of a command's options, by the names of their fields, are not the defaults; as they are typed."""
    given = [name for name in names if getattr(command, name) != getattr(type(command), name)]
    return [f"--{name.replace('_', '-')}" for name in given]


def refuse_options(command: Any, reason: str, names: Iterable[str], others: Iterable[object] = ()) -> None:
    """Makes sure that none of a command's options is given, and no ``others``.

    Raises:
        UserError: some are, which have no effect for this ``reason``.
    """
    given = [*given_options(command, names), *map(str, others)]
    if given:
        raise UserError(f"{reason}; leave out {', '.join(given)}.")


def require_road_seed(seed: int | None) -> None:
    """Makes sure that there is such a road, if one is named.

    Raises:
        UserError: there is not.
    """
    if seed is not None and not 0 <= seed <= TEST_ROAD_SEEDS[1]:
        raise UserError(f"The road seed is {seed}, but must be from 0 to {TEST_ROAD_SEEDS[1]}.")


def parse_seeds(text: str) -> range:
    """Road seeds from "FIRST:LAST", both included, or a single one.

    Raises:
        UserError: not of that form, or in descending order.
    """
    first, colon, last = text.partition(":")
    if not first.isdecimal() or (colon and not last.isdecimal()):
        raise UserError(f"Road seeds are {text!r}, but must be FIRST:LAST, such as {TEST_ROADS}.")
    seeds = range(int(first), int(last or first) + 1)
    require_road_seed(seeds.stop - 1)
    if not 1 <= len(seeds) <= 10_000:
        raise UserError(f"Road seeds {text} are {len(seeds)} roads, but must be from 1 to 10,000 in ascending order.")
    return seeds
