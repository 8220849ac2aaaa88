"""The worker's side: whatever happens to an answer, its request ends and the next one is answered."""

import time

import pytest
from neural_shapes.worker import protocol
from neural_shapes.worker.client import ENDS, WorkerClient
from neural_shapes.worker.protocol import Message

PATIENCE = 20.0


def end_of(client: WorkerClient, request: int) -> Message:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        for message in client.poll():
            if message.id == request and message.kind in ENDS:
                return message
        time.sleep(0.01)
    raise AssertionError("the request did not end")


@pytest.mark.parametrize("send", ["submit", "ask"])
@pytest.mark.parametrize(
    ("how", "sentence"), [("memory", "Memory ran out (unsendable)"), ("depth", "unsendable: RecursionError")]
)
def test_an_answer_that_cannot_be_sent_fails_its_request_and_the_next_one_is_answered(
    client: WorkerClient, send: str, how: str, sentence: str
) -> None:
    request = getattr(client, send)
    end = end_of(client, request("unsendable", {"how": how}))
    assert end.kind == protocol.FAILED
    assert sentence in end.body["sentence"]
    assert end_of(client, request("echo")).kind == protocol.DONE
