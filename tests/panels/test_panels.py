"""The panels draw every state; a layout that writes down what is drawn stands in for a window."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from neural_shapes.core.geometry.repairs import Repairs
from neural_shapes.scene import neural_shape


class Layout:
    """Writes down the texts and operators that a panel draws; Blender's own exists in a window alone."""

    def __init__(self, drawn: list[str]) -> None:
        self.drawn = drawn

    def row(self, **_):
        return Layout(self.drawn)

    column = box = row

    def label(self, text="", **_):
        self.drawn.append(text)

    def prop(self, data, name, **_):
        assert name in data.bl_rna.properties
        self.drawn.append(name)

    def prop_search(self, data, name, *_, **__):
        self.prop(data, name)

    def split(self, **_):
        return Layout(self.drawn)

    def template_list(self, list_type, _, data, name, *__, **___):
        import bpy

        assert hasattr(bpy.types, list_type)
        for index, item in enumerate(getattr(data, name)):
            getattr(bpy.types, list_type).draw_item(None, None, self, data, item, 0, None, "", index)

    def progress(self, factor=0.0, text="", **_):
        assert 0 <= factor <= 1
        self.drawn.append(text)

    def operator(self, name, text=None, **_):
        import bpy

        module, _, function = name.partition(".")
        bpy_type = getattr(getattr(bpy.ops, module), function).get_rna_type()
        self.drawn.append(bpy_type.name if text is None else text)
        return SimpleNamespace()

    def separator(self, **_):
        pass


def context_of(bpy) -> SimpleNamespace:
    """Blender's context with a region to draw in."""
    return SimpleNamespace(
        scene=bpy.context.scene,
        object=bpy.context.object,
        selected_objects=bpy.context.selected_objects,
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
        region=SimpleNamespace(width=500),
    )


def draw(bpy, panel: str) -> list[str] | None:
    """What a panel draws, or None where its poll hides it."""
    cls, context = getattr(bpy.types, panel), context_of(bpy)
    if hasattr(cls, "poll") and not cls.poll(context):
        return None
    drawn: list[str] = []
    cls.draw(SimpleNamespace(layout=Layout(drawn)), context)
    return drawn


def test_train_counts_what_is_selected(blender):
    blender.ops.mesh.primitive_cube_add()
    assert "Train" in draw(blender, "NEURAL_SHAPES_PT_train")
    blender.ops.mesh.primitive_cube_add()
    blender.data.objects["Cube"].select_set(True)
    assert "Train 2 Objects" in draw(blender, "NEURAL_SHAPES_PT_train")


def test_without_a_shape_there_is_nothing_of_it(blender):
    blender.ops.mesh.primitive_cube_add()
    assert draw(blender, "NEURAL_SHAPES_PT_shape") is None
    assert draw(blender, "NEURAL_SHAPES_PT_surface") is None
    assert draw(blender, "NEURAL_SHAPES_PT_jobs") is None


def test_a_shape_shows_its_errors_its_size_and_its_state(trained):
    drawn = draw(trained, "NEURAL_SHAPES_PT_shape")
    kilobytes = neural_shape.size(trained.context.object) / 1000
    assert f"Remove Shape ({kilobytes:.0f} KB)" in drawn
    assert {"Up to date", "Mean distance", "(64,1) ▷ (128,2)"} <= set(drawn)
    trained.data.objects.remove(trained.data.objects["Suzanne"])
    assert any("not in this file" in text for text in draw(trained, "NEURAL_SHAPES_PT_shape"))


def test_a_shape_that_memory_ran_out_for_before_it_was_measured_says_so(trained):
    holder = trained.context.object
    assert not any("Memory ran out" in text for text in draw(trained, "NEURAL_SHAPES_PT_shape"))
    neural_shape.store(holder, replace(neural_shape.read(holder), measures={}))
    assert any("Memory ran out" in text for text in draw(trained, "NEURAL_SHAPES_PT_shape"))


def test_a_shape_tells_what_its_source_was_repaired_of(trained):
    holder = trained.context.object
    shape = neural_shape.read(holder)
    for repairs, note in ((Repairs(turned=2), Repairs(turned=2).sentence), (Repairs(), "")):
        provenance = replace(shape.provenance, repairs=repairs)
        neural_shape.store(holder, replace(shape, provenance=provenance))
        drawn = " ".join(draw(trained, "NEURAL_SHAPES_PT_shape"))
        assert note in drawn
        assert ("repaired" in drawn) == bool(note)


def test_a_damaged_shape_says_so_and_can_be_removed(trained):
    holder = trained.context.object
    holder[neural_shape.PROPERTY] = {"bytes": b"damaged!", "uuid": "x"}
    drawn = draw(trained, "NEURAL_SHAPES_PT_shape")
    assert any("not a neural shape" in text for text in drawn)
    assert "Remove Shape" in drawn


