"""neural-shapes: the command and its verbs, what it prints, and its exit status."""

import argparse
import os
import sys
from collections.abc import Sequence

from ..errors import Cancelled, NeuralShapesError
from . import bake, extract, import_checkpoint, info, measure, morph, normals, render, train
from .arguments import Parser, add_json_argument
from .output import as_json, as_lines

NAME = "neural-shapes"
DONE, BAD_INPUT = 0, 2
# 128 and the number of the interrupt signal, as shells have it.
INTERRUPTED = 130
# OpenMP's waiting threads spin by default, which on cores that others use too made a training ten times
# slower (measured); asleep, they leave the core to them. Read when torch is loaded.
WAITING_VARIABLE, WAITING = "OMP_WAIT_POLICY", "PASSIVE"

# In the order in which they are used; each module has add_arguments(parser) and run(arguments).
VERBS = {
    "train": train,
    "morph": morph,
    "info": info,
    "measure": measure,
    "extract": extract,
    "render": render,
    "normals": normals,
    "bake": bake,
    "import-checkpoint": import_checkpoint,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status.

    The result goes to standard output, progress and errors to standard error. What the user can mend is one
    sentence and exit status 2.
    """
    os.environ.setdefault(WAITING_VARIABLE, WAITING)
    try:
        parsed = _parser().parse_args(arguments)
        result = parsed.run(parsed)
    except NeuralShapesError as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return BAD_INPUT
    except (KeyboardInterrupt, Cancelled) as error:
        print(f"{NAME}: Interrupted. {str(error) or 'Nothing was written.'}", file=sys.stderr)
        return INTERRUPTED
    _print(as_json(result) if parsed.json else as_lines(result))
    return DONE


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # The reader, such as head, has seen enough; Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=NAME, description="Meshes as small neural fields: train, measure, extract, render.")
    verbs = parser.add_subparsers(required=True, metavar="VERB", dest="verb")
    for name, module in VERBS.items():
        verb = verbs.add_parser(name, help=module.__doc__, description=module.__doc__)
        verb.set_defaults(run=module.run)
        module.add_arguments(verb)
        add_json_argument(verb)
    return parser


if __name__ == "__main__":
    sys.exit(main())
