"""The worker's environment in this session: what the preferences choose, what Install makes, what was found.

Panels draw `environment`; nothing in it touches the disk or a process unless it is asked to act.
"""

import atexit
import sys
import threading
from pathlib import Path

import bpy

from ..core.errors import NeuralShapesError
from ..worker.environment import NoWorkerError, find_environment
from ..worker.installation import folders
from ..worker.installation.builds import Build, Choice, builds, choose
from ..worker.installation.checking import check_environment
from ..worker.installation.folders import Installed, Report
from ..worker.installation.install import Installation, Plan
from ..worker.installation.machine import this_machine
from . import worker
from .preferences import EXTENSION, preferences
from .worker import WorkerSettings, jobs

FOLDER, LOG_NAME = "env", "install.log"
INSTALLING = "PyTorch is being installed; wait for that, or cancel it."
INTERVAL_SECONDS = 0.2
# How long Blender's end may take for it.
CANCEL_SECONDS = 2.0


class Environment:
    """What is known of the worker's environment, and the attempt to change it that is under way."""

    def __init__(self) -> None:
        self.installation: Installation | None = None
        """The last attempt of this session."""
        self.installed: Installed | None = None
        self.report: Report | None = None
        """What the environment in use trains with; None where it was not tested."""
        self.uses_installed = False
        """Whether the worker runs in what Install made, and not in a Python that was chosen."""
        self.missing = ""
        """Why there is none, in a sentence."""
        self.problem = ""
        """Why the last attempt or check failed, in a sentence."""
        self._check: threading.Thread | None = None
        # Whether an attempt was begun whose outcome is not known to the worker yet.
        self._is_unfinished = False

    @property
    def is_installing(self) -> bool:
        """Whether an attempt is under way."""
        return self.installation is not None and self.installation.is_running

    @property
    def is_checking(self) -> bool:
        """Whether the environment is being tested."""
        return self._check is not None and self._check.is_alive()

    @property
    def is_busy(self) -> bool:
        """Whether it is being made or tested."""
        return self.is_installing or self.is_checking

    def refresh(self) -> WorkerSettings:
        """Look at what is there, and tell the worker's settings that follow."""
        chosen = preferences()
        self.installed = folders.find_installed(folder())
        packages = self.installed.packages if self.installed is not None else None
        self.problem = ""
        settings = WorkerSettings(
            bpy.path.abspath(chosen.worker_python),
            packages,
            chosen.threads,
            chosen.low_priority,
            INSTALLING if self.is_installing else "",
        )
        try:
            found = find_environment(settings.python, settings.managed)
            self.missing, self.uses_installed = "", found.packages is not None
        except NoWorkerError as error:
            self.missing, self.uses_installed = str(error), False
        self.report = self.installed.report if self.uses_installed else None
        return settings

    def install(self, build: Build) -> None:
        """Begin to install a build, from the preferences' folder of wheels where there is one.

        Raises NeuralShapesError while something is being worked on, and for what can be known before.
        """
        self._require_idle()
        wheels = bpy.path.abspath(preferences().wheels)
        plan = Plan(
            Path(sys.executable),
            folder(),
            build,
            log_path(),
            bpy.app.online_access,
            Path(wheels) if wheels else None,
        )
        self.installation = Installation(plan)
        # A worker that runs in the old environment would keep its files in use; none starts until the end.
        try:
            configure_worker()
        except Exception:
            self.installation = None  # It counts as running before its start, and would do so for ever.
            raise
        self.installation.start()
        self._is_unfinished = True
        _follow()

    def cancel(self) -> None:
        """End the attempt; what was installed before stays."""
        if self.is_installing:
            self.installation.cancel()

    def uninstall(self) -> None:
        """Remove what Install made. Raises NeuralShapesError where that cannot be done."""
        self._require_idle()
        jobs.close()
        try:
            folders.uninstall(folder())
        except OSError as error:
            raise NeuralShapesError(f"Not all could be removed ({error}); close other Blenders.") from error
        finally:
            configure_worker()

    def check(self) -> None:
        """Begin to test the environment in use with a training step.

        Raises NeuralShapesError where there is none, or something is being worked on.
        """
        self._require_idle()
        settings = self.refresh()
        found = find_environment(settings.python, settings.managed)
        self.report = None
        self._check = threading.Thread(
            target=self._run_check, args=(found.python, found.packages, preferences().device), daemon=True
        )
        self._check.start()
        _follow()

    def finish(self) -> None:
        """Use what the attempt has installed, or tell why it failed; after a test there is nothing to do."""
        if self._is_unfinished:
            self._is_unfinished = False
            configure_worker()
            self.problem = self.installation.sentence

    def _run_check(self, python: Path, packages: Path | None, device: str) -> None:
        try:
            self.report = check_environment(python, packages, device)
        except NeuralShapesError as error:
            self.problem = str(error)

    def _require_idle(self) -> None:
        if self.is_busy:
            raise NeuralShapesError("The environment is being installed or tested; wait for that.")
        if jobs.active:
            raise NeuralShapesError("Something is being worked on; wait for it or cancel it first.")


environment = Environment()


def folder() -> Path:
    """Where the environments lie: beside the extension's user data, where upgrades leave them."""
    try:
        return Path(bpy.utils.extension_path_user(EXTENSION, path=FOLDER))
    except ValueError:  # Run from a checkout, it is no extension to Blender.
        return Path(bpy.utils.user_resource("DATAFILES", path=EXTENSION)) / FOLDER


def log_path() -> Path:
    """The log of installations."""
    return folder() / LOG_NAME


def suitable_build(name: str = "") -> Choice:
    """The build of a name, or the one that suits this machine best, and why.

    Raises NeuralShapesError where this machine has none, or none of that name.
    """
    machine = this_machine()
    if not name:
        return choose(machine)
    for build in builds(machine):
        if build.name == name:
            return Choice(build, "As chosen.")
    raise NeuralShapesError(f"PyTorch has no build {name!r} for this system.")


def configure_worker() -> None:
    """Give the worker the preferences and the environment as they are now."""
    worker.configure(environment.refresh())


def register() -> None:
    """Look for an environment, and end an attempt to make one with Blender."""
    configure_worker()
    if environment.is_busy:  # What was under way when this was unregistered may take longer to end.
        _follow()
    atexit.register(environment.cancel)


def unregister() -> None:
    """End an attempt, and follow nothing any more."""
    atexit.unregister(environment.cancel)
    environment.cancel()
    if environment.installation is not None:
        environment.installation.wait(CANCEL_SECONDS)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)


def _follow() -> None:
    """Finish what was begun when it no longer runs: from a timer, or in background after waiting for it."""
    if bpy.app.background:
        _wait()
        environment.finish()
    elif not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=INTERVAL_SECONDS, persistent=True)


def _tick() -> float | None:
    _redraw()
    if environment.is_busy:
        return INTERVAL_SECONDS
    environment.finish()
    return None


def _wait() -> None:
    pause, phase = threading.Event(), ""
    while environment.is_busy:
        pause.wait(INTERVAL_SECONDS / 10)
        if environment.is_installing and environment.installation.phase != phase:
            phase = environment.installation.phase
            print(f"Install: {phase}", flush=True)


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "PREFERENCES"):
                for region in area.regions:
                    if area.type == "PREFERENCES" or region.type == "UI":
                        region.tag_redraw()
