/* Puts a traced picture into the viewport: colour by the chosen look, and the depth of the surface. */
#define STUDIO 0
#define MATCAP 1
#define NORMAL 2
#define LEVELS 3

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
  vec4 clip = tracing.domain_to_clip * vec4(ray.start + distance * ray.direction, 1.0);
  gl_FragDepth = 0.5 * clip.z / clip.w + 0.5;
}

void main()
{
  vec2 place = (ndc - tracing.rectangle.xy) / tracing.rectangle.zw;
  if (any(lessThan(place, vec2(0.0))) || any(greaterThanEqual(place, vec2(1.0)))) {
    discard;
  }
  ivec2 pixel = ivec2(place * vec2(tracing.size.xy));
  vec4 state = texelFetch(states, pixel, 0);
  Ray ray = pixel_ray(pixel);
  int status = int(state.y);
  if (status < HIT || status >= MISSED) {
    int level = finest_evaluated(state);
    if (look != LEVELS || level < 1) {
      discard;
    }
    /* A ray that entered a neighborhood and missed: the neighborhood's silhouette, behind everything. */
    colour = vec4(level_colour(level) * shade_of_evaluations(state, level), NEIGHBORHOOD_OPACITY);
    gl_FragDepth = 1.0;
    return;
  }
  vec3 gradient = texelFetch(gradients, pixel, 0).xyz;
  vec3 normal = normalize(mat3(tracing.domain_to_view_normal) * gradient);
  vec3 shown;
  if (look == LEVELS) {
    shown = level_colour(status - HIT) * shade_of_evaluations(state, status - HIT) * (0.4 + 0.6 * max(normal.z, 0.0));
  }
  else if (look == NORMAL) {
    shown = normal_look(normal);
  }
  else {
    shown = look == MATCAP ? matcap_look(normal) : studio_look(normal);
  }
  if (studio.outline.w > 0.0 && is_on_outline(pixel)) {
    shown = studio.outline.rgb;
  }
  colour = vec4(shown, studio.surface.w);
  write_depth(ray, state.x);
}
