"""The command of `blender -b FILE -c neural_shapes`: its verbs, what it prints, and its exit status."""

import signal
import sys
from collections.abc import Sequence

import bpy

from ...core.command.arguments import Parser, add_json_argument
from ...core.command.output import as_json, as_lines
from ...core.errors import Cancelled, NeuralShapesError
from . import bake, export, extract, info, morph, normals, render, train

NAME = "neural_shapes"
DONE, BAD_INPUT = 0, 2
# 128 and the number of the interrupt signal, as shells have it.
INTERRUPTED = 130

# In the order in which they are used; each module has add_arguments(parser) and run(arguments, context).
VERBS = {
    "train": train,
    "morph": morph,
    "extract": extract,
    "render": render,
    "normals": normals,
    "bake": bake,
    "export": export,
    "info": info,
}


def run(arguments: Sequence[str]) -> int:
    """Run one verb on the file that Blender has opened; returns the exit status.

    The result and progress go to standard output, errors to standard error. What the user can mend is one
    sentence and exit status 2; the opened file is changed by --save alone.
    """
    # Without a window Blender has a handler of its own, which Python does not see and cannot bring back.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        parsed = _parser().parse_args(arguments)
        result = parsed.run(parsed, bpy.context)
    except SystemExit:  # Help was asked for, and printed.
        return DONE
    except NeuralShapesError as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return BAD_INPUT
    except (KeyboardInterrupt, Cancelled) as interruption:
        print(f"{NAME}: Interrupted. {str(interruption) or 'Nothing was written.'}", file=sys.stderr)
        return INTERRUPTED
    print(as_json(result) if parsed.json else as_lines(result))
    return DONE


def _parser() -> Parser:
    parser = Parser(prog=f"blender -b FILE -c {NAME}", description="Neural shapes of a Blender file.")
    verbs = parser.add_subparsers(required=True, metavar="VERB", dest="verb")
    for name, module in VERBS.items():
        verb = verbs.add_parser(name, help=module.__doc__, description=module.__doc__)
        verb.set_defaults(run=module.run)
        module.add_arguments(verb)
        add_json_argument(verb)
    return parser
