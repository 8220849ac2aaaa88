#!/bin/sh
# environment.sh FOLDER VERSION REQUIREMENTS [PIP-OPTION]: makes or completes the virtual environment FOLDER
# with Python VERSION, the pinned REQUIREMENTS and this checkout as the editable package neural_shapes.
# TORCH_INDEX_URL, where set, names a package index that is asked first for torch.
set -eu
folder=$1 version=$2 requirements=$3 option=${4:-}
here=$(dirname "$0")

if ! "$folder/bin/python" -c "import sys, pip; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null
then
    python=$("$here/find-python.sh" "$version")
    echo "setup: $folder with $python"
    "$python" -m venv --clear "$folder"
fi

# PyTorch names its CPU builds for Linux VERSION+cpu; the plain name would fetch several GB of CUDA libraries.
torch=$(sed -n 's/^torch==//p' "$requirements")
if [ -n "$torch" ] && [ "$(uname -s)" = Linux ] && ! "$folder/bin/python" -c 'import torch' 2>/dev/null; then
    "$folder/bin/pip" install --quiet ${TORCH_INDEX_URL:+--extra-index-url "$TORCH_INDEX_URL"} \
        --constraint "$requirements" "torch==$torch+cpu" 2>/dev/null ||
        echo "setup: torch $torch+cpu is not in the package index in use. The default build for Linux is taken" \
            "instead; it works too but brings several GB of CUDA libraries. To avoid them, set TORCH_INDEX_URL" \
            "to the CPU index that pytorch.org/get-started names, remove $folder and run make again." >&2
fi

echo "setup: $folder from $requirements"
"$folder/bin/pip" install --quiet --requirement "$requirements"
"$folder/bin/pip" install --quiet --no-build-isolation --constraint "$requirements" $option --editable .
