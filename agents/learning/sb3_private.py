"""The private parts of Stable-Baselines3 that Dashcam relies on; a test names the release that they belong to."""

from typing import Any

from stable_baselines3 import DQN
from stable_baselines3.common.type_aliases import GymEnv
from stable_baselines3.common.vec_env import VecEnv


class OpenDQN(DQN):
    """SB3's DQN, with access to its newest observations, which leaves vectorised environments as they are."""

    @property
    def observations(self) -> Any:
        """The observations that the next actions are chosen from; None before the first reset."""
        return self._last_obs

    @observations.setter
    def observations(self, observations: Any) -> None:
        self._last_obs = observations

    @staticmethod
    def _wrap_env(env: GymEnv, verbose: int = 0, monitor_wrapper: bool = True) -> VecEnv:
        """SB3 takes the shortest side of a frame for its channels, and would transpose deep stacks."""
        return env if isinstance(env, VecEnv) else DQN._wrap_env(env, verbose, monitor_wrapper)
