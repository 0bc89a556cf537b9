/* POSIX asynchronous I/O that is done at once. The C library makes threads of its own for it, past
 * ThreadSanitizer, which crashes in a thread that it did not see begin. Linked into the programs
 * that are built with SAN=thread; nothing of MPI-IO is in flight there. */
#include <aio.h>
#include <errno.h>
#include <unistd.h>

static int done(struct aiocb *operation, ssize_t bytes)
{
    operation->__return_value = bytes;
    operation->__error_code = bytes < 0 ? errno : 0;
    return 0;
}

int aio_read(struct aiocb *operation)
{
    return done(operation, pread(operation->aio_fildes, (void *)operation->aio_buf,
                                 operation->aio_nbytes, operation->aio_offset));
}

int aio_write(struct aiocb *operation)
{
    return done(operation, pwrite(operation->aio_fildes, (const void *)operation->aio_buf,
                                  operation->aio_nbytes, operation->aio_offset));
}

int aio_error(const struct aiocb *operation)
{
    return operation->__error_code;
}

ssize_t aio_return(struct aiocb *operation)
{
    return operation->__return_value;
}

int aio_suspend(const struct aiocb *const operations[], int count, const struct timespec *most)
{
    (void)operations, (void)count, (void)most;
    return 0;
}

int aio_cancel(int descriptor, struct aiocb *operation)
{
    (void)descriptor, (void)operation;
    return AIO_ALLDONE;
}
