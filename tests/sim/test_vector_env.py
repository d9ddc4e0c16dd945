"""N cars at once: the same as N single cars, in every autoreset mode, whatever the number of cars and threads."""

import hashlib
import pickle
from copy import deepcopy
from typing import Any

import gymnasium as gym
import numba
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import sim
from sim.errors import UserError

CAMERA = {"width": 40, "height": 40, "color": "gray", "stack": 2}
SHORT = {"time_limit_s": 2.0}
STRAIGHT_ON = 9  # an action: no steering, 4 m/s


PLACES: dict[str, dict[str, Any]] = {sim.ENV_ID: {}, sim.TOWN_ID: {"roads": {"last_seed": 1}}}  # towns take long

in_both = pytest.mark.parametrize("env_id", PLACES)


def make_vec(num_envs: int, mode: str = "NextStep", env_id: str = sim.ENV_ID, **fields: Any) -> Any:
    usual = {"camera": CAMERA, "task": SHORT, **PLACES[env_id]}
    return gym.make_vec(env_id, num_envs=num_envs, autoreset_mode=mode, **{**usual, **fields})


def make_vec_on_a_straight(num_envs: int, mode: str = "NextStep", **fields: Any) -> Any:
    """Cars that go straight on reach the time limit."""
    task = {**SHORT, "start_heading_rad": 0.0}
    return make_vec(num_envs, mode, roads={"kind": "straight"}, task=task, **fields)


def scripted(cars: int, step: int) -> np.ndarray:
    """Actions that depend on the car and the step alone."""
    return (np.arange(cars) * 7 + step * 5) % 21


EVERYTHING = {"light": 1.0, "shadows": 1.0, "weather": 1.0, "noise": 1.0}


def frame_hashes(num_envs: int, mode: str, env_id: str, steps: int = 60) -> list[list[str]]:
    """Per car, a hash of every observation and reward, with all that can vary."""
    envs = make_vec(num_envs, mode, env_id, appearance=EVERYTHING)
    observations, _ = envs.reset(seed=11)
    seen = [[hashlib.sha256(observations[car]).hexdigest()] for car in range(num_envs)]
    for step in range(steps):
        observations, rewards, *_ = envs.step(scripted(num_envs, step))
        for car in range(num_envs):
            seen[car].append(hashlib.sha256(observations[car].tobytes() + rewards[car].tobytes()).hexdigest())
    return seen


@in_both
@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_frames_do_not_depend_on_the_number_of_cars(mode: str, env_id: str) -> None:
    one, seven, sixty_four = (frame_hashes(cars, mode, env_id) for cars in (1, 7, 64))
    assert one == seven[:1]
    assert seven == sixty_four[:7]
    assert len({tuple(car) for car in sixty_four}) == 64, "cars differ from one another"


@in_both
def test_frames_do_not_depend_on_the_number_of_threads(env_id: str) -> None:
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = frame_hashes(16, "NextStep", env_id)
        numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
        assert frame_hashes(16, "NextStep", env_id) == alone
    finally:
        numba.set_num_threads(threads)


@in_both
def test_a_car_of_many_is_the_single_environment(env_id: str) -> None:
    envs = make_vec(3, "SameStep", env_id)
    single = gym.make(env_id, camera=CAMERA, task=SHORT, **PLACES[env_id])
    observations, infos = envs.reset(seed=[5, 6, 7])
    observation, info = single.reset(seed=7)
    assert np.array_equal(observations[2], observation)
    for step in range(50):
        actions = scripted(3, step)
        observations, rewards, terminations, truncations, infos = envs.step(actions)
        observation, reward, terminated, truncated, info = single.step(actions[2])
        assert (rewards[2], terminations[2], truncations[2]) == (reward, terminated, truncated)
        if terminated or truncated:
            assert np.array_equal(infos["final_obs"][2], observation)
            assert infos["final_info"]["ended_by"][2] == info["ended_by"]
            observation, info = single.reset()
        assert np.array_equal(observations[2], observation)
        for name in set(info) - {"reward_terms", "infractions"}:
            assert np.array_equal(infos[name][2], info[name]), name


