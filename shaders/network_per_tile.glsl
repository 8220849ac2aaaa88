/* A sinusoidal network evaluated by a work group for the rays of its tile: the compute path.
 *
 * Rays that want the network take consecutive slots. A thread computes four neurons for four slots, so that
 * a weight is read once per tile and quad of slots, and activations are shared in place. Every thread of the
 * group calls these functions together; threads beyond RAYS have no ray and want nothing. */
#define NO_NUMBER 0x7fffffff

SHARED_MEMORY vec4 activation[4 * MAXIMUM_GROUPS * QUADS];
SHARED_MEMORY vec4 slot_point[RAYS];
/* Agreements of the tile in rotation: while one is made, the next one is cleared, and nobody reads that any
 * more, since its last readers have passed the barrier in between. So each takes a single barrier. */
SHARED_MEMORY uint waiting[3];
SHARED_MEMORY int lowest[3];
int waiting_now;
int lowest_now;

/* To be called once, before anything else. */
void start_tile()
{
  waiting_now = 0;
  lowest_now = 0;
  if (gl_LocalInvocationIndex == 0u) {
    waiting[0] = 0u;
    lowest[0] = NO_NUMBER;
  }
  barrier();
}

/* The smallest number that any thread of the tile passes. */
int lowest_of_tile(int number)
{
  int now = lowest_now;
  lowest_now = (now + 1) % 3;
  if (gl_LocalInvocationIndex == 0u) {
    lowest[lowest_now] = NO_NUMBER;
  }
  atomicMin(lowest[now], number);
  barrier();
  return lowest[now];
}

/* Gives each ray that wants the network a slot, and all threads the number of slots taken. */
int take_slot(bool wanted, out int taken)
{
  uint invocation = gl_LocalInvocationIndex;
  int now = waiting_now;
  waiting_now = (now + 1) % 3;
  if (invocation == 0u) {
    waiting[waiting_now] = 0u;
  }
  if (wanted) {
    atomicOr(waiting[now], 1u << invocation);
  }
  barrier();
  taken = int(bitCount(waiting[now]));
  return wanted ? int(bitCount(waiting[now] & ((1u << invocation) - 1u))) : 0;
}

/* Phases of four neurons (columns) at four slots (components) of the first layer. */
mat4 first_layer(int texel, int groups, int n, int quad)
{
  mat4 points = transpose(mat4(
      slot_point[4 * quad], slot_point[4 * quad + 1], slot_point[4 * quad + 2], slot_point[4 * quad + 3]));
  vec4 bias = weight(texel + 4 * groups + n);
  mat4 phase = mat4(vec4(bias.x), vec4(bias.y), vec4(bias.z), vec4(bias.w));
  for (int i = 0; i < 4; i++) {
    vec4 w = weight(texel + i * groups + n);
    phase[0] += w.x * points[i];
    phase[1] += w.y * points[i];
    phase[2] += w.z * points[i];
    phase[3] += w.w * points[i];
  }
  return phase;
}

/* The same of a later layer, from the shared activations. */
mat4 hidden_layer(int texel, int groups, int n, int quad)
{
  vec4 bias = weight(texel + 4 * groups * groups + n);
  mat4 phase = mat4(vec4(bias.x), vec4(bias.y), vec4(bias.z), vec4(bias.w));
  for (int i = 0; i < 4 * groups; i++) {
    vec4 x = activation[i * QUADS + quad];
    vec4 w = weight(texel + i * groups + n);
    phase[0] += w.x * x;
    phase[1] += w.y * x;
    phase[2] += w.z * x;
    phase[3] += w.w * x;
  }
  return phase;
}

void share(mat4 columns, int n, int quad)
{
  for (int k = 0; k < 4; k++) {
    activation[(4 * n + k) * QUADS + quad] = columns[k];
  }
}

