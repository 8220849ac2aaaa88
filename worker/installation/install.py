"""Installing an environment: pip into a new folder, a self-test in it, and only then a change of place.

From its start to its end:

    installation = Installation(plan)      # raises NeuralShapesError at once for what can be known before
    installation.start()
    while installation.is_running: ...     # phase and share, from any thread
    installation.sentence                  # why it failed; empty when it is installed
"""

import os
import shutil
import subprocess
import threading
import traceback
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TextIO

from ...core.errors import Cancelled, NeuralShapesError
from . import folders, pip
from .builds import GIGABYTE, Build
from .checking import SELF_TEST, run_self_test, started
from .folders import Installed, Report
from .lock import changing

REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"


class State(Enum):
    """How an installation stands."""

    RUNNING = "running"
    INSTALLED = "installed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Plan:
    """What to install and where.

    `parent` holds the environments; `wheels` is the folder to take packages from in place of the network,
    which is used only with `online_access`. `log` takes what pip and the self-test print.
    """

    python: Path
    parent: Path
    build: Build
    log: Path
    online_access: bool
    wheels: Path | None = None
    requirements: Path = REQUIREMENTS
    self_test: Path = SELF_TEST


def check(plan: Plan) -> None:
    """Raises NeuralShapesError for what can be known before anything is started."""
    if plan.wheels is not None and not any(plan.wheels.glob("*.whl")):
        raise NeuralShapesError(f"The folder {plan.wheels} holds no wheels; choose another.")
    if plan.wheels is None and not plan.online_access:
        raise NeuralShapesError(
            "Blender may not use the network: allow online access in Blender's preferences under System, or"
            " install from a folder of wheels."
        )
    try:
        plan.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(plan.parent).free
    except OSError as error:
        raise NeuralShapesError(f"The folder {plan.parent} cannot be made ({error.strerror}).") from error
    if not os.access(plan.parent, os.W_OK):
        raise NeuralShapesError(f"The folder {plan.parent} cannot be written to.")
    needed = _needed_bytes(plan)
    if free < needed:
        raise NeuralShapesError(
            f"The installation needs {needed / GIGABYTE:.1f} GB, and {free / GIGABYTE:.1f} GB are free on the"
            f" disk of {plan.parent}."
        )


def _needed_bytes(plan: Plan) -> int:
    """The most that an installation takes on the disk at once.

    pip keeps what it downloads until its end, and once more in the user's cache; a folder's wheels are not
    copied.
    """
    downloads = 2 * plan.build.download if plan.wheels is None else 0
    return downloads + plan.build.installed


class Installation:
    """One attempt at a plan, in a thread of its own. Raises what `check` raises."""

    def __init__(self, plan: Plan) -> None:
        check(plan)
        self.plan = plan
        self.state = State.RUNNING
        self.sentence = ""
        self.installed: Installed | None = None
        self._phase = "Starting"
        self._progress = pip.PipProgress(plan.build.download)
        self._process: subprocess.Popen | None = None
        self._changing = threading.Lock()
        self._is_cancelled = False
        self._thread = threading.Thread(target=self._run, name="installation", daemon=True)

    def start(self) -> None:
        """Begin, and return at once."""
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait for the end, or so many seconds."""
        self._thread.join(seconds)

    def cancel(self) -> None:
        """End it soon; what had been installed before stays."""
        with self._changing:
            self._is_cancelled = True
            if self._process is not None:
                self._process.kill()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.state is State.RUNNING

    @property
    def phase(self) -> str:
        """What it does now, in words."""
        return self._phase or self._progress.phase

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        return self._progress.share

    def _run(self) -> None:
        try:
            with changing(self.plan.parent):
                self.installed = self._install()
            self.state = State.INSTALLED
        except Cancelled:
            self.state = State.CANCELLED
        except NeuralShapesError as error:
            self._fail(str(error))
        except OSError as error:
            self._fail(f"The environment could not be written ({error}); close other Blenders and retry.")
        except Exception as error:  # In a thread nobody else would end the artist's wait.
            traceback.print_exc()
            self._fail(f"The installation failed ({type(error).__name__}: {error}).")

    def _install(self) -> Installed:
        """Make the new environment and put it in place, or remove it where that fails."""
        new = folders.environment_folder(self.plan.parent, self.plan.build.name)
        new = new.with_name(new.name + folders.NEW)
        folders.remove_leftovers(self.plan.parent)
        try:
            with open(self.plan.log, "a", encoding="utf-8") as log:
                report = self._fill(new, log)
            folders.write_report(new, report)
            self._phase = "Putting it in place"
            return Installed(folders.put_in_place(new), self.plan.build.name, report)
        except Exception:
            folders.remove(new)
            raise

    def _fail(self, sentence: str) -> None:
        self.sentence = sentence
        self.state = State.FAILED

    def _fill(self, new: Path, log: TextIO) -> Report:
        """Install into the new folder and test it. Raises NeuralShapesError, and Cancelled."""
        temporary = folders.temporary_folder(new)
        temporary.mkdir(parents=True)
        try:
            self._run_pip(new, temporary, log)
        finally:
            folders.remove(temporary)
        self._phase = "Testing with a training step"
        return self._test(new, log)

    def _run_pip(self, new: Path, temporary: Path, log: TextIO) -> None:
        plan = self.plan
        command, version = pip.pip_command(plan.python)
        arguments = pip.install_arguments(plan.build, plan.requirements, new, plan.wheels, version)
        self._phase = ""
        status, output = self._follow([*command, *arguments], log, pip.variables(temporary, plan.wheels))
        if status != 0:
            raise NeuralShapesError(pip.explain(output, plan.wheels))

    def _test(self, new: Path, log: TextIO) -> Report:
        return run_self_test(
            self.plan.python,
            new,
            self.plan.build.device,
            self.plan.self_test,
            lambda command: self._follow(command, log, None),
        )

    def _follow(
        self, command: list[str], log: TextIO, variables: dict[str, str] | None
    ) -> tuple[int, list[str]]:
        """Run a command to its end, line by line; its exit status and its lines. Raises Cancelled."""
        with self._changing:
            if self._is_cancelled:
                raise Cancelled
            self._process = started(command, variables)
        output = []
        with self._process as process:
            for line in process.stdout:
                log.write(line)
                log.flush()
                self._progress.read(line)
                output.append(line.rstrip("\n"))
        if self._is_cancelled:
            raise Cancelled
        return process.returncode, output
