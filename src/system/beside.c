#include "system/beside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *beside_program(char path[BESIDE_PATH_BYTES])
{
    ssize_t bytes = readlink("/proc/self/exe", path, BESIDE_PATH_BYTES - 1);
    path[bytes > 0 ? bytes : 0] = '\0';
    return path;
}

bool beside_find(const char *name, char path[BESIDE_PATH_BYTES])
{
    static const char *const folders[] = {"../share/cual", "."};
    char program[BESIDE_PATH_BYTES], joined[BESIDE_PATH_BYTES + 64];
    const char *slash = strrchr(beside_program(program), '/');
    int length = slash ? (int)(slash - program) : 0;
    for (size_t i = 0; slash && i < sizeof folders / sizeof *folders; i++) {
        snprintf(joined, sizeof joined, "%.*s/%s/%s", length, program, folders[i], name);
        if (realpath(joined, path)) {
            return true;
        }
    }
    return false;
}
