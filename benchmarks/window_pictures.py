"""Cuts the guide's pictures of the interface out of those that the window tests leave.

They are cut after the tests:

    make test-window && .venv/bin/python benchmarks/window_pictures.py build/window docs/pictures
"""

import sys
from pathlib import Path

from PIL import Image

# By name in the guide, the test's picture and the part of it: left, top, right, bottom in pixels.
PARTS = {"install": ("install-1-dialog", (440, 80, 1060, 420))}


def main() -> None:
    """Write each part of a picture in the first folder into the second."""
    source, target = map(Path, sys.argv[1:])
    for name, (picture, part) in PARTS.items():
        screen = Image.open(source / f"{picture}.png").convert("RGB")
        screen.crop(part).save(target / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
