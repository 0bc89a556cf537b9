/* The end of an io_uring comes before the begin of the next one, whose memory may lie in the same
 * place: liburing maps and unmaps it by system calls of its own, past ThreadSanitizer. Linked into
 * the programs that are built with SAN=thread. */
#include <dlfcn.h>
#include <liburing.h>
#include <sanitizer/tsan_interface.h>

static char place;

int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
    int (*real)(unsigned, struct io_uring *, unsigned) = dlsym(RTLD_NEXT, "io_uring_queue_init");
    int failed = real(entries, ring, flags);
    __tsan_acquire(&place);
    return failed;
}

void io_uring_queue_exit(struct io_uring *ring)
{
    void (*real)(struct io_uring *) = dlsym(RTLD_NEXT, "io_uring_queue_exit");
    __tsan_release(&place);
    real(ring);
}
