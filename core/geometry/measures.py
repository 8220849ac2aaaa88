"""How good a neural shape is: every figure of it, always measured in the same way, in domain units."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from ..fields.field import Field
from ..meshing.isosurface import DEFAULT_RESOLUTION, NoSurfaceError, extract_isosurface
from .distance import SignedDistance
from .field_errors import FieldErrors, field_errors
from .pieces import component_count, stray_pieces
from .surface_errors import MISSING, SurfaceErrors, surface_errors

# Samples are the same for every shape, so that figures of one mesh can be compared.
SEED = 0
# Beyond this share of the domain with the wrong sign a field has failed; a trial of the eikonal loss alone
# left 18%, sound fields stay far below.
LARGEST_SIGN_ERROR = 0.02
# Share of the source's area beyond which a part of it is missing. Inner walls, such as those of the teapot's
# spout, that bound no solid of their own come to 0.15% (measured).
LARGEST_MISSING_SHARE = 0.005
# Shares of the time after which the field's errors are known, and its surface (measured).
SHARE_OF_FIELD, SHARE_OF_SURFACE = 0.3, 0.85


@dataclass(frozen=True)
class Measures:
    """The figures of one field against its source mesh, lengths in domain units.

    See ``SurfaceErrors`` and ``FieldErrors`` for most of them. ``volume`` (signed) and ``components``
    (connected pieces) are those of the extracted surface, and so are ``stray_pieces``, those that are nowhere
    near the source. ``failed`` says in a sentence why the field is not
    to be used, and is empty for a good one. Distances between surfaces are None when there is no surface.
    """

    chamfer: float | None
    hausdorff: float | None
    hausdorff_99: float | None
    missing_share: float | None
    normal_degrees: float
    surface_value: float
    sign_error: float
    distance_error: float
    eikonal_mean: float
    eikonal_max: float
    lipschitz: float
    volume: float
    components: int
    stray_pieces: int
    failed: str = ""

    def as_dict(self) -> dict[str, float | int | str]:
        """The figures by name, without those that could not be measured or are no numbers."""
        return {
            name: value
            for name, value in asdict(self).items()
            if isinstance(value, str) or (value is not None and np.isfinite(value))
        }


def measure_field(
    field: Field, distance: SignedDistance, progress: Callable[[float], None] | None = None
) -> Measures:
    """Measures a field against the placed mesh of ``distance``, which ``solid_distance`` has made.

    ``progress`` is told the share done, and may raise to stop. Raises SurfaceMemoryError when there is not
    enough memory for the surface.
    """

    def tell(share: float) -> None:
        if progress is not None:
            progress(share)

    def tell_extracted(share: float) -> None:
        tell(SHARE_OF_FIELD + (SHARE_OF_SURFACE - SHARE_OF_FIELD) * share)

    generator = np.random.default_rng(SEED)
    errors = field_errors(field, distance, generator)
    try:
        surface = extract_isosurface(field, DEFAULT_RESOLUTION, progress=tell_extracted).mesh
    except NoSurfaceError:
        return Measures(
            chamfer=None,
            hausdorff=None,
            hausdorff_99=None,
            missing_share=None,
            **asdict(errors),
            volume=0.0,
            components=0,
            stray_pieces=0,
            failed="The trained field has no surface; train for longer, or with another preset.",
        )
    distances = surface_errors(SignedDistance(surface), distance, generator)
    stray = stray_pieces(surface, distance, MISSING)
    tell(1.0)
    return Measures(
        **asdict(distances),
        **asdict(errors),
        volume=surface.volume,
        components=component_count(surface),
        stray_pieces=stray,
        failed=_failure(errors, distances, surface.volume, stray),
    )


def _failure(errors: FieldErrors, distances: SurfaceErrors, volume: float, stray: int) -> str:
    if volume < 0:
        return "The trained field is inside out; check the source's normals, or train for longer."
    if errors.sign_error > LARGEST_SIGN_ERROR:
        return (
            f"Inside and outside are confused in {errors.sign_error:.0%} of the domain; close large holes in"
            " the source, or train for longer."
        )
    if distances.missing_share > LARGEST_MISSING_SHARE:
        return (
            f"Parts of the source are missing, {distances.missing_share:.1%} of its area; train for longer,"
            " or with a preset of more detail."
        )
    if stray:
        return (
            f"The surface has {stray} {'pieces' if stray > 1 else 'piece'} away from the source; train for"
            " longer, or with another seed."
        )
    return ""
