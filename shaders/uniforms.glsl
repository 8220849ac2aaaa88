/* What a picture's passes share: the view's rays, the levels of the nested field, and the image's place.
 * Written by viewport/uniforms.py; only vectors of four, so that every graphics API lays it out alike. */
struct Tracing {
  vec4 origin;      /* Ray origin at the view's centre, in domain units; w: time of a space-time field. */
  vec4 origin_x;    /* Change of the origin per normalised device x; w: hit threshold. */
  vec4 origin_y;    /* The same per y; w: step scale. */
  vec4 direction;   /* Vector to the far plane at the view's centre; w: half a pixel at the origin. */
  vec4 direction_x; /* Change of that vector per x; w: growth of half a pixel per distance. */
  vec4 direction_y; /* The same per y; w: share of the vector at which the near plane lies. */
  vec4 rectangle;   /* Lower left corner and size of the image in normalised device coordinates. */
  vec4 cut;         /* Points p with dot(xyz, p) > w are cut away; xyz = 0 cuts nothing. */
  ivec4 size;       /* Width and height of the image in pixels, number of levels, evaluations per level. */
  vec4 bands[MAXIMUM_LEVELS];     /* Threshold delta; scale, inner and outer distance of a residual. */
  ivec4 networks[MAXIMUM_LEVELS]; /* First texel, neurons / 4, hidden layers, level that the sum starts with. */
  mat4 domain_to_clip;
  mat4 domain_to_view_normal; /* Inverse transpose of the map from the domain to the view. */
};
