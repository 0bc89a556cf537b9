/* The commands that are written in Python, in the folder analysis, which is installed as the
 * package cual. */
#include "system/beside.h"
#include "terminal/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef CUAL_PYTHON
#define CUAL_PYTHON "/usr/bin/python3"
#endif
#ifndef CUAL_PYTHON_OPTION
#define CUAL_PYTHON_OPTION "-I"
#endif
#ifndef CUAL_ANALYSIS_PACKAGES
#define CUAL_ANALYSIS_PACKAGES "python3"
#endif

/* For python3 -c: runs the package below the folder that is its first argument, if the modules of
 * the Debian packages that are its second are there. Nothing is imported from the working folder.
 */
static const char start[] =
    "import sys\n"
    "sys.path[:] = filter(None, sys.path)\n"
    "import importlib.util, runpy\n"
    "folder, packages = sys.argv[1:3]\n"
    "del sys.argv[1:3]\n"
    "sys.path.insert(0, folder)\n"
    "missing = [name for name in packages.split() if name != 'python3'\n"
    "           and not importlib.util.find_spec(name.removeprefix('python3-'))]\n"
    "if missing:\n"
    "    words = ['cual: packages are missing; type: sudo apt-get install', *missing]\n"
    "    print(*words, file=sys.stderr)\n"
    "    sys.exit(5)\n"
    "runpy.run_module('cual', run_name='__main__', alter_sys=True)\n";

/* Replaces this process by Python with the words of the command. Returns only when that fails, with
 * the status of the error. */
static int become_python(int argc, char **argv, char *folder, struct error *error)
{
    char *head[] = {CUAL_PYTHON, CUAL_PYTHON_OPTION,    "-c", (char *)start,
                    folder,      CUAL_ANALYSIS_PACKAGES};
    const size_t count = sizeof head / sizeof *head;
    char **words = calloc(count + (size_t)argc + 1, sizeof *words);
    if (!words) {
        return error_set(error, STATUS_ENVIRONMENT, "no memory");
    }
    memcpy(words, head, sizeof head);
    memcpy(words + count, argv, (size_t)argc * sizeof *argv);
    execv(CUAL_PYTHON, words);
    int failed = errno;
    free(words);
    return error_set(error, STATUS_ENVIRONMENT,
                     "%s needs " CUAL_PYTHON
                     ": %s (Debian: sudo apt-get install " CUAL_ANALYSIS_PACKAGES ")",
                     argv[0], strerror(failed));
}

/* The options are read in Python, and described there. */
static int run(int argc, char **argv)
{
    char folder[BESIDE_PATH_BYTES], program[BESIDE_PATH_BYTES], shown[300];
    struct error error = {0};
    if (beside_find("python", folder)) {
        become_python(argc, argv, folder, &error);
    } else {
        error_set(&error, STATUS_ENVIRONMENT,
                  "there is no folder python beside %s; make install puts it there",
                  error_escape(beside_program(program), shown, sizeof shown));
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
