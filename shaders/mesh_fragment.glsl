/* The state of a ray that hits a mesh: as if it had marched there with the last level. */
void main()
{
  Ray ray = pixel_ray(ivec2(gl_FragCoord.xy));
  float distance = dot(point - ray.start, ray.direction);
  if (distance < 0.0 || distance > ray.reach) {
    discard;
  }
  state = vec4(distance, float(HIT + tracing.size.z - 1), 0.0, 0.0);
}