def test_next_step_mode_resets_in_the_step_after_the_end() -> None:
    envs = make_vec_on_a_straight(2)
    envs.reset(seed=0)
    for _ in range(20):
        _, _, terminations, truncations, infos = envs.step(np.full(2, STRAIGHT_ON))
    assert truncations.all()
    assert not terminations.any()
    assert list(infos["ended_by"]) == ["time_limit", "time_limit"]
    _, rewards, terminations, truncations, infos = envs.step(np.full(2, STRAIGHT_ON))
    assert not rewards.any()
    assert not (terminations | truncations).any()
    assert not infos["progress"].any(), "new episodes"


def test_same_step_mode_hands_out_what_was_seen_last() -> None:
    envs = make_vec_on_a_straight(2, "SameStep", copy=False)
    envs.reset(seed=0)
    for _ in range(20):
        observations, _, _, truncations, infos = envs.step(np.full(2, STRAIGHT_ON))
    assert truncations.all()
    assert infos["_final_obs"].all()
    assert not np.array_equal(infos["final_obs"][0], observations[0])
    assert not infos["progress"].any()
    assert infos["final_info"]["progress"].all()


def test_disabled_mode_leaves_resets_to_the_user() -> None:
    envs = make_vec_on_a_straight(3, "Disabled")
    envs.reset(seed=0)
    for _ in range(20):
        envs.step(np.full(3, STRAIGHT_ON))
    with pytest.raises(ValueError, match=r"reset\(options=\{'reset_mask': mask\}\)"):
        envs.step(np.full(3, STRAIGHT_ON))
    envs.reset(options={"reset_mask": np.array([True, True, False])})
    with pytest.raises(ValueError, match=r"Cars \[2\]"):
        envs.step(np.full(3, STRAIGHT_ON))
    envs.reset(options={"reset_mask": np.array([False, False, True])})
    _, _, _, truncations, _ = envs.step(np.full(3, STRAIGHT_ON))
    assert not truncations.any()


def test_a_seed_is_for_the_cars_that_are_reset() -> None:
    plain, seeded = make_vec(2, "Disabled"), make_vec(2, "Disabled")
    first, second = (np.array([True, False]), np.array([False, True]))
    roads = []
    for envs, seed in ((plain, None), (seeded, 99)):
        envs.reset(seed=0)
        envs.reset(seed=seed, options={"reset_mask": first})
        roads.append(envs.reset(options={"reset_mask": second})[1]["road_seed"])
    assert roads[0][1] == roads[1][1], "the other car goes on with its own generator"
    assert roads[0][0] != roads[1][0]


@in_both
def test_a_reset_that_is_refused_changes_nothing(env_id: str) -> None:
    asked, plain = make_vec(2, env_id=env_id), make_vec(2, env_id=env_id)
    for envs in (asked, plain):
        envs.reset(seed=0)
    with pytest.raises(UserError, match="road_seed"):
        asked.reset(seed=9, options={"road_seed": [1, 2, 3]})
    assert np.array_equal(asked.reset()[0], plain.reset()[0])


def test_masks_that_are_handed_out_cannot_be_turned_against_the_environment() -> None:
    envs = make_vec(2, "Disabled")
    mine = np.array([True, False])
    _, infos = envs.reset(seed=0)
    with pytest.raises(ValueError, match="read-only"):
        infos["_speed"][:] = False
    _, infos = envs.reset(options={"reset_mask": mine})
    infos["_speed"][:] = False
    assert mine.tolist() == [True, False]


def test_nothing_is_seen_before_the_first_reset() -> None:
    envs = make_vec(2, "Disabled", render_mode="rgb_array")
    with pytest.raises(UserError, match="call reset"):
        envs.render()
    envs.reset(options={"reset_mask": np.array([True, False])})
    with pytest.raises(UserError, match="call reset"):
        envs.render()


