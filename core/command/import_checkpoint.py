"""Turn a published SIREN, a PyTorch checkpoint as of i3d or NISE, into a shape."""

import argparse
import warnings
from pathlib import Path
from typing import Any

from .. import shape_file
from ..errors import NeuralShapesError
from ..fields.nested import Level, NestedField
from ..fields.space_time import nested_field_at_time
from ..geometry.placement import Placement
from ..neural_shape import NeuralShape, Provenance
from .arguments import finite_number, positive_number
from .output import require_shape_name, require_writable

# Frequencies of Sitzmann et al. 2020, which most others have kept.
OMEGA = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The checkpoint, the shape, and what the checkpoint does not tell."""
    parser.add_argument("checkpoint", metavar="CHECKPOINT", type=Path, help="a .pth or .pt file")
    parser.add_argument(
        "-o", "--output", metavar="SHAPE", type=Path, required=True, help="the shape file to write"
    )
    parser.add_argument(
        "--omega", type=positive_number, default=OMEGA, help=f"of the first layer (default: {OMEGA:.0f})"
    )
    parser.add_argument(
        "--hidden-omega", type=positive_number, help="of the hidden layers (default: that of the first)"
    )
    parser.add_argument(
        "--time", type=finite_number, help="the moment of a network over space and time, in its own time"
    )


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Raises NeuralShapesError when the file holds no such network, or the shape cannot be written."""
    # Torch takes seconds to import, which help and other commands should not wait for.
    from ..learning.checkpoints import read_siren
    from ..learning.nesting import NEAR

    require_writable(arguments.output, arguments.checkpoint)
    require_shape_name(arguments.output)
    with warnings.catch_warnings():
        # Of a file that is no checkpoint torch warns before it fails.
        warnings.simplefilter("ignore")
        siren = read_siren(arguments.checkpoint, arguments.omega, arguments.hidden_omega or arguments.omega)
    field = NestedField((Level(siren, NEAR),))
    if siren.dimension == 4:
        if arguments.time is None:
            raise NeuralShapesError("This network changes over time; choose a moment of it with --time.")
        field = nested_field_at_time(field, arguments.time)
    elif arguments.time is not None:
        raise NeuralShapesError("This network does not change over time, so no time can be chosen.")
    provenance = Provenance(source=arguments.checkpoint.name, recipe="imported")
    size = shape_file.save(NeuralShape(field, Placement(), provenance), arguments.output)
    return {"network": siren.notation, "parameters": siren.parameter_count, "bytes": size}
