"""The worker as a process of its own: where it loads from, what it sees, and when it ends."""

import ast
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from neural_shapes.worker.client import MAIN, PYTHON_OPTIONS, WorkerClient
from neural_shapes.worker.environment import WorkerEnvironment, find_environment
from neural_shapes.worker.main import OLD_PYTHON
from neural_shapes.worker.protocol import MAGIC, PREFIX, PROTOCOL_VERSION

PATIENCE = 30.0

MAIN_WITH_TEST_TASKS = "tests/worker/worker_with_test_tasks.py"

# A Blender that starts a worker on a job without end, says the worker's number, and waits.
PARENT = """
import sys, time
from pathlib import Path
from neural_shapes.worker.client import WorkerClient
from neural_shapes.worker.environment import find_environment

client = WorkerClient(find_environment(), Path(sys.argv[1]), main=Path(sys.argv[2]))
print(client.run_to_end(client.ask("echo"), print).body["process"], flush=True)
client.submit("deaf", {"seconds": 1000})
time.sleep(1000)
"""


def is_running(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_worker_ends_when_blender_is_killed(root: Path, tmp_path: Path) -> None:
    main = root / MAIN_WITH_TEST_TASKS
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log"), str(main)], stdout=subprocess.PIPE, text=True
    )
    worker = int(parent.stdout.readline())
    assert is_running(worker)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    give_up = time.monotonic() + PATIENCE
    while is_running(worker):
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_it_loads_from_any_folder_and_neighbours_do_not_shadow_modules(root: Path, tmp_path: Path) -> None:
    # As Blender installs extensions side by side; a neighbour called copy once broke torch.
    extension = tmp_path / "extensions" / "neural-shapes 1.0"
    for room in ("core", "worker", "tests"):
        shutil.copytree(root / room, extension / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "__init__.py", extension)
    for neighbour in ("copy", "core", "worker"):
        (extension.parent / neighbour).mkdir()
        (extension.parent / neighbour / "__init__.py").write_text("raise AssertionError('a neighbour')")
    client = WorkerClient(find_environment(), tmp_path / "log", main=extension / MAIN_WITH_TEST_TASKS)
    message = client.run_to_end(client.submit("threads"), print)
    client.close()
    assert message.kind == "done", message.body
    assert message.body["package"] == [str(extension)]


def run_with(input: bytes) -> subprocess.CompletedProcess:
    command = [find_environment().python, *PYTHON_OPTIONS, MAIN]
    return subprocess.run(command, input=input, capture_output=True, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        (b"garbage in plenty", b"no message of Neural Shapes"),
        (PREFIX.pack(MAGIC, PROTOCOL_VERSION, 1 << 30), b"a header of 1073741824 bytes"),
        (PREFIX.pack(MAGIC, PROTOCOL_VERSION + 1, 100), b"restart Blender"),
    ],
    ids=["garbage", "a gigabyte's header", "a foreign version"],
)
def test_what_is_no_message_ends_it_with_a_line_in_the_log(sent: bytes, line: bytes) -> None:
    finished = run_with(sent)
    assert finished.returncode == 1
    assert line in finished.stderr


def test_it_ends_without_an_error_when_its_input_closes() -> None:
    finished = run_with(b"")
    assert (finished.returncode, finished.stderr) == (0, b"")


def test_its_waiting_threads_leave_the_cores_to_others(client: WorkerClient) -> None:
    assert client.run_to_end(client.submit("threads"), print).body["waiting"] == "PASSIVE"


def test_the_number_of_threads_reaches_its_libraries(client: WorkerClient) -> None:
    message = client.run_to_end(client.submit("threads"), print)
    assert message.body["threads"] == 1


def test_a_torch_that_cannot_be_loaded_is_told_and_the_managed_packages_come_first(
    root: Path, tmp_path: Path
) -> None:
    torch = tmp_path / "packages" / "torch"
    torch.mkdir(parents=True)
    torch.joinpath("__init__.py").write_text("raise ImportError('libtorch_cpu.so is missing')")
    environment = WorkerEnvironment(find_environment().python, torch.parent)
    client = WorkerClient(environment, tmp_path / "log", main=root / MAIN_WITH_TEST_TASKS)
    message = client.run_to_end(client.submit("threads"), print)
    client.close()
    assert "cannot load a library (libtorch_cpu.so is missing)" in message.body["sentence"]


def test_an_older_python_gets_far_enough_to_say_how_old_it_is() -> None:
    ast.parse(MAIN.read_text(), feature_version=(3, 8))
    program = (
        f"import importlib.util; spec = importlib.util.spec_from_file_location('main', {str(MAIN)!r});"
        "main = importlib.util.module_from_spec(spec); spec.loader.exec_module(main);"
        "main.OLDEST_PYTHON = (99, 0); main.prepare([])"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    version = "{}.{}".format(*sys.version_info)
    assert (finished.returncode, finished.stderr.strip()) == (OLD_PYTHON, version)
