/* Memory for kernels and engines: in huge pages where the system has them. */
#ifndef CUAL_SYSTEM_PAGES_H
#define CUAL_SYSTEM_PAGES_H

#include <stddef.h>
#include <stdint.h>

#define PAGES_LINE_BYTES 64u
#define PAGES_SMALL_BYTES 4096u
#define PAGES_HUGE_BYTES (2u << 20)

/* Allocates memory of undefined content, which the caller frees by pages_free. `*start` is where
 * its `bytes` bytes begin. 0 or -errno.
 *
 * Where memory lies decides which parts of it meet in a cache, by luck. So `layout`, a random
 * number, lays it anew: it begins at a random cache line of a page, and now and then its pages are
 * given back to Linux for others. When `layout` is 0, it begins with a page, in the pages that are
 * there. A page is a huge one unless `bytes` do not fill one. */
int pages_allocate(size_t bytes, uint64_t layout, void **memory, void **start);

/* Frees what pages_allocate wrote to `*memory`. NULL is allowed. */
void pages_free(void *memory);

/* What this process has allocated so beyond the bytes that were asked for, to align and to lay
 * them. */
size_t pages_spare_bytes(void);

#endif
