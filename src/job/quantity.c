#include "job/quantity.h"

#include "system/error.h"
#include "system/utf8.h"
#include "text/near.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX 63 /* of one quantity */
#define QUOTE_BYTES 80
#define VALUE_BYTES 64
#define EXACT_DIGITS 17 /* tell every double from every other */

/* A number in this unit is worth number × times / per. One of the two is 1 and both are exact, so
 * that "200 us" is the double nearest to 0.0002. */
struct unit {
    const char *name;
    double times, per;
};

#define UNITS_MAX 9

/* Sizes in caches of the machine. LEVEL_MEMORY: the last one before the memory. */
static const struct cache_unit {
    const char *name;
    enum level level;
} cache_units[] = {{"L1", LEVEL_L1}, {"L2", LEVEL_L2}, {"L3", LEVEL_L3}, {"LLC", LEVEL_MEMORY}};
enum { CACHE_UNITS = sizeof cache_units / sizeof *cache_units };

/* What the numbers of a kind are written in; the name "" is the bare number. */
struct grammar {
    const char *noun;
    const char *more_text; /* what is said behind the range: units, and what else is allowed */
    bool whole;            /* in the unit the value is held in */
    bool exponent;         /* 1e3 */
    struct unit units[UNITS_MAX + 1];
};

static const struct grammar grammars[] = {
    [OPTION_COUNT] = {"a whole number", "", true, true, {{"", 1, 1}, {"k", 1e3, 1}, {"M", 1e6, 1}}},
    [OPTION_AXIS] =
        {"a whole number",
         ", `all`, `doubling`, `node` or `nodes`, or a list of these, as in [1, 2, all]",
         true,
         true,
         {{"", 1, 1}, {"k", 1e3, 1}, {"M", 1e6, 1}}},
    [OPTION_TIME] = {"a time",
                     ", in ns, us, ms, s, min or h",
                     false,
                     false,
                     {{"ns", 1, 1e9},
                      {"\u00b5s", 1, 1e6}, /* micro sign */
                      {"\u03bcs", 1, 1e6}, /* Greek mu, which looks the same */
                      {"us", 1, 1e6},
                      {"ms", 1, 1e3},
                      {"s", 1, 1},
                      {"min", 60, 1},
                      {"h", 3600, 1}}},
    [OPTION_BYTES] = {"a size",
                      ", in B, KiB, MiB, GiB or TiB, or in caches: L1, L2, L3 or LLC",
                      true,
                      false,
                      {{"B", 1, 1},
                       {"KiB", 0x1p10, 1},
                       {"MiB", 0x1p20, 1},
                       {"GiB", 0x1p30, 1},
                       {"TiB", 0x1p40, 1}}},
    [OPTION_FRACTION] = {"a number", "", false, false, {{"", 1, 1}, {"%", 1, 100}}},
};

static const char *const flag_words[] = {"false", "true", NULL};

/* What is read, and where a complaint about it goes. */
struct reading {
    const struct option *option;
    const char *text;
    const struct caches *caches;
    char *why;
    size_t why_bytes;
};

/* Writes the complaint, what is allowed and, unless NULL, what may have been meant. -EINVAL. */
static int refuse(const struct reading *reading, const char *wrong, const char *near_match)
{
    char quote[QUOTE_BYTES], allowed[256];
    snprintf(reading->why, reading->why_bytes, "`%s` %s; allowed: %s%s%s%s",
             error_escape(reading->text, quote, sizeof quote), wrong,
             quantity_allowed(reading->option, allowed, sizeof allowed),
             near_match ? "; did you mean `" : "", near_match ? near_match : "",
             near_match ? "`" : "");
    return -EINVAL;
}

/* Length of the decimal number at the start of text; 0 when there is none. */
static size_t number_length(const char *text, bool exponent)
{
    size_t digits = strspn(text, "0123456789");
    size_t length = digits;
    if (text[length] == '.') {
        size_t decimals = strspn(text + length + 1, "0123456789");
        digits += decimals;
        length += 1 + decimals;
    }
    if (digits == 0) {
        return 0;
    }
    if (exponent && (text[length] == 'e' || text[length] == 'E')) {
        size_t sign = text[length + 1] == '+' || text[length + 1] == '-';
        size_t power = strspn(text + length + 1 + sign, "0123456789");
        length += power ? 1 + sign + power : 0;
    }
    return length;
}

static const struct unit *find_unit(const struct grammar *grammar, const char *name)
{
    for (const struct unit *unit = grammar->units; unit->name; unit++) {
        if (strcmp(unit->name, name) == 0) {
            return unit;
        }
    }
    return NULL;
}