@in_both
@pytest.mark.parametrize("duplicate", [deepcopy, lambda envs: pickle.loads(pickle.dumps(envs))])  # noqa: S301
def test_a_copy_drives_on_as_the_original(duplicate: Any, env_id: str) -> None:
    envs = make_vec(2, env_id=env_id)
    envs.reset(seed=0)
    for step in range(5):
        envs.step(scripted(2, step))
    twin = duplicate(envs)
    for step in range(5):
        (frames, *_, infos), (others, *_, other_infos) = (each.step(scripted(2, step)) for each in (envs, twin))
        assert np.array_equal(frames, others)
        assert np.array_equal(infos["progress"], other_infos["progress"])


@in_both
def test_partial_reset_leaves_the_other_cars_alone(env_id: str) -> None:
    envs = make_vec(3, "Disabled", env_id)
    before, _ = envs.reset(seed=0)
    after, infos = envs.reset(options={"reset_mask": np.array([True, False, False])})
    assert not np.array_equal(before[0], after[0])
    assert np.array_equal(before[1:], after[1:])
    assert infos["_speed"].tolist() == [True, False, False]


def test_mode_is_named_in_the_metadata_and_unknown_ones_are_refused() -> None:
    for mode in AutoresetMode:
        assert make_vec(1, mode.value).metadata["autoreset_mode"] is mode
    with pytest.raises(ValueError, match="NextStep, SameStep, Disabled"):
        make_vec(1, "Sometimes")


def test_copies_last_and_live_frames_do_not() -> None:
    for copy in (True, False):
        envs = make_vec(2, copy=copy)
        first, _ = envs.reset(seed=0)
        kept = first.copy()
        envs.step(np.array([2, 5]))
        assert np.array_equal(first, kept) is copy


@pytest.mark.parametrize("cars", [0, -3, 2.5, True, "four", None])
def test_cars_must_be_a_whole_number(cars: Any) -> None:
    with pytest.raises(UserError, match=f"number of cars is {cars!r}, but must be"):
        make_vec(cars)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"camera": 5}, "camera is 5, but must be a mapping of fields"),
        ({"camera": {"width": 40.5}}, "width is 40.5, but must be a whole number"),
        ({"camera": {"stack": True}}, "stack is True, but must be a whole number"),
        ({"camera": {"field_of_view_deg": "wide"}}, "field_of_view_deg is 'wide', but must be a number"),
        ({"continuous": "yes"}, "continuous is 'yes', but must be True or False"),
        ({"camera": {"wdth": 40}}, "CameraConfig has no field named wdth"),
        (
            {"roads": {"kind": "file", "file": "a\0.csv"}},
            r"roads file is 'a\\x00\.csv', but no file can be called that",
        ),
    ],
)
def test_bad_fields_are_refused_in_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        make_vec(2, **fields)


def test_a_pool_holds_no_more_than_all_roads() -> None:
    assert make_vec(2, roads={"pool_size": 10**9}).num_envs == 2


def test_more_than_fits_in_memory_is_refused_with_the_numbers() -> None:
    with pytest.raises(UserError, match=r"50000 cars .* 4096 x 4096 pixels would need 50\d\d\.\d\d GB, but"):
        gym.make_vec(sim.ENV_ID, num_envs=50_000, camera={"width": 4096, "height": 4096})


def test_actions_of_the_wrong_shape_or_type_are_refused() -> None:
    envs = make_vec(3)
    envs.reset(seed=0)
    for actions in (np.zeros(2, dtype=int), np.zeros((3, 2), dtype=int), np.zeros(3), np.array([0, 21, 0])):
        with pytest.raises(ValueError, match="Action"):
            envs.step(actions)


def test_roads_can_be_chosen_for_every_car() -> None:
    envs = make_vec(3)
    _, infos = envs.reset(seed=0, options={"road_seed": np.array([5, 6, 5])})
    assert infos["road_seed"].tolist() == [5, 6, 5]
    for seeds in ([1, 2], 2**63, -1, "first"):
        with pytest.raises(UserError, match=r"road_seed'\] is .*, but must be 3 whole numbers, or one, from 0 to"):
            envs.reset(options={"road_seed": seeds})
