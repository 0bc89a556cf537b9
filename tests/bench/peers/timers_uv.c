/* Waits in flight with libuv. usage: timers_uv COUNT SECONDS
 * Prints the time from the first start to the last end in s, and the memory in bytes that was
 * resident before and at most. The clock is read for every start, so that none ends too early. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static long ended;

static void on_end(uv_timer_t *timer)
{
    (void)timer;
    ended++;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 2;
    }
    long count = atol(argv[1]);
    uint64_t wait_ms = (uint64_t)(atof(argv[2]) * 1000);
    size_t before;
    uv_rusage_t usage;
    uv_loop_t *loop = uv_default_loop();
    if (uv_resident_set_memory(&before) != 0) {
        return 1;
    }
    uv_timer_t *timers = malloc((size_t)count * sizeof *timers);
    if (!timers) {
        return 1;
    }
    uint64_t start_ns = uv_hrtime();
    for (long i = 0; i < count; i++) {
        uv_update_time(loop);
        if (uv_timer_init(loop, &timers[i]) != 0 ||
            uv_timer_start(&timers[i], on_end, wait_ms, 0) != 0) {
            free(timers);
            return 1;
        }
    }
    uv_run(loop, UV_RUN_DEFAULT);
    double time_s = (double)(uv_hrtime() - start_ns) * 1e-9;
    if (ended != count || uv_getrusage(&usage) != 0) {
        free(timers);
        return 1;
    }
    printf("%.6f %zu %zu\n", time_s, before, (size_t)usage.ru_maxrss * 1024);
    free(timers);
    return 0;
}
