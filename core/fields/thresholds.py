"""Thresholds delta that make a sequence of fields nested: Propositions 1 and 2 of the seed paper."""

from collections.abc import Sequence


def thresholds_of_consecutive_bounds(bounds: Sequence[float]) -> tuple[float, ...]:
    """Proposition 1: thresholds from bounds on the difference of neighbouring levels.

    ``bounds[i - 1]`` is a number above sup |f_{i+1} - f_i| for the i-th pair of neighbours (epsilon_2 to
    epsilon_m of the paper), so m levels give m - 1 bounds. Returns delta_1 ... delta_m with
    delta_m = epsilon_m and delta_{i-1} = delta_i + epsilon_i. Units: those of the bounds.

    Raises ValueError without bounds or when one is not positive.
    """
    _require_positive(bounds)
    thresholds = [bounds[-1]]
    for bound in reversed(bounds):
        thresholds.append(thresholds[-1] + bound)
    return tuple(reversed(thresholds))


def thresholds_of_target_bounds(bounds: Sequence[float]) -> tuple[float, ...]:
    """Proposition 2: thresholds from bounds on each level's difference to one common function.

    ``bounds[i]`` is a number above sup |f - f_i| (epsilon_1 ... epsilon_m), so m levels give m bounds.
    Returns delta_1 ... delta_m with delta_m = epsilon_m + epsilon_{m-1} and
    delta_{i-1} = delta_i + epsilon_i + epsilon_{i-1}. A single level has delta_1 = epsilon_1.

    Raises ValueError without bounds or when one is not positive.
    """
    _require_positive(bounds)
    if len(bounds) == 1:
        return (bounds[0],)
    thresholds = [bounds[-1] + bounds[-2]]
    for finer, coarser in zip(bounds[::-1], bounds[-2::-1], strict=False):
        thresholds.append(thresholds[-1] + finer + coarser)
    return tuple(reversed(thresholds))


def _require_positive(bounds: Sequence[float]) -> None:
    if not bounds or not all(bound > 0 for bound in bounds):
        raise ValueError("Thresholds need at least one bound, and every bound must be positive.")
