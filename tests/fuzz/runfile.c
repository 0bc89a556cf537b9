/* The run file as `show` reads it: refused in words, or an answer that can be printed. What HDF5
 * finds in the file is what the input says (hdf5.c). */
#include "runfile/runfile.h"
#include "fuzz.h"
#include "hdf5_lines.h"
#include "terminal/claims_table.h"
#include "terminal/glance.h"
#include "terminal/table.h"

#include <stdio.h>
#include <stdlib.h>

#define ANY_FILE "/proc/self/exe" /* it must be there; nothing reads it */
#define ROWS_MOST 64              /* of a table that is printed */

/* Lines of text, without anything that a terminal would obey. */
static void must_be_lines(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        fuzz_must((c >= ' ' && c != 0x7f) || c == '\n', "a table can be printed", text);
    }
}

static void print_verdicts(FILE *out, const struct runfile_answer *answer)
{
    struct table_row rows[ROWS_MOST];
    for (size_t i = 0; i < answer->count; i++) {
        rows[i] = (struct table_row){answer->workload_names[i], answer->verdicts[i]};
    }
    table_print(out, rows, answer->count, answer->count % 4, false);
}

static void print_claims(FILE *out, const struct runfile_answer *answer)
{
    struct claim_row rows[ROWS_MOST];
    for (size_t i = 0; i < answer->claim_count; i++) {
        const struct runfile_claim *claim = &answer->claims[i];
        rows[i] = (struct claim_row){claim->finding.number, claim->outcome, claim->text,
                                     claim->finding.reason};
    }
    claims_print(out, rows, answer->claim_count, false);
}

static void must_be_printable(const struct runfile_answer *answer)
{
    if (answer->count > ROWS_MOST || answer->claim_count > ROWS_MOST) {
        return;
    }
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    fuzz_must(out != NULL, "there is memory", "");
    glance_print(out, &answer->advice, answer->summary, "run.h5", false);
    print_verdicts(out, answer);
    print_claims(out, answer);
    fclose(out);
    must_be_lines(text, bytes);
    free(text);
}

void fuzz_one(const uint8_t *bytes, size_t count)
{
    char *text = fuzz_text(bytes, count);
    struct error error = {0};
    struct runfile_answer answer;
    hdf5_lines(text);
    int status = runfile_read_answer(ANY_FILE, &answer, &error);
    if (status == 0) {
        must_be_printable(&answer);
    } else {
        fuzz_must((status == STATUS_USAGE || status == STATUS_STORAGE) && error.status == status,
                  "a file is refused as damaged or as none of ours", error.text);
        fuzz_must_be_message(error.text);
    }
    runfile_answer_free(&answer);
    free(text);
}
