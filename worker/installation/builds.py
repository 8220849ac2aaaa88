"""The builds of torch, and which of them suits a machine."""

from dataclasses import dataclass

from ...core.errors import NeuralShapesError
from .machine import Machine, NvidiaGpu

# PyTorch's own package index, a folder for each build (pytorch.org/get-started/locally); builds without one
# come from the Python package index.
TORCH_INDEX = "https://download.pytorch.org/whl/"

# The oldest and newest GPUs (compute capability) and the oldest driver of a CUDA build: PyTorch's RELEASE.md
# for 2.13, and the CUDA toolkit's release notes, table "CUDA Toolkit and Minimum Compatible Driver Versions".
CUDA_13_OLDEST_GPU, CUDA_13_DRIVER = (7, 5), 580
CUDA_12_OLDEST_GPU, CUDA_12_NEWEST_GPU, CUDA_12_DRIVER = (5, 0), (9, 0), 528

GIGABYTE = 10**9


@dataclass(frozen=True)
class Build:
    """A build of torch: `name` is its folder in the index and the local part of its version.

    `device` is what it trains on, by core.learning.devices' names; `download` and `installed` are bytes,
    all packages together.
    """

    name: str
    label: str
    device: str
    download: int
    installed: int
    in_package_index: bool = False

    @property
    def index(self) -> str | None:
        """The index that has it beside the Python package index."""
        return None if self.in_package_index else TORCH_INDEX + self.name

    @property
    def version_suffix(self) -> str:
        """What its version has behind torch's own, by which pip takes no other build."""
        return "" if self.in_package_index else f"+{self.name}"


# Downloads of the CPU builds and Metal's were measured with pip, and 1.2 GB on the disk of Linux. CUDA 13.0's
# 2.83 and 5.04 GB are the sums over the 40 wheels that pip chooses for it on Linux. CUDA 12.6 and ROCm are
# estimated: PyTorch's index alone has them.
CPU_LINUX = Build("cpu", "CPU", "cpu", 300_000_000, 1_300_000_000)
CPU_WINDOWS = Build("cpu", "CPU", "cpu", 223_000_000, 1_300_000_000, in_package_index=True)
MPS = Build("mps", "Metal", "mps", 179_000_000, 1_300_000_000, in_package_index=True)
CUDA_13 = Build("cu130", "CUDA 13.0", "cuda", 2_830_000_000, 5_100_000_000)
CUDA_12 = Build("cu126", "CUDA 12.6", "cuda", 3 * GIGABYTE, 7 * GIGABYTE)
ROCM = Build("rocm7.2", "ROCm 7.2", "cuda", 5 * GIGABYTE, 20 * GIGABYTE)


@dataclass(frozen=True)
class Choice:
    """A build and why it suits, in one sentence."""

    build: Build
    reason: str


def builds(machine: Machine) -> list[Build]:
    """The builds that torch has for a system. Raises NeuralShapesError where there is none."""
    if machine.system == "Darwin" and machine.architecture == "arm64":
        return [MPS]
    if machine.system == "Windows" and machine.architecture in ("amd64", "x86_64"):
        return [CPU_WINDOWS, CUDA_13, CUDA_12]
    if machine.system == "Linux" and machine.architecture in ("x86_64", "amd64"):
        return [CPU_LINUX, CUDA_13, CUDA_12, ROCM]
    if machine.system == "Linux" and machine.architecture in ("aarch64", "arm64"):
        return [CPU_LINUX]
    raise NeuralShapesError(
        f"PyTorch has no build for {machine.system} on {machine.architecture}; choose a Python that has one."
    )


def choose(machine: Machine) -> Choice:
    """The build that suits a machine best. Raises NeuralShapesError where there is none."""
    available = builds(machine)
    if MPS in available:
        return Choice(MPS, "An Apple GPU.")
    gpu = machine.nvidia
    if gpu is not None and CUDA_13 in available:
        return _choose_cuda(gpu, available[0])
    if machine.has_amd and ROCM in available:
        return Choice(ROCM, "An AMD GPU with its driver for computing.")
    return Choice(available[0], "No GPU that PyTorch has a build for was found.")


def _choose_cuda(gpu: NvidiaGpu, cpu: Build) -> Choice:
    if gpu.compute >= CUDA_13_OLDEST_GPU and gpu.driver >= CUDA_13_DRIVER:
        return Choice(CUDA_13, f"{gpu.name}, driver {gpu.driver}.")
    if CUDA_12_OLDEST_GPU <= gpu.compute <= CUDA_12_NEWEST_GPU and gpu.driver >= CUDA_12_DRIVER:
        return Choice(CUDA_12, f"{gpu.name}, driver {gpu.driver}.")
    if gpu.compute < CUDA_12_OLDEST_GPU:
        return Choice(cpu, f"{gpu.name} is older than the GPUs that PyTorch supports.")
    needed = CUDA_13_DRIVER if gpu.compute > CUDA_12_NEWEST_GPU else CUDA_12_DRIVER
    return Choice(cpu, f"{gpu.name} has driver {gpu.driver}; to train on it, first update that to {needed}.")
