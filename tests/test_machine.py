"""Memory, cores and disk: what containers, jobs, limits and affinity leave is all that is there."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sim.cgroups import cores_left, memory_left
from sim.errors import UserError
from sim.machine import (
    allowed_cores,
    available_memory,
    memory_bounds,
    require_disk,
    require_memory,
    usable_cores,
)
from tests.support.failing import memory_for

GB = 10**9
V1_MOUNTS = """\
24 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
32 31 0:29 {top} /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 {top} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
"""
V2_MOUNTS = "24 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 24 0:26 {top} /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n"
UNLIMITED_V1 = "9223372036854771712\n"


def machine(root: Path, mounts: str, groups: str, files: Mapping[str, str]) -> Path:
    """A made-up file system: what a process reads of its groups, and the groups' files below /sys/fs/cgroup."""
    contents = {"proc/self/mountinfo": mounts, "proc/self/cgroup": groups}
    contents |= {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    for name, text in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_machine_without_groups_has_all(tmp_path: Path) -> None:
    assert memory_left(tmp_path) is None
    assert cores_left(tmp_path) is None
    assert usable_cores(tmp_path) == allowed_cores()


def test_a_container_of_version_2_has_its_limits(tmp_path: Path) -> None:
    files = {
        "memory.max": f"{2 * GB}\n",
        "memory.high": "max\n",
        "memory.current": f"{GB}\n",
        "memory.stat": f"anon 7\ninactive_file {GB // 4}\nactive_file {GB // 4}\n",
        "cpu.max": "50000 100000\n",
    }
    root = machine(tmp_path, V2_MOUNTS.format(top="/"), "0::/\n", files)
    assert memory_left(root) == 1.5 * GB, "cached files are given back"
    assert memory_bounds(root)["this container or job"] == 1.5 * GB
    assert available_memory(root) <= 1.5 * GB
    assert cores_left(root) == 0.5
    assert usable_cores(root) == 1


def test_the_tightest_of_nested_groups_counts(tmp_path: Path) -> None:
    job, step = "system.slice/slurmstepd.scope/job_7", "system.slice/slurmstepd.scope/job_7/step_0"
    files = {
        f"{job}/memory.max": f"{4 * GB}\n",
        f"{job}/memory.current": f"{3 * GB}\n",
        f"{job}/cpu.max": "150000 100000\n",
        f"{step}/memory.max": "max\n",
        f"{step}/memory.high": f"{9 * GB}\n",
        f"{step}/memory.current": f"{GB}\n",
        f"{step}/cpu.max": "max 100000\n",
    }
    root = machine(tmp_path, V2_MOUNTS.format(top="/"), f"0::/{step}\n", files)
    assert memory_left(root) == GB
    assert cores_left(root) == 1.5
    assert usable_cores(root) == min(2, allowed_cores())


@pytest.mark.parametrize("top", ["/", "/docker/abc"], ids=["the host's tree", "its own group alone"])
def test_a_container_of_version_1_has_its_limits(tmp_path: Path, top: str) -> None:
    inside = "docker/abc/" if top == "/" else ""
    files = {
        f"memory/{inside}memory.limit_in_bytes": f"{3 * GB}\n",
        f"memory/{inside}memory.usage_in_bytes": f"{GB}\n",
        f"memory/{inside}memory.stat": f"cache 1\ninactive_file 1\ntotal_inactive_file {GB // 2}\n",
        f"cpu,cpuacct/{inside}cpu.cfs_quota_us": "300000\n",
        f"cpu,cpuacct/{inside}cpu.cfs_period_us": "100000\n",
    }
    groups = "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/\n"
    root = machine(tmp_path, V1_MOUNTS.format(top=top), groups, files)
    assert memory_left(root) == 2.5 * GB
    assert cores_left(root) == 3.0


def test_groups_of_version_1_without_limits_leave_all(tmp_path: Path) -> None:
    files = {
        "memory/memory.limit_in_bytes": UNLIMITED_V1,
        "memory/memory.usage_in_bytes": f"{GB}\n",
        "cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
        "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    }
    root = machine(tmp_path, V1_MOUNTS.format(top="/"), "5:cpu,cpuacct:/\n4:memory:/\n", files)
    assert cores_left(root) is None
    assert min(memory_bounds(root), key=lambda name: memory_bounds(root)[name]) != "this container or job"


def test_a_group_that_is_full_leaves_nothing(tmp_path: Path) -> None:
    files = {"memory.max": f"{GB}\n", "memory.current": f"{2 * GB}\n"}
    root = machine(tmp_path, V2_MOUNTS.format(top="/"), "0::/../elsewhere\n", files)
    assert memory_left(root) == 0


def test_files_that_say_nothing_are_no_limits(tmp_path: Path) -> None:
    files = {"memory.max": "\n", "memory.current": "much\n", "cpu.max": "100000 0\n"}
    root = machine(tmp_path, "broken\n\n" + V2_MOUNTS.format(top="/"), "0::/\nbroken\n", files)
    assert memory_left(root) is None
    assert cores_left(root) is None


def test_addresses_that_are_limited_are_not_there() -> None:
    with memory_for(2 * GB):
        assert available_memory() <= 2 * GB
        with pytest.raises(UserError, match=r"available \(ulimit -v\); take less"):
            require_memory(3 * GB, "It", "take less")
        require_memory(3 * GB, "It", "take less", allocated=2 * GB)


def alone(program: str, cores: set[int]) -> str:
    """What a program prints that may run on these cores of a machine that claims to have 64."""
    affinity = f"import os\nos.sched_setaffinity(0, {cores})\nos.cpu_count = lambda: 64\n"
    done = subprocess.run([sys.executable, "-c", affinity + program], capture_output=True, text=True, check=True)
    return done.stdout


needs_affinity = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot tie a process")


@needs_affinity
def test_frames_are_collected_and_read_on_the_allowed_cores_alone(tmp_path: Path) -> None:
    program = f"""
import threading
from pathlib import Path
from perception.collect import collect
from perception.data_plan import CollectConfig, begin
from perception.dataset import read_frames
from sim.config import CameraConfig, EnvConfig
from sim.drivers import PurePursuitDriver

started = set()
threading.setprofile(lambda *_: started.add(threading.get_ident()))
config = CollectConfig(EnvConfig(camera=CameraConfig(width=8, height=8, color="gray")), frames=30_000)
folder = Path({str(tmp_path / "data")!r})
folder.mkdir()
begin(config, folder)
collect(config, folder, lambda seed: PurePursuitDriver(), lambda frames: None)
print(len(started))
started.clear()
assert len(read_frames(folder, "train")) == 24_000
print(len(started))
"""
    one = min(os.sched_getaffinity(0))
    assert alone(program, {one}).split() == ["1", "1"]


def test_a_limit_on_addresses_is_said_before_a_run(tmp_path: Path) -> None:
    """6 GB are enough for the program and its roads, but not for a replay of 7 GB."""
    program = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (6 * 10**9, resource.RLIM_INFINITY))
from agents.cli import main
main(["train", "--preset", "paper", "--out", {str(tmp_path / "run")!r}])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "of memory are available (ulimit -v); choose a smaller buffer or camera" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_disk_that_is_too_small_is_said_before_the_work(tmp_path: Path) -> None:
    require_disk(tmp_path, 0, "Nothing", "write less")
    require_disk(tmp_path, 10**18, "The frames", "collect fewer", reusable=10**18)
    with pytest.raises(UserError, match=r"^The frames would need 1,000,000,000,000 MB in .* collect fewer\.$"):
        require_disk(tmp_path, 10**18, "The frames", "collect fewer")
