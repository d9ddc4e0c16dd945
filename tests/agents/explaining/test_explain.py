"""What a policy makes of a frame: saliency, the probe, and how both are drawn."""

import dataclasses
from pathlib import Path

import numpy as np
import pygame
import pytest
import torch
from PIL import Image

from agents.cli import main
from agents.cockpit import theme
from agents.cockpit.controller import Controller
from agents.cockpit.layout import PANELS, lay_out
from agents.cockpit.moment import Moment
from agents.cockpit.moment import explained as with_explanation
from agents.cockpit.player import Player
from agents.cockpit.screen import Screen
from agents.cockpit.session import Session
from agents.cockpit.shots import drive_shots
from agents.cockpit.spectator import dashboard_camera
from agents.explaining import overlay
from agents.explaining.explain import Explainer, Explanation
from agents.policy import load_policy
from perception.labels import HEADING_ERROR, LATERAL_OFFSET, TARGETS
from perception.probe import fit_probe
from perception.saliency import saliency
from sim.camera.projection import aim, project, rays
from sim.config import CameraConfig

ROAD = 1_000_000


@pytest.fixture(scope="module")
def session() -> Session:
    policy = load_policy()
    return Session(policy, policy.config, ROAD, Explainer(policy))


@pytest.fixture(scope="module")
def explained(session: Session) -> list[Moment]:
    """Twenty moments of ten seconds."""
    moments = []
    for number, _ in enumerate(drive_shots([session], 10.0)):
        if number % 5 == 4:
            moments.append(seen(session))
    return moments


def seen(session: Session) -> Moment:
    """The present moment, with what the policy looks at."""
    assert session.explainer is not None
    return with_explanation(session.moment(), session.explainer)


def test_saliency_marks_the_place_that_counts() -> None:
    frame = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 44, 64), dtype=np.uint8))
    marked = saliency(lambda frames: frames[:, :, 30:33, 10:13].square().mean(dim=(1, 2, 3)), frame)
    assert marked.shape == (44, 64)
    assert np.hypot(*(np.unravel_index(marked.argmax(), marked.shape) - np.array([31, 11]))) <= 2.0
    assert marked.max() == 1.0
    assert marked[:20].max() < 0.01
    assert marked[:, 30:].max() < 0.01


def test_saliency_of_a_score_that_sees_nothing_is_dark() -> None:
    assert not saliency(lambda frames: torch.ones(len(frames)), torch.zeros(1, 36, 36, dtype=torch.uint8)).any()


def test_probe_reads_what_features_hold_linearly() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(500, 20)).astype(np.float32)
    truth = features[:, : len(TARGETS)] * [target.scale for target in TARGETS] + 3.0
    probe = fit_probe(features[:400], truth[:400])
    assert np.allclose(probe.estimates(features[400:]), truth[400:], atol=0.02)
    assert probe.lane(features[450])[HEADING_ERROR] == pytest.approx(truth[450, 1], abs=0.02)


def test_probe_reads_the_lane_off_a_policys_features(explained: list[Moment]) -> None:
    errors = [abs(_lane(moment)[LATERAL_OFFSET] - moment.lateral_offset) for moment in explained]
    assert np.mean(errors) < 0.3
    headings = [abs(_lane(moment)[HEADING_ERROR] - moment.heading_error) for moment in explained]
    assert np.mean(headings) < np.radians(4.0)


def _lane(moment: Moment) -> dict[str, float]:
    assert moment.explanation is not None
    return moment.explanation.lane


@pytest.mark.parametrize("camera", [CameraConfig(), CameraConfig(width=64, height=44, pitch_down_deg=20.0)])
def test_every_ray_is_aimed_at_its_own_pixel(camera: CameraConfig) -> None:
    rows, columns = np.moveaxis(aim(rays(camera), camera), -1, 0)
    assert np.allclose(rows, np.arange(camera.height)[:, None] + 0.5)
    assert np.allclose(columns, np.arange(camera.width)[None, :] + 0.5)


def test_glow_lies_on_the_same_piece_of_road(explained: list[Moment]) -> None:
    """A place 12 m ahead, seen by the small camera, glows where the large camera sees it."""
    camera, windscreen = load_policy().config.camera, dashboard_camera(explained[0], (860, 500))
    place = np.array([[12.0, 2.0]])
    attention = np.zeros((camera.height, camera.width), dtype=np.float32)
    row, column = project(place, camera)[0].astype(int)
    attention[row, column] = 1.0
    explanation = Explanation(attention, camera, _lane(explained[0]), 1.4)
    glow = pygame.surfarray.array_alpha(overlay.draw_glow((860, 500), explanation, windscreen)).T
    brightest = np.unravel_index(glow.argmax(), glow.shape)
    pixel = windscreen.width / camera.width  # about as many pixels of the large picture as one of the small
    assert np.abs(project(place, windscreen)[0] - brightest).max() < pixel
    assert (glow > 0).mean() < 0.01


