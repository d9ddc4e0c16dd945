"""What follows when a watched drive is over: the next road, or the next clip."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.cockpit.session import Session
from agents.drives.recording import Recording


@dataclass(frozen=True)
class Clip:
    """A piece of a recorded drive."""

    title: str
    recording: Recording
    first: int  # control steps since the start of the drive, like the next
    last: int


class RoadPlaylist:
    """One road after another, by their seeds; all sessions drive the same one."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self._sessions = sessions

    def caption(self) -> str:
        """Roads need no title."""
        return ""

    def over(self) -> bool:
        """Whether the last car has come to its end."""
        return all(session.ended for session in self._sessions)

    def restart(self) -> None:
        """Returns to the start of the road."""
        for session in self._sessions:
            session.restart()

    def move(self, by: int) -> None:
        """Goes to the next road, or to the previous one."""
        for session in self._sessions:
            session.next_road(by)


class ClipPlaylist:
    """One clip after another, and then the first one again."""

    def __init__(self, session: Session, clips: Sequence[Clip]) -> None:
        """Shows ``clips``, at least one, in ``session``, with its explainer, and opens the first."""
        self._session, self._clips, self._explainer = session, clips, session.explainer
        self.number = 0  # of the clip that is shown, from 0 on
        self.restart()

    def caption(self) -> str:
        """The title of the clip."""
        number = f"{self.number + 1} of {len(self._clips)}: " if len(self._clips) > 1 else ""
        return f"{number}{self._clips[self.number].title}"

    def over(self) -> bool:
        """Whether the clip has been shown; a person who took over drives to the end of the road."""
        shown = self._session.human is None and self._session.log.steps >= self._clips[self.number].last
        return shown or self._session.ended

    def restart(self) -> None:
        """Returns to the start of the clip."""
        clip = self._clips[self.number]
        self._session.open(clip.recording, self._explainer, clip.first)

    def move(self, by: int) -> None:
        """Goes to the next clip, or to the previous one."""
        self.number = (self.number + by) % len(self._clips)
        self.restart()


Playlist = RoadPlaylist | ClipPlaylist
