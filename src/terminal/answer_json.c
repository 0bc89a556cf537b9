#include "terminal/answer_json.h"

#include "terminal/data.h"

static const char *const branch_names[ADVICE_BRANCHES] = {
    [ADVICE_COMPUTES] = "computes",
    [ADVICE_WAITS] = "waits",
    [ADVICE_SHARES] = "shares",
};

static const char *const group_names[GROUP_COUNT] = {
    [GROUP_SERIAL] = "serial", [GROUP_THREADS] = "threads", [GROUP_PROCESSES] = "processes",
    [GROUP_ASYNC] = "async",   [GROUP_MIX] = "mix",
};

static json_t *interval(struct interval interval)
{
    return json_pack("{so so so sI}", "median", data_number(interval.median), "low",
                     data_number(interval.low), "high", data_number(interval.high), "rounds",
                     (json_int_t)interval.n);
}

static json_t *advice(const struct advice *advice)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < advice->count; i++) {
        const struct advice_line *line = &advice->line[i];
        data_append(&lines,
                    json_pack("{ss ss ss* si sI so so ss*}", "branch", branch_names[line->branch],
                              "what", line->what, "use", line->use[0] ? line->use : NULL, "cores",
                              line->cores, "workloads", (json_int_t)line->workloads, "least",
                              interval(line->least), "most", interval(line->most), "note",
                              line->note[0] ? line->note : NULL));
    }
    return lines;
}

static json_t *best(const struct verdict *verdict)
{
    json_t *found = json_object();
    for (int group = 0; group < GROUP_COUNT; group++) {
        const struct verdict_best *one = &verdict->best[group];
        if (one->point.ranks > 0) {
            json_object_set_new(found, group_names[group],
                                json_pack("{so so}", "point", data_point(one->point), "speed_up",
                                          interval(one->speed_up)));
        }
    }
    return found;
}

static json_t *row(const struct table_row *row)
{
    const struct verdict *verdict = &row->verdict;
    return json_pack(
        "{ss si so so so so so so so sI sI sI sb so ss ss ss}", "workload", row->workload, "cores",
        verdict->cores, "choice", data_point(verdict->choice), "speed_up",
        interval(verdict->choice_speed_up), "time_s", data_number(verdict->choice_s),
        "serial_time_s", data_number(verdict->serial_s), "serial_time_per_task_s",
        data_number(verdict->serial_task_s), "loss", data_number(verdict->loss), "half_width",
        data_number(verdict->half_width), "points", (json_int_t)verdict->points, "ties",
        (json_int_t)verdict->ties, "undecided", (json_int_t)verdict->undecided, "certain",
        verdict->certain, "best", best(verdict), "bound", verdict->bound, "limit", verdict->limit,
        "reason", verdict->reason);
}

static json_t *rows(const struct answer_text *answer)
{
    json_t *found = json_array();
    for (size_t i = 0; i < answer->row_count; i++) {
        data_append(&found, row(&answer->rows[i]));
    }
    return found;
}

static json_t *claims(const struct answer_text *answer)
{
    json_t *found = json_array();
    for (size_t i = 0; i < answer->claim_count; i++) {
        const struct claim_row *claim = &answer->claims[i];
        data_append(&found,
                    json_pack("{si ss ss ss}", "number", claim->number, "claim", claim->text,
                              "outcome", claim->outcome, "reason", claim->reason));
    }
    return found;
}

int answer_print_json(FILE *out, const struct answer_text *answer)
{
    json_t *all =
        json_pack("{si ss ss ss so so so so}", "version", ANSWER_JSON_VERSION, "file", answer->path,
                  "machine", answer->machine, "summary", answer->summary, "loss",
                  data_number(answer->advice->loss), "advice", advice(answer->advice), "verdicts",
                  rows(answer), "claims", claims(answer));
    return data_print(out, all);
}
