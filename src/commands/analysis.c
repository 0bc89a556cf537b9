/* The commands that are written in Python, in the folder analysis. */
#include "terminal/command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PYTHON "/usr/bin/python3"
#ifndef CUAL_ANALYSIS_PACKAGES
#define CUAL_ANALYSIS_PACKAGES "python3"
#endif

/* For python3 -c: runs the package below the folder that is its first argument, if the modules of
 * the Debian packages that are its second are there. -I keeps away what the user's environment and
 * the working folder would put in place of a module. */
static const char start[] =
    "import importlib.util, runpy, sys\n"
    "folder, packages = sys.argv[1:3]\n"
    "del sys.argv[1:3]\n"
    "sys.path.insert(0, folder)\n"
    "missing = [name for name in packages.split() if name != 'python3'\n"
    "           and not importlib.util.find_spec(name.removeprefix('python3-'))]\n"
    "if missing:\n"
    "    words = ['cual: packages are missing; type: sudo apt-get install', *missing]\n"
    "    print(*words, file=sys.stderr)\n"
    "    sys.exit(5)\n"
    "runpy.run_module('analysis', run_name='__main__', alter_sys=True)\n";

/* Finds the folder that holds analysis, which is beside the program where it is installed or
 * built. */
static int find_analysis(char folder[PATH_MAX], struct error *error)
{
    static const char *const folders[] = {"../share/cual", "."};
    char program[PATH_MAX / 2], script[PATH_MAX + 32], shown[300];
    ssize_t bytes = readlink("/proc/self/exe", program, sizeof program - 1);
    program[bytes > 0 ? bytes : 0] = '\0';
    char *slash = strrchr(program, '/');
    program[slash ? slash - program : 0] = '\0';
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(folder, PATH_MAX, "%s/%s", program, folders[i]);
        snprintf(script, sizeof script, "%s/analysis/__main__.py", folder);
        if (access(script, R_OK) == 0) {
            return 0;
        }
    }
    return error_set(error, STATUS_ENVIRONMENT,
                     "there is no folder analysis beside %s; make install puts it there",
                     error_escape(program, shown, sizeof shown));
}

/* Replaces this process by Python with the words of the command. Returns only when that fails, with
 * the status of the error. */
static int become_python(int argc, char **argv, char *folder, struct error *error)
{
    char *head[] = {PYTHON, "-I", "-c", (char *)start, folder, CUAL_ANALYSIS_PACKAGES};
    const size_t count = sizeof head / sizeof *head;
    char **words = calloc(count + (size_t)argc + 1, sizeof *words);
    if (!words) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory");
    }
    memcpy(words, head, sizeof head);
    memcpy(words + count, argv, (size_t)argc * sizeof *argv);
    execv(PYTHON, words);
    int failed = errno;
    free(words);
    return error_set(error, STATUS_ENVIRONMENT,
                     "%s needs " PYTHON ": %s (Debian: sudo apt-get install " CUAL_ANALYSIS_PACKAGES
                     ")",
                     argv[0], strerror(failed));
}

/* The options are read in Python, and described there. */
static int run(int argc, char **argv)
{
    char folder[PATH_MAX];
    struct error error = {0};
    if (find_analysis(folder, &error) == 0) {
        become_python(argc, argv, folder, &error);
    }
    return command_fail(&error);
}

#define DEFINE(name_, operand_, help_)                                                             \
    const struct command command_##name_ = {                                                       \
        .name = #name_,                                                                            \
        .operand = (operand_),                                                                     \
        .help = (help_),                                                                           \
        .run = run,                                                                                \
    };
ANALYSIS_COMMANDS(DEFINE)
