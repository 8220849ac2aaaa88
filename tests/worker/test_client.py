"""The client with a real worker: jobs, queries, cancel, and every way in which a worker can die."""

import os
import re
import signal
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from neural_shapes.worker import client as client_module
from neural_shapes.worker import protocol
from neural_shapes.worker.client import ENDS, WorkerClient
from neural_shapes.worker.environment import WorkerEnvironment, find_environment
from neural_shapes.worker.protocol import Message, ProtocolError

# A wait that only ends a test which has failed already.
PATIENCE = 60.0
ENDLESS = {"steps": 1_000_000, "seconds": 0.01}

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


def wait_for(client: WorkerClient, wanted: Callable[[Message], bool]) -> list[Message]:
    """Poll as Blender's timer does until a message is as wanted; returns all that came."""
    messages, give_up = [], time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        new = client.poll()
        messages += new
        if any(map(wanted, new)):
            return messages
        time.sleep(0.01)
    raise AssertionError(f"nothing as wanted among {messages}")


def end_of(client: WorkerClient, request: int) -> Message:
    def wanted(message: Message) -> bool:
        return message.id == request and message.kind in ENDS

    return next(message for message in wait_for(client, wanted) if wanted(message))


def wait_for_all(client: WorkerClient, *requests: int) -> list[Message]:
    """The last messages of some requests, in the order in which they came."""
    ends: list[Message] = []
    while {message.id for message in ends} != set(requests):
        ends += [message for message in wait_for(client, lambda m: m.kind in ENDS) if message.kind in ENDS]
    return ends


def wait_for_progress(client: WorkerClient, request: int) -> Message:
    def wanted(message: Message) -> bool:
        return message.id == request and message.kind == protocol.PROGRESS

    return next(message for message in reversed(wait_for(client, wanted)) if wanted(message))


def process_of(client: WorkerClient) -> int:
    """The worker's process id, by a query."""
    return client.run_to_end(client.ask("echo"), print).body["process"]


