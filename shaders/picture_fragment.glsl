/* Puts a traced picture into the viewport: colour by the chosen look, and the depth of the surface. */
bool is_hit(ivec2 pixel)
{
  ivec2 inside = clamp(pixel, ivec2(0), tracing.size.xy - 1);
  int status = int(texelFetch(states, inside, 0).y);
  return inside == pixel && status >= HIT && status < MISSED;
}

bool is_on_outline(ivec2 pixel)
{
  return !(is_hit(pixel + ivec2(1, 0)) && is_hit(pixel - ivec2(1, 0)) && is_hit(pixel + ivec2(0, 1)) &&
           is_hit(pixel - ivec2(0, 1)));
}

/* Share of the evaluations that a ray may spend on the level that it ended at, as a shade. */
float shade_of_evaluations(vec4 state, int level)
{
  return 1.0 - 0.6 * clamp(float(evaluations(state, level)) / EVALUATIONS_SHOWN, 0.0, 1.0);
}

int finest_evaluated(vec4 state)
{
  int level = tracing.size.z - 1;
  while (level > 0 && evaluations(state, level) == 0) {
    level--;
  }
  return level;
}

void write_depth(Ray ray, float distance)
{
  vec4 clip = tracing.domain_to_clip * vec4(ray.start + (distance - depth_offset) * ray.direction, 1.0);
  gl_FragDepth = 0.5 * clip.z / clip.w + 0.5;
}

vec3 surface_look(ivec2 pixel, vec4 state)
{
  vec4 gradient = texelFetch(gradients, pixel, 0);
  vec3 normal = normalize(mat3(tracing.domain_to_view_normal) * gradient.xyz);
  if (look == LOOK_NORMAL) {
    return normal_look(normal);
  }
  if (look == LOOK_MATCAP) {
    return matcap_look(normal);
  }
  float facing = 0.4 + 0.6 * max(normal.z, 0.0);
  if (look == LOOK_LEVELS) {
    int level = int(state.y) - HIT;
    return facing * level_colour(level) * shade_of_evaluations(state, level);
  }
  if (look == LOOK_ERROR) {
    return facing * heat_colour(abs(gradient.w) / studio.ambient.w);
  }
  return studio_look(normal);
}

void main()
{
  vec2 place = (ndc - tracing.rectangle.xy) / tracing.rectangle.zw;
  if (any(lessThan(place, vec2(0.0))) || any(greaterThanEqual(place, vec2(1.0)))) {
    discard;
  }
  ivec2 pixel = ivec2(place * vec2(tracing.size.xy));
  vec4 state = texelFetch(states, pixel, 0);
  bool hit = is_hit(pixel);
  Ray ray = pixel_ray(pixel);
  colour = vec4(0.0);
  gl_FragDepth = 1.0;
  if (hit) {
    bool outlined = studio.outline.w > 0.0 && is_on_outline(pixel);
    colour = vec4(outlined ? studio.outline.rgb : surface_look(pixel, state), studio.surface.w);
    write_depth(ray, state.x);
  }
  else if (look == LOOK_LEVELS && int(state.y) >= MISSED) {
    /* A ray that entered a neighborhood and missed: the neighborhood's silhouette, behind everything. */
    int level = finest_evaluated(state);
    float opacity = level > 0 ? NEIGHBORHOOD_OPACITY : 0.0;
    colour = vec4(level_colour(level) * shade_of_evaluations(state, level), opacity);
  }
  if (look == LOOK_SECTION) {
    vec4 section = texelFetch(section_places, pixel, 0);
    Ray whole = ray_in_domain(pixel);
    float surface = dot(ray.start - whole.start, whole.direction) + state.x;
    if (section.x == 1.0 && (!hit || section.y <= surface + SECTION_BIAS)) {
      float width = 2.0 * (whole.footprint + tracing.direction_x.w * section.y);
      vec4 field_colour = section_look(texelFetch(section_values, pixel, 0), width);
      colour.rgb = mix(colour.rgb, field_colour.rgb, hit ? field_colour.a : 1.0);
      colour.a = max(colour.a, field_colour.a);
      write_depth(whole, section.y);
    }
  }
  if (colour.a == 0.0) {
    discard;
  }
}
