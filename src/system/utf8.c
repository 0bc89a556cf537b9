#include "system/utf8.h"

struct range {
    uint32_t first, last;
};

static const struct range unprintable[] = {
#include "system/unprintable.inc"
};

size_t utf8_bytes(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) {
        return 1;
    }
    size_t bytes = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < bytes; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] > 0x9f;
    bool beyond = s[0] == 0xf4 && s[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : bytes;
}

uint32_t utf8_code_point(const char *text, size_t bytes)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t code_point = bytes == 1 ? s[0] : s[0] & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        code_point = code_point << 6 | (s[i] & 0x3f);
    }
    return code_point;
}

bool utf8_is_printable(uint32_t code_point)
{
    size_t low = 0, high = sizeof unprintable / sizeof *unprintable;
    while (low < high) { /* the first range that does not end before the code point */
        size_t middle = low + (high - low) / 2;
        if (unprintable[middle].last < code_point) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == sizeof unprintable / sizeof *unprintable || code_point < unprintable[low].first;
}
