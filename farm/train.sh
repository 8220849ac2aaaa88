#!/bin/sh
# train.sh SCENE.blend FOLDER PART/PARTS OBJECT...: trains a neural shape on every PARTS-th object, beginning with
# number PART, and saves each as FOLDER/OBJECT.blend. Run it on PARTS machines that share the folder, each with a
# PART of its own; run it again after an interruption, and what is done is skipped.
# BLENDER names Blender's program, and PRESET the preset (default: standard). Names of objects must be those that
# files may have.
set -u
scene=$1 folder=$2 part=${3%/*} parts=${3#*/}
shift 3
mkdir -p "$folder" || exit
number=0 status=0
for object in "$@"; do
    number=$((number + 1))
    [ $(((number - part) % parts)) -eq 0 ] || continue
    "${BLENDER:-blender}" -b "$scene" -c neural_shapes train --object "$object" --preset "${PRESET:-standard}" \
        --save "$folder/$object.blend" --keep || status=$?
done
exit $status
