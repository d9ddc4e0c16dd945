"""Where a watched drive goes on when it is over: to the next road, or to the next scene."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.cockpit.session import Session
from agents.drives.recording import Recording
from agents.explaining.explain import Explainer


@dataclass(frozen=True)
class Scene:
    """A piece of a recorded drive."""

    title: str
    recording: Recording
    first: int  # control steps since the start of the drive, as the next
    last: int


class Tour(Protocol):
    """What follows what."""

    def caption(self) -> str:
        """What the present piece is called; may be empty."""
        ...

    def over(self) -> bool:
        """Whether the present piece is over."""
        ...

    def restart(self) -> None:
        """Back to the beginning of the present piece."""
        ...

    def move(self, by: int) -> None:
        """On by so many pieces, or back."""
        ...


class RoadTour:
    """One road after another, by their seeds; all sessions drive the same one."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        """Leads these sessions."""
        self._sessions = sessions

    def caption(self) -> str:
        """Roads need no title."""
        return ""

    def over(self) -> bool:
        """Whether the last car has come to its end."""
        return all(session.ended for session in self._sessions)

    def restart(self) -> None:
        """Back to the start of the road."""
        for session in self._sessions:
            session.restart()

    def move(self, by: int) -> None:
        """To the next road, or to the one before."""
        for session in self._sessions:
            session.next_road(by)


class SceneTour:
    """One scene after another, and then the first one again."""

    def __init__(self, session: Session, scenes: Sequence[Scene], explainer: Explainer | None = None) -> None:
        """Shows ``scenes``, at least one, in ``session``, and opens the first."""
        self._session, self._scenes, self._explainer = session, scenes, explainer
        self._number = 0
        self.restart()

    @property
    def number(self) -> int:
        """Which scene is shown, from 0 on."""
        return self._number

    def caption(self) -> str:
        """The title of the scene."""
        number = f"{self._number + 1} of {len(self._scenes)}: " if len(self._scenes) > 1 else ""
        return f"{number}{self._scenes[self._number].title}"

    def over(self) -> bool:
        """Whether the scene has been shown; a person who took over drives on to the end of the road."""
        shown = self._session.human is None and self._session.log.steps >= self._scenes[self._number].last
        return shown or self._session.ended

    def restart(self) -> None:
        """Back to the beginning of the scene."""
        scene = self._scenes[self._number]
        self._session.open(scene.recording, self._explainer, scene.first)

    def move(self, by: int) -> None:
        """To the next scene, or to the one before."""
        self._number = (self._number + by) % len(self._scenes)
        self.restart()
