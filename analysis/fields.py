"""What the fields of a row are called, so that SQL and pandas take the names without quotes."""

from collections.abc import Iterable

# Names of the run file that are words of SQL, or that a table of pandas has for itself.
RENAMED = {"time": "time_s", "start": "start_s", "order": "ordinal", "round": "round_number", "lock": "locked",
           "flags": "flag_bits", "file": "file_name"}

# What SQLite, PostgreSQL, MySQL or SQL:2016 reserve. `date` is reserved by none of the first three.
WORDS = frozenset("""
    abort accessible action add after all allocate alter analyse analyze and any are array as asc asensitive
    asymmetric at atomic attach authorization autoincrement before begin between bigint binary blob boolean both by
    call called cascade cascaded case cast change char character check clob close collate collation column columns
    comment commit concurrently condition conflict connect constraint continue convert corresponding create cross
    cube current cursor cycle database databases deallocate dec decimal declare default deferrable deferred delayed
    delete dense desc describe detach deterministic disconnect distinct distinctrow div do double drop dual dynamic
    each element else elseif empty enclosed end escape escaped every except exclude exclusive exec execute exists
    exit explain external fail false fetch file filter first float following for force foreign free freeze from
    full fulltext function generated get glob global grant group grouping groups handler having hold hour identity
    if ignore ilike immediate in index indexed indicator infile initially inner inout insensitive insert instead
    int integer intersect interval into is isnull iterate join key keys kill language large last lateral leading
    leave left like limit linear lines load local localtime localtimestamp lock long loop match materialized member
    merge method minute mod mode modifies module month multiset national natural nchar nclob new no none not
    nothing notnull null nulls numeric of off offset old on only open optimize option optionally or order out outer
    outfile over overlaps overlay parameter partition percent placing plan position pragma preceding precision
    prepare primary procedure public purge query raise range rank read reads real recursive references regexp
    reindex release rename repeat replace require resignal restrict result return returning returns revoke right
    rlike rollback rollup row rows savepoint schema schemas scope scroll search second select sensitive separator
    session set show signal similar size smallint some spatial specific sql sqlexception sqlstate sqlwarning ssl
    start starting static straight_join submultiset symmetric system table tablesample temp temporary terminated
    then ties time timestamp to trailing transaction translation treat trigger true unbounded undo union unique
    unknown unlock unnest unsigned update usage use user using vacuum value values varchar variadic varying verbose
    view virtual when whenever where while window with within without write xor year zerofill zone""".split())


def names(fields: Iterable[str]) -> list[str]:
    """A name for each field of a row, letters of either case being the same to SQL: what is reserved or
    taken gets an underscore at its end, and a number where that does not help."""
    found: list[str] = []
    taken = set(WORDS)
    for field in fields:
        plain = RENAMED.get(field, field)
        tries = (plain, f"{plain}_", *(f"{plain}_{n}" for n in range(2, 1000)))
        found.append(next(name for name in tries if name.lower() not in taken))
        taken.add(found[-1].lower())
    return found
