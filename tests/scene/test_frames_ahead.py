"""The frames that playback comes to next, by the scene's range."""

import bpy  # noqa: F401  makes addon_utils importable for the fixture blender


def ahead(scene) -> list[int]:
    from neural_shapes.scene.frames_ahead import frames_ahead

    return list(frames_ahead(scene))


def test_frames_follow_round_the_range_whatever_the_renders_step(blender):
    scene = blender.context.scene
    scene.frame_start, scene.frame_end, scene.frame_step = 10, 16, 3
    for current, expected in (
        (12, [13, 14, 15, 16, 10, 11]),
        (16, [10, 11, 12, 13, 14, 15]),
        (3, [10, 11, 12, 13, 14, 15, 16]),
        (40, [10, 11, 12, 13, 14, 15, 16]),
    ):
        scene.frame_set(current)
        assert ahead(scene) == expected


def test_a_preview_range_counts_and_there_is_an_end(blender):
    from neural_shapes.scene.frames_ahead import FRAMES_AHEAD

    scene = blender.context.scene
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 5, 7
    scene.frame_set(5)
    assert ahead(scene) == [6, 7]
    scene.frame_preview_end = 10_000
    assert ahead(scene) == list(range(6, 6 + FRAMES_AHEAD))
