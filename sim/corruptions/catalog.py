"""The corruptions by name, and how severe they can be."""

from collections.abc import Callable
from dataclasses import dataclass

from sim.config import CameraConfig, EnvConfig
from sim.corruptions.air import make_fog, make_rain
from sim.corruptions.blur import make_defocus_blur, make_motion_blur
from sim.corruptions.car import DELAYS, lose_grip, lower_camera
from sim.corruptions.codec import make_jpeg
from sim.corruptions.lens import make_dirt
from sim.corruptions.light import make_glare, make_shadow
from sim.corruptions.noise import make_gaussian_noise, make_shot_noise
from sim.corruptions.scene import SEVERITIES, Filter, Hold, at
from sim.corruptions.timing import make_dropped_frames, make_frozen_frames
from sim.corruptions.tone import make_brightness, make_contrast, make_gamma
from sim.errors import UserError
from sim.fields import quoted, whole_number

FILTERS: dict[str, Callable[[int, CameraConfig], Filter]] = {
    "brightness": make_brightness,
    "contrast": make_contrast,
    "gamma": make_gamma,
    "gaussian-noise": make_gaussian_noise,
    "shot-noise": make_shot_noise,
    "defocus-blur": make_defocus_blur,
    "motion-blur": make_motion_blur,
    "fog": make_fog,
    "rain": make_rain,
    "glare": make_glare,
    "shadow": make_shadow,
    "dirt": make_dirt,
    "jpeg": make_jpeg,
}
HOLDS: dict[str, Callable[[int], Hold]] = {
    "dropped-frames": make_dropped_frames,
    "frozen-frames": make_frozen_frames,
}
CAR_CHANGES: dict[str, Callable[[EnvConfig, int], EnvConfig]] = {
    "camera-pose": lower_camera,
    "friction": lose_grip,
}
NAMES = (*FILTERS, *HOLDS, "camera-pose", "latency", "friction")


@dataclass(frozen=True)
class Corruption:
    """What is wrong, and how severely."""

    name: str
    """What is wrong."""
    severity: int
    """From 1, mild, to 5, severe."""

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise UserError(f"Corruption {quoted(self.name)} is unknown; choose one of {', '.join(NAMES)}.")
        severity = whole_number(self.severity, f"The severity of {self.name}", SEVERITIES[0], SEVERITIES[-1])
        object.__setattr__(self, "severity", severity)

    @property
    def label(self) -> str:
        """Name and severity, as in tables: "fog 3"."""
        return f"{self.name} {self.severity}"

    @property
    def is_seen(self) -> bool:
        """Whether it spoils what the policy sees, and nothing else."""
        return self.name not in ("latency", "friction")

    @property
    def delay_steps(self) -> int:
        """Control steps by which commands come late."""
        return int(at(self.severity, DELAYS)) if self.name == "latency" else 0

    def applied_to(self, config: EnvConfig) -> EnvConfig:
        """The car that it makes of the one that the policy was made for; the same but for camera pose and friction."""
        change = CAR_CHANGES.get(self.name)
        return config if change is None else change(config, self.severity)
