"""Thresholds delta that make a sequence of fields nested: Proposition 2 of the seed paper."""

from collections.abc import Sequence


def thresholds_of_target_bounds(bounds: Sequence[float]) -> tuple[float, ...]:
    """Proposition 2: thresholds from bounds on each level's difference to one common function.

    ``bounds[i]`` is a number above sup |f - f_i| (epsilon_1 ... epsilon_m), so m levels give m bounds.
    Returns delta_1 ... delta_m with delta_m = epsilon_m + epsilon_{m-1} and
    delta_{i-1} = delta_i + epsilon_i + epsilon_{i-1}. A single level has delta_1 = epsilon_1.

    Raises ValueError without bounds or when one is not positive.
    """
    if not bounds or not all(bound > 0 for bound in bounds):
        raise ValueError("Thresholds need at least one bound, and every bound must be positive.")
    if len(bounds) == 1:
        return (bounds[0],)
    thresholds = [bounds[-1] + bounds[-2]]
    for finer, coarser in zip(bounds[::-1], bounds[-2::-1], strict=False):
        thresholds.append(thresholds[-1] + finer + coarser)
    return tuple(reversed(thresholds))
