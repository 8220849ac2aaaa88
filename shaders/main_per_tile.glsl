/* Runs a stage for the rays of this work group's tile. */
void main()
{
  start_tile();
  int ray = int(gl_LocalInvocationIndex);
  ivec2 tile = ivec2(gl_WorkGroupID.xy) * ivec2(TILE_WIDTH, RAYS / TILE_WIDTH);
  ivec2 pixel = window.xy + tile + ivec2(ray % TILE_WIDTH, ray / TILE_WIDTH);
  bool has_ray = ray < RAYS && all(lessThan(pixel, window.zw));
  vec4 first, second;
  stage(pixel, has_ray, first, second);
  if (has_ray) {
    imageStore(first_image, pixel, first);
#ifdef SECOND_IMAGE
    imageStore(second_image, pixel, second);
#endif
  }
}
