"""The margin of a baked map: texels beside the UV islands take the values of their neighbours."""

import numpy as np

# The eight neighbours of a texel, as (row, column) steps.
NEIGHBOURS = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1) if (row, column) != (0, 0)]


def extend_margin(values: np.ndarray, covered: np.ndarray, texels: int) -> np.ndarray:
    """Fill ``texels`` rings around the covered texels (H, W) of values (H, W, K), in place.

    Each ring takes the mean of the neighbours filled before it. Returns what is covered then, (H, W).
    """
    filled = np.pad(covered, 1)
    padded = np.pad(values, ((1, 1), (1, 1), (0, 0)))
    width = filled.shape[1]
    inner = np.pad(np.ones(covered.shape, dtype=bool), 1).ravel()
    filled, flat = filled.ravel(), padded.reshape(-1, values.shape[2])
    steps = np.array([row * width + column for row, column in NEIGHBOURS])
    frontier = np.flatnonzero(filled)
    for _ in range(texels):
        reached = np.zeros_like(filled)
        for step in steps:
            reached[frontier + step] = True
        ring = np.flatnonzero(reached & inner & ~filled)
        if not len(ring):
            break
        neighbours = ring[:, None] + steps
        known = filled[neighbours]
        total = np.einsum("nk,nkv->nv", known.astype(flat.dtype), flat[neighbours])
        flat[ring] = total / known.sum(axis=1, keepdims=True)
        filled[ring] = True
        frontier = ring
    values[...] = flat.reshape(padded.shape)[1:-1, 1:-1]
    return filled.reshape(padded.shape[:2])[1:-1, 1:-1]
