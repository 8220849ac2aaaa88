"""Published checkpoints become shapes that compute what their networks computed, and nothing else is read."""

import pickle

import numpy as np
import pytest
import torch
from neural_shapes.core import shape_file
from torch import nn


class Sine(nn.Module):
    def __init__(self, omega: float) -> None:
        super().__init__()
        self.omega = omega

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sin(self.omega * x)


class PublishedSiren(nn.Module):
    """The network of i3d and NISE: nested sequences of a linear layer and a sine."""

    def __init__(self, inputs: int = 3) -> None:
        super().__init__()
        torch.manual_seed(0)
        layers = [nn.Sequential(nn.Linear(inputs, 16), Sine(20.0))]
        layers += [nn.Sequential(nn.Linear(16, 16), Sine(10.0)) for _ in range(2)]
        self.net = nn.Sequential(*layers, nn.Sequential(nn.Linear(16, 1)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)[:, 0]


OMEGAS = ("--omega", "20", "--hidden-omega", "10")


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "in a checkpoint"])
def test_the_shape_computes_what_the_network_does(run, tmp_path, wrapped):
    network, points = PublishedSiren(), np.random.default_rng(0).uniform(-1, 1, (200, 3)).astype(np.float32)
    state = network.state_dict()
    assert "net.0.0.weight" in state
    torch.save({"epoch": 3, "model_state_dict": state} if wrapped else state, tmp_path / "net.pth")
    result = run("import-checkpoint", tmp_path / "net.pth", "-o", tmp_path / "out.shape", *OMEGAS, "--json")
    assert result.json["network"] == "(16,2)"
    field = shape_file.load(tmp_path / "out.shape").field
    np.testing.assert_allclose(field.value(points), network(torch.tensor(points)).detach(), atol=1e-4)


def test_a_network_over_time_becomes_the_shape_of_a_moment(run, tmp_path):
    network, points = PublishedSiren(4), np.random.default_rng(0).uniform(-1, 1, (50, 3)).astype(np.float32)
    torch.save(network.state_dict(), tmp_path / "net.pth")
    arguments = ("import-checkpoint", tmp_path / "net.pth", "-o", tmp_path / "out.shape", *OMEGAS)
    assert "choose a moment" in run(*arguments).errors
    assert run(*arguments, "--time", "-0.5").status == 0
    expected = network(torch.tensor(np.column_stack([points, np.full(50, -0.5, np.float32)]))).detach()
    np.testing.assert_allclose(
        shape_file.load(tmp_path / "out.shape").field.value(points), expected, atol=1e-4
    )


def test_a_shape_is_no_checkpoint_and_torch_says_nothing_about_it(run, tmp_path, recwarn):
    # A header's length that torch takes for the beginning of a pickle.
    (tmp_path / "ico.shape").write_bytes(b"\x80\x05" + bytes(6) + b"{}")
    result = run("import-checkpoint", tmp_path / "ico.shape", "-o", tmp_path / "out.shape")
    assert "no PyTorch checkpoint" in result.errors
    assert len(result.errors.splitlines()) == 1
    assert not recwarn.list


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("the pickle was run",))


def test_bad_files_are_one_sentence_and_run_nothing(run, tmp_path):
    good = PublishedSiren().state_dict()
    no_number = {**good, "net.0.0.weight": good["net.0.0.weight"] * float("nan")}
    for content, words in (
        (b"", "no PyTorch checkpoint"),
        (b"text", "no PyTorch checkpoint"),
        (pickle.dumps(Trap()), "no PyTorch checkpoint"),
        ([1, 2], "no weights by their names"),
        ({"other.weight": torch.zeros(3)}, "net.0.0.weight"),
        ({name: value for name, value in good.items() if name != "net.1.0.bias"}, "net.0.0.bias"),
        ({**good, "net.1.0.weight": torch.zeros(4, 5)}, "no field over space"),
        (no_number, "not finite"),
    ):
        path = tmp_path / "net.pth"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            torch.save(content, path)
        result = run("import-checkpoint", path, "-o", tmp_path / "out.shape")
        assert (result.status, result.output) == (2, "")
        assert words in result.errors
        assert len(result.errors.splitlines()) == 1
    assert "No such file" in run("import-checkpoint", tmp_path / "no.pth", "-o", tmp_path / "o").errors
    assert not (tmp_path / "out.shape").exists()
