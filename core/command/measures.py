"""The figures that train and measure print."""

from typing import Any

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


def printed_figures(measures: dict[str, float | int | str]) -> dict[str, Any]:
    """The printed ones of a shape's measures; None for a distance to a surface that does not exist."""
    return {name: measures.get(name) for name in FIGURES}
