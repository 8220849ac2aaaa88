/* Light, surface and outline of a picture. Written by viewport/looks.py. */
struct Studio {
  vec4 towards_light[4]; /* Unit vector in view space; w: how far the light wraps around. */
  vec4 diffuse[4];       /* Colour of the light, 0 when it is off. */
  vec4 specular[4];
  vec4 ambient;          /* w: the error that the error look shows in its warmest colour. */
  vec4 surface;          /* Colour of the surface; w: opacity. */
  vec4 outline;          /* Colour of the silhouette; w: 0 for none. */
};
