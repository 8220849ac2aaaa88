"""The figures that train and measure print."""

import math
from pathlib import Path
from typing import Any

from ..atomic_write import write_atomically
from ..errors import NeuralShapesError

# By their names in core.geometry.measures, in domain units.
FIGURES = (
    "chamfer",
    "hausdorff",
    "hausdorff_99",
    "normal_degrees",
    "surface_value",
    "sign_error",
    "eikonal_mean",
    "lipschitz",
    "volume",
    "components",
    "failed",
)


# Those of a morph, by their names in core.geometry.morph_measures; figures at keys follow.
MORPH_FIGURES = (
    "volume",
    "drift",
    "components",
    "residual_share",
    "eikonal_mean",
    "lipschitz",
    "jump",
    "failed",
)


def printed_morph_figures(measures: dict[str, float | int | str]) -> dict[str, Any]:
    """The printed ones of a morph's measures, with those at each of its keys."""
    at_keys = {name: value for name, value in measures.items() if "_key_" in name}
    return {name: measures.get(name) for name in MORPH_FIGURES} | at_keys


def printed_drift(over_time: dict[str, tuple[float, ...]]) -> dict[str, Any]:
    """The measured times, and the volume at each over the first one, less one."""
    return {"time": over_time["time"], "drift_over_time": over_time["drift"]}


def write_csv(over_time: dict[str, tuple[float, ...]], path: Path) -> None:
    """The measures over time as a table: one row a time; what is not a number is left empty.

    Raises NeuralShapesError when the file cannot be written.
    """
    rows = [
        ["" if math.isnan(value) else f"{value:.6g}" for value in row]
        for row in zip(*over_time.values(), strict=True)
    ]
    text = "".join(",".join(row) + "\n" for row in [list(over_time), *rows])
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise NeuralShapesError(f"{path} could not be written: {error.strerror}.") from error


def printed_figures(measures: dict[str, float | int | str]) -> dict[str, Any]:
    """The printed ones of a shape's measures; None for a distance to a surface that does not exist."""
    return {name: measures.get(name) for name in FIGURES}
