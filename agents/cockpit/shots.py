"""What a film shows: for each control step, the moments of all cars and a caption."""

from collections.abc import Iterator, Sequence

from agents.cockpit.moment import Moment, Tick, explained
from agents.cockpit.playlists import Clip, RoadPlaylist
from agents.cockpit.session import Session
from sim.config import CONTROL_PERIOD

Shot = tuple[Tick, str]
HELD = round(1.0 / CONTROL_PERIOD)  # steps for which a film holds the end of a clip


def drive_shots(sessions: Sequence[Session], seconds: float, *, explain: bool = False) -> Iterator[Shot]:
    """About so many seconds of driving, one step at least, on to the next road whenever all cars have ended.

    With ``explain``, moments tell what the policy looks at.
    """
    roads = RoadPlaylist(sessions)
    for _ in range(steps_in(seconds)):
        if roads.over():
            roads.move(1)
        yield tuple(_explained(session, session.step(), explain) for session in sessions), ""


def clip_shots(session: Session, clips: Sequence[Clip], *, explain: bool = False) -> Iterator[Shot]:
    """Clips, one after another, each with its title; see ``drive_shots``."""
    explainer = session.explainer
    for clip in clips:
        session.open(clip.recording, explainer, clip.first)
        moment = _explained(session, session.moment(), explain)
        while session.log.steps < clip.last:
            moment = _explained(session, session.step(), explain)
            yield (moment,), clip.title
        for _ in range(HELD):
            yield (moment,), clip.title


def steps_in(seconds: float) -> int:
    """How many control steps a film of so many seconds shows."""
    return max(round(seconds / CONTROL_PERIOD), 1)


def length_s(clips: Sequence[Clip]) -> float:
    """How long a film of clips is [s]."""
    return CONTROL_PERIOD * sum(clip.last - clip.first + HELD for clip in clips)


def _explained(session: Session, moment: Moment, explain: bool) -> Moment:
    return explained(moment, session.explainer) if explain and session.explainer else moment
