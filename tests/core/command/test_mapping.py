"""neural-shapes normals and bake: a low-poly file gets the shape's detail, and keeps its own order."""

import math
import struct
import zlib

import numpy as np
import pytest
import trimesh
from neural_shapes.core import shape_file
from neural_shapes.core.fields.nested import Level, NestedField
from neural_shapes.core.fields.siren import Siren
from neural_shapes.core.geometry.placement import Placement
from neural_shapes.core.neural_shape import NeuralShape

RADIUS = 4.0
CENTRE = (10.0, 0.0, 0.0)
SCALE = 0.15

# Cosines of so long a wave are parabolas up to a part in a thousand.
WAVE_NUMBER = 0.1


@pytest.fixture
def ball(tmp_path):
    """A shape file: a ball of radius 4 around (10, 0, 0)."""
    radius = RADIUS * SCALE
    scale = 1 / (WAVE_NUMBER**2 * radius)
    network = Siren(
        (np.eye(3, dtype=np.float32) * WAVE_NUMBER, np.full((1, 3), -scale, np.float32)),
        (np.full(3, math.pi / 2, np.float32), np.float32([scale * (3 - (WAVE_NUMBER * radius) ** 2 / 2)])),
        first_omega=1.0,
        hidden_omega=1.0,
    )
    path = tmp_path / "ball.shape"
    shape_file.save(NeuralShape(NestedField((Level(network, 0.1),)), Placement(CENTRE, SCALE)), path)
    return path


@pytest.fixture
def cube(tmp_path):
    """An OBJ of six quads that are all unwrapped to the whole square, its vertices in no natural order."""
    half = RADIUS / math.sqrt(3)
    vertices = [(x, y, z) for z in (half, -half) for y in (-half, half) for x in (half, -half)]
    quads = [(2, 1, 3, 4), (5, 6, 8, 7), (1, 2, 6, 5), (4, 3, 7, 8), (3, 1, 5, 7), (2, 4, 8, 6)]
    lines = [f"v {x + CENTRE[0]} {y} {z}" for x, y, z in vertices] + ["v 99 99 99"]
    lines += ["vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1"]
    lines += ["f " + " ".join(f"{v}/{t}" for t, v in enumerate(quad, 1)) for quad in quads]
    path = tmp_path / "cube.obj"
    path.write_text("\n".join(lines))
    return path


def read_png(path) -> np.ndarray:
    """Pixels (H, W, channels) of a PNG without filters, top row first, in [0, 1]."""
    data = path.read_bytes()
    chunks, position = {}, 8
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        chunks[data[position + 4 : position + 8]] = data[position + 8 : position + 8 + length]
        position += length + 12
    width, height, bits, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    channels, size = {0: 1, 2: 3}[colour], bits // 8
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not rows[:, 0].any()
    pixels = np.ascontiguousarray(rows[:, 1:]).view(f">u{size}").reshape(height, width, channels)
    return pixels / (2**bits - 1)


def test_normals_are_written_for_the_vertices_in_their_order(run, ball, cube, tmp_path):
    output = tmp_path / "out.ply"
    printed = run("normals", ball, cube, "-o", output, "--distance", 5, "--json").json
    assert (printed["vertices"], printed["faces"], printed["masked_share"]) == (9, 12, 0)
    mesh = trimesh.load(output, process=False)
    vertices = [line.split()[1:] for line in cube.read_text().splitlines() if line.startswith("v ")]
    np.testing.assert_allclose(mesh.vertices, np.array(vertices, dtype=float), rtol=1e-6)
    outwards = (mesh.vertices - CENTRE)[:8] / RADIUS
    normals = np.asarray(mesh.vertex_normals)[:8]
    assert np.einsum("nx,nx->n", normals, outwards).min() > 0.998


def test_far_vertices_keep_their_normals_and_are_counted(run, ball, cube, tmp_path):
    printed = run("normals", ball, cube, "-o", tmp_path / "out.ply", "--distance", 0.5, "--json").json
    assert 0.1 < printed["masked_share"] < 1


