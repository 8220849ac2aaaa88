"""Plans that install the small wheels, and an environment that was there before."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from neural_shapes.worker.installation import folders
from neural_shapes.worker.installation.builds import Build
from neural_shapes.worker.installation.install import Installation, Plan

BUILD = Build("cpu", "CPU", "cpu", 1000, 1000, in_package_index=True)


@pytest.fixture
def plan(tmp_path: Path, wheels: Path, stand_in_self_test: Path) -> Plan:
    return Plan(
        python=Path(sys.executable),
        parent=tmp_path / "environments",
        build=BUILD,
        log=tmp_path / "install.log",
        online_access=False,
        wheels=wheels,
        self_test=stand_in_self_test,
    )


@pytest.fixture
def install() -> Callable[[Plan], Installation]:
    """Carries a plan out."""

    def carry_out(plan: Plan) -> Installation:
        installation = Installation(plan)
        installation.start()
        installation.wait(60)
        return installation

    return carry_out


@pytest.fixture
def earlier(plan: Plan) -> folders.Installed:
    """An environment that was installed before."""
    folder = folders.environment_folder(plan.parent, plan.build.name)
    (folder / "torch").mkdir(parents=True)
    folders.write_report(folder, folders.Report("2.12.0", "cpu", 1))
    return folders.find_installed(plan.parent)
