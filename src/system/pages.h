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

/* For large memory that takes long to fill. `content` is a number of what the caller fills it with;
 * 0: it is not kept. Returns PAGES_FILLED when memory of this content and size was given to
 * pages_keep: it is where it was and holds what it held then. Now and then, as `layout` says, it is
 * laid anew and not filled. Otherwise this does what pages_allocate does. What is kept with another
 * content is freed. */
int pages_allocate_filled(size_t bytes, uint64_t layout, uint64_t content, void **memory,
                          void **start);
#define PAGES_FILLED 1

/* Instead of pages_free, for what pages_allocate_filled wrote to `*memory`. */
void pages_keep(void *memory);

/* Frees what is kept. */
void pages_keep_nothing(void);

/* What this process has allocated so beyond the bytes that were asked for, to align and to lay
 * them, and what is kept. */
size_t pages_spare_bytes(void);

#endif
