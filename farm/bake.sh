#!/bin/sh
# bake.sh SCENE.blend FOLDER MORPH FIRST LAST PART/PARTS: bakes a morph's frames from FIRST to LAST that fall to
# machine number PART of PARTS, as files in FOLDER. Run it again after an interruption; frames that are done stay.
# BLENDER names Blender's program.
set -u
scene=$1 folder=$2 morph=$3 first=$4 last=$5 part=${6%/*} parts=${6#*/}
mkdir -p "$folder" || exit
count=$((last - first + 1))
start=$((first + count * (part - 1) / parts))
end=$((first + count * part / parts - 1))
[ $end -ge $start ] || exit 0
exec "${BLENDER:-blender}" -b "$scene" -c neural_shapes bake --object "$morph" --frames="$start-$end" -o "$folder"
