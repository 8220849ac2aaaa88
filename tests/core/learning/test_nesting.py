"""Thresholds of trained fields nest their levels: equation 1 of the seed paper, on samples of our own."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from neural_shapes.core.fields.thresholds import thresholds_of_target_bounds
from neural_shapes.core.geometry.distance import SignedDistance
from neural_shapes.core.learning.recipes import DRAFT, INDEPENDENT, STANDARD
from neural_shapes.core.learning.train import train


def _trained(mesh, recipe):
    """A short training that stops before it measures."""
    small = replace(recipe, levels=tuple(replace(level, batch=512) for level in recipe.levels))
    last_step = []

    def report(progress):
        if progress.step == progress.steps:
            last_step.append(progress.step)

    settings = {"device": "cpu", "threads": 1, "steps": 200}
    return train(mesh, small, progress=report, cancelled=lambda: bool(last_step), **settings)


def _near(shape, mesh):
    """Points of the domain within 0.05 of the source, and the source's distances to them."""
    placed = shape.placement.mesh_to_domain(mesh)
    generator = np.random.default_rng(99)
    chosen = placed.corners.mean(axis=1)[generator.integers(len(placed.faces), size=50_000)]
    points = (chosen + generator.uniform(-0.05, 0.05, chosen.shape)).astype(np.float32)
    return points, SignedDistance(placed).signed_distance(points)


@pytest.fixture(scope="module", params=[DRAFT, STANDARD, INDEPENDENT], ids=lambda recipe: recipe.name)
def shape(request, ring):
    return _trained(ring, request.param)


def test_each_neighborhood_lies_within_the_one_before(shape, ring):
    points, _ = _near(shape, ring)
    values = [np.abs(shape.field.level(index).value(points)) for index in range(len(shape.field.levels))]
    inside = [value <= threshold for value, threshold in zip(values, shape.field.thresholds, strict=True)]
    for outer, inner in pairwise(inside):
        assert inner.sum() > 500
        assert outer[inner].mean() > 0.999


def test_a_threshold_half_as_large_would_not_nest_residual_levels(ring):
    shape = _trained(ring, DRAFT)
    points, _ = _near(shape, ring)
    coarse, fine = (np.abs(shape.field.level(index).value(points)) for index in (0, 1))
    inside = fine <= shape.field.thresholds[1]
    assert (coarse[inside] > 0.5 * shape.field.thresholds[0]).any()


def test_levels_that_stand_alone_have_the_thresholds_of_proposition_2(ring):
    shape = _trained(ring, INDEPENDENT)
    points, distances = _near(shape, ring)
    near = np.abs(shape.field.value(points)) <= 2e-3
    levels = [shape.field.level(index) for index in (0, 1)]
    errors = [float(np.abs(level.value(points[near]) - distances[near]).max()) for level in levels]
    expected = thresholds_of_target_bounds(errors)
    np.testing.assert_allclose(shape.field.thresholds, expected, rtol=0.35)