def test_lane_is_drawn_where_it_is(explained: list[Moment]) -> None:
    """The true lane of a moment: its middle is filled, and what lies beside it is not."""
    moment = explained[5]
    road_width = moment.place.lane_width
    values = [moment.lateral_offset, moment.heading_error, 0.0, 0.0, 0.0, 0.0, road_width]
    lane = {target.name: value for target, value in zip(TARGETS, values, strict=True)}
    camera = dashboard_camera(moment, (860, 500))
    explanation = Explanation(np.zeros((4, 4), dtype=np.float32), camera, lane, 1.4)
    alpha = pygame.surfarray.array_alpha(overlay.draw_lane((camera.width, camera.height), explanation, camera))
    ahead = np.array([np.cos(-moment.heading_error), np.sin(-moment.heading_error)])
    left = np.array([-ahead[1], ahead[0]])
    for share, filled in ((-1.4, False), (-0.5, True), (0.5, True), (1.4, False)):
        place = np.array([1.4, 0.0]) + 10.0 * ahead + (0.5 * share * road_width - moment.lateral_offset) * left
        row, column = project(place[None], camera)[0].astype(int)
        assert (alpha[column, row] > 0) == filled, share


def test_explanation_changes_view_and_frame_and_nothing_else(explained: list[Moment]) -> None:
    plain, shown = (
        theme.pixels(Screen().draw((moment,)))
        for moment in (dataclasses.replace(explained[-1], explanation=None), explained[-1])
    )
    inside = np.zeros(plain.shape[:2], dtype=bool)
    for place in lay_out((1280, 720), frozenset(PANELS)).places:
        inside[place.rect.top : place.rect.bottom, place.rect.left : place.rect.right] = place.panel in ("view", "eye")
    changed = (plain != shown).any(axis=2)
    assert changed[inside].mean() > 0.05
    assert not changed[~inside].any()


def test_looking_does_not_drive_on(session: Session) -> None:
    first, second = seen(session), seen(session)
    assert first.progress == second.progress
    assert first.explanation is not None
    assert second.explanation is not None
    assert np.array_equal(first.explanation.attention, second.explanation.attention)


def test_key_switches_explanations_on_and_off(session: Session, tmp_path: Path) -> None:
    controller, press = Controller(Player([session]), tmp_path), pygame.event.Event(pygame.KEYDOWN, key=pygame.K_s)
    controller.player.paused = True
    controller.answer(press)
    assert controller.player.shown()[0].explanation is not None, "shown although the drive is paused"
    controller.answer(press)
    assert controller.player.shown()[0].explanation is None


def test_the_past_is_explained_as_it_was(session: Session) -> None:
    """Also between two steps: what counts is what the network got in the later one."""
    session.restart()
    driven = []
    for _ in range(12):
        session.step()
        driven.append(seen(session))
    session.restart()
    player = Player([session])
    for _ in range(12):
        player.advance(0.1)
    player.explaining = True
    for back, before in ((2.0, driven[9]), (7.5, driven[4]), (0.0, driven[11])):
        player.go_live()
        player.skip(-0.1 * back)
        shown = player.shown()[0].explanation
        assert shown is not None
        assert before.explanation is not None
        assert np.array_equal(shown.attention, before.explanation.attention), f"{back} steps back"


def test_driving_on_from_the_past_keeps_what_was_read_off_the_frames(session: Session) -> None:
    session.restart()
    player = Player([session])
    for _ in range(12):
        player.advance(0.1)
    player.skip(-0.5)
    trail = player.shown()[0].trail
    player.resume_from_here()
    player.advance(0.1)
    now = player.shown()[0].trail
    assert np.isfinite(now).all()
    assert np.array_equal(now[:-1], trail)


def test_explain_writes_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    main(["explain", "--pictures", "3", "--seconds", "0.5", "--out", "seen.png"])
    with Image.open("seen.png") as picture:
        assert picture.size == (2 * 652 + 12, 2 * 448 + 12)
        assert np.asarray(picture).std() > 20.0
    assert [path.name for path in tmp_path.iterdir()] == ["seen.png"]


BAD_INPUT = {
    "another kind": (("--out", "seen.jpg"), "must end in .png"),
    "no pictures": (("--pictures", "0"), "--pictures is 0"),
    "no time": (("--seconds", "nan"), "--seconds is nan"),
    "no policy": (("nowhere",), "There is no policy at nowhere"),
    "no road": (("--road-seed", "-1"), "The road seed is -1"),
}


@pytest.mark.parametrize("name", sorted(BAD_INPUT))
def test_pictures_that_cannot_be_drawn_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words, sentence = BAD_INPUT[name]
    with pytest.raises(SystemExit) as stop:
        main(["explain", *words])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) == 1
    assert sentence in said
    assert not list(tmp_path.iterdir())