def is_running(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_a_job_gets_its_arrays_and_gives_arrays_back(client: WorkerClient) -> None:
    vertices = np.random.default_rng(0).normal(size=(1_000_000, 3))  # Far more than a pipe holds.
    message = end_of(client, client.submit("echo", {"recipe": "standard"}, {"vertices": vertices}))
    assert (message.kind, message.body["parameters"]) == (protocol.DONE, {"recipe": "standard"})
    np.testing.assert_array_equal(message.arrays["vertices"], vertices, strict=True)
    assert message.body["process"] != os.getpid()


def test_progress_comes_in_order_with_the_latest_arrays(client: WorkerClient) -> None:
    request = client.submit("count", {"steps": 30, "seconds": 0.01})
    *progress, last = wait_for(client, lambda message: message.kind in ENDS)
    steps = [message.body["step"] for message in progress]
    assert len(steps) > 3
    assert steps == sorted(set(steps))
    assert [message.arrays["reached"][0] for message in progress] == steps
    assert (last.id, last.kind, last.body["step"]) == (request, protocol.DONE, 30)


def test_unread_progress_does_not_pile_up(client: WorkerClient) -> None:
    client.submit("count", {"steps": 500, "seconds": 0})
    time.sleep(1.0)  # Blender is busy.
    assert len(client.poll()) <= 2


def test_a_query_is_answered_while_a_job_runs(client: WorkerClient) -> None:
    job = client.submit("count", ENDLESS)
    wait_for_progress(client, job)
    started = time.monotonic()
    query = client.ask("echo", {"question": 1})
    answer = end_of(client, query)
    assert answer.body["parameters"] == {"question": 1}
    assert time.monotonic() - started < 5
    wait_for_progress(client, job)


def test_jobs_run_one_after_the_other(client: WorkerClient) -> None:
    first = client.submit("count", {"steps": 20, "seconds": 0.01})
    second = client.submit("count", {"steps": 2, "seconds": 0.01})
    ids = [message.id for message in wait_for(client, lambda m: m.id == second and m.kind in ENDS)]
    assert ids == sorted(ids)
    assert {first, second} == set(ids)


def test_cancel_gives_what_was_reached(client: WorkerClient) -> None:
    job = client.submit("count", ENDLESS)
    reached = wait_for_progress(client, job).body["step"]
    client.cancel(job)
    end = end_of(client, job)
    assert end.kind == protocol.CANCELLED
    assert end.arrays["reached"][0] >= reached


def test_cancel_of_a_waiting_job_leaves_the_running_one_alone(client: WorkerClient) -> None:
    running, waiting = client.submit("count", ENDLESS), client.submit("count", ENDLESS)
    wait_for_progress(client, running)
    client.cancel(waiting)
    [end] = [message for message in client.poll() if message.id == waiting]
    assert (end.kind, end.arrays) == (protocol.CANCELLED, {})
    wait_for_progress(client, running)


def test_cancel_is_enforced_and_the_next_job_gets_a_new_worker(
    client: WorkerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "CANCEL_SECONDS", 0.5)
    first_process = process_of(client)
    deaf, next_one = client.submit("deaf", {"seconds": 1000}), client.submit("echo")
    wait_for_progress(client, deaf)
    client.cancel(deaf)
    assert end_of(client, deaf).kind == protocol.CANCELLED
    end = end_of(client, next_one)
    assert end.kind == protocol.DONE
    assert end.body["process"] != first_process


def test_a_query_that_takes_too_long_fails_and_the_job_beside_it_goes_on(
    client: WorkerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "QUERY_SECONDS", 0.5)
    job = client.submit("count", ENDLESS)
    wait_for_progress(client, job)
    end = end_of(client, client.ask("deaf", {"seconds": 2}))
    assert (end.kind, "not answered in time" in end.body["sentence"]) == (protocol.FAILED, True)
    wait_for_progress(client, job)


def test_a_worker_that_hangs_in_a_query_is_replaced_where_no_job_is_lost(
    client: WorkerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = process_of(client)
    monkeypatch.setattr(client_module, "QUERY_SECONDS", 0.5)
    end = end_of(client, client.ask("deaf", {"seconds": 1000}))
    assert (end.kind, "not answered in time" in end.body["sentence"]) == (protocol.FAILED, True)
    monkeypatch.undo()
    assert process_of(client) != process


def test_a_query_has_its_whole_time_though_the_worker_starts_and_others_come_first(
    open_client: Callable[..., WorkerClient], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "QUERY_SECONDS", 1.5)
    main = tmp_path / "slow_worker.py"
    worker = root / "tests/worker/worker_with_test_tasks.py"
    main.write_text(f"import runpy, time\ntime.sleep(2)\nrunpy.run_path({str(worker)!r})")
    client = open_client(main=main)
    queries = [client.ask("deaf", {"seconds": 0.8}) for _ in range(3)]
    came = wait_for(client, lambda message: message.id == queries[-1] and message.kind in ENDS)
    assert [message.kind for message in came if message.kind in ENDS] == [protocol.DONE] * 3


def test_the_first_query_has_the_time_that_loading_torch_takes(
    client: WorkerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "QUERY_SECONDS", 0.5)
    assert end_of(client, client.ask("slow_to_load")).kind == protocol.DONE
    assert end_of(client, client.ask("deaf", {"seconds": 1.5})).kind == protocol.FAILED


def test_queries_behind_one_that_hangs_go_to_the_next_worker_unless_they_were_cancelled(
    client: WorkerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = process_of(client)
    monkeypatch.setattr(client_module, "QUERY_SECONDS", 0.5)
    hanging, cancelled = client.ask("deaf", {"seconds": 1000}), client.ask("echo")
    later = client.ask("echo", {}, {"points": np.arange(3.0)})
    client.cancel(cancelled)
    came = wait_for(client, lambda message: message.id == later)
    assert [(message.id, message.kind) for message in came if message.kind in ENDS] == [
        (cancelled, protocol.CANCELLED),
        (hanging, protocol.FAILED),
        (later, protocol.DONE),
    ]
    assert came[-1].body["process"] != process
    np.testing.assert_array_equal(came[-1].arrays["points"], [0, 1, 2])


def test_a_query_keeps_its_time_when_a_job_beside_it_is_the_first_to_answer(
    client: WorkerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "QUERY_SECONDS", 1.0)
    query = client.ask("slow_to_load", {"seconds": 0.3})
    job = client.submit("slow_to_load", {"reports": True})
    ends = {message.id: message.kind for message in wait_for_all(client, query, job)}
    assert ends == {query: protocol.DONE, job: protocol.DONE}


def test_a_cancelled_query_ends_at_once_even_if_the_worker_hangs_in_it(client: WorkerClient) -> None:
    process = process_of(client)
    hanging = client.ask("deaf", {"seconds": 1000})
    wait_for_progress(client, hanging)
    client.cancel(hanging)
    assert [(message.id, message.kind) for message in client.poll()] == [(hanging, protocol.CANCELLED)]
    assert end_of(client, client.submit("echo")).body["process"] == process


def test_a_worker_that_hangs_in_its_start_fails_what_it_was_asked_with_a_sentence(
    open_client: Callable[..., WorkerClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "START_SECONDS", 0.5)
    main = tmp_path / "hanging_worker.py"
    main.write_text("import time\ntime.sleep(1000)")
    client = open_client(main=main)
    asked = [client.ask("echo"), client.submit("echo")]
    came = wait_for(client, lambda message: message.id == asked[-1])
    assert {message.id for message in came if message.kind == protocol.FAILED} == set(asked)
    assert all("did not start in time" in message.body["sentence"] for message in came)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("sentence", "The mesh has no faces."),
        ("bug", r"ZeroDivisionError: division by zero.*its log"),
        ("memory", r"Memory ran out"),
        ("library", r"cannot load a library \(No module named 'a_module_that_nobody_has'\)"),
        ("unsendable", r"cannot be sent"),
    ],
)
def test_a_failing_task_says_why_and_the_worker_lives_on(
    client: WorkerClient, how: str, sentence: str
) -> None:
    process = process_of(client)
    end = end_of(client, client.submit("fail", {"how": how}))
    assert end.kind == protocol.FAILED
    assert re.search(sentence, end.body["sentence"])
    assert process_of(client) == process


def test_a_task_that_reached_nothing_is_cancelled_without_arrays(client: WorkerClient) -> None:
    end = end_of(client, client.submit("fail", {"how": "nothing reached"}))
    assert (end.kind, end.arrays) == (protocol.CANCELLED, {})


def test_an_unknown_task_is_refused(client: WorkerClient) -> None:
    assert "no task 'os.system'" in end_of(client, client.submit("os.system")).body["sentence"]


def test_what_cannot_be_sent_is_refused_at_once(client: WorkerClient) -> None:
    with pytest.raises(ProtocolError):
        client.submit("echo", {}, {"objects": np.array([object()])})


@posix
@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("SIGKILL", "memory ran out"),
        ("SIGSEGV", r"crashed within one of its libraries \(SIGSEGV\)"),
        ("exit", r"ended unexpectedly \(exit status 1: terminate called after throwing .*c10::Error"),
    ],
)
def test_the_death_of_the_worker_is_told_and_the_next_job_starts_another(
    client: WorkerClient, how: str, sentence: str
) -> None:
    process = process_of(client)
    dying, waiting = client.submit("fail", {"how": how}), client.submit("echo")
    end = end_of(client, dying)
    assert end.kind == protocol.FAILED
    assert re.search(sentence, end.body["sentence"])
    end = end_of(client, waiting)
    assert end.kind == protocol.DONE
    assert end.body["process"] != process


