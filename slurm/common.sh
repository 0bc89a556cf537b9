# What the scripts of this folder share; they read it with `.`, it does nothing by itself.
# shellcheck shell=bash
: "${script:?the name for messages}" "${here:?this folder}"

# Ends with an exit status and a message, to which a full stop is added: fail STATUS WORDS…
fail() {
    local status=$1
    shift
    printf '%s: %s.\n' "$script" "$*" >&2
    exit "$status"
}

# The site file: lines KEY=VALUE. It is data: nothing in it is executed.
site_keys='partition account qos time constraint modules launcher requeues cual'
declare -A site=()
site_file=

# The value of a key, or what is given when it has none.
site() {
    printf '%s' "${site[$1]-${2-}}"
}

check_site_value() {
    local key=$1 value=$2 where=$3 pattern allowed
    case $key in
        launcher) pattern='^(mpirun|srun)$' allowed='mpirun or srun' ;;
        requeues) pattern='^[0-9]{1,4}$' allowed='a whole number' ;;
        time) pattern='^[0-9]+(-[0-9]+)?(:[0-9]+){0,2}$' allowed='minutes, or as 1-12:00:00' ;;
        modules) pattern='^[A-Za-z0-9_./+@:-]+( +[A-Za-z0-9_./+@:-]+)*$' allowed='names of modules' ;;
        cual) pattern='^/' allowed='a path from the root' ;;
        *) pattern='^[A-Za-z0-9_][A-Za-z0-9_.,@:&|*-]*$' allowed='a name' ;;
    esac
    [[ $value =~ $pattern ]] || fail 2 "$where: $key: $value: allowed is $allowed"
}

# Reads a site file into `site`; ends with exit status 2 where it is not one.
read_site() {
    local line number=0 key value
    site_file=$1
    [[ -f $site_file && -r $site_file ]] || fail 2 "$site_file: cannot be read; it is the site file"
    while IFS= read -r line || [[ -n $line ]]; do
        number=$((number + 1))
        line=${line%$'\r'}
        [[ $line =~ ^[[:space:]]*(#|$) ]] && continue
        [[ $line =~ ^[[:space:]]*([A-Za-z_]+)[[:space:]]*=[[:space:]]*(.*[^[:space:]])[[:space:]]*$ ]] ||
            fail 2 "$site_file:$number: '$line' is not a line KEY=VALUE"
        key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
        [[ " $site_keys " == *" $key "* ]] ||
            fail 2 "$site_file:$number: $key: no such key; allowed are ${site_keys// /, }"
        [[ -z ${site[$key]+set} ]] || fail 2 "$site_file:$number: $key: is given twice"
        check_site_value "$key" "$value" "$site_file:$number"
        site[$key]=$value
    done <"$site_file"
}

# The site file that $CUAL_SITE names, or site.conf in this folder if there is one.
find_site() {
    if [[ -n ${CUAL_SITE-} ]]; then
        read_site "$CUAL_SITE"
    elif [[ -e $here/site.conf ]]; then
        read_site "$here/site.conf"
    fi
}

# What the site file says to sbatch, as words in the array `site_options`.
site_options() {
    local key
    site_options=()
    for key in partition account qos time constraint; do
        [[ -z ${site[$key]-} ]] || site_options+=("--$key=${site[$key]}")
    done
}

# The program: as told by $CUAL or the site file; beside this folder, built or installed; in PATH.
find_cual() {
    local place
    for place in "${CUAL-}" "${site[cual]-}" "$here/../build/cual" "$here/../../../bin/cual"; do
        if [[ -n $place && -f $place && -x $place ]]; then
            cual=$(realpath -- "$place")
            return
        fi
    done
    cual=$(command -v cual) ||
        fail 5 "there is no program cual beside $here; build it with make, or say where it is" \
            "with export CUAL=PATH"
}

# The modules of the site file.
load_modules() {
    local name
    [[ -n ${site[modules]-} ]] || return 0
    command -v module >/dev/null ||
        fail 5 "$site_file: modules: there is no command module on $(hostname)"
    for name in ${site[modules]}; do
        module load "$name" || fail 5 "$site_file: modules: module load $name failed"
    done
}

# Commands of Slurm that a script needs.
need_slurm() {
    local name
    for name in "$@"; do
        command -v "$name" >/dev/null ||
            fail 5 "there is no $name on this node: Slurm's commands (Debian: slurm-client) are needed to" \
                "submit; without a batch system, use cual run"
    done
}

# For when sbatch does not take a job; the words are added.
fail_refused() {
    fail 5 "sbatch refused the job, see above; partition, account and the like are set in" \
        "${site_file:-$here/site.conf (see site.conf.example)}$*"
}

# A job file must be there, and one that every node can read.
check_job() {
    [[ -f $1 && -r $1 ]] || fail 2 "$1: there is no job file of this name that can be read"
}

# A name without what file names and Slurm's patterns give a meaning: from jobs/a b.yaml, a_b.
plain_name() {
    local name=${1##*/}
    name=${name%.*}
    printf '%s' "${name//[^A-Za-z0-9._-]/_}"
}
