/* Runs a stage for the ray of this fragment. */
void main()
{
  vec4 first, second;
  stage(ivec2(gl_FragCoord.xy), true, first, second);
  first_image = first;
#ifdef SECOND_IMAGE
  second_image = second;
#endif
}
