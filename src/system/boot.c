#include "system/boot.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

size_t boot_id(char id[BOOT_ID_BYTES])
{
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, id, BOOT_ID_BYTES - 1) : 0;
    id[got > 0 ? got : 0] = '\0';
    if (file >= 0) {
        close(file);
    }
    size_t length = strcspn(id, "\n");
    id[length] = '\0';
    return length;
}
