/* Integer units and branches: is an odd number a prime? Found by trial division, over the same
 * numbers for every item; expected by a sieve. */
#include "model/kernel.h"

#include <string.h>

#define PRIMES_FIRST 10001u
#define PRIMES_NUMBERS 32768u /* odd numbers in the range, after which it begins again */
#define PRIMES_LAST (PRIMES_FIRST + 2 * (PRIMES_NUMBERS - 1))
#define PRIMES_STRIDE                                                                              \
    20011u /* odd: comes to every number; large: any few stand for all of them                     \
            */

/* Place in the range of the number that a unit tests. */
static uint32_t primes_place(uint64_t unit)
{
    return (uint32_t)unit * PRIMES_STRIDE % PRIMES_NUMBERS;
}

static bool primes_divides_none(uint32_t number)
{
    for (uint32_t divisor = 3; divisor * divisor <= number; divisor += 2) {
        if (number % divisor == 0) {
            return false;
        }
    }
    return true;
}

/* The sum of what the primes among the numbers mix to: their count and their values. */
static uint64_t primes_compute(void *state, uint64_t item, uint64_t units)
{
    (void)state;
    (void)item;
    uint64_t sum = 0;
    for (uint64_t unit = 0; unit < units; unit++) {
        uint32_t number = PRIMES_FIRST + 2 * primes_place(unit);
        if (primes_divides_none(number)) {
            sum += task_mix(number);
        }
    }
    return sum;
}

/* Marks the composites of the range; `composite` is by (number - first) / 2. */
static void primes_sieve(bool composite[PRIMES_NUMBERS])
{
    memset(composite, 0, PRIMES_NUMBERS * sizeof *composite);
    for (uint32_t divisor = 3; divisor * divisor <= PRIMES_LAST; divisor += 2) {
        uint32_t multiple = (PRIMES_FIRST + divisor - 1) / divisor * divisor;
        if (multiple % 2 == 0) {
            multiple += divisor;
        }
        for (uint32_t index = (multiple - PRIMES_FIRST) / 2; index < PRIMES_NUMBERS;
             index += divisor) {
            composite[index] = true;
        }
    }
}

static uint64_t primes_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    (void)spec;
    (void)item;
    bool composite[PRIMES_NUMBERS];
    primes_sieve(composite);
    uint64_t all = 0, rest = 0;
    for (uint32_t unit = 0; unit < PRIMES_NUMBERS; unit++) {
        if (unit == units % PRIMES_NUMBERS) {
            rest = all;
        }
        if (!composite[primes_place(unit)]) {
            all += task_mix(PRIMES_FIRST + 2 * primes_place(unit));
        }
    }
    return units / PRIMES_NUMBERS * all + rest;
}

const struct kernel kernel_primes = {
    .name = "primes",
    .bound = KERNEL_BOUND_INTEGER,
    .help = "primes by trial division: integer division and branches",
    .unit = "one odd number between 10 001 and 75 535 tested",
    .same_for_every_item = true,
    .compute = primes_compute,
    .expect = primes_expect,
};
