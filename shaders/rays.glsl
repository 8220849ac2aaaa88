/* The ray of a pixel, clipped to what can be seen: the domain's cube, the view's depth range, the cut. */
struct Ray {
  vec3 start;       /* Where the ray enters, in domain units; distances count from here. */
  vec3 direction;   /* Of length one. */
  float reach;      /* Distance at which the ray leaves; negative for a ray that sees nothing. */
  float footprint;  /* Half the width of a pixel at the start. */
};

/* Narrows [near, far] to where dot(normal, start + t direction) <= offset. */
void clip_to_half_space(vec3 normal, float offset, vec3 start, vec3 direction, inout float near, inout float far)
{
  float slope = dot(normal, direction);
  float excess = dot(normal, start) - offset;
  if (slope == 0.0) {
    far = excess > 0.0 ? -1.0e30 : far;
  }
  else if (slope > 0.0) {
    far = min(far, -excess / slope);
  }
  else {
    near = max(near, -excess / slope);
  }
}

/* The part of a pixel's ray before any cut: through the cube and between the near and the far plane. */
Ray ray_in_domain(ivec2 pixel)
{
  vec2 ndc = tracing.rectangle.xy + (vec2(pixel) + 0.5) / vec2(tracing.size.xy) * tracing.rectangle.zw;
  vec3 origin = tracing.origin.xyz + ndc.x * tracing.origin_x.xyz + ndc.y * tracing.origin_y.xyz;
  vec3 to_far = tracing.direction.xyz + ndc.x * tracing.direction_x.xyz + ndc.y * tracing.direction_y.xyz;
  float far = length(to_far);
  vec3 direction = to_far / far;
  /* Counting from the point nearest to the domain's centre keeps float32 exact for distant cameras. */
  float centre = -dot(origin, direction);
  vec3 middle = origin + centre * direction;
  float near = tracing.direction_y.w * far - centre;
  far -= centre;
  for (int axis = 0; axis < 3; axis++) {
    vec3 normal = vec3(axis == 0, axis == 1, axis == 2);
    clip_to_half_space(normal, 1.0, middle, direction, near, far);
    clip_to_half_space(-normal, 1.0, middle, direction, near, far);
  }
  /* Member by member: Metal's structs have no constructors. */
  Ray ray;
  ray.start = middle + near * direction;
  ray.direction = direction;
  ray.reach = far - near;
  ray.footprint = tracing.direction.w + tracing.direction_x.w * (near + centre);
  return ray;
}

/* The ray of a pixel with everything behind the cut left over. */
Ray pixel_ray(ivec2 pixel)
{
  Ray ray = ray_in_domain(pixel);
  float near = 0.0;
  clip_to_half_space(tracing.cut.xyz, tracing.cut.w, ray.start, ray.direction, near, ray.reach);
  ray.start += near * ray.direction;
  ray.reach -= near;
  ray.footprint += tracing.direction_x.w * near;
  return ray;
}

vec4 point_on_ray(Ray ray, float distance)
{
  return vec4(ray.start + distance * ray.direction, tracing.origin.w);
}
