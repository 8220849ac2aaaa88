/* Texel i of the networks' weights: a hidden layer is one row of vec4 per input (the weights from it to four
 * neurons each), then one row of biases; frequencies are multiplied in, so that a layer is sin(W x + b). */
vec4 weight(int i)
{
  return texelFetch(weights, ivec2(i % WEIGHTS_WIDTH, i / WEIGHTS_WIDTH), 0);
}

/* Phases that differ from these by whole periods, from -pi to pi: beyond, graphics cards promise no exact sine
 * (Vulkan), or none at all (Metal with fast mathematics, as Blender compiles). In two parts, as by Cody and
 * Waite: the first product is exact. */
vec4 within_a_period(vec4 phase)
{
  vec4 periods = round(phase / 6.2831853);
  return (phase - periods * 6.28125) - periods * 0.0019353072;
}