/* Four shared numbers, those of neurons 4n to 4n + 3, at one slot. */
vec4 shared_at_slot(int n, int slot)
{
  int i = 4 * n * QUADS + slot / 4;
  int component = slot % 4;
  return vec4(activation[i][component],
              activation[i + QUADS][component],
              activation[i + 2 * QUADS][component],
              activation[i + 3 * QUADS][component]);
}

#ifdef GRADIENT
/* Adjoints of four neurons at four slots: the transposed weights times the shared adjoints behind them. */
mat4 transposed_layer(int texel, int groups, int m, int quad)
{
  mat4 adjoint = mat4(0.0);
  for (int n = 0; n < groups; n++) {
    int i = 4 * n * QUADS + quad;
    mat4 x = mat4(activation[i], activation[i + QUADS], activation[i + 2 * QUADS], activation[i + 3 * QUADS]);
    for (int k = 0; k < 4; k++) {
      adjoint[k] += x * weight(texel + (4 * m + k) * groups + n);
    }
  }
  return adjoint;
}

/* Value, and by reverse mode the gradient (about two evaluations), of one level's own network. */
float network(int level, vec4 point, bool wanted, out vec4 gradient)
#else
/* Value of one level's own network; 0 where it is not wanted. */
float network(int level, vec4 point, bool wanted)
#endif
{
#ifdef GRADIENT
  mat4 slope[MAXIMUM_LAYERS];
  gradient = vec4(0.0);
#endif
  int taken;
  int slot = take_slot(wanted, taken);
  if (taken == 0) {
    return 0.0;
  }
  if (wanted) {
    slot_point[slot] = point;
  }
  barrier();
  int groups = tracing.networks[level].y;
  int layers = tracing.networks[level].z;
  int texel = tracing.networks[level].x;
  int n = int(gl_LocalInvocationIndex) % groups;
  int quad = int(gl_LocalInvocationIndex) / groups;
  bool busy = 4 * quad < taken;

  for (int layer = 0; layer < layers; layer++) {
    mat4 phase = mat4(0.0);
    if (busy) {
      phase = layer == 0 ? first_layer(texel, groups, n, quad) : hidden_layer(texel, groups, n, quad);
    }
    barrier();
    if (busy) {
      for (int ray = 0; ray < 4; ray++) {
        phase[ray] = within_a_period(phase[ray]);
      }
      share(mat4(sin(phase[0]), sin(phase[1]), sin(phase[2]), sin(phase[3])), n, quad);
#ifdef GRADIENT
      slope[layer] = mat4(cos(phase[0]), cos(phase[1]), cos(phase[2]), cos(phase[3]));
#endif
    }
    barrier();
    texel += (layer == 0 ? 5 : 4 * groups + 1) * groups;
  }
  float value = 0.0;
  if (wanted) {
    value = weight(texel + groups).x;
    for (int i = 0; i < groups; i++) {
      value += dot(weight(texel + i), shared_at_slot(i, slot));
    }
  }

#ifdef GRADIENT
  vec4 last = weight(texel + n);
  mat4 adjoint = mat4(vec4(last.x), vec4(last.y), vec4(last.z), vec4(last.w));
  for (int layer = layers - 1; layer >= 0; layer--) {
    barrier();
    if (busy) {
      share(matrixCompMult(adjoint, slope[layer]), n, quad);
    }
    barrier();
    texel -= (layer == 0 ? 5 : 4 * groups + 1) * groups;
    if (busy && layer > 0) {
      adjoint = transposed_layer(texel, groups, n, quad);
    }
  }
  if (wanted) {
    for (int i = 0; i < groups; i++) {
      vec4 x = shared_at_slot(i, slot);
      gradient += vec4(dot(weight(texel + i), x),
                       dot(weight(texel + groups + i), x),
                       dot(weight(texel + 2 * groups + i), x),
                       dot(weight(texel + 3 * groups + i), x));
    }
  }
#endif
  return value;
}
