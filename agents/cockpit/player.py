"""Time in the cockpit: the playhead moves over the history, and the simulation continues where the history ends.

Time is counted in ticks, one for each control step. Between two ticks the car is drawn on its way from one to the next,
so what is shown is up to 0.1 s old.
"""

import math
from collections.abc import Sequence

from agents.cockpit.history import KEPT_TICKS, History, HistoryEntry
from agents.cockpit.moment import Tick, explained, mix_ticks
from agents.cockpit.playlists import Playlist, RoadPlaylist
from agents.cockpit.session import Session
from agents.drives.drivers import HumanDriver
from sim.config import CONTROL_PERIOD

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # times as fast as real
MOST_STEPS = 8  # per picture; a slow machine falls behind rather than stop answering
END_PAUSE_S = 1.5  # how long the end of a drive is shown


class Player:
    """Plays sessions that drive at the same time; one of them, or two to compare."""

    def __init__(self, sessions: Sequence[Session], playlist: Playlist | None = None, kept: int = KEPT_TICKS) -> None:
        """Shows the present moment of ``sessions``; at an end, ``playlist`` tells what follows."""
        self.sessions = tuple(sessions)
        self.playlist = playlist or RoadPlaylist(self.sessions)
        self.history = History(kept)
        self.paused = False
        self.explaining = False  # whether what is shown says what the policy looks at
        self.time = 0.0  # the playhead, in ticks
        self._speed = SPEEDS.index(1.0)
        self._end_shown_s = 0.0
        self._explained: tuple[HistoryEntry, Tick] | None = None  # the last one
        self._add_present()

    @property
    def speed(self) -> float:
        """How many times as fast as real."""
        return SPEEDS[self._speed]

    @property
    def live(self) -> bool:
        """Whether the playhead is at the newest tick, or on the way to it."""
        return self.time > self.history.last - 1

    @property
    def behind_s(self) -> float:
        """How far back the playhead is [s of driving]."""
        return CONTROL_PERIOD * max(self.history.last - self.time, 0.0)

    @property
    def span_s(self) -> float:
        """How much of the past is kept [s of driving]."""
        return CONTROL_PERIOD * (self.history.last - self.history.first)

    @property
    def mismatch(self) -> int | None:
        """First step after which the frame is not that of the recording that drives."""
        return self.sessions[0].mismatch

    def toggle_pause(self) -> None:
        """Pauses, or resumes."""
        self.paused = not self.paused

    def shown(self) -> Tick:
        """What the playhead is at."""
        after = self._next_tick()
        before, share = max(after - 1, self.history.first), self.time - (after - 1)
        return mix_ticks(self.history[before].tick, self._tick(after), min(max(share, 0.0), 1.0))

    def _next_tick(self) -> int:
        """Number of the tick that the playhead is at or on the way to."""
        return min(max(math.ceil(self.time - 1e-9), self.history.first), self.history.last)

    def _tick(self, number: int) -> Tick:
        """A tick that is kept; explanations are worked out when they are shown, now or long after."""
        entry = self.history[number]
        if not self.explaining:
            return entry.tick
        if self._explained is None or self._explained[0] is not entry:
            pairs = zip(entry.tick, entry.explainers, strict=True)
            self._explained = (entry, tuple(explained(moment, by) if by else moment for moment, by in pairs))
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
            if self.playlist.over():
                self._show_end(seconds)

    def _drive(self) -> bool:
        """One control step of all; false where all is over."""
        if self.playlist.over():
            return False
        self.history.append(self._entry(tuple(session.step() for session in self.sessions)))
        return True

    def _show_end(self, seconds: float) -> None:
        self._end_shown_s += seconds
        if self._end_shown_s >= END_PAUSE_S:
            self.move(1)

    def single_step(self, by: int) -> None:
        """Pauses, and moves one tick forward (1) or back (-1); at the newest tick the simulation takes a step."""
        self.paused = True
        if by > 0 and self.time >= self.history.last:
            self._drive()
        tick = math.floor(self.time + 1e-9) if by > 0 else math.ceil(self.time - 1e-9)
        self._go_to(tick + by)

    def skip(self, seconds: float) -> None:
        """Moves the playhead through what is kept [s of driving]."""
        self._go_to(self.time + seconds / CONTROL_PERIOD)

    def scrub(self, share: float) -> None:
        """Pauses, and puts the playhead at a share (0..1) of what is kept."""
        self.paused = True
        self._go_to(round(self.history.first + share * (self.history.last - self.history.first)))

    def go_live(self) -> None:
        """Moves the playhead to the newest tick, and resumes."""
        self.paused = False
        self._go_to(self.history.last)

    def _go_to(self, time: float) -> None:
        self.time = float(min(max(time, self.history.first), self.history.last))

    def resume_from_here(self) -> None:
        """Makes what is shown the present: the simulation resumes there, and all that came after is forgotten."""
        number = self._next_tick()
        entry = self.history[number]
        for session, log, moment in zip(self.sessions, entry.logs, entry.tick, strict=True):
            session.return_to(log, moment)
        self.history.forget_after(number)
        self._go_to(number)
        self.paused, self._end_shown_s = False, 0.0

    def resume_if_past(self) -> None:
        """Resumes from what is shown, unless that is the present."""
        if not self.live:
            self.resume_from_here()

    def change_speed(self, by: int) -> None:
        """One notch faster (1) or slower (-1)."""
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)

    def move(self, by: int) -> None:
        """Goes to the next road or clip (1) or the previous one (-1)."""
        self.playlist.move(by)
        self._add_present()

    def restart(self) -> None:
        """Returns to the start of this road or clip."""
        self.playlist.restart()
        self._add_present()

    def take_over(self, human: HumanDriver) -> None:
        """A person drives the first car, from what is shown on."""
        self.resume_if_past()
        self.sessions[0].human = human

    def give_back(self) -> None:
        """Its driver drives the first car again."""
        self.sessions[0].human = None

    def refresh(self) -> None:
        """Shows the present again, after something about it has changed."""
        self.history.replace_last(self._entry(tuple(session.moment() for session in self.sessions)))

    def _entry(self, tick: Tick) -> HistoryEntry:
        """A tick of the present, with what it belongs to."""
        logs, explainers = zip(*((session.log, session.explainer) for session in self.sessions), strict=True)
        return HistoryEntry(tick, logs, explainers)

    def _add_present(self) -> None:
        self.history.append(self._entry(tuple(session.moment() for session in self.sessions)))
        self.time, self._end_shown_s = float(self.history.last), 0.0
