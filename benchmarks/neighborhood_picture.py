"""Draws docs/pictures/neighborhoods.svg: a slice of a neural shape with the neighborhoods of its levels.

    .venv/bin/python benchmarks/neighborhood_picture.py SHAPE docs/pictures/neighborhoods.svg

At the left the slice z = 0 as a whole, at the right the part of it around the leftmost point of the surface.
"""

import sys
from pathlib import Path

import numpy as np
from neural_shapes.core import shape_file
from neural_shapes.core.fields.nested import NestedField
from skimage.measure import find_contours

SIDE, GAP, CELLS = 400, 20, 300
# Half the side of the enlarged part, in domain units: some times the coarse level's band.
HALF_PART = 0.08
COLOURS = ("#5b8cc0", "#e0812a", "#3f9a6b")


def path(curves: list[np.ndarray]) -> str:
    """Curves in grid coordinates (row, column) as the data of one SVG path."""
    scale = SIDE / (CELLS - 1)
    lines = ["L".join(f"{x * scale:.1f} {SIDE - y * scale:.1f}" for y, x in curve) for curve in curves]
    return "".join("M" + line for line in lines)


def band(values: np.ndarray, threshold: float) -> list[np.ndarray]:
    """The border of |f| < threshold, closed along the picture's own."""
    padded = np.pad(np.abs(values), 1, constant_values=np.abs(values).max() + threshold)
    return [curve - 1 for curve in find_contours(padded, threshold)]


def panel(field: NestedField, left: int, centre: float, half: float) -> str:
    """A square of the slice around (centre, 0) as a part of the picture."""
    axis = np.linspace(-half, half, CELLS, dtype=np.float32)
    columns, rows = np.meshgrid(axis + centre, axis)
    points = np.stack((columns, rows, np.zeros_like(rows)), -1).reshape(-1, 3)
    parts = []
    for index, level in enumerate(field.levels):
        values = NestedField(field.levels[: index + 1]).value(points).reshape(CELLS, CELLS)
        border = path(band(values, level.threshold))
        parts.append(f'<path d="{border}" fill="{COLOURS[index]}" fill-opacity="0.5" fill-rule="evenodd"/>')
    parts.append(f'<path d="{path(find_contours(values, 0.0))}" fill="none" stroke="#1d2733"/>')
    frame = f'<rect width="{SIDE}" height="{SIDE}" fill="none" stroke="#8a939c"/>'
    return f'<svg x="{left}" width="{SIDE}" height="{SIDE}">' + "\n".join([*parts, frame]) + "</svg>"


def main() -> None:
    """Draw the shape of the first argument into the second."""
    field = shape_file.load(sys.argv[1]).field
    ray = np.zeros((2000, 3), np.float32)
    ray[:, 0] = np.linspace(-1, 1, len(ray))
    leftmost = float(ray[np.argmax(field.value(ray) < 0), 0])
    width = 2 * SIDE + GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {SIDE}" width="{width}">'
    panels = [panel(field, 0, 0.0, 1.0), panel(field, SIDE + GAP, leftmost, HALF_PART)]
    Path(sys.argv[2]).write_text("\n".join([head, *panels, "</svg>\n"]))


if __name__ == "__main__":
    main()
