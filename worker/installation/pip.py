"""How pip is called, how far its output says it is, and what its errors mean.

Proxies, certificates and indexes are those of the environment and of pip's own configuration; what pip checks
of a connection stays checked.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ...core.errors import NeuralShapesError
from .builds import Build

# The first pip whose progress can be read: "Progress 1234 of 5678" on lines of their own.
RAW_PROGRESS = (24, 1)
VERSION_SECONDS = 60.0

# Shares of an installation's time after which its downloads and its unpacking are over.
DOWNLOADED, UNPACKED = 0.8, 0.9

# Where Python's tempfile, and with it pip, keeps what it downloads: on the disk whose space was checked.
TEMPORARY_VARIABLES = ("TMPDIR", "TEMP", "TMP")

# Where Python keeps a pip for environments that have none; a wheel can be run as it is.
PRINT_BUNDLED_PIP = (
    "import ensurepip, pathlib;"
    "print(*pathlib.Path(ensurepip.__file__).parent.glob('_bundled/pip-*.whl'),"
    " *pathlib.Path(getattr(ensurepip, '_WHEEL_PKG_DIR', None) or '.').glob('pip-*.whl'), sep='\\n')"
)

UNITS = {"bytes": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9}

# What pip prints → what to do about it; the first that is found counts.
EXPLANATIONS = (
    (
        r"No space left|not enough space|\[Errno 28\]|\[WinError 112\]",
        "The disk is full; free some space and retry.",
    ),
    (
        # Windows may also tell a path that is too long as one that is not found; pip then guesses the cause.
        r"\[WinError 206\]|\[WinError 3\]|Windows Long Path",
        "A file's path is longer than Windows allows; enable long paths in Windows and retry, or choose a"
        " Python that has PyTorch in the preferences.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "The connection's certificate is not trusted; set the variable SSL_CERT_FILE to your network's"
        " certificates, or install from a folder of wheels.",
    ),
    (
        r"ProxyError|Cannot connect to proxy",
        "The proxy does not answer; correct the variable HTTPS_PROXY, or install from a folder of wheels.",
    ),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|Connection(Reset)?Error|"
        r"ConnectionResetError|ProtocolError|IncompleteRead|Network is unreachable",
        "The connection to the package index was lost; retry when the network is back.",
    ),
    (
        r"not a supported wheel|[Ii]nvalid wheel|Wheel .* is invalid|BadZipFile",
        "A wheel is damaged, or made for another system; get it anew and retry.",
    ),
    (r"Permission denied|PermissionError|\[WinError 5\]", "A file may not be written; see the log."),
)
NOT_FOUND = re.compile(r"No matching distribution found for (\S+)")
CONFLICT = re.compile(r"ResolutionImpossible|conflicting dependencies")


def pip_command(python: Path) -> tuple[list[str], tuple[int, int]]:
    """The start of a command that runs a Python's pip, or the one that Python bundles, and its version.

    Raises NeuralShapesError where neither runs.
    """
    # What it prints is read as UTF-8; without the option Windows' code page may be what it prints in.
    isolated = [str(python), "-I", "-X", "utf8"]
    own = [*isolated, "-m", "pip"]
    if version := _version(own):
        return own, version
    for wheel in _output(*isolated, "-c", PRINT_BUNDLED_PIP):
        bundled = [*isolated, f"{wheel}/pip"]
        if version := _version(bundled):
            return bundled, version
    raise NeuralShapesError(f"{python} has no pip; choose a Python that has PyTorch in the preferences.")


def install_arguments(
    build: Build, requirements: Path, target: Path, wheels: Path | None, version: tuple[int, int]
) -> list[str]:
    """pip's arguments that install the requirements, with torch in a build, into a folder.

    `wheels` is a folder that then is the only source, whatever the environment says. Nothing is ever built.
    """
    arguments = ["install", "--target", str(target), "--only-binary", ":all:", "--no-warn-conflicts"]
    arguments += ["--disable-pip-version-check", "--no-input", "--no-color"]
    arguments += ["--progress-bar", "raw" if version >= RAW_PROGRESS else "off"]
    if wheels is not None:
        arguments += ["--isolated", "--no-index", "--find-links", str(wheels)]
    elif build.index is not None:
        arguments += ["--extra-index-url", build.index]
    return [*arguments, *_requirements(requirements, build if wheels is None else None)]


def variables(temporary: Path, wheels: Path | None) -> dict[str, str]:
    """This process's environment variables for pip, which keeps what it downloads in a folder.

    With a folder of wheels no configuration adds another source.
    """
    own = dict.fromkeys(TEMPORARY_VARIABLES, str(temporary))
    if wheels is not None:
        own["PIP_CONFIG_FILE"] = os.devnull
    return {**os.environ, **own}


def explain(output: Sequence[str], wheels: Path | None) -> str:
    """Why pip failed, in a sentence, from what it printed."""
    text = "\n".join(output)
    for pattern, sentence in EXPLANATIONS:
        if re.search(pattern, text):
            return sentence
    if found := NOT_FOUND.search(text):
        where = f"The folder {wheels}" if wheels is not None else "The package index"
        return f"{where} has no {found[1].rstrip(';')} that fits this Python and system; see the log."
    if CONFLICT.search(text):
        return "The packages that were found do not fit each other; see the log."
    last = next((line.strip() for line in reversed(output) if "ERROR" in line), "no reason given")
    return f"pip failed ({last.removeprefix('ERROR: ')}); see the log."


class PipProgress:
    """How far an installation is, from pip's lines."""

    def __init__(self, expected_bytes: int) -> None:
        self._expected = expected_bytes
        self._finished = 0.0
        self._current = 0.0
        self.phase = "Looking for packages"
        self.share = 0.0

    def read(self, line: str) -> None:
        """Take in a line."""
        if found := re.match(r"\s*Downloading (\S+?)-\d\S* \(([\d.]+) (\w+)\)", line):
            self._finished += self._current
            self._current = float(found[2]) * UNITS.get(found[3], 0)
            self.phase = f"Downloading {found[1].rpartition('/')[2]} ({found[2]} {found[3]})"
            # The size is known before its bytes have come.
            self._advance(self._finished)
        elif found := re.match(r"Progress (\d+) of (\d+)", line):
            self._advance(self._finished + int(found[1]))
        elif line.startswith("Installing collected packages"):
            self.phase, self.share = "Unpacking", DOWNLOADED
        elif line.startswith("Successfully installed"):
            self.share = UNPACKED

    def _advance(self, bytes_so_far: float) -> None:
        self.share = max(self.share, min(1.0, bytes_so_far / self._expected) * DOWNLOADED)


def _requirements(path: Path, build: Build | None) -> list[str]:
    """The requirements one by one, torch with the version of a build."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    required = [line for line in lines if line and not line.startswith("#")]
    suffix = build.version_suffix if build is not None else ""
    return [line + suffix if line.startswith("torch==") else line for line in required]


def _version(command: Sequence[str]) -> tuple[int, int] | None:
    """Of the pip that a command starts, or None where there is none."""
    found = re.match(r"pip (\d+)\.(\d+)", "\n".join(_output(*command, "--version")))
    return (int(found[1]), int(found[2])) if found else None


def _output(*command: str | Path) -> list[str]:
    """The lines that a short command prints, or none where it fails."""
    try:
        finished = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=VERSION_SECONDS,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return finished.stdout.splitlines() if finished.returncode == 0 else []
