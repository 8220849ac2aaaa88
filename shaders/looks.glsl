/* How a surface point is coloured: one function per look. Colours are linear; normals are in view space. */
/* The four lights of Blender's preferences, wrapped around the surface, with a soft highlight. */
vec3 studio_look(vec3 normal)
{
  vec3 light = studio.ambient.rgb;
  vec3 highlight = vec3(0.0);
  for (int i = 0; i < 4; i++) {
    vec3 towards = studio.towards_light[i].xyz;
    float wrap = studio.towards_light[i].w;
    float cosine = dot(normal, towards);
    light += studio.diffuse[i].rgb * clamp((cosine + wrap) / ((1.0 + wrap) * (1.0 + wrap)), 0.0, 1.0);
    vec3 halfway = normalize(towards + vec3(0.0, 0.0, 1.0));
    highlight += studio.specular[i].rgb * pow(max(dot(normal, halfway), 0.0), HIGHLIGHT_EXPONENT);
  }
  return studio.surface.rgb * light + HIGHLIGHT_STRENGTH * highlight;
}

/* A material capture computed from the normal: warm clay with a bright upper left and a cool rim. */
vec3 matcap_look(vec3 normal)
{
  float facing = max(normal.z, 0.0);
  float key = max(dot(normal, normalize(vec3(-0.5, 0.7, 0.6))), 0.0);
  vec3 clay = mix(vec3(0.09, 0.05, 0.04), vec3(0.72, 0.43, 0.31), key);
  vec3 rim = vec3(0.35, 0.45, 0.6) * pow(1.0 - facing, 3.0);
  return clay + 0.6 * rim + vec3(0.25) * pow(key, 30.0);
}

vec3 normal_look(vec3 normal)
{
  return pow(0.5 * normal + 0.5, vec3(2.2));
}

/* Distinct hues for up to four levels, coarse to fine (Okabe and Ito's palette for colour-blind readers). */
vec3 level_colour(int level)
{
  if (level == 0) {
    return vec3(0.09, 0.45, 0.81);
  }
  if (level == 1) {
    return vec3(0.79, 0.35, 0.0);
  }
  return level == 2 ? vec3(0.0, 0.34, 0.17) : vec3(0.60, 0.19, 0.38);
}

/* From cold to warm over [0, 1]: blue, green, yellow, red. */
vec3 heat_colour(float share)
{
  float x = clamp(share, 0.0, 1.0);
  vec3 cold = mix(vec3(0.03, 0.09, 0.6), vec3(0.1, 0.6, 0.15), smoothstep(0.0, 0.35, x));
  vec3 warm = mix(vec3(0.9, 0.75, 0.05), vec3(0.75, 0.03, 0.02), smoothstep(0.6, 1.0, x));
  return mix(cold, warm, smoothstep(0.3, 0.65, x));
}

/* The distance field on a plane by the values of its levels: isolines of the finest, sand outside and slate
 * inside, and the neighborhoods [|f| <= delta] of all levels, the coarsest widest. ``width`` is a pixel's. */
vec4 section_look(vec4 values, float width)
{
  int finest = tracing.size.z - 1;
  float value = values[finest];
  vec3 shown = value < 0.0 ? vec3(0.2, 0.21, 0.34) : vec3(0.75, 0.62, 0.45);
  shown *= 1.0 - 0.5 * exp(-8.0 * abs(value));
  float line = abs(fract(value / ISOLINE_SPACING + 0.5) - 0.5) * ISOLINE_SPACING;
  shown = mix(shown * 0.55, shown, smoothstep(0.4 * width, 1.2 * width, line));
  float opacity = value < 0.0 ? 1.0 : OUTSIDE_OPACITY;
  for (int level = 0; level <= finest; level++) {
    if (abs(values[level]) <= tracing.bands[level].x) {
      shown = mix(shown, level_colour(level), 0.65);
      opacity = 1.0;
    }
  }
  return vec4(mix(vec3(1.0), shown, smoothstep(0.3 * width, 1.3 * width, abs(value))), opacity);
}