@posix
def test_a_worker_killed_from_outside_fails_its_job_and_its_queries(client: WorkerClient) -> None:
    process = process_of(client)
    job, query = client.submit("count", ENDLESS), client.ask("deaf", {"seconds": 1000})
    wait_for_progress(client, job)
    os.kill(process, signal.SIGKILL)
    ends = wait_for(client, lambda message: message.id == query and message.kind in ENDS)
    assert {message.id: message.kind for message in ends} == {job: "failed", query: "failed"}


@posix
def test_a_worker_killed_while_idle_is_replaced_unnoticed(client: WorkerClient) -> None:
    process = process_of(client)
    os.kill(process, signal.SIGKILL)
    while client._connection.end is None:
        time.sleep(0.01)
    assert process_of(client) != process


def test_garbage_on_the_stream_ends_the_worker_with_a_sentence(client: WorkerClient) -> None:
    end = end_of(client, client.submit("garble"))
    assert (end.kind, "no message" in end.body["sentence"]) == (protocol.FAILED, True)
    assert end_of(client, client.submit("echo")).kind == protocol.DONE


def test_what_libraries_print_goes_to_the_log_and_they_read_nothing(client: WorkerClient) -> None:
    end = end_of(client, client.submit("chatter"))
    assert (end.kind, end.body["read"]) == (protocol.DONE, "")
    log = client.log.read_text()
    assert "printed by Python" in log
    assert "written to the descriptor" in log
    assert "printed by a child process" in log
    assert "said on standard error" in log


def test_two_clients_have_two_workers(open_client: Callable[..., WorkerClient]) -> None:
    one, other = open_client(), open_client()
    requests = one.submit("echo", {"who": 1}), other.submit("echo", {"who": 2})
    ends = [end_of(client, request) for client, request in zip((one, other), requests, strict=True)]
    assert [end.body["parameters"]["who"] for end in ends] == [1, 2]
    assert ends[0].body["process"] != ends[1].body["process"]


