/* Stage: one more stretch of marching. First image: the rays' states. */
void stage(ivec2 pixel, bool has_ray, out vec4 first, out vec4 second)
{
  Ray ray = pixel_ray(pixel);
  vec4 state = is_first_stretch ? state_at_start(ray) : texelFetch(states, pixel, 0);
  first = march(state, ray, has_ray, steps);
  second = vec4(0.0);
}