static int refuse_unit(const struct reading *reading, const char *name)
{
    const struct unit *units = grammars[reading->option->kind].units;
    const char *names[UNITS_MAX + CACHE_UNITS + 1] = {NULL};
    size_t count = 0;
    if (*name == '\0') {
        return refuse(reading, "has no unit", NULL);
    }
    for (; units[count].name; count++) {
        names[count] = units[count].name;
    }
    for (size_t i = 0; i < CACHE_UNITS && reading->option->kind == OPTION_BYTES; i++) {
        names[count++] = cache_units[i].name;
    }
    return refuse(reading, "has an unknown unit", near_match(name, names));
}

/* So many times a cache of the machine, in bytes. */
static int parse_caches(const struct reading *reading, double number, const struct cache_unit *unit,
                        double *held)
{
    char wrong[160];
    double bytes = unit->level == LEVEL_MEMORY ? caches_last_bytes(reading->caches)
                                               : reading->caches->bytes[unit->level];
    if (!(bytes > 0)) {
        snprintf(wrong, sizeof wrong,
                 "cannot be had, because this machine does not tell how large its %s cache is: "
                 "write LLC for the last cache there is, or bytes",
                 unit->name);
        return refuse(reading, wrong, NULL);
    }
    *held = rint(number * bytes / CACHES_LINE_BYTES) * CACHES_LINE_BYTES;
    return 0;
}

/* The number in the unit that the option is held in. */
static int parse_unit(const struct reading *reading, double number, const char *name, double *held)
{
    const struct unit *unit = find_unit(&grammars[reading->option->kind], name);
    if (unit) {
        *held = number * unit->times / unit->per;
        return 0;
    }
    for (size_t i = 0; i < CACHE_UNITS && reading->option->kind == OPTION_BYTES; i++) {
        if (strcmp(cache_units[i].name, name) == 0) {
            return parse_caches(reading, number, &cache_units[i], held);
        }
    }
    *held = 0;
    return number == 0 && *name == '\0' ? 0 : refuse_unit(reading, name);
}

/* Decimal fractions of a unit are off by rounding: 16.1 k is meant to be 16100. */
static bool round_to_whole(double *value)
{
    double whole = rint(*value);
    if (fabs(*value - whole) > *value * DBL_EPSILON) {
        return false;
    }
    *value = whole;
    return true;
}

/* What is wrong with a text that begins as a number and goes on as no number of any unit does; NULL
 * when nothing is. */
static const char *wrong_behind(const char *text)
{
    size_t bytes = utf8_bytes(text);
    if (bytes == 0 || (*text && !utf8_is_printable(utf8_code_point(text, bytes)))) {
        return "holds a character that cannot be seen or only looks like a space";
    }
    if (*text == ',') {
        return "holds a comma, which is only for lists in brackets";
    }
    return strchr("-.:;+/", *text) && *text ? "is not a number" : NULL;
}

static int parse_number(const struct reading *reading, double *value)
{
    const struct option *option = reading->option;
    const struct grammar *grammar = &grammars[option->kind];
    const char *text = reading->text;
    size_t length = number_length(text, grammar->exponent);
    if (length == 0) {
        bool negative = *text == '-' && number_length(text + 1, grammar->exponent) > 0;
        return refuse(reading, negative ? "is negative" : "is not a number", NULL);
    }
    const char *name = text + length + strspn(text + length, " ");
    const char *wrong = wrong_behind(name);
    if (wrong) {
        return refuse(reading, wrong, NULL);
    }
    if (*name == '\0' && name > text + length) {
        return refuse(reading, "ends in a space", NULL);
    }
    double held;
    if (parse_unit(reading, strtod(text, NULL), name, &held)) {
        return -EINVAL;
    }
    if (held < option->minimum) {
        return refuse(reading, "is too small", NULL);
    }
    if (held > option->maximum) {
        return refuse(reading, "is too large", NULL);
    }
    if (grammar->whole && !round_to_whole(&held)) {
        return refuse(reading,
                      option->kind == OPTION_BYTES ? "is not a whole number of bytes"
                                                   : "is not a whole number",
                      NULL);
    }
    *value = held;
    return 0;
}

static int parse_word(const struct reading *reading, const char *const *words, double *value)
{
    for (size_t i = 0; words[i]; i++) {
        if (strcmp(words[i], reading->text) == 0) {
            *value = (double)i;
            return 0;
        }
    }
    return refuse(reading, "is unknown", near_match(reading->text, words));
}

