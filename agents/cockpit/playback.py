"""Sets the stage for ``dashcam play``: who drives, what is shown, and what can be switched to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agents.bundles.bundle import SCORECARD
from agents.cockpit.failures import Failures, failures
from agents.cockpit.moment import Beat
from agents.cockpit.pilot import Chauffeur
from agents.cockpit.player import Player
from agents.cockpit.scenes import departures, shots
from agents.cockpit.session import Session
from agents.cockpit.tours import Scene, SceneTour
from agents.drives.drivers import DRIVERS, HumanDriver, make_driver
from agents.drives.recording import ENDING, Recording, load_recording
from agents.drives.rollouts import roll_out
from agents.explaining.explain import Explainer
from agents.policy import Policy, load_policy
from agents.roads import TEST_SEEDS
from agents.roads.files import roads_to_watch
from sim.config import CONTROL_PERIOD, RoadsConfig
from sim.errors import UserError


@dataclass(frozen=True)
class Stage:
    """Everything that is needed to show a drive, in a window or a film."""

    sessions: tuple[Session, ...]
    chauffeurs: Sequence[Chauffeur]
    scenes: Sequence[Scene] = ()
    explainer: Explainer | None = None

    def player(self) -> Player:
        """Plays it."""
        tour = SceneTour(self.sessions[0], self.scenes, self.explainer) if self.scenes else None
        return Player(self.sessions, tour)

    def shots(self, seconds: float) -> Iterator[tuple[Beat, str]]:
        """What a film of at most so many seconds shows: a beat and its caption for each control step."""
        steps = max(round(seconds / CONTROL_PERIOD), 1)
        source = shots(self.sessions[0], self.scenes, self.explainer) if self.scenes else self._roads()
        for _, shot in zip(range(steps), source, strict=False):
            yield shot

    def _roads(self) -> Iterator[tuple[Beat, str]]:
        while True:
            if all(session.ended for session in self.sessions):
                for session in self.sessions:
                    session.next_road()
            yield tuple(session.step() for session in self.sessions), ""


@dataclass(frozen=True)
class Cast:
    """Who drives."""

    chauffeurs: Sequence[Chauffeur]
    """Between these can be switched; the first drives, or looks on where a person does."""
    policy: Chauffeur
    """The first one that is a policy."""
    opponent: Chauffeur | None
    """Who drives the same roads beside the first."""
    human: bool
    """Whether a person drives."""


def cast_of(policies: Sequence[Path], driver: str, compare: str | None) -> Cast:
    """Reads who drives; no car is moved yet.

    Args:
        policies: The first drives, the others can be switched to; the reference policy if there are none.
        driver: policy, human, or the name of a driver that needs no policy.
        compare: Folder of a policy, or name of a driver, that drives the same roads.

    Raises:
        UserError: unknown driver.
        BundleError: a policy cannot be read.
    """
    loaded = [_chauffeur(load_policy(path)) for path in policies or (None,)]
    first = loaded[0]
    others = _others(first)
    if driver in ("policy", HumanDriver.name):
        chauffeurs = [*loaded, *others]
    else:
        make_driver(driver)
        chauffeurs = [*(item for item in others if item.driver.name == driver), *loaded]
        chauffeurs += [item for item in others if item.driver.name != driver]
    opponent = None if compare is None else _opponent(compare, first)
    return Cast(chauffeurs, first, opponent, human=driver == HumanDriver.name)


def stage_drive(cast: Cast, named: RoadsConfig | None, road_seed: int | None) -> Stage:
    """A policy or another driver on one road after another, perhaps beside a second one.

    Args:
        cast: Who drives.
        named: The kind of the roads; where None, those of the first policy (see ``roads_to_watch``).
        road_seed: The first road; by default the first test road, or the first of a file.
    """
    first = cast.policy
    roads = named or roads_to_watch(first.config.roads)
    if road_seed is None:
        road_seed = 0 if roads.file else TEST_SEEDS[0]
    driving = [cast.chauffeurs[0]] if cast.opponent is None else [cast.chauffeurs[0], cast.opponent]
    sessions = tuple(
        Session(item.driver, replace(item.config, roads=roads), road_seed, item.explainer) for item in driving
    )
    if cast.human:
        sessions[0].human = HumanDriver()
    return Stage(sessions, cast.chauffeurs, explainer=first.explainer)


def _chauffeur(policy: Policy) -> Chauffeur:
    return Chauffeur(policy, policy.config, Explainer(policy))


def _others(first: Chauffeur) -> list[Chauffeur]:
    """The drivers that need no policy, with one that looks on."""
    return [Chauffeur(make_driver(name), first.config, first.explainer) for name in DRIVERS]


def _opponent(name: str, first: Chauffeur) -> Chauffeur:
    if name in DRIVERS:
        return Chauffeur(make_driver(name), first.config, first.explainer)
    if not Path(name).exists():
        raise UserError(f"There is no policy at {name}, and no driver of that name; drivers are {', '.join(DRIVERS)}.")
    return _chauffeur(load_policy(Path(name)))


def stage_recording(path: Path, policy: Path | None) -> tuple[Stage, Recording]:
    """A replay; with a ``policy`` whose camera it was driven with, also what that policy makes of it.

    Raises:
        UserError: it cannot be read, or the policy has another camera.
    """
    recording = load_recording(path)
    chauffeurs: list[Chauffeur] = []
    if policy is not None:
        loaded = load_policy(policy)
        if loaded.config.camera != recording.config.camera:
            raise UserError(f"{path} was driven with another camera than that of {policy}; leave the policy out.")
        chauffeurs = [_chauffeur(loaded), *_others(_chauffeur(loaded))]
    explainer = chauffeurs[0].explainer if chauffeurs else None
    scene = Scene(f"replay of {recording.driver}", recording, 0, recording.steps)
    return Stage((_recorded(recording, explainer),), chauffeurs, (scene,), explainer), recording


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


def stage_failures(policy: Policy, failed: Failures) -> Stage | None:
    """The moments before each departure, as the roads are driven again, to the same end; None if there are none."""
    rollouts = [rollout for roads in failed.roads for rollout in roll_out(policy, roads.environment, roads.road_seeds)]
    scenes = departures(rollouts)
    if not scenes:
        return None
    chauffeur = _chauffeur(policy)
    session = _recorded(scenes[0].recording, chauffeur.explainer)
    return Stage((session,), (chauffeur, *_others(chauffeur)), scenes, chauffeur.explainer)


def _recorded(recording: Recording, explainer: Explainer | None) -> Session:
    session = Session(HumanDriver(), recording.config, recording.road_seed, explainer)
    session.open(recording, explainer)
    return session


def is_replay(path: Path) -> bool:
    """Whether a path names a replay rather than a policy."""
    return path.suffix == ENDING
