"""NUMBA_DISABLE_JIT, which people set to debug kernels of their own, does not end ours."""

import os
import subprocess
import sys

DRIVE = """
import hashlib
import gymnasium, sim
envs = gymnasium.make_vec(sim.ENV_ID, num_envs=2, camera={"width": 40, "height": 40, "stack": 2})
digest = hashlib.sha256(envs.reset(seed=3)[0])
for step in range(5):
    digest.update(envs.step([step, 20 - step])[0])
env = gymnasium.make(sim.ENV_ID, camera={"width": 40, "height": 40})
digest.update(env.reset(seed=3)[0])
print(digest.hexdigest())
"""


def drive(**variables: str) -> subprocess.CompletedProcess[str]:
    there = {**os.environ, **variables}
    return subprocess.run([sys.executable, "-c", DRIVE], env=there, capture_output=True, text=True, check=True)


def test_frames_are_the_same_where_numba_is_asked_not_to_compile() -> None:
    usual, asked = drive(NUMBA_DISABLE_JIT="0"), drive(NUMBA_DISABLE_JIT="1")
    assert asked.stdout == usual.stdout
    assert "NUMBA_DISABLE_JIT is set, but Dashcam cannot run without compiled code" in asked.stderr
