/* Bandwidth: a = b + s × c over arrays of each worker's own, as the triad of STREAM (McCalpin, IEEE
 * TCCA Newsletter, 1995). All numbers are small integers: the results are exact. A task goes on
 * where the worker's last task ended, around and around its arrays.
 *
 * Arrays that no cache holds come from the memory from the first line on: stores pass the caches
 * by, those that fill the arrays, too. Smaller arrays lie in the caches from the first line on. */
#include "kernels/vector.h"
#include "model/kernel.h"
#include "system/pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define TRIAD_BLOCK 512u /* elements of one unit: 4 KiB of each array */
#define TRIAD_BLOCK_BYTES (TRIAD_BLOCK * sizeof(double))
#define TRIAD_UNIT_BYTES (3.0 * TRIAD_BLOCK_BYTES) /* two reads and a write, as STREAM counts */
#define TRIAD_SAMPLES 8u                           /* elements that a task reads back */
#define TRIAD_STAGGER_BYTES 1088u                  /* keeps the arrays off the same 4 KiB offsets */
#define TRIAD_LINE 8u                              /* elements of a cache line */

#define TRIAD_B_BITS 0xfffff /* of the index that b and c are made of */
#define TRIAD_C_BITS 0xf
#define TRIAD_CONTENT 3  /* names such arrays to pages_allocate_filled */
#define TRIAD_OUTLASTS 3 /* times the last cache: a walk leaves nothing of its beginning in it */

enum { TRIAD_MEMORY };

/* a[j] = b[j] + s × c[j] for `elements` elements, a multiple of a block; 64-byte aligned. */
typedef void triad_loop(double *restrict a, const double *restrict b, const double *restrict c,
                        double s, size_t elements);

struct triad {
    double *a, *b, *c;
    uint8_t *scale; /* by block: the s of the task that wrote it last, 0 before the first */
    size_t blocks, next;
    triad_loop *loop;
    void *memory;
};

static void triad_plain(double *restrict a, const double *restrict b, const double *restrict c,
                        double s, size_t elements)
{
    for (size_t j = 0; j < elements; j++) {
        a[j] = b[j] + s * c[j];
    }
}

#if defined(__x86_64__)
static void triad_plain_stream(double *restrict a, const double *restrict b,
                               const double *restrict c, double s, size_t elements)
{
    const __m128d scale = _mm_set1_pd(s);
    for (size_t j = 0; j < elements; j += 2) {
        _mm_stream_pd(a + j, _mm_add_pd(_mm_load_pd(b + j), _mm_mul_pd(scale, _mm_load_pd(c + j))));
    }
    _mm_sfence();
}

/* One cache line in each turn; neither prefetching nor more streams made it faster. */
#define TRIAD_AVX2_BODY(store)                                                                     \
    const __m256d scale = _mm256_set1_pd(s);                                                       \
    for (size_t j = 0; j < elements; j += 8) {                                                     \
        __m256d low = _mm256_fmadd_pd(scale, _mm256_load_pd(c + j), _mm256_load_pd(b + j));        \
        __m256d high =                                                                             \
            _mm256_fmadd_pd(scale, _mm256_load_pd(c + j + 4), _mm256_load_pd(b + j + 4));          \
        store(a + j, low);                                                                         \
        store(a + j + 4, high);                                                                    \
    }

__attribute__((target("avx2,fma"))) static void triad_avx2(double *restrict a,
                                                           const double *restrict b,
                                                           const double *restrict c, double s,
                                                           size_t elements)
{
    TRIAD_AVX2_BODY(_mm256_store_pd)
}

__attribute__((target("avx2,fma"))) static void triad_avx2_stream(double *restrict a,
                                                                  const double *restrict b,
                                                                  const double *restrict c,
                                                                  double s, size_t elements)
{
    TRIAD_AVX2_BODY(_mm256_stream_pd)
    _mm_sfence();
}

#define TRIAD_AVX512_BODY(store)                                                                   \
    const __m512d scale = _mm512_set1_pd(s);                                                       \
    for (size_t j = 0; j < elements; j += 8)                                                       \
        store(a + j, _mm512_fmadd_pd(scale, _mm512_load_pd(c + j), _mm512_load_pd(b + j)));

__attribute__((target("avx512f"))) static void triad_avx512(double *restrict a,
                                                            const double *restrict b,
                                                            const double *restrict c, double s,
                                                            size_t elements)
{
    TRIAD_AVX512_BODY(_mm512_store_pd)
}

__attribute__((target("avx512f"))) static void triad_avx512_stream(double *restrict a,
                                                                   const double *restrict b,
                                                                   const double *restrict c,
                                                                   double s, size_t elements)
{
    TRIAD_AVX512_BODY(_mm512_stream_pd)
    _mm_sfence();
}
#endif

