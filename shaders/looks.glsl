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
