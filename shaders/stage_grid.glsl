/* Stage: bakes the distance grid (shaders/distance_grid.glsl). First image: the finest level's value at the
 * lattice point of each pixel. */
void stage(ivec2 pixel, bool has_ray, out vec4 first, out vec4 second)
{
  ivec2 slice = pixel / GRID_SIDE;
  ivec3 place = ivec3(pixel % GRID_SIDE, slice.y * GRID_COLUMNS + slice.x);
  vec4 point = vec4(vec3(place) / float(GRID_SIDE - 1) * 2.0 - 1.0, tracing.origin.w);
  int finest = tracing.size.z - 1;
  first = vec4(field_levels(tracing.networks[finest].w, finest, point, has_ray)[finest]);
  second = vec4(0.0);
}
