/* Stage: the cross-section. First image: the value of each level where the ray crosses the cut's plane.
 * Second: 1 where it does inside the domain, else 0. */
void stage(ivec2 pixel, bool has_ray, out vec4 first, out vec4 second)
{
  Ray ray = ray_in_domain(pixel);
  float distance = (tracing.cut.w - dot(tracing.cut.xyz, ray.start)) / dot(tracing.cut.xyz, ray.direction);
  bool crosses = has_ray && distance >= 0.0 && distance <= ray.reach;
  vec4 point = point_on_ray(ray, distance);
  first = vec4(0.0);
  for (int level = 0; level < tracing.size.z; level++) {
    bool is_last_of_sum = level == tracing.size.z - 1 || tracing.networks[level + 1].w == level + 1;
    if (is_last_of_sum) {
      first += field_levels(tracing.networks[level].w, level, point, crosses);
    }
  }
  second = vec4(crosses ? 1.0 : 0.0, distance, 0.0, 0.0);
}
