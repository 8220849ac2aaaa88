"""The arguments of all commands, shared by neural-shapes and by Blender's command line.

Nothing heavy is imported here: Blender's process has no torch, and help should not wait for it.
"""

import argparse
import math
from pathlib import Path
from typing import NoReturn

from ..errors import NeuralShapesError
from ..learning.morph_recipes import MODES, PLACEMENTS
from ..learning.recipes import PRESETS

DEVICES = ("auto", "cpu", "cuda", "mps")
# The largest picture whose rays fit comfortably in memory: some 3 GB.
LARGEST_SIDE = 4096


class Parser(argparse.ArgumentParser):
    """A parser that says in one sentence what is wrong, for its caller to show."""

    def error(self, message: str) -> NoReturn:
        """Raises NeuralShapesError."""
        raise NeuralShapesError(f"{message}; see {self.prog} --help.")


def add_json_argument(parser: argparse.ArgumentParser) -> None:
    """--json, which every command has."""
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    """How a mesh is trained on: preset, seed, device, seconds or steps, threads."""
    parser.add_argument(
        "--preset", choices=PRESETS, default="standard", help="quality against time (default: standard)"
    )
    parser.add_argument(
        "--seed", type=whole_number, default=0, help="another seed gives another, equally good shape"
    )
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to train (default: auto)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--seconds",
        type=positive_number,
        help="a cap on training, without distances and measuring: CPU seconds on a CPU, else wall time",
    )
    length.add_argument("--steps", type=positive_whole_number, help="steps in place of the preset's")
    parser.add_argument("--threads", type=positive_whole_number, help="CPU threads (default: all cores)")


def add_morph_arguments(parser: argparse.ArgumentParser, placement: str) -> None:
    """How meshes are morphed: mode, placement (with its default), seed, device, seconds, threads."""
    parser.add_argument(
        "--mode",
        choices=MODES,
        default="volume",
        help="volume keeps the volume, flow follows the level-set equation (NISE), blend only fades, joint is"
        " the published volume-preserving training (default: volume)",
    )
    parser.add_argument(
        "--placement",
        choices=PLACEMENTS,
        default=placement,
        help="fit centres and scales each mesh by itself, keep leaves them where they stand"
        f" (default: {placement})",
    )
    parser.add_argument("--seed", type=whole_number, default=0, help="another seed gives another morph")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to train (default: auto)")
    parser.add_argument(
        "--seconds",
        type=positive_number,
        help="a cap on all training, without measuring: CPU seconds on a CPU, else wall time",
    )
    parser.add_argument("--threads", type=positive_whole_number, help="CPU threads (default: all cores)")


def add_time_argument(parser: argparse.ArgumentParser) -> None:
    """--time and --true-volume, for commands that show one moment of a shape."""
    parser.add_argument("--time", type=moment, help="for a morph: 0 is its first mesh, 1 its last")
    parser.add_argument(
        "--true-volume",
        action="store_true",
        help="let a morph's volume go from that of each mesh to that of the next, in place of a constant one",
    )


def add_csv_argument(parser: argparse.ArgumentParser) -> None:
    """--csv, for commands that measure over time."""
    parser.add_argument(
        "--csv", metavar="FILE", type=Path, help="write a morph's figures over time to a file"
    )


def add_extraction_arguments(parser: argparse.ArgumentParser) -> None:
    """Which surface is extracted: resolution, level, offset, number of faces."""
    parser.add_argument(
        "--resolution", type=positive_whole_number, default=256, help="cells along an axis (default: 256)"
    )
    parser.add_argument(
        "--level", type=any_whole_number, default=-1, help="0 is the coarsest level (default: the finest)"
    )
    parser.add_argument(
        "--offset",
        type=finite_number,
        default=0.0,
        help="outwards, in the source's units; negative goes inside, as --offset=-1e-2 (default: 0)",
    )
    parser.add_argument("--faces", type=positive_whole_number, help="reduce to about this many triangles")
    parser.add_argument(
        "--trim",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="cut off the caps over the openings of an open source (default: --trim)",
    )


def add_render_arguments(parser: argparse.ArgumentParser, up: str) -> None:
    """What is rendered, from where: size, levels with their caps, camera; ``up`` is the default up axis."""
    parser.add_argument("--size", type=picture_size, default=(512, 512), help="in pixels (default: 512x512)")
    parser.add_argument(
        "--levels",
        type=whole_numbers,
        help="levels from coarse to fine, such as 0,1; the last one is the surface (default: all)",
    )
    parser.add_argument(
        "--iterations",
        type=whole_numbers,
        help="a cap on evaluations per ray for each listed level, such as 60,60; a last cap of 0 gives the"
        " surface of the level before it the normals of the last (default: until converged)",
    )
    parser.add_argument("--azimuth", type=finite_number, default=30.0, help="degrees around (default: 30)")
    parser.add_argument("--elevation", type=elevation, default=15.0, help="degrees above (default: 15)")
    parser.add_argument(
        "--up", choices=("y", "z"), default=up, help=f"the axis that points up (default: {up})"
    )


def any_whole_number(text: str) -> int:
    """A whole number, which may be negative."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number") from None


def whole_number(text: str) -> int:
    """A whole number from 0 on."""
    return _whole_number_from(0, text)


def positive_whole_number(text: str) -> int:
    """A whole number from 1 on."""
    return _whole_number_from(1, text)


def finite_number(text: str) -> float:
    """A number that is neither infinite nor not a number."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"'{text}' is no finite number")
    return number


def positive_number(text: str) -> float:
    """A finite number above 0."""
    number = finite_number(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no number above 0")
    return number


def share(text: str) -> float:
    """A number from 0 to 1."""
    number = finite_number(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 0 to 1")
    return number


def moment(text: str) -> float:
    """A time from 0 to 1."""
    number = finite_number(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError("is a time from 0 to 1")
    return number


def elevation(text: str) -> float:
    """Degrees from -90 to 90."""
    number = finite_number(text)
    if abs(number) > 90:
        raise argparse.ArgumentTypeError("is measured in degrees from -90 to 90")
    return number


def whole_numbers(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them."""
    try:
        return tuple(whole_number(part) for part in text.split(","))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"'{text}' is no list of whole numbers, such as 0,1") from None


def picture_size(text: str) -> tuple[int, int]:
    """Width and height in pixels, as 512x512."""
    try:
        width, height = (positive_whole_number(part) for part in text.lower().split("x"))
    except (ValueError, argparse.ArgumentTypeError):
        raise argparse.ArgumentTypeError(f"'{text}' is no size in pixels, such as 512x512") from None
    if max(width, height) > LARGEST_SIDE:
        raise argparse.ArgumentTypeError(f"is at most {LARGEST_SIDE} pixels a side")
    return width, height


def _whole_number_from(least: int, text: str) -> int:
    """A whole number that is not too large for a file. Raises ArgumentTypeError for another."""
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from {least} on")
    if number >= 2**63:
        raise argparse.ArgumentTypeError(f"'{text}' is too large")
    return number
