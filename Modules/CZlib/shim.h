// zlib, with its two macros that Swift cannot see as functions.
#include <zlib.h>

// Windows of 32 KB and no header or trailer around the deflated bytes (RFC 1951).
static inline int parsec_deflate_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}

static inline int parsec_inflate_begin(z_stream *stream) { return inflateInit2(stream, -15); }
