"""What a good morph's figures over time stay within."""

from collections.abc import Mapping, Sequence

import numpy as np

# From here on a morph is called drifting or jumping.
LARGEST_DRIFT = 0.03
LARGEST_JUMP = 3.0
# Mean level-set residual on the surface, relative to the mean normal speed.
LARGEST_RESIDUAL_SHARE = 0.15
LARGEST_EIKONAL_ERROR = 0.1


def limits_over_time(over_time: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The largest good value of each figure that has one, by its name in ``MorphMeasures.over_time``.

    Steps and residuals are limited relative to means of the same morph, and pieces by how many there are at
    the ends. What is missing or nowhere a number has no limit.
    """
    limits = {"drift": LARGEST_DRIFT, "eikonal": LARGEST_EIKONAL_ERROR}
    components = over_time.get("components", ())
    if components:
        limits["components"] = max(components[0], components[-1])
    step, speed = _mean(over_time.get("step", ())[1:]), _mean(over_time.get("normal_speed", ()))
    if step is not None:
        limits["step"] = LARGEST_JUMP * step
    if speed is not None:
        limits["level_set_residual"] = LARGEST_RESIDUAL_SHARE * speed
    return {name: limit for name, limit in limits.items() if name in over_time}


def _mean(values: Sequence[float]) -> float | None:
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    return float(numbers.mean()) if len(numbers) else None
