"""Studio shading: a clay surface under three soft lights that follow the camera."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Light:
    """A distant light: where it stands in camera space (x right, y up, z to the viewer), and its colour.

    ``softness`` is how far it reaches around the surface, as a share of the half turn that it leaves dark.
    """

    direction: tuple[float, float, float]
    colour: tuple[float, float, float]
    softness: float


CLAY = (0.56, 0.5, 0.44)
KEY = Light((-0.7, 0.65, 0.45), (1.3, 1.2, 1.07), 0.05)
FILL = Light((0.9, -0.05, 0.45), (0.11, 0.145, 0.2), 0.3)
RIM = Light((0.55, 0.55, -0.65), (0.5, 0.53, 0.58), 0.0)
LIGHTS = (KEY, FILL, RIM)
SKY, GROUND = (0.085, 0.09, 0.1), (0.035, 0.03, 0.026)
GLOSS, GLOSS_EXPONENT = 0.1, 24.0
BACKGROUND_TOP, BACKGROUND_BOTTOM = (0.03, 0.032, 0.037), (0.11, 0.113, 0.12)


def shade(normals: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Linear colours (N, 3) of surface points with these unit normals, seen along these unit directions.

    Both are (N, 3) and in camera space.
    """
    upwards = (normals[:, 1:2] + 1) / 2
    light = upwards * np.array(SKY) + (1 - upwards) * np.array(GROUND)
    for source in LIGHTS:
        direction = np.array(source.direction) / np.linalg.norm(source.direction)
        cosine = normals @ direction
        light += np.maximum((cosine + source.softness) / (1 + source.softness), 0)[:, None] * source.colour
    halfway = np.array(KEY.direction) / np.linalg.norm(KEY.direction) - directions
    halfway /= np.linalg.norm(halfway, axis=1, keepdims=True)
    gloss = GLOSS * np.maximum(np.einsum("ij,ij->i", normals, halfway), 0) ** GLOSS_EXPONENT
    return light * np.array(CLAY) + gloss[:, None]


def background(size: tuple[int, int]) -> np.ndarray:
    """Linear colours (width * height, 3) of a backdrop, brighter towards the floor."""
    width, height = size
    down = (np.arange(height) + 0.5) / height
    rows = (1 - down)[:, None] * np.array(BACKGROUND_TOP) + down[:, None] * np.array(BACKGROUND_BOTTOM)
    return np.repeat(rows, width, axis=0)


def display_values(linear: np.ndarray) -> np.ndarray:
    """Linear colours as sRGB values in [0, 1] (IEC 61966-2-1)."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
