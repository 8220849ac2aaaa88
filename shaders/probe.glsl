/* Does what the compute path relies on: shared memory, a barrier, shared atomics, an image store. */
SHARED_MEMORY uint total;

void main()
{
  if (gl_LocalInvocationIndex == 0u) {
    total = 0u;
  }
  barrier();
  atomicOr(total, 1u << gl_LocalInvocationIndex);
  barrier();
  if (gl_LocalInvocationIndex == 0u) {
    imageStore(result, ivec2(0), vec4(float(total)));
  }
}
