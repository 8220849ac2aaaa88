"""One frame of a moving mesh as a binary PLY file, which also says what it was made from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# Names of the properties of a vertex beside PLY's usual ones (x, red, s and so on). The usual nx, ny and nz
# would have Blender's reader encode normals in 16 bits, which takes three times as long as all the rest.
NORMAL = ("normal_x", "normal_y", "normal_z")
VELOCITY = ("velocity_x", "velocity_y", "velocity_z")
MATERIAL = "material"

MADE_FROM = "comment neural_shapes "
# How every file of ours begins, up to what it was made from.
BEGINNING = f"ply\nformat binary_little_endian 1.0\n{MADE_FROM}"
# What is read of a file to find the end of its header, which is some 600 bytes long.
LONGEST_HEADER = 8192
FACE = np.dtype([("count", "u1"), ("vertices", "<i4", 3)])
FLOAT_BYTES = 4


@dataclass(frozen=True)
class MeshFrame:
    """Vertices (V, 3) and faces (F, 3) in object space, with attributes of each vertex.

    ``normals`` (V, 3) are unit vectors and ``velocity`` (V, 3) is in units of the object per frame. Where
    there are any, ``colours`` (V, 4) are linear and straight, ``uvs`` are (V, 2), and ``materials`` (V,) are
    numbers from 0 on, of which a face has that of its first vertex.
    """

    vertices: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    velocity: np.ndarray
    colours: np.ndarray | None = None
    uvs: np.ndarray | None = None
    materials: np.ndarray | None = None

    def to_bytes(self, made_from: Mapping[str, Any]) -> bytes:
        """A PLY file; ``made_from`` is written into its header as JSON."""
        columns = self._columns()
        table = np.column_stack([values for _, values in columns]).astype("<f4")
        faces = np.empty(len(self.faces), dtype=FACE)
        faces["count"], faces["vertices"] = 3, self.faces
        header = [
            BEGINNING + _as_text(made_from),
            f"element vertex {len(table)}",
            *(f"property float {name}" for names, _ in columns for name in names),
            f"element face {len(faces)}",
            "property list uchar int vertex_indices",
            "end_header\n",
        ]
        return "\n".join(header).encode() + table.tobytes() + faces.tobytes()

    def _columns(self) -> list[tuple[tuple[str, ...], np.ndarray]]:
        columns: list[tuple[tuple[str, ...], np.ndarray]] = [
            (("x", "y", "z"), self.vertices),
            (NORMAL, self.normals),
            (VELOCITY, self.velocity),
        ]
        if self.colours is not None:
            columns.append((("red", "green", "blue", "alpha"), _srgb(self.colours)))
        if self.uvs is not None:
            columns.append((("s", "t"), self.uvs))
        if self.materials is not None:
            columns.append(((MATERIAL,), self.materials))
        return columns


def read_made_from(path: Path) -> dict[str, Any] | None:
    """What a whole file of ours was made from; None where there is no file, or one that is cut short.

    Raises OSError where it cannot be read, and ValueError for a file that is not ours.
    """
    try:
        with path.open("rb") as file:
            start = file.read(LONGEST_HEADER)
        size = path.stat().st_size
    except FileNotFoundError:
        return None
    # Such as the empty file that a power cut leaves.
    if BEGINNING.encode().startswith(start):
        return None
    header, found, _ = start.partition(b"end_header\n")
    text = header.decode("utf-8", "replace")
    if not text.startswith(BEGINNING):
        raise ValueError("This is no frame that Neural Shapes baked.")
    made_from_text, _, elements = text.removeprefix(BEGINNING).partition("\n")
    if not found or size != len(header) + len(found) + _body_size(elements.splitlines()):
        return None
    made_from = json.loads(made_from_text)
    return made_from if isinstance(made_from, dict) else None


def _body_size(lines: list[str]) -> int:
    """Bytes behind the header. Raises ValueError when it does not say so."""
    elements = [line.split() for line in lines if line.startswith("element ")]
    counts = {words[1]: int(words[2]) for words in elements if len(words) == 3}
    if counts.keys() != {"vertex", "face"}:
        raise ValueError("This is no frame that Neural Shapes baked.")
    floats = sum(line.startswith("property float ") for line in lines)
    return counts["vertex"] * floats * FLOAT_BYTES + counts["face"] * FACE.itemsize


def _as_text(made_from: Mapping[str, Any]) -> str:
    return json.dumps(made_from, sort_keys=True, allow_nan=False)


def _srgb(colours: np.ndarray) -> np.ndarray:
    """Linear colours (V, 4) as PLY files have them, encoded as sRGB (IEC 61966-2-1); alpha stays."""
    linear = np.maximum(colours[:, :3], 0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.concatenate([encoded, colours[:, 3:]], axis=1)