/* By instruction set, with stores that go through the caches and with stores that pass them by. */
static triad_loop *const triad_loops[VECTOR_SETS][2] = {
#if defined(__x86_64__)
    [VECTOR_BASELINE] = {triad_plain, triad_plain_stream},
    [VECTOR_AVX2] = {triad_avx2, triad_avx2_stream},
    [VECTOR_AVX512] = {triad_avx512, triad_avx512_stream},
#else
    [VECTOR_BASELINE] = {triad_plain, triad_plain},
#endif
};

static double triad_b(size_t j)
{
    return (double)(int)(j & TRIAD_B_BITS);
}

static double triad_c(size_t j)
{
    return (double)(int)(1 + (j & TRIAD_C_BITS));
}

static uint8_t triad_scale(uint64_t item)
{
    return (uint8_t)(1 + item % 255);
}

/* The first element of the line of a block that tasks read back. */
static size_t triad_read_line(size_t block)
{
    return block * TRIAD_BLOCK + block % (TRIAD_BLOCK / TRIAD_LINE) * TRIAD_LINE;
}

static void triad_fill_operands(const struct triad *triad)
{
    for (size_t j = 0; j < triad->blocks * TRIAD_BLOCK; j++) {
        triad->b[j] = triad_b(j);
    }
    for (size_t j = 0; j < triad->blocks * TRIAD_BLOCK; j++) {
        triad->c[j] = triad_c(j);
    }
}

#if defined(__x86_64__)
#define TRIAD_PAIRS ((TRIAD_C_BITS + 1) / 2) /* of elements, after which c repeats */

/* The b of two elements by their indices, of which the lower 32 bits are enough. */
static inline __m128d triad_b_pair(__m128i index)
{
    return _mm_cvtepi32_pd(_mm_and_si128(index, _mm_set1_epi32(TRIAD_B_BITS)));
}

/* The same past the caches. */
static void triad_stream_operands(const struct triad *triad)
{
    const __m128i step = _mm_set1_epi32(2);
    __m128i index = _mm_set_epi32(0, 0, 1, 0);
    for (size_t j = 0; j < triad->blocks * TRIAD_BLOCK; j += 2) {
        _mm_stream_pd(triad->b + j, triad_b_pair(index));
        _mm_stream_pd(triad->c + j, _mm_set_pd(triad_c(j + 1), triad_c(j)));
        index = _mm_add_epi32(index, step);
    }
    _mm_sfence();
}

/* Whether a[j] = b[j] + s × c[j] in a block; takes a third of the time of the plain loop. */
static bool triad_is_right(const double *a, size_t first, double s)
{
    const __m128i step = _mm_set1_epi32(2);
    __m128i index = _mm_set_epi32(0, 0, (int)(uint32_t)(first + 1), (int)(uint32_t)first);
    __m128d addend[TRIAD_PAIRS], wrong = _mm_setzero_pd();
    for (size_t pair = 0; pair < TRIAD_PAIRS; pair++) {
        addend[pair] = _mm_set_pd(s * triad_c(2 * pair + 1), s * triad_c(2 * pair));
    }
    for (size_t j = first; j < first + TRIAD_BLOCK; j += 2 * TRIAD_PAIRS) {
        for (size_t pair = 0; pair < TRIAD_PAIRS; pair++) {
            __m128d right = _mm_add_pd(triad_b_pair(index), addend[pair]);
            wrong = _mm_or_pd(wrong, _mm_cmpneq_pd(_mm_load_pd(a + j + 2 * pair), right));
            index = _mm_add_epi32(index, step);
        }
    }
    return _mm_movemask_pd(wrong) == 0;
}
#else
#define triad_stream_operands triad_fill_operands

static bool triad_is_right(const double *a, size_t first, double s)
{
    size_t wrong = 0;
    for (size_t j = first; j < first + TRIAD_BLOCK; j++) {
        wrong += a[j] != triad_b(j) + s * triad_c(j);
    }
    return wrong == 0;
}
#endif

/* Lays the arrays into the memory and touches all of its pages. Nothing that is read back is a
 * number yet, so that nothing right stands there. The operands may stand there already. */
static void triad_fill(struct triad *triad, char *memory, bool streams, bool stand)
{
    size_t array_bytes = triad->blocks * TRIAD_BLOCK_BYTES + TRIAD_STAGGER_BYTES;
    triad->a = (double *)memory;
    triad->b = (double *)(memory + array_bytes);
    triad->c = (double *)(memory + 2 * array_bytes);
    triad->scale = (uint8_t *)(memory + 3 * array_bytes);
    memset(triad->scale, 0, triad->blocks);
    if (!streams) {
        memset(triad->a, 0xff, array_bytes);
        triad_fill_operands(triad);
        return;
    }
    for (size_t block = 0; block < triad->blocks; block++) {
        memset(triad->a + triad_read_line(block), 0xff, TRIAD_LINE * sizeof *triad->a);
    }
    if (!stand) {
        triad_stream_operands(triad);
    }
}

static struct footprint triad_footprint(const struct task_spec *spec)
{
    return (struct footprint){.bytes = spec->kernel_option[TRIAD_MEMORY]};
}

