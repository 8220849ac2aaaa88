/* Multiscale sphere tracing (seed paper, Algorithm 1) of one pixel's ray, with the two changes that
 * core/tracing/sphere_tracing.py measured: a ray that leaves a level's neighborhood goes back to the level
 * before, and closer than a pixel to the surface steps follow the secant of the last two values. */

/* Where a stretch last evaluated the last level, and what it was there. */
struct Last {
  float distance;
  float value;
  bool exists;
};

float surface_step(Ray ray, float distance, float value, Last last)
{
  float pixel = 2.0 * (ray.footprint + tracing.direction_x.w * distance);
  float change = last.value - value;
  if (last.exists && abs(value) <= pixel && change != 0.0) {
    float secant = value * (distance - last.distance) / change;
    /* A ray that runs away from the surface has no secant step towards it. */
    if (secant * value > 0.0) {
      return clamp(secant, -pixel, pixel);
    }
  }
  return tracing.origin_y.w * value;
}

/* What one value of the level that a ray marches with does to its state. */
vec4 state_after(vec4 state, Ray ray, float value, inout Last last)
{
  int level = int(state.y);
  state += count_of_level(level);
  bool exhausted = evaluations(state, level) >= tracing.size.w;
  float step_size;
  if (level == tracing.size.z - 1) {
    bool starts_behind = value <= 0.0 && state.x <= 0.0;
    float pixel_radius = ray.footprint + tracing.direction_x.w * state.x;
    if (abs(value) <= tracing.origin_x.w || starts_behind || exhausted) {
      bool hit = !exhausted || abs(value) <= pixel_radius;
      state.y = float(level + (hit ? HIT : MISSED));
      return state;
    }
    step_size = surface_step(ray, state.x, value, last);
    last.distance = state.x;
    last.value = value;
    last.exists = true;
  }
  else {
    float threshold = tracing.bands[level].x;
    if (exhausted || value - threshold <= BAND_ENTRY * threshold) {
      state.y = float(level + 1);
      return state;
    }
    step_size = tracing.origin_y.w * (value - threshold);
  }
  state.x = max(state.x + step_size, 0.0);
  if (state.x > ray.reach) {
    state.y = float(MISSED + level);
  }
#ifndef DISTANCE_GRID
  else if (level > 0 && value > tracing.bands[level - 1].x && evaluations(state, level - 1) < tracing.size.w) {
    state.y = float(level - 1);
  }
#endif
  return state;
}

/* The state after at most this many evaluations. Rays of a tile whose levels add to the same first network are
 * evaluated together; where levels stand alone, the coarsest that a ray is at goes first. */
vec4 march(vec4 state, Ray ray, bool has_ray, int most_steps)
{
  Last last;
  last.distance = 0.0;
  last.value = 0.0;
  last.exists = false;
  for (int i = 0; i < most_steps; i++) {
#ifdef DISTANCE_GRID
    if (has_ray && int(state.y) < HIT) {
      state = state_near_grid_surface(state, ray);
    }
#endif
    int level = int(state.y);
    bool is_marching = has_ray && level < HIT;
    int first = is_marching ? tracing.networks[level].w : MAXIMUM_LEVELS;
    int turn = lowest_of_tile(first);
    if (turn == MAXIMUM_LEVELS) {
      break;
    }
    bool wanted = first == turn;
    vec4 values = field_levels(turn, level, point_on_ray(ray, state.x), wanted);
    if (wanted) {
      state = state_after(state, ray, values[level], last);
    }
  }
  return state;
}
