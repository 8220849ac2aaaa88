/* One triangle that covers the viewport. */
void main()
{
  gl_Position = vec4(position, 0.0, 1.0);
}
