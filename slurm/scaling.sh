#!/bin/bash
# A scaling study over numbers of nodes: a job for each, and a last one that reports on all.
set -u
script=scaling.sh here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=slurm/common.sh
. "$here/common.sh"

usage='usage: slurm/scaling.sh JOB.yaml --nodes 1,2,4 [--strong | --weak] [options] [-- options of cual run]

Submits the job once for each number of nodes, and a last job that waits for these, merges their run
files and writes a report: FOLDER/JOB-nN.h5, JOB-nN.out, JOB.html. On the fewest nodes everything is
measured that the job file says, and the work of a task is calibrated; the other parts wait for that,
and measure one core, for comparison, and all of theirs. Submitted again, it resumes where it was.

  --nodes LIST     numbers of nodes, such as 1,2,4
  --strong         the same tasks on any number of cores, whatever the job says
  --weak           tasks × cores
  --output FOLDER  where the files go; default: this folder. All nodes must see it
  --site FILE      the site file; default: site.conf beside this script (see site.conf.example)
  --dry-run        prints the commands and submits nothing
  --help           this text'

# `job`, `nodes`, `scaling`, `folder`, `dry` and `options`, from the command line.
read_arguments() {
    job='' nodes='' scaling='' folder=. dry='' options=()
    while (($# > 0)); do
        case $1 in
            --help) printf '%s\n' "$usage"; exit 0 ;;
            --dry-run) dry=1 ;;
            --strong | --weak)
                [[ -z $scaling || $scaling = "${1#--}" ]] || fail 2 "give --strong or --weak, not both"
                scaling=${1#--} ;;
            --nodes | --output | --site)
                (($# > 1)) || fail 2 "$1 needs a value"
                take_value "$1" "$2"
                shift ;;
            --nodes=* | --output=* | --site=*) take_value "${1%%=*}" "${1#*=}" ;;
            --) shift; options=("$@"); break ;;
            -*) fail 2 "$1: no such option; scaling.sh --help lists the options, and those of cual run come after two hyphens" ;;
            *) [[ -z $job ]] || fail 2 "$1: give one job file at a time"; job=$1 ;;
        esac
        shift
    done
    check_arguments
}

take_value() {
    case $1 in
        --nodes) nodes=$2 ;;
        --output) folder=$2 ;;
        --site) CUAL_SITE=$2 ;;
    esac
}

check_arguments() {
    local word
    [[ -n $job && -n $nodes ]] || fail 2 "a job file and --nodes are needed; see scaling.sh --help"
    [[ $nodes =~ ^[1-9][0-9]{0,5}(,[1-9][0-9]{0,5})*$ ]] ||
        fail 2 "--nodes $nodes: allowed are numbers with commas between, such as 1,2,4"
    mapfile -t nodes < <(tr , '\n' <<<"$nodes" | sort -nu)
    check_job "$job"
    for word in "${options[@]}"; do
        [[ $word != -o* && $word != --output* ]] || fail 2 "$word: is not allowed because the files are named after the job"
    done
    [[ -d $folder && -w $folder ]] || fail 4 "$folder: is not a folder that can be written"
}

# Submits a job, or prints how; its number in `number`.
submit() {
    if [[ -n $dry ]]; then
        printf '%q ' sbatch "$@" | sed 's/ $//'
        printf '\n'
        submitted=$((submitted + 1))
        number=JOB_$submitted
    else
        number=$(sbatch "$@") || fail_refused "${numbers:+; already submitted: ${numbers//:/ }}"
        number=${number%%;*}
    fi
}

# The part of the study on so many nodes.
submit_part() {
    local count=$1 words=() wait=()
    [[ -z $scaling ]] || words+=(--set "scaling=$scaling")
    if [[ $count != "${nodes[0]}" ]]; then
        words+=(--set 'cores=[1, all]' --work-of "$name-n${nodes[0]}.h5")
        wait=("--dependency=afterany:$first")
    fi
    submit --parsable "${site_options[@]}" "--nodes=$count" "${wait[@]}" "--chdir=$folder" \
        "--job-name=cual-$name-n$count" "--output=$name-n$count.out" \
        "$here/cual.sbatch" "$job" -o "$name-n$count.h5" "${words[@]}" "${options[@]}"
    [[ -n $dry ]] || echo "job $number: $count nodes, $folder/$name-n$count.h5"
    first=${first:-$number}
    numbers+=:$number
    parts+=("$count" "$name-n$count.h5")
}

submit_report() {
    submit --parsable "${site_options[@]}" "--dependency=afterany$numbers" "--chdir=$folder" \
        "--job-name=cual-$name-report" "--output=$name-report.out" \
        "$here/report.sbatch" "$name.html" "${parts[@]}"
    [[ -n $dry ]] || echo "job $number: the report, $folder/$name.html"
}

read_arguments "$@"
[[ -n $dry ]] || need_slurm sbatch
find_site
site_options
folder=$(realpath -- "$folder") job=$(realpath -- "$job") name=$(plain_name "$job")
[[ -z ${CUAL_SITE-} ]] || CUAL_SITE=$(realpath -- "$CUAL_SITE")
export CUAL_SLURM=$here ${CUAL_SITE:+CUAL_SITE}
numbers='' first='' parts=() submitted=0
if [[ -n $dry ]]; then
    printf 'export CUAL_SLURM=%q' "$here"
    printf '%s\n' "${CUAL_SITE:+$(printf ' CUAL_SITE=%q' "$CUAL_SITE")}"
fi
for count in "${nodes[@]}"; do
    submit_part "$count"
done
submit_report