int quantity_parse(const struct option *option, const char *text, const struct caches *caches,
                   double *value, char *why, size_t why_bytes)
{
    const struct reading reading = {option, text, caches, why, why_bytes};
    if (*text == '\0') {
        char allowed[256];
        snprintf(why, why_bytes, "has no value; allowed: %s",
                 quantity_allowed(option, allowed, sizeof allowed));
        return -EINVAL;
    }
    if (strnlen(text, TEXT_BYTES_MAX + 1) > TEXT_BYTES_MAX) {
        return refuse(&reading, "is too long", NULL);
    }
    switch (option->kind) {
    case OPTION_COUNT:
    case OPTION_AXIS:
    case OPTION_TIME:
    case OPTION_BYTES:
    case OPTION_FRACTION:
        return parse_number(&reading, value);
    case OPTION_FLAG:
        return parse_word(&reading, flag_words, value);
    case OPTION_CHOICE:
        return parse_word(&reading, option->choices, value);
    case OPTION_PATH:
        break;
    }
    return refuse(&reading, "is not a quantity", NULL);
}

/* Writes the number with so many significant digits and without an exponent. */
static void write_digits(double number, int digits, char *text, size_t text_bytes)
{
    char scientific[48];
    snprintf(scientific, sizeof scientific, "%.*e", digits - 1, number);
    int power = (int)strtol(strchr(scientific, 'e') + 1, NULL, 10);
    int decimals = digits - 1 - power;
    snprintf(text, text_bytes, "%.*f", decimals > 0 ? decimals : 0, number);
}

/* Writes the value in a unit with the fewest digits that give it back; false when none do. */
static bool write_in_unit(const struct unit *unit, double value, char *text, size_t text_bytes)
{
    char digits[400];
    for (int count = 1; count <= EXACT_DIGITS; count++) {
        write_digits(value / unit->times * unit->per, count, digits, sizeof digits);
        if (strtod(digits, NULL) * unit->times / unit->per == value) {
            snprintf(text, text_bytes, "%s%s%s", digits, *unit->name ? " " : "", unit->name);
            return true;
        }
    }
    return false;
}

/* A value is written in the largest unit of which it is a whole number, a time below a second in
 * the largest of which it is at least one. */
static bool unit_suits(const struct unit *unit, double value)
{
    double number = value / unit->times * unit->per;
    return number >= 1 && (unit->times == 1 || number == floor(number));
}

static void write_number(const struct option *option, double value, char *text, size_t text_bytes)
{
    const struct unit *base = grammars[option->kind].units, *best = NULL;
    for (const struct unit *unit = base; unit->name; unit++) {
        if (unit->times == 1 && unit->per == 1) {
            base = unit;
        }
        if (unit_suits(unit, value)) {
            best = unit;
        }
    }
    /* NOLINTNEXTLINE(clang-analyzer-*): a quantity has a unit */
    bool bare = *base->name == '\0' || value == 0 || !best;
    if (bare || !write_in_unit(best, value, text, text_bytes)) {
        write_in_unit(base, value, text, text_bytes);
    }
}

const char *quantity_text(const struct option *option, double value, char *text, size_t text_bytes)
{
    snprintf(text, text_bytes, "?");
    if (option->kind == OPTION_FLAG) {
        snprintf(text, text_bytes, "%s", flag_words[value != 0]);
    } else if (option->kind == OPTION_CHOICE) {
        snprintf(text, text_bytes, "%s", option->choices[(size_t)value]);
    } else if (option->kind != OPTION_PATH && isfinite(value)) {
        write_number(option, value, text, text_bytes);
    }
    return text;
}

/* "one of a, b, c" */
static void write_words(const char *const *words, char *text, size_t text_bytes)
{
    size_t used = (size_t)snprintf(text, text_bytes, "%s", words[0] && words[1] ? "one of " : "");
    for (size_t i = 0; words[i] && used < text_bytes; i++) {
        used += (size_t)snprintf(text + used, text_bytes - used, "%s%s", i ? ", " : "", words[i]);
    }
}

static void write_range(const struct option *option, char *text, size_t text_bytes)
{
    char minimum[VALUE_BYTES], maximum[VALUE_BYTES];
    const struct grammar *grammar = &grammars[option->kind];
    snprintf(text, text_bytes, "%s from %s to %s%s", grammar->noun,
             quantity_text(option, option->minimum, minimum, sizeof minimum),
             quantity_text(option, option->maximum, maximum, sizeof maximum), grammar->more_text);
}

const char *quantity_allowed(const struct option *option, char *text, size_t text_bytes)
{
    switch (option->kind) {
    case OPTION_COUNT:
    case OPTION_AXIS:
    case OPTION_TIME:
    case OPTION_BYTES:
    case OPTION_FRACTION:
        write_range(option, text, text_bytes);
        break;
    case OPTION_FLAG:
        snprintf(text, text_bytes, "true or false");
        break;
    case OPTION_CHOICE:
        write_words(option->choices, text, text_bytes);
        break;
    case OPTION_PATH:
        snprintf(text, text_bytes, "a path");
        break;
    }
    return text;
}
