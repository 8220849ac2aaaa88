// SPDX-License-Identifier: GPL-3.0-or-later
// A Flamenco job type: trains a neural shape on each object and bakes a morph's frames, a task for each object
// and for each chunk of frames. A task that is run again skips what is done and takes up what is not.

const JOB_TYPE = {
    label: "Neural Shapes",
    description: "Train neural shapes on objects and bake a morph, on many machines",
    settings: [
        { key: "objects", type: "string", default: "",
          eval: "', '.join(o.name for o in C.selected_objects)",
          description: "Objects to train on, separated by commas" },
        { key: "preset", type: "string", default: "standard",
          choices: ["draft", "standard", "detailed"],
          description: "How much to learn" },
        { key: "morph", type: "string", default: "",
          description: "Object whose morph is baked; empty bakes none" },
        { key: "frames", type: "string", default: "",
          eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
          description: "Frames of the morph, such as 1-60" },
        { key: "chunk_size", type: "int32", default: 10,
          description: "Frames that one task bakes" },
        { key: "output", type: "string", subtype: "dir_path", required: true,
          description: "Folder for a .blend file of each object and the morph's frames" },
        { key: "blendfile", type: "string", required: true, visible: false,
          eval: "bpy.data.filepath", description: "The file with the objects" },
        { key: "blender_cmd", type: "string", default: "{blender}", visible: false,
          description: "Blender with the extension Neural Shapes and its worker installed" },
    ]
};

function compileJob(job) {
    const settings = job.settings;
    for (const name of objectNames(settings.objects)) {
        job.addTask(neuralShapesTask(settings, "train " + name, [
            "train", "--object", name, "--preset", settings.preset,
            "--save", settings.output + "/" + fileName(name) + ".blend", "--keep",
        ]));
    }
    if (settings.morph) {
        for (const frames of chunks(settings.frames, settings.chunk_size)) {
            job.addTask(neuralShapesTask(settings, "bake " + settings.morph + " " + frames, [
                "bake", "--object", settings.morph, "--frames=" + frames,
                "-o", settings.output + "/" + fileName(settings.morph),
            ]));
        }
    }
}

function neuralShapesTask(settings, name, verb) {
    const task = author.Task(name, "blender");
    task.addCommand(author.Command("exec", {
        exe: settings.blender_cmd,
        args: ["-b", settings.blendfile, "-c", "neural_shapes"].concat(verb),
    }));
    return task;
}

function objectNames(text) {
    return text.split(",").map(name => name.trim()).filter(name => name);
}

// Objects may have names that files may not; two such names must not become the same.
function fileName(name) {
    return name.replace(/[\/\\:*?"<>|%]/g, character => "%" + character.charCodeAt(0).toString(16));
}

// "1-25" in tens: "1-10", "11-20", "21-25".
function chunks(frames, size) {
    const match = /^(-?\d+)(?:-(-?\d+))?$/.exec(frames.trim());
    if (!match || size < 1) {
        throw "Frames are a range such as 1-60, in chunks of one frame or more.";
    }
    const first = parseInt(match[1]), last = match[2] === undefined ? first : parseInt(match[2]);
    const ranges = [];
    for (let start = first; start <= last; start += size) {
        ranges.push(start + "-" + Math.min(start + size - 1, last));
    }
    return ranges;
}
