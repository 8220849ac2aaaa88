"""Extract the surface of a neural shape as a mesh.

parameters, where given: "level" (-1: the finest), "resolution" (cells along an axis), "offset" (outwards, in
units of the object), "faces" (how many to keep).
arrays: "shape", the bytes of the shape.
reply: "evaluated_share" of the grid; the arrays "vertices" (V, 3) float64 in object space and "faces" (F, 3).
"""