def test_closing_ends_the_worker_though_a_job_runs(client: WorkerClient) -> None:
    process = process_of(client)
    wait_for_progress(client, client.submit("deaf", {"seconds": 1000}))
    started = time.monotonic()
    client.close()
    assert not is_running(process)
    assert time.monotonic() - started < client_module.CLOSE_SECONDS


def test_without_an_event_loop_a_job_runs_to_its_end(client: WorkerClient) -> None:
    other, seen = client.ask("echo"), []
    end = client.run_to_end(client.submit("count", {"steps": 5, "seconds": 0.05}), seen.append)
    assert (end.kind, end.body["step"]) == (protocol.DONE, 5)
    assert {message.kind for message in seen} == {protocol.PROGRESS}
    assert [message.id for message in client.poll()] == [other]


def test_what_comes_together_with_the_awaited_end_is_not_lost(client: WorkerClient) -> None:
    one, other = client.ask("echo"), client.ask("echo")
    while len(client._connection._inbox) < 2:
        time.sleep(0.01)
    assert client.run_to_end(one, print).id == one
    assert [message.id for message in client.poll()] == [other]


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    client = WorkerClient(find_environment(), tmp_path / "no folder" / "log")
    assert "no folder/log cannot be written" in end_of(client, client.submit("train")).body["sentence"]


@posix
def test_control_c_which_reaches_both_processes_cancels_the_job_that_is_waited_for(
    client: WorkerClient,
) -> None:
    process, job = process_of(client), client.submit("count", ENDLESS)

    def press(message: Message) -> None:
        os.kill(process, signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    end = client.run_to_end(job, press)
    assert end.kind == protocol.CANCELLED
    assert end.arrays["reached"][0] > 0


def test_control_c_after_the_end_has_come_is_an_interrupt_and_the_end_is_not_lost(
    client: WorkerClient,
) -> None:
    job = client.submit("count", {"steps": 1, "seconds": 0})
    client.poll()
    while len(client._connection._inbox) < 2:
        time.sleep(0.01)
    with pytest.raises(KeyboardInterrupt):
        client.run_to_end(job, lambda message: signal.raise_signal(signal.SIGINT))
    assert [(message.id, message.kind) for message in client.poll()] == [(job, protocol.DONE)]


def test_polling_and_submitting_take_no_time_that_an_artist_would_notice(
    client: WorkerClient, stopwatch: Callable
) -> None:
    vertices = np.zeros((2_000_000, 3))
    echo = stopwatch(lambda: client.submit("echo", {}, {"vertices": vertices}))
    give_up = time.monotonic() + PATIENCE
    while not any(message.id == echo and message.kind in ENDS for message in stopwatch(client.poll)):
        assert time.monotonic() < give_up
        time.sleep(0.005)
    assert not stopwatch.noticed


@pytest.mark.parametrize(("low", "niceness"), [(True, 10), (False, 0)])
@posix
def test_the_worker_yields_to_other_programs_if_so_set(
    open_client: Callable[..., WorkerClient], low: bool, niceness: int
) -> None:
    process = process_of(open_client(low_priority=low))
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, process) == min(own + niceness, 19)


def test_a_python_without_torch_is_named_with_what_to_do(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    environment = find_environment(str(tmp_path / "bare"))
    client = WorkerClient(environment, tmp_path / "log")
    first, second = client.submit("train"), client.submit("train")
    ends = wait_for(client, lambda message: message.id == second)
    assert [message.id for message in ends] == [first, second]
    for end in ends:
        assert end.kind == protocol.FAILED
        assert f"({environment.python}) has no numpy, torch" in end.body["sentence"]
        assert "choose another Python" in end.body["sentence"]


@posix
@pytest.mark.parametrize("program", ["/bin/echo", "/bin/cat", "/bin/true"])
def test_a_program_that_is_no_python_is_named_with_what_to_do(tmp_path: Path, program: str) -> None:
    client = WorkerClient(WorkerEnvironment(Path(program)), tmp_path / "log")
    sentence = end_of(client, client.submit("train")).body["sentence"]
    assert sentence.startswith(f"{program} does not work as a worker (")
    assert "choose another Python" in sentence


def test_a_python_that_is_missing_or_no_program_is_named_with_what_to_do(tmp_path: Path) -> None:
    text = tmp_path / "python"
    text.write_text("no program")
    for python, reason in ((tmp_path / "gone", "no Python at"), (text, "cannot be run")):
        client = WorkerClient(WorkerEnvironment(python), tmp_path / "log")
        sentence = end_of(client, client.submit("train")).body["sentence"]
        assert reason in sentence
        assert "choose another Python" in sentence
