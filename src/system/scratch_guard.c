#include "system/scratch_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the guard does with the folder, whose path is its first argument. It is started in that
 * folder, so that no other folder or link can take its place, and removes what scratch_make_file
 * can have made, and Open MPI beside it (0.data.0, 0.metadata.0, for a file pointer that nobody
 * uses), and nothing else. NFS keeps files that another process has open under names that begin
 * with .nfs until it closes them: the folder waits for that. */
static const char own_script[] = "trap '' TERM INT HUP USR1 USR2 QUIT PIPE\n"
                                 "read -r nothing\n"
                                 "for file in [0-9]*; do\n"
                                 "    case ${file%%.*}:$file in\n"
                                 "    *[!0-9]*:*) ;;\n"
                                 "    *:*.data.*|*:*.metadata.*|*:${file%%.*})\n"
                                 "        rm -f -- \"$file\" ;;\n"
                                 "    esac\n"
                                 "done\n"
                                 "for second in 1 2 3 4 5; do\n"
                                 "    set -- \"$1\" .nfs*\n"
                                 "    [ -e \"$2\" ] || break\n"
                                 "    sleep 1\n"
                                 "done\n"
                                 "[ . -ef \"../${1##*/}\" ] && rmdir -- \"../${1##*/}\"\n";

/* The same for a folder of others' files. They may be in use for a moment after this process was
 * killed; a line says that they are not. */
static const char others_script[] = "trap '' TERM INT HUP USR1 USR2 QUIT PIPE\n"
                                    "read -r nothing || sleep 3\n"
                                    "rm -rf -- ./* ./.[!.]*\n"
                                    "[ . -ef \"../${1##*/}\" ] && rmdir -- \"../${1##*/}\"\n";

/* Nothing of this process but the pipe: whoever started it waits until its descriptors are closed,
 * and may signal its whole session. 0 or an error number. */
static int spawn(struct scratch_guard *guard, int folder, const char *path, bool others,
                 int pipe_end)
{
    char *const words[] = {
        "sh",         "-c",         (char *)(others ? others_script : own_script),
        "cual-guard", (char *)path, NULL};
    char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    int failed = posix_spawn_file_actions_adddup2(&files, pipe_end, 0);
    failed =
        failed ? failed : posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(&files, 1, 2);
    failed = failed ? failed : posix_spawn_file_actions_addfchdir_np(&files, folder);
    failed = failed ? failed : posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!failed) {
        failed = posix_spawn(&guard->process, "/bin/sh", &files, &attributes, words, environment);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

void scratch_guard_start(struct scratch_guard *guard, int folder, const char *path, bool others)
{
    int ends[2];
    *guard = (struct scratch_guard){0};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    if (spawn(guard, folder, path, others, ends[0]) == 0) {
        guard->alive = ends[1];
    } else {
        guard->process = 0;
        close(ends[1]);
    }
    close(ends[0]);
}

bool scratch_guard_tell(struct scratch_guard *guard)
{
    if (guard->process > 0) {
        ssize_t said = write(guard->alive, "\n", 1);
        (void)said; /* else the guard waits a moment */
    }
    return guard->process > 0;
}

void scratch_guard_end(struct scratch_guard *guard)
{
    if (guard->process > 0) {
        close(guard->alive);
        while (waitpid(guard->process, NULL, 0) < 0 && errno == EINTR) {
        }
    }
}