def test_a_preview_that_failed_says_how_to_try_again(trained):
    from neural_shapes.session.preview import preview

    trained.ops.neural_shapes.toggle_preview()
    preview.switch_off("The graphics card is gone.")
    drawn = " ".join(draw(trained, "NEURAL_SHAPES_PT_preview"))
    assert "The graphics card is gone. Switch Preview off and on to try again." in drawn
    trained.ops.neural_shapes.toggle_preview()
    trained.ops.neural_shapes.toggle_preview()
    assert trained.context.object.neural_shapes_preview.enabled
    assert preview.reason_off == ""


def test_a_morph_shows_its_keys_its_figures_and_what_it_was_trained_from(morphed):
    drawn = draw(morphed, "NEURAL_SHAPES_PT_morph")
    assert drawn.count("frame") == 2
    assert {"Key Mesh", "Train Morph", "easing", "placement"} <= set(drawn)
    drawn = draw(morphed, "NEURAL_SHAPES_PT_active_morph")
    assert {"time", "true_volume", "Volume drift", "Distance to Box", "Export CSV"} <= set(drawn)
    assert drawn.count("source") == 2
    drawn = draw(morphed, "NEURAL_SHAPES_PT_shape")
    assert {"Up to date", "blend, seed 0"} <= set(drawn)
    assert "Resume Training" not in drawn


def test_a_failed_morph_says_why(morphed):
    holder = morphed.context.object
    shape = neural_shape.read(holder)
    neural_shape.store(holder, replace(shape, measures={**shape.measures, "failed": "It jumps."}))
    assert "Failed: It jumps." in draw(morphed, "NEURAL_SHAPES_PT_active_morph")


def test_a_morph_without_figures_says_why(morphed):
    holder = morphed.context.object
    shape = replace(neural_shape.read(holder), measures={}, over_time={})
    neural_shape.store(holder, shape)
    assert any("Memory ran out" in text for text in draw(morphed, "NEURAL_SHAPES_PT_active_morph"))
    cancelled = replace(shape.provenance, seconds={"training": 1.0})
    neural_shape.store(holder, replace(shape, provenance=cancelled))
    assert "Cancelled before it was measured." in draw(morphed, "NEURAL_SHAPES_PT_active_morph")


def test_without_a_morph_there_are_keys_alone(trained):
    assert "Key Mesh" in draw(trained, "NEURAL_SHAPES_PT_morph")
    assert draw(trained, "NEURAL_SHAPES_PT_active_morph") is None


def test_work_shows_the_bar_and_a_failure_its_reason(blender, monkeypatch):
    from neural_shapes.session import morph_baking, timer, worker
    from neural_shapes.session.jobs import State

    monkeypatch.setattr(timer, "follow", lambda job: None)
    blender.ops.mesh.primitive_cube_add()
    blender.ops.neural_shapes.train()
    [job] = worker.jobs.active
    assert "Starting" in draw(blender, "NEURAL_SHAPES_PT_jobs")
    job.state = State.QUEUED
    assert "Waiting for its turn" in draw(blender, "NEURAL_SHAPES_PT_jobs")
    job.state = State.RUNNING
    job.progress = {
        "phase": "training",
        "step": 7,
        "steps": 9,
        "loss": 0.5,
        "share": 0.7,
        "seconds_left": 130,
        "drift": 0.012,
    }
    drawn = draw(blender, "NEURAL_SHAPES_PT_jobs")
    assert {"Cube", "Training", "About 2 min left", "Step 7 of 9, loss 5.00e-01"} <= set(drawn)
    assert "Volume drifts by 1.2%" in drawn
    job.task, job.progress = morph_baking.TASK, {"phase": "baking frames", "step": 2, "steps": 5}
    assert "2 of 5 frames are done" in draw(blender, "NEURAL_SHAPES_PT_jobs")
    blender.ops.neural_shapes.cancel(request=job.request)
    assert "Cancelling" in draw(blender, "NEURAL_SHAPES_PT_jobs")
    job.state, job.sentence = State.FAILED, "The worker has no PyTorch."
    assert {"The worker has no PyTorch.", "Open Log"} <= set(draw(blender, "NEURAL_SHAPES_PT_jobs"))
    job.state, job.sentence = State.DONE, "The surface is coarse."
    drawn = draw(blender, "NEURAL_SHAPES_PT_jobs")
    assert "The surface is coarse." in drawn
    assert "Open Log" not in drawn


def preferences(bpy) -> list[str]:
    """What the preferences draw."""
    from neural_shapes.panels.preferences import NeuralShapesPreferences

    shown = bpy.context.preferences.addons["neural_shapes"].preferences
    drawn: list[str] = []
    stand_in = SimpleNamespace(layout=Layout(drawn), bl_rna=shown.bl_rna)
    NeuralShapesPreferences.draw(stand_in, context_of(bpy))
    return drawn


