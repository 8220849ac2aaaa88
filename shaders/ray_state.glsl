/* The state of a ray as a vec4: its distance from the ray's start; its status (below); and its evaluations of
 * each level, two levels to a component. Status: the level that it marches with, or HIT or MISSED plus the
 * level that it ended at. */
#define HIT 8
#define MISSED 16
#define COUNT_BASE 4096

vec4 count_of_level(int level)
{
  float one = (level & 1) == 0 ? 1.0 : float(COUNT_BASE);
  return level < 2 ? vec4(0.0, 0.0, one, 0.0) : vec4(0.0, 0.0, 0.0, one);
}

int evaluations(vec4 state, int level)
{
  int counts = int(level < 2 ? state.z : state.w);
  return (level & 1) == 0 ? counts % COUNT_BASE : counts / COUNT_BASE;
}

vec4 state_at_start(Ray ray)
{
  return vec4(0.0, ray.reach > 0.0 ? 0.0 : float(MISSED), 0.0, 0.0);
}
