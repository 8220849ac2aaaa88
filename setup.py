"""Names the packages, as pyproject.toml cannot: each folder with an __init__.py, below neural_shapes."""

from setuptools import find_packages, setup

setup(packages=["neural_shapes", *(f"neural_shapes.{room}" for room in find_packages())])
