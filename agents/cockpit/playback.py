"""Prepares what ``dashcam play`` shows: a drive, a replay, or the failures of an evaluation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from agents.bundles.bundle import SCORECARD
from agents.cockpit.clips import failures_of as failed_clips
from agents.cockpit.failures import Failures, failures
from agents.cockpit.handover import DriverOption
from agents.cockpit.player import Player
from agents.cockpit.playlists import Clip, ClipPlaylist
from agents.cockpit.session import Session
from agents.cockpit.shots import Shot, clip_shots, drive_shots, steps_in
from agents.drives.drivers import HumanDriver, RecordedDriver, policy_named, require_told
from agents.drives.recording import Recording, load_recording
from agents.drives.rollouts import roll_out
from agents.explaining.explain import Explainer
from agents.policy import Policy, load_policy
from agents.roads.files import seeds_to_watch
from sim.config import RoadsConfig
from sim.drivers import BASELINES, DRIVERS, BlindDriver, RuleBasedDriver
from sim.env import env_config
from sim.errors import UserError

TOWN_DRIVERS = (RuleBasedDriver.name, BlindDriver.name, *BASELINES)  # who needs no policy there


@dataclass(frozen=True)
class Playback:
    """Everything that is needed to show a drive, in a window or a film."""

    sessions: tuple[Session, ...]
    drivers: Sequence[DriverOption]
    clips: Sequence[Clip] = ()

    def player(self) -> Player:
        """Plays it in a window."""
        return Player(self.sessions, ClipPlaylist(self.sessions[0], self.clips) if self.clips else None)

    def shots(self, seconds: float, *, explain: bool = False) -> Iterator[Shot]:
        """What a film of at most so many seconds shows; see ``drive_shots``."""
        if not self.clips:
            return drive_shots(self.sessions, seconds, explain=explain)
        return islice(clip_shots(self.sessions[0], self.clips, explain=explain), steps_in(seconds))


def driver_options(policies: Sequence[Path], first: str, road: str | None = None) -> list[DriverOption]:
    """Who can drive, the first one first: policies, and the drivers that need none.

    Args:
        policies: Their folders; if there are none, the reference policy, but in towns nobody: it knows roads alone.
        first: policy, human, or the name of a driver that needs no policy. Policies ride along with a person.
        road: What ``--road`` names.

    Raises:
        UserError: unknown driver.
        BundleError: a policy cannot be read.
    """
    names = ("policy", HumanDriver.name, *TOWN_DRIVERS)
    if first not in names:
        raise UserError(f"Driver {first!r} is unknown; choose one of {', '.join(names)}.")
    paths = policies or (() if road == "town" else (None,))
    loaded = [_policy_option(load_policy(path)) for path in paths]
    others = _other_options(loaded[0]) if loaded else _town_options()
    if first in DRIVERS and first not in (option.driver.name for option in others):
        others.append(replace(loaded[0], driver=DRIVERS[first](0)))
    chosen = [option for option in others if option.driver.name == first]
    return [*chosen, *loaded, *(option for option in others if option not in chosen)]


def opponent_option(name: str, policy: DriverOption) -> DriverOption:
    """Who drives beside a policy: a driver that needs none, in its car, or another policy.

    Raises:
        UserError: unknown driver.
        BundleError: the policy cannot be read.
    """
    if name in TOWN_DRIVERS:
        return replace(policy, driver=DRIVERS[name](0))
    return _policy_option(policy_named(name, TOWN_DRIVERS))


def play_drive(
    drivers: Sequence[DriverOption], opponent: DriverOption | None, roads: RoadsConfig, road_seed: int | None
) -> Playback:
    """The first of the drivers on one road after another, perhaps beside an opponent.

    The first road has ``road_seed``, by default the first of ``seeds_to_watch``.

    Raises:
        UserError: a policy knows roads and is to drive in towns, or the other way round.
    """
    for item in [*drivers, *([] if opponent is None else [opponent])]:
        if isinstance(item.driver, Policy):
            require_told(item.driver, roads)
    first_road = seeds_to_watch(roads)[0] if road_seed is None else road_seed
    driving = [drivers[0]] if opponent is None else [drivers[0], opponent]
    sessions = tuple(
        Session(item.driver, replace(item.config, roads=roads), first_road, item.explainer) for item in driving
    )
    return Playback(sessions, drivers)


def play_recording(path: Path, policy: Path | None) -> tuple[Playback, Recording]:
    """A replay; with a ``policy`` whose camera it was driven with, also what that policy makes of it.

    Raises:
        UserError: it cannot be read or driven, or the policy has another camera.
    """
    recording = load_recording(path)
    drivers: list[DriverOption] = []
    if policy is not None:
        drivers = driver_options([policy], "policy")
        if drivers[0].config.camera != recording.config.camera:
            raise UserError(f"{path} was driven with another camera than that of {policy}; leave the policy out.")
    clip = Clip(f"replay of {recording.driver}", recording, 0, recording.steps)
    playback = _play_clips([clip], drivers)
    try:
        playback.sessions[0].open(recording)
    except UserError as error:  # its trip leads nowhere
        raise UserError(f"{path} cannot be driven: {error}") from None
    return playback, recording


def failures_of(run: Path, policy_path: Path | None) -> tuple[Policy, Failures]:
    """A policy, and the roads on which it failed in an evaluation; no car is moved yet.

    The roads are those that failed by the scorecard in ``run``, under its conditions, or a hundred test roads if there
    is no scorecard. Failed drives with a worse camera or car are left out.

    Raises:
        UserError: there is no evaluation.
        BundleError: there is no policy.
    """
    if not run.is_dir():
        raise UserError(f"There is no evaluation at {run}; name a run folder, or a folder that holds {SCORECARD}.")
    if policy_path is None and not any((folder / "policy.json").is_file() for folder in (run, run / "policy")):
        raise UserError(f"{run} holds no policy; name it, too: dashcam play POLICY --failures {run}")
    policy = load_policy(policy_path or run)
    return policy, failures(run, policy.name, policy.config)


def play_failures(policy: Policy, failed: Failures) -> Playback | None:
    """The moments before each failure, as the roads are driven again, to the same end; None if there are none."""
    rollouts = [rollout for roads in failed.roads for rollout in roll_out(policy, roads.environment, roads.road_seeds)]
    clips = failed_clips(rollouts)
    option = _policy_option(policy)
    return _play_clips(clips, [option, *_other_options(option)]) if clips else None


def _policy_option(policy: Policy) -> DriverOption:
    return DriverOption(policy, policy.config, Explainer(policy))


def _other_options(policy: DriverOption) -> list[DriverOption]:
    """The drivers that need no policy, with one that rides along."""
    names = TOWN_DRIVERS if policy.config.roads.kind == "town" else BASELINES
    return [replace(policy, driver=DRIVERS[name](0)) for name in names]


def _town_options() -> list[DriverOption]:
    """The drivers that need no policy, in the usual car and with the usual camera of towns."""
    config = env_config({"roads": {"kind": "town"}})
    return [DriverOption(DRIVERS[name](0), config) for name in TOWN_DRIVERS]


def _play_clips(clips: Sequence[Clip], drivers: Sequence[DriverOption]) -> Playback:
    recording, explainer = clips[0].recording, drivers[0].explainer if drivers else None
    session = Session(RecordedDriver(recording), recording.config, recording.road_seed, explainer)
    return Playback((session,), drivers, clips)
