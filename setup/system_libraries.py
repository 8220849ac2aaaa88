"""Checks the Linux libraries that bpy and software OpenGL need; installs them where the user may."""

import ctypes
import os
import shutil
import subprocess
import sys

# Shared library → Debian package. Those of bpy are what `ldd` finds outside of the wheels of 4.5 and 5.2;
# the last two are how gpu.init() reaches an OpenGL without a screen, and Mesa's software rendering.
DEBIAN_PACKAGES = {
    "libX11.so.6": "libx11-6",
    "libXrender.so.1": "libxrender1",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXext.so.6": "libxext6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libEGL_mesa.so.0": "libegl-mesa0",
}


def missing_libraries() -> list[str]:
    """The names of those shared libraries that the dynamic linker cannot load."""
    missing = []
    for library in DEBIAN_PACKAGES:
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(library)
    return missing


def install_command(libraries: list[str]) -> str:
    """One command that installs the libraries with the system's package manager."""
    if shutil.which("apt-get"):
        return "apt-get install -y " + " ".join(DEBIAN_PACKAGES[name] for name in libraries)
    if shutil.which("dnf"):
        return "dnf install -y " + " ".join(f"'{name}()(64bit)'" for name in libraries)
    return "your package manager to install " + " ".join(libraries)


def main() -> int:
    """The exit status: 1 where libraries are missing and could not be installed."""
    if sys.platform != "linux":
        return 0
    missing = missing_libraries()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print("setup: installing", *missing)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in ("apt-get update", install_command(missing)):
            subprocess.run(command.split(), env=environment, stdout=subprocess.DEVNULL)
        missing = missing_libraries()
    if missing:
        print("setup: Blender needs system libraries that are missing:", *missing, file=sys.stderr)
        print(f"Please run: sudo {install_command(missing)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
