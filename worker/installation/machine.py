"""What this machine computes with: its system and the GPUs that torch has builds for."""

import csv
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NVIDIA_QUERY = ("--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader")
NVIDIA_SECONDS = 5.0
# The kernel driver of AMD's GPUs for computing makes it (Linux alone).
AMD_COMPUTE_DEVICE = Path("/dev/kfd")


@dataclass(frozen=True)
class NvidiaGpu:
    """A GPU as its driver tells: name, compute capability and the driver's major version."""

    name: str
    compute: tuple[int, int]
    driver: int


@dataclass(frozen=True)
class Machine:
    """`system` and `architecture` as Python's module platform names them, and the GPUs."""

    system: str
    architecture: str
    nvidia: NvidiaGpu | None = None
    has_amd: bool = False


def this_machine() -> Machine:
    """The machine that this runs on; asks NVIDIA's driver, within NVIDIA_SECONDS."""
    return Machine(platform.system(), platform.machine().lower(), _nvidia_gpu(), AMD_COMPUTE_DEVICE.exists())


def parse_nvidia(answer: str) -> NvidiaGpu | None:
    """The most capable GPU in an answer of nvidia-smi, one line a GPU; None where there is none."""
    gpus = []
    for row in csv.reader(answer.splitlines(), skipinitialspace=True):
        try:
            name, compute, driver = row
            major, minor = (int(part) for part in compute.split("."))
            gpus.append(NvidiaGpu(name, (major, minor), int(driver.split(".")[0])))
        except ValueError:
            continue  # A note of the driver's, or a GPU that it does not know.
    return max(gpus, key=lambda gpu: gpu.compute, default=None)


def _nvidia_gpu() -> NvidiaGpu | None:
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        answer = subprocess.run(
            [program, *NVIDIA_QUERY],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=NVIDIA_SECONDS,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_nvidia(answer.stdout)
