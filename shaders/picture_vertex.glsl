/* One triangle that covers the viewport, with its normalised device coordinates. */
void main()
{
  ndc = position;
  gl_Position = vec4(position, 0.0, 1.0);
}
