/* A mesh in the domain, rasterised into a picture that covers a rectangle of the view. */
void main()
{
  point = position;
  gl_Position = tracing.domain_to_clip * vec4(position, 1.0);
  vec2 corner = gl_Position.xy - tracing.rectangle.xy * gl_Position.w;
  gl_Position.xy = 2.0 * corner / tracing.rectangle.zw - gl_Position.w;
}