/* What comes from the memory does so however little of it there is, as long as no line is met
 * twice: of large arrays there need be no more than the worker computes. */
static size_t triad_blocks(double memory, bool streams, const struct kernel_worker *worker)
{
    size_t blocks = (size_t)(memory / TRIAD_UNIT_BYTES);
    if (streams && blocks > worker->units) {
        blocks = worker->units;
    }
    return blocks > 0 ? blocks : 1;
}

static int triad_open(const struct task_spec *spec, const struct kernel_worker *worker,
                      void *shared, void **state)
{
    (void)shared;
    double memory = spec->kernel_option[TRIAD_MEMORY];
    bool streams = memory > caches_last_bytes(&spec->caches);
    struct triad *triad = calloc(1, sizeof *triad);
    if (!triad) {
        return -ENOMEM;
    }
    triad->blocks = triad_blocks(memory, streams, worker);
    triad->loop = triad_loops[vector_widest()][streams];
    size_t bytes = 3 * (triad->blocks * TRIAD_BLOCK_BYTES + TRIAD_STAGGER_BYTES) + triad->blocks;
    void *start = NULL;
    bool outlasts = (double)bytes > TRIAD_OUTLASTS * caches_last_bytes(&spec->caches);
    int error = pages_allocate_filled(bytes, worker->layout, outlasts ? TRIAD_CONTENT : 0,
                                      &triad->memory, &start);
    if (error < 0) {
        free(triad);
        return error;
    }
    triad_fill(triad, start, streams, error == PAGES_FILLED);
    *state = triad;
    return 0;
}

/* The s that a few of the last `units` blocks hold, found from what was stored there, added up. */
static uint64_t triad_read_back(const struct triad *triad, uint64_t item, uint64_t units)
{
    uint64_t samples = units < TRIAD_SAMPLES ? units : TRIAD_SAMPLES;
    uint64_t written = units < triad->blocks ? units : triad->blocks;
    double sum = 0;
    for (uint64_t sample = 0; sample < samples; sample++) {
        size_t back = 1 + sample * written / samples;
        size_t block = (triad->next + triad->blocks - back) % triad->blocks;
        size_t j = triad_read_line(block) + (item + sample) % TRIAD_LINE;
        sum += (triad->a[j] - triad_b(j)) / triad_c(j);
    }
    return (uint64_t)(int64_t)sum;
}

/* The sum read back is at most 8 × 255. */
static uint64_t triad_result(uint64_t units, uint64_t read_back)
{
    return units * 4096 + read_back;
}

static uint64_t triad_compute(void *state, uint64_t item, uint64_t units)
{
    struct triad *triad = state;
    uint8_t scale = triad_scale(item);
    uint64_t done = 0;
    while (done < units) {
        size_t blocks = triad->blocks - triad->next;
        if (blocks > units - done) {
            blocks = units - done;
        }
        size_t first = triad->next * TRIAD_BLOCK;
        triad->loop(triad->a + first, triad->b + first, triad->c + first, scale,
                    blocks * TRIAD_BLOCK);
        memset(triad->scale + triad->next, scale, blocks);
        triad->next = (triad->next + blocks) % triad->blocks;
        done += blocks;
    }
    return triad_result(done, triad_read_back(triad, item, units));
}

static uint64_t triad_expect(const struct task_spec *spec, uint64_t item, uint64_t units)
{
    (void)spec;
    uint64_t samples = units < TRIAD_SAMPLES ? units : TRIAD_SAMPLES;
    return triad_result(units, samples * triad_scale(item));
}

static int triad_close(void *state)
{
    struct triad *triad = state;
    int error = 0;
    for (size_t block = 0; block < triad->blocks && !error; block++) {
        /* What the last task of the block must have left there. */
        if (triad->scale[block] != 0 &&
            !triad_is_right(triad->a, block * TRIAD_BLOCK, triad->scale[block])) {
            error = -EILSEQ;
        }
    }
    error ? pages_free(triad->memory) : pages_keep(triad->memory);
    free(triad);
    return error;
}

static const struct option triad_options[] = {
    [TRIAD_MEMORY] = {.name = "memory",
                      .kind = OPTION_BYTES,
                      .minimum = 16384,
                      .maximum = 1099511627776,
                      .fallback = 268435456,
                      .help = "the three arrays of each worker"},
    {.name = NULL},
};

const struct kernel kernel_triad = {
    .name = "triad",
    .bound = KERNEL_BOUND_BANDWIDTH,
    .help = "a = b + s × c over arrays of each worker's own",
    .unit = "512 elements of a = b + s × c, 12 KiB of traffic",
    .options = triad_options,
    .flops_per_unit = 2.0 * TRIAD_BLOCK,
    .bytes_per_unit = TRIAD_UNIT_BYTES,
    .footprint = triad_footprint,
    .open = triad_open,
    .compute = triad_compute,
    .close = triad_close,
    .expect = triad_expect,
};
