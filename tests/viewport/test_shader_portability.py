"""What no driver of these tests refuses, but others do, since Blender rewrites GLSL for them."""

import re

import pytest

SHADERS = "shaders"


@pytest.fixture(scope="module")
def sources(root) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in (root / SHADERS).glob("*.glsl")}


@pytest.fixture(scope="module")
def push_constants(root) -> set[str]:
    """The names of all push constants of viewport/."""
    declared = "".join(path.read_text(encoding="utf-8") for path in (root / "viewport").glob("*.py"))
    found = re.findall(r'(?:push_constant\("\w+", |\("(?:INT|BOOL|FLOAT|IVEC4)", )"(\w+)"', declared)
    assert {"steps", "is_first_stretch", "window", "look"} <= set(found)
    return set(found)


def test_structs_are_filled_member_by_member_since_metals_have_no_constructors(sources):
    everything = "\n".join(sources.values())
    structs = re.findall(r"^struct (\w+)", everything, re.MULTILINE)
    assert "Ray" in structs
    calls = [struct for struct in structs if re.search(rf"\b{struct}\s*\(", everything)]
    assert not calls


def test_nothing_is_named_like_a_push_constant_which_vulkan_and_metal_make_macros_of(sources, push_constants):
    kinds = r"(?:int|uint|float|bool|[iu]?vec[234]|mat[34]|Ray|Last)"
    for name, text in sources.items():
        named = {constant for constant in push_constants if re.search(rf"\b{kinds}\s+{constant}\b", text)}
        assert not named, name
