/* A sinusoidal network evaluated by one invocation for its own ray: the fragment path.
 * Loop bounds are uniforms, so that compilers neither unroll the layers nor compile anew for each (h,d). */

/* The only ray decides alone; see network_per_tile.glsl. */
int lowest_of_tile(int number)
{
  return number;
}

#ifdef GRADIENT
/* Value, and by reverse mode the gradient (about two evaluations), of one level's own network. */
float network(int level, vec4 point, bool wanted, out vec4 gradient)
#else
/* Value of one level's own network; 0 where it is not wanted. */
float network(int level, vec4 point, bool wanted)
#endif
{
#ifdef GRADIENT
  vec4 slope[MAXIMUM_LAYERS * MAXIMUM_GROUPS];
  gradient = vec4(0.0);
#endif
  if (!wanted) {
    return 0.0;
  }
  vec4 activation[MAXIMUM_GROUPS];
  vec4 next[MAXIMUM_GROUPS];
  int groups = tracing.networks[level].y;
  int layers = tracing.networks[level].z;
  int texel = tracing.networks[level].x;

  for (int n = 0; n < groups; n++) {
    vec4 phase = weight(texel + 4 * groups + n);
    phase += weight(texel + n) * point.x + weight(texel + groups + n) * point.y;
    phase += weight(texel + 2 * groups + n) * point.z + weight(texel + 3 * groups + n) * point.w;
    phase = within_a_period(phase);
    activation[n] = sin(phase);
#ifdef GRADIENT
    slope[n] = cos(phase);
#endif
  }
  texel += 5 * groups;
  for (int layer = 1; layer < layers; layer++) {
    for (int n = 0; n < groups; n++) {
      vec4 phase = weight(texel + 4 * groups * groups + n);
      int row = texel + n;
      for (int i = 0; i < groups; i++) {
        vec4 x = activation[i];
        phase += weight(row) * x.x + weight(row + groups) * x.y;
        phase += weight(row + 2 * groups) * x.z + weight(row + 3 * groups) * x.w;
        row += 4 * groups;
      }
      phase = within_a_period(phase);
      next[n] = sin(phase);
#ifdef GRADIENT
      slope[layer * MAXIMUM_GROUPS + n] = cos(phase);
#endif
    }
    for (int n = 0; n < groups; n++) {
      activation[n] = next[n];
    }
    texel += (4 * groups + 1) * groups;
  }
  float value = weight(texel + groups).x;
  for (int n = 0; n < groups; n++) {
    value += dot(weight(texel + n), activation[n]);
  }

#ifdef GRADIENT
  for (int n = 0; n < groups; n++) {
    activation[n] = weight(texel + n) * slope[(layers - 1) * MAXIMUM_GROUPS + n];
  }
  for (int layer = layers - 1; layer > 0; layer--) {
    texel -= (4 * groups + 1) * groups;
    for (int m = 0; m < groups; m++) {
      vec4 adjoint = vec4(0.0);
      int row = texel + 4 * m * groups;
      for (int n = 0; n < groups; n++) {
        vec4 x = activation[n];
        adjoint += vec4(dot(weight(row + n), x),
                        dot(weight(row + groups + n), x),
                        dot(weight(row + 2 * groups + n), x),
                        dot(weight(row + 3 * groups + n), x));
      }
      next[m] = adjoint * slope[(layer - 1) * MAXIMUM_GROUPS + m];
    }
    for (int n = 0; n < groups; n++) {
      activation[n] = next[n];
    }
  }
  texel -= 5 * groups;
  for (int n = 0; n < groups; n++) {
    vec4 x = activation[n];
    gradient += vec4(dot(weight(texel + n), x),
                     dot(weight(texel + groups + n), x),
                     dot(weight(texel + 2 * groups + n), x),
                     dot(weight(texel + 3 * groups + n), x));
  }
#endif
  return value;
}
