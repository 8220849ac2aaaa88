/* The levels of a nested field: networks that stand alone, or residuals added inside the band before them.
 * The same formulas as core/fields/nested.py. */

/* How far |f| has crossed a residual's band: 0 up to its inner distance, 1 from its outer one on. */
float band_fraction(vec4 band, float distance)
{
  return clamp((distance - band.z) / (band.w - band.z), 0.0, 1.0);
}

#ifdef GRADIENT
/* Value and gradient of a level; each network is evaluated only where its weight is not zero. */
float field(int level, vec4 point, bool wanted, out vec4 gradient)
{
  int first = tracing.networks[level].w;
  float value = network(first, point, wanted, gradient);
  for (int i = first + 1; i <= level; i++) {
    vec4 band = tracing.bands[i];
    bool inside = wanted && abs(value) < band.w;
    vec4 residual_gradient;
    float residual = network(i, point, inside, residual_gradient);
    if (inside) {
      float x = band_fraction(band, abs(value));
      float smoothstep_slope = 6.0 * x * (x - 1.0) / (band.w - band.z);
      float residual_weight = band.y * (1.0 - x * x * (3.0 - 2.0 * x));
      gradient *= 1.0 + band.y * smoothstep_slope * sign(value) * residual;
      gradient += residual_weight * residual_gradient;
      value += residual_weight * residual;
    }
  }
  return value;
}
#else
/* Values of the levels from ``first``, which stands alone, up to the ray's own level; the others are left 0. */
vec4 field_levels(int first, int level, vec4 point, bool wanted)
{
  vec4 values = vec4(0.0);
  float value = network(first, point, wanted);
  values[first] = value;
  for (int i = first + 1; i < tracing.size.z && tracing.networks[i].w == first; i++) {
    vec4 band = tracing.bands[i];
    bool inside = wanted && i <= level && abs(value) < band.w;
    float residual = network(i, point, inside);
    if (inside) {
      float x = band_fraction(band, abs(value));
      value += band.y * (1.0 - x * x * (3.0 - 2.0 * x)) * residual;
    }
    values[i] = value;
  }
  return values;
}
#endif
