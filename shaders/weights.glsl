/* Texel i of the networks' weights: a hidden layer is one row of vec4 per input (the weights from it to four
 * neurons each), then one row of biases; frequencies are multiplied in, so that a layer is sin(W x + b). */
vec4 weight(int i)
{
  return texelFetch(weights, ivec2(i % WEIGHTS_WIDTH, i / WEIGHTS_WIDTH), 0);
}
