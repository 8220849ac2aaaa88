"""A strip of pictures of a trained morph over time, for the guide.

    python benchmarks/morph_pictures.py SHAPE -o PNG [--count 7] [--size 150] [--azimuth 35] [--elevation 20]

``benchmarks/morph.py --csv FOLDER`` trains and keeps such shapes. Pictures are sphere traced at the given
number of times from 0 to 1 and lie side by side; ``--upside-down`` is for meshes that stand on their heads.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from neural_shapes.core.atomic_write import write_atomically
from neural_shapes.core.shape_file import load
from neural_shapes.core.tracing.camera import Camera
from neural_shapes.core.tracing.png import png_bytes
from neural_shapes.core.tracing.render import render

# A camera turned by half a turn about its own axis.
ROLL = np.diag([-1.0, -1.0, 1.0, 1.0])


def main() -> None:
    """Render and write."""
    arguments = _arguments()
    shape, size = load(arguments.shape), (arguments.size, arguments.size)
    camera = Camera.orbit(arguments.azimuth, arguments.elevation, size, arguments.up)
    if arguments.upside_down:
        camera = replace(camera, view=ROLL @ camera.view)
    pictures = [
        render(shape.at_time(float(time)), camera, size).image for time in np.linspace(0, 1, arguments.count)
    ]
    write_atomically(arguments.output, png_bytes(np.concatenate(pictures, axis=1)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shape", type=Path, help="a morph's shape file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the PNG to write")
    parser.add_argument("--count", type=int, default=7, help="pictures side by side")
    parser.add_argument("--size", type=int, default=150, help="pixels of one picture's side")
    parser.add_argument("--azimuth", type=float, default=35.0)
    parser.add_argument("--elevation", type=float, default=20.0)
    parser.add_argument("--up", choices=("y", "z"), default="y")
    parser.add_argument("--upside-down", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
