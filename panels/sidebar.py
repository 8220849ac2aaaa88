"""What all panels of the sidebar's tab have in common."""


class SidebarPanel:
    """A panel of the tab Neural Shapes in the 3D viewport's sidebar."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Neural Shapes"