def test_the_preferences_say_what_they_are_for(blender):
    drawn = preferences(blender)
    assert {"wheels", "worker_python", "device", "threads", "low_priority", "Open Log"} <= set(drawn)


def test_without_torch_the_sidebar_says_how_to_get_it(blender, monkeypatch):
    from neural_shapes.session.environment import Environment, environment
    from neural_shapes.worker.installation.folders import Installed, Report

    panel = "NEURAL_SHAPES_PT_environment"
    assert draw(blender, panel) is None
    monkeypatch.setattr(environment, "missing", "Training needs PyTorch.")
    assert {"Training needs PyTorch.", "Install"} <= set(draw(blender, panel))

    installation = SimpleNamespace(is_running=True, share=0.4, phase="Downloading torch (192 MB)")
    monkeypatch.setattr(environment, "installation", installation)
    drawn = draw(blender, panel)
    assert {"Downloading torch (192 MB)", "Cancel Installation", "Open Installation Log"} <= set(drawn)
    assert "Install" not in drawn

    installation.is_running = False
    monkeypatch.setattr(environment, "problem", "The disk is full.")
    assert {"Not installed: The disk is full.", "Repair", "Install"} <= set(draw(blender, panel))

    report = Report("2.13.0", "RTX 5090", 32 * 10**9)
    monkeypatch.setattr(environment, "missing", "")
    monkeypatch.setattr(environment, "problem", "")
    monkeypatch.setattr(environment, "report", report)
    monkeypatch.setattr(environment, "installed", Installed(None, "cu130", report))
    assert draw(blender, panel) is None
    drawn = preferences(blender)
    assert {"PyTorch 2.13.0", "RTX 5090, 32 GB", "Repair", "Uninstall", "Check Environment"} <= set(drawn)
    monkeypatch.setattr(Environment, "is_checking", True)
    assert "Testing with a training step" in preferences(blender)


def test_a_morph_can_be_baked_and_its_bake_exported_and_removed(blender, root, tmp_path):
    from neural_shapes.core import shape_file
    from neural_shapes.scene.baked_nodes import BakedRange
    from neural_shapes.scene.baked_object import Bake, play_bake

    panel = "NEURAL_SHAPES_PT_morph_bake"
    blender.ops.mesh.primitive_cube_add()
    morph = blender.context.object
    assert draw(blender, panel) is None
    neural_shape.store(morph, shape_file.load(root / "tests/viewport/shapes/space_time.safetensors"))
    drawn = draw(blender, panel)
    assert {"Bake Morph", "scene_frames", "folder", "carry"} <= set(drawn)
    assert not {"first", "Export Baked Morph", "Remove Bake"} & set(drawn)
    play_bake(morph, Bake(str(tmp_path), BakedRange(3, 9)), blender.context.view_layer)
    assert blender.context.object != morph
    morph.neural_shapes_bake.scene_frames = False
    drawn = draw(blender, panel)
    assert {"Bake Again", "Plays frames 3 to 9", "first", "Export Baked Morph", "Remove Bake"} <= set(drawn)
    neural_shape.remove(morph)
    drawn = draw(blender, panel)
    assert {"Plays frames 3 to 9", "Export Baked Morph", "Remove Bake"} == set(drawn)


def test_playback_shows_its_settings_and_what_keeps_the_mesh_from_following(blender, root, monkeypatch):
    from neural_shapes.core import shape_file
    from neural_shapes.session import playback

    panel = "NEURAL_SHAPES_PT_playback"
    blender.ops.mesh.primitive_cube_add()
    assert draw(blender, panel) is None
    shape = shape_file.load(root / "tests/viewport/shapes/space_time.safetensors")
    neural_shape.store(blender.context.object, shape)
    drawn = draw(blender, panel)
    assert {"neural_normals", "draft_resolution", "full_resolution", "cache_megabytes"} == set(drawn)
    monkeypatch.setattr(playback, "problem", lambda holder: "The worker is away.")
    assert "The worker is away." in draw(blender, panel)


@pytest.mark.parametrize(("size", "text"), [(999, "1 KB"), (155_000, "155 KB"), (2_040_000, "2.0 MB")])
def test_sizes_are_told_in_the_unit_that_fits(blender, size, text):
    from neural_shapes.panels.text import size_text

    assert size_text(size) == text


def test_the_presets_of_the_panel_are_the_recipes(blender):
    from neural_shapes.core.learning.recipes import PRESETS
    from neural_shapes.scene import properties

    assert [name for name, *_ in properties.PRESETS] == list(PRESETS)


def test_the_modes_and_placements_of_the_panel_are_those_of_morphs(blender):
    from neural_shapes.core.learning.morph_recipes import MODES, PLACEMENTS
    from neural_shapes.scene import morph_properties

    assert {name for name, *_ in morph_properties.MODES} == set(MODES)
    assert {name for name, *_ in morph_properties.PLACEMENTS} == set(PLACEMENTS)