def test_an_object_map_holds_the_balls_normals(run, ball, cube, tmp_path):
    output = tmp_path / "map.png"
    options = ["--space", "object", "--size", 32, "--bits", 16, "--distance", 5]
    printed = run("bake", ball, cube, "-o", output, *options, "--json").json
    assert printed["overlapping_share"] == pytest.approx(5 / 6, abs=0.02)
    pixels = read_png(output)
    assert pixels.shape == (32, 32, 3)
    # The first quad has the map: z = half, with u towards +x and v towards +y.
    half = RADIUS / math.sqrt(3)
    steps = (np.arange(32) + 0.5) / 16 - 1
    x, y = np.meshgrid(half * steps, half * steps[::-1])
    normals = np.stack([x, y, np.full_like(x, half)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    np.testing.assert_allclose(2 * pixels - 1, normals, atol=2e-3)


def test_a_tangent_map_of_a_smooth_cube_is_nearly_flat(run, ball, cube, tmp_path):
    output = tmp_path / "map.png"
    assert run("bake", ball, cube, "-o", output, "--size", 32, "--distance", 5).status == 0
    pixels = read_png(output)
    # The cube's own smooth normals are already close to the ball's.
    assert (2 * pixels[..., 2] - 1).min() > 0.97
    np.testing.assert_allclose(pixels[16, 16], (0.5, 0.5, 1), atol=0.02)


def test_a_displacement_map_gives_heights_by_its_scale(run, ball, cube, tmp_path):
    output = tmp_path / "map.png"
    options = ["--map", "displacement", "--size", 32, "--bits", 16, "--distance", 5]
    printed = run("bake", ball, cube, "-o", output, *options, "--json").json
    heights = (read_png(output)[..., 0] - 0.5) * printed["full_scale"]
    half = RADIUS / math.sqrt(3)
    assert heights[15:17, 15:17].mean() == pytest.approx(RADIUS - half, rel=0.01)


def refused(result, *words: str) -> None:
    assert result.status == 2
    sentences = [line for line in result.errors.splitlines() if line.startswith("neural-shapes: ")]
    assert len(sentences) == 1
    assert all(word in sentences[0] for word in words)


def test_a_shape_that_changes_is_mapped_at_a_time(run, root, tmp_path):
    # A torus whose tube swells from a radius of 0.2 to 0.3.
    morph, torus = root / "tests/viewport/shapes/space_time.safetensors", tmp_path / "torus.ply"
    trimesh.creation.torus(0.5, 0.2).export(torus)
    options = [morph, torus, "-o", tmp_path / "out.ply", "--distance", 0.03, "--json"]
    assert run("normals", *options, "--time", 0).json["masked_share"] < 0.1
    assert run("normals", *options, "--time", 1).json["masked_share"] > 0.9
    refused(run("normals", *options), "--time")


def test_what_cannot_be_done_is_one_sentence(run, ball, cube, tmp_path):
    bare = tmp_path / "bare.obj"
    bare.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    refused(run("bake", ball, bare, "-o", tmp_path / "map.png"), "UVs")
    refused(run("normals", ball, bare, "-o", tmp_path / "out.obj"), ".ply")
    refused(run("normals", ball, ball, "-o", tmp_path / "out.ply"), "mesh file")
    inside_out = tmp_path / "inside.obj"
    lines = cube.read_text().splitlines()
    inside_out.write_text(
        "\n".join("f " + " ".join(line.split()[:0:-1]) if line.startswith("f") else line for line in lines)
    )
    refused(run("normals", ball, inside_out, "-o", tmp_path / "out.ply", "--distance", 5), "inwards")
    broken = tmp_path / "broken.obj"
    broken.write_text("v 0 0 0\nf 1 2 3\n")
    refused(run("normals", ball, broken, "-o", tmp_path / "out.ply"), "damaged")
    refused(run("bake", ball, cube, "-o", tmp_path / "map.png", "--size", "99999"))
    assert not (tmp_path / "out.ply").exists()
    assert not (tmp_path / "map.png").exists()
