/* The finest level baked on a lattice of GRID_SIDE points a side over the domain: slices in one image, row by
 * row, GRID_COLUMNS to a row. Only for static shapes. */
float grid_value(ivec3 place)
{
  ivec2 slice = ivec2(place.z % GRID_COLUMNS, place.z / GRID_COLUMNS);
  return texelFetch(grid, slice * GRID_SIDE + place.xy, 0).x;
}

/* Trilinear in the lattice. */
float grid_distance(vec3 point)
{
  vec3 place = clamp((point + 1.0) / 2.0, 0.0, 1.0) * float(GRID_SIDE - 1);
  ivec3 low = min(ivec3(place), ivec3(GRID_SIDE - 2));
  vec3 share = place - vec3(low);
  vec4 front = vec4(grid_value(low),
                    grid_value(low + ivec3(1, 0, 0)),
                    grid_value(low + ivec3(0, 1, 0)),
                    grid_value(low + ivec3(1, 1, 0)));
  vec4 back = vec4(grid_value(low + ivec3(0, 0, 1)),
                   grid_value(low + ivec3(1, 0, 1)),
                   grid_value(low + ivec3(0, 1, 1)),
                   grid_value(low + ivec3(1, 1, 1)));
  vec4 across = mix(front, back, share.z);
  vec2 along = mix(across.xz, across.yw, share.x);
  return mix(along.x, along.y, share.y);
}

/* The ray at the next place where the grid says that the surface may be near, with the last level, or missed. */
vec4 state_near_grid_surface(vec4 state, Ray ray)
{
  for (int i = 0; i < GRID_STEPS && state.x <= ray.reach; i++) {
    float distance = grid_distance(ray.start + state.x * ray.direction);
    if (distance <= GRID_MARGIN) {
      state.y = float(tracing.size.z - 1);
      return state;
    }
    /* Half the margin at least, so that the band is entered. */
    state.x += tracing.origin_y.w * (distance - 0.5 * GRID_MARGIN);
  }
  state.y = float(MISSED);
  return state;
}
