"""What Gymnasium and its users expect, for every registered environment and both forms of action."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as sb3_check_env

import sim
from sim.errors import UserError

IDS = [spec_id for spec_id in gym.registry if spec_id.startswith("dashcam/")]
SMALL = {"width": 40, "height": 40}
FORMS: list[dict[str, Any]] = [
    {"camera": SMALL},
    {"camera": SMALL, "continuous": True},
    {"camera": {**SMALL, "color": "gray", "stack": 3}, "observation": "camera+state"},
]


def make(env_id: str, form: dict[str, Any], **more: Any) -> gym.Env[Any, Any]:
    return gym.make(env_id, **form, **more)


def flat(observation: Any) -> bytes:
    if isinstance(observation, dict):
        return b"".join(observation[name].tobytes() for name in sorted(observation))
    return observation.tobytes()


@pytest.fixture(params=[(env_id, k) for env_id in IDS for k in range(len(FORMS))], ids=str)
def env(request: pytest.FixtureRequest) -> Any:
    env_id, k = request.param
    env = make(env_id, FORMS[k], render_mode="rgb_array")
    yield env
    env.close()


def test_the_environment_is_registered() -> None:
    assert sim.ENV_ID in IDS


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_gymnasium_and_sb3_accept_it(env: gym.Env[Any, Any]) -> None:
    check_env(env.unwrapped)
    sb3_check_env(env.unwrapped)


def test_default_frames_have_the_shape_of_car_racing() -> None:
    env = gym.make(sim.ENV_ID)
    assert env.observation_space == gym.spaces.Box(0, 255, (96, 96, 3), np.uint8)
    assert env.action_space == gym.spaces.Discrete(21)


def test_same_seed_and_actions_repeat_the_episode(env: gym.Env[Any, Any]) -> None:
    def run() -> list[bytes]:
        env.action_space.seed(3)
        observation, _ = env.reset(seed=7)
        seen = [flat(observation)]
        for _ in range(40):
            observation, reward, terminated, truncated, _ = env.step(env.action_space.sample())
            seen += [flat(observation), np.float64(reward).tobytes()]
            if terminated or truncated:
                observation, _ = env.reset()  # without a seed: goes on from the same generator
                seen.append(flat(observation))
        return seen

    first = run()
    assert first == run()
    env.action_space.seed(3)
    assert flat(env.reset(seed=8)[0]) != first[0], "another seed gives another episode"


def test_observation_is_the_one_after_the_step(env: gym.Env[Any, Any]) -> None:
    env.reset(seed=0)
    observation, *_ = env.step(env.action_space.sample())
    world = env.unwrapped.world  # type: ignore[attr-defined]
    camera = observation["camera"] if isinstance(observation, dict) else observation
    newest = camera[:, :, -world.config.camera.channels :]
    assert np.array_equal(newest, world.render(0, world.config.camera))


def test_observations_are_not_changed_by_later_steps(env: gym.Env[Any, Any]) -> None:
    observation, _ = env.reset(seed=0)
    env.action_space.seed(0)
    kept = flat(observation)
    for _ in range(5):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            env.reset()
    assert flat(observation) == kept


def test_reward_is_the_sum_of_its_named_terms(env: gym.Env[Any, Any]) -> None:
    env.reset(seed=0)
    for _ in range(20):
        _, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert sum(info["reward_terms"].values()) == pytest.approx(float(reward), abs=1e-6)
        if terminated or truncated:
            break


def test_render_gives_a_picture_for_people(env: gym.Env[Any, Any]) -> None:
    env.reset(seed=0)
    picture = env.render()
    assert isinstance(picture, np.ndarray)
    assert picture.shape == (480, 640, 3)
    assert picture.std() > 10.0, "the picture is not blank"


def test_human_mode_shows_the_picture_in_a_window() -> None:
    import pygame

    env = gym.make(sim.ENV_ID, camera=SMALL, render_mode="human")
    env.reset(seed=0)
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    world = env.unwrapped.world  # type: ignore[attr-defined]
    assert np.array_equal(shown, world.render(0, sim.env.PICTURE))  # type: ignore[attr-defined]
    env.close()
    assert not pygame.display.get_init()


def test_closing_one_window_leaves_the_others() -> None:
    import pygame

    first, second = (gym.make(sim.ENV_ID, camera=SMALL, render_mode="human") for _ in range(2))
    first.reset(seed=0)
    second.reset(seed=0)
    first.close()
    second.step(9)
    second.close()
    assert not pygame.display.get_init()


def test_a_road_can_be_chosen() -> None:
    env = gym.make(sim.ENV_ID, camera=SMALL)
    _, info = env.reset(seed=0, options={"road_seed": 1_000_007})
    assert info["road_seed"] == 1_000_007


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"camera": {"width": 4}}, "camera width is 4, but must be from 8 to 4096 px"),
        ({"camera": {"colour": "gray"}}, "has no field named colour"),
        ({"camera": {"color": "sepia"}}, "must be one of rgb, gray"),
        ({"roads": {"kind": "moebius"}}, "roads kind is 'moebius'"),
        ({"task": {"time_limit_s": float("nan")}}, "time_limit_s"),
        ({"observation": "smell"}, "observation is 'smell'"),
        ({"render_mode": "braille"}, "braille"),
        ({"vehicle": {"l_f": -1.0}}, "l_f is -1.0"),
        ({"speed": 3}, "has no field named speed"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_bad_settings_are_refused_in_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        gym.make(sim.ENV_ID, **fields)


@pytest.mark.parametrize("action", [21, -1, 1.5, float("nan"), [1, 2]])
def test_bad_discrete_actions_are_refused_and_nothing_moves(action: Any) -> None:
    env = gym.make(sim.ENV_ID, camera=SMALL).unwrapped
    env.reset(seed=0)
    before = float(env.world.telemetry.x[0])  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="Action"):
        env.step(action)
    assert float(env.world.telemetry.x[0]) == before  # type: ignore[attr-defined]


@pytest.mark.parametrize("action", [[2.0, 0.5], [0.0, -0.1], [float("nan"), 0.5], [0.0, float("inf")], [0.5], 3])
def test_bad_continuous_actions_are_refused(action: Any) -> None:
    env = gym.make(sim.ENV_ID, camera=SMALL, continuous=True).unwrapped
    env.reset(seed=0)
    with pytest.raises(ValueError, match="Action"):
        env.step(np.array(action))


def test_step_and_render_before_reset_and_step_after_the_end_are_refused() -> None:
    env = gym.make(sim.ENV_ID, camera=SMALL, task={"time_limit_s": 0.2}, render_mode="rgb_array").unwrapped
    with pytest.raises(ValueError, match="call reset"):
        env.step(0)
    with pytest.raises(ValueError, match="call reset"):
        env.render()
    env.reset(seed=0)
    env.step(9)
    env.step(9)
    with pytest.raises(ValueError, match="call reset"):
        env.step(9)


@pytest.mark.parametrize(("continuous", "left"), [(False, 6), (True, np.array([1.0, 0.4], dtype=np.float32))])
def test_steering_by_changes_turns_the_wheels_further_up_to_the_limit(continuous: bool, left: Any) -> None:
    actions = {"steering": "change", "steering_commands": (-0.03, 0.0, 0.03), "steering_limit": 0.1}
    env = gym.make(sim.ENV_ID, camera=SMALL, actions=actions, continuous=continuous, roads={"kind": "circle"})
    env.reset(seed=0)
    angles = [env.step(left)[4]["steering_angle"] for _ in range(5)]
    assert angles == pytest.approx([0.03, 0.06, 0.09, 0.1, 0.1])


def test_commands_beyond_the_steering_limit_are_refused() -> None:
    with pytest.raises(UserError, match="must not exceed steering_limit"):
        gym.make(sim.ENV_ID, actions={"steering_commands": (-0.5, 0.0, 0.5)})
