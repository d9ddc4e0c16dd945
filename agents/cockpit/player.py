"""Time in the cockpit: the playhead moves over the history, and the simulation goes on where the history ends.

Time is counted in beats, one for each control step. Between two beats the car is drawn on its way from one to the next,
so what is shown is up to 0.1 s old.
"""

import math
from collections.abc import Sequence

from agents.cockpit.history import KEPT_BEATS, History, Kept
from agents.cockpit.moment import Beat, explained, mix_beats
from agents.cockpit.session import Session
from agents.cockpit.tours import RoadTour, Tour
from agents.drives.drivers import HumanDriver
from sim.config import CONTROL_PERIOD

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # times as fast as real
MOST_STEPS = 8  # per picture; a slow machine falls behind rather than stop answering
END_PAUSE_S = 1.5  # how long the end of a drive is shown


class Player:
    """Plays sessions that drive at the same time; one of them, or two to compare."""

    def __init__(self, sessions: Sequence[Session], tour: Tour | None = None, kept: int = KEPT_BEATS) -> None:
        """Shows the present moment of ``sessions``; at an end, ``tour`` leads on."""
        self.sessions = tuple(sessions)
        self.tour = tour or RoadTour(self.sessions)
        self.history = History(kept)
        self.paused = False
        self.explaining = False  # whether what is shown says what the policy looks at
        self.time = 0.0  # the playhead, in beats
        self._speed = SPEEDS.index(1.0)
        self._end_shown_s = 0.0
        self._explained: tuple[Kept, Beat] | None = None  # what was explained last
        self._add_present()

    @property
    def speed(self) -> float:
        """How many times as fast as real."""
        return SPEEDS[self._speed]

    @property
    def live(self) -> bool:
        """Whether the playhead is at the newest beat, or on the way to it."""
        return self.time > self.history.last - 1

    @property
    def behind_s(self) -> float:
        """How far back the playhead is [s of driving]."""
        return CONTROL_PERIOD * max(self.history.last - self.time, 0.0)

    @property
    def span_s(self) -> float:
        """How much of the past is kept [s of driving]."""
        return CONTROL_PERIOD * (self.history.last - self.history.first)

    def shown(self) -> Beat:
        """What the playhead is at."""
        after = self._next_beat()
        before, share = max(after - 1, self.history.first), self.time - (after - 1)
        return mix_beats(self.history[before].beat, self._beat(after), min(max(share, 0.0), 1.0))

    def _next_beat(self) -> int:
        """Number of the beat that the playhead is at or on the way to."""
        return min(max(math.ceil(self.time - 1e-9), self.history.first), self.history.last)

    def _beat(self, number: int) -> Beat:
        """A beat that is kept, explained if that is wanted: worked out when it is shown, now or long after."""
        kept = self.history[number]
        if not self.explaining:
            return kept.beat
        if self._explained is None or self._explained[0] is not kept:
            pairs = zip(kept.beat, kept.explainers, strict=True)
            self._explained = (kept, tuple(explained(moment, who) if who else moment for moment, who in pairs))
        return self._explained[1]

    def advance(self, seconds: float) -> None:
        """Lets real time pass [s]; the simulation takes the steps that are due."""
        if self.paused:
            return
        self.time += seconds * self.speed / CONTROL_PERIOD
        for _ in range(MOST_STEPS):
            if self.time <= self.history.last or not self._drive():
                break
        if self.time > self.history.last:
            self.time = float(self.history.last)
            if self.tour.over():
                self._show_end(seconds)

    def _drive(self) -> bool:
        """One control step of all; false where all is over."""
        if self.tour.over():
            return False
        self.history.append(self._kept(tuple(session.step() for session in self.sessions)))
        return True

    def _show_end(self, seconds: float) -> None:
        self._end_shown_s += seconds
        if self._end_shown_s >= END_PAUSE_S:
            self.move(1)

    def single_step(self, by: int) -> None:
        """Pauses, and goes one beat on (1) or back (-1); at the newest beat the simulation takes a step."""
        self.paused = True
        if by > 0 and self.time >= self.history.last:
            self._drive()
        whole = math.floor(self.time + 1e-9) if by > 0 else math.ceil(self.time - 1e-9)
        self._go_to(whole + by)

    def skip(self, seconds: float) -> None:
        """Moves the playhead through what is kept [s of driving]."""
        self._go_to(self.time + seconds / CONTROL_PERIOD)

    def scrub(self, share: float) -> None:
        """Pauses, and puts the playhead at a share (0..1) of what is kept."""
        self.paused = True
        self._go_to(round(self.history.first + share * (self.history.last - self.history.first)))

    def go_live(self) -> None:
        """To the newest beat, and on."""
        self.paused = False
        self._go_to(self.history.last)

    def _go_to(self, time: float) -> None:
        self.time = float(min(max(time, self.history.first), self.history.last))

    def drive_on_from_here(self) -> None:
        """Makes what is shown the present: all that came after is forgotten, and the simulation goes on from there."""
        number = self._next_beat()
        kept = self.history[number]
        for session, log, moment in zip(self.sessions, kept.logs, kept.beat, strict=True):
            session.return_to(log, moment)
        self.history.forget_after(number)
        self._go_to(number)
        self.paused, self._end_shown_s = False, 0.0

    def change_speed(self, by: int) -> None:
        """One notch faster (1) or slower (-1)."""
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)

    def move(self, by: int) -> None:
        """To the next road or scene, or to the one before."""
        self.tour.move(by)
        self._add_present()

    def restart(self) -> None:
        """Back to the beginning of this road or scene."""
        self.tour.restart()
        self._add_present()

    def take_over(self, human: HumanDriver) -> None:
        """A person takes the wheel of the first car, from what is shown on."""
        if not self.live:
            self.drive_on_from_here()
        self.sessions[0].human = human

    def give_back(self) -> None:
        """Whoever drove before drives again."""
        self.sessions[0].human = None

    def look_again(self) -> None:
        """Shows the present anew, after something about it has changed."""
        self.history.replace_last(self._kept(tuple(session.look() for session in self.sessions)))

    def _kept(self, beat: Beat) -> Kept:
        """A beat of the present, with what it belongs to."""
        logs, explainers = zip(*((session.log, session.explainer) for session in self.sessions), strict=True)
        return Kept(beat, logs, explainers)

    def _add_present(self) -> None:
        self.history.append(self._kept(tuple(session.look() for session in self.sessions)))
        self.time, self._end_shown_s = float(self.history.last), 0.0
