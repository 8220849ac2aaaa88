/* Stage: neural normal mapping (seed paper, section 5). First image: final states; second: the finest level's
 * gradient and value at the hits. Rays still on their way are classified by the footprint of their pixel. */
void stage(ivec2 pixel, bool has_ray, out vec4 first, out vec4 second)
{
  Ray ray = pixel_ray(pixel);
  vec4 state = texelFetch(states, pixel, 0);
  int status = int(state.y);
  vec4 gradient;
  float value = field(tracing.size.z - 1, point_on_ray(ray, state.x), has_ray && status < MISSED, gradient);
  if (status < HIT) {
    float pixel_radius = ray.footprint + tracing.direction_x.w * state.x;
    state.y = float(status + (abs(value) <= pixel_radius ? HIT : MISSED));
  }
  first = state;
  second = vec4(gradient.xyz, value);
}
