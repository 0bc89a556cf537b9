"""Hashes that tell what was measured from what a disk has changed: src/runfile/integrity.h says how
they are made."""

from collections.abc import Iterator, Sequence

import h5py
import numpy
import xxhash

HASH = "xxh64"  # the attribute that holds the hash of an object
CHECK = "check"  # the dataset that holds those of the samples
SAMPLE_AXES = 6  # of a dataset of samples; one of ranks has one more
DEPTH_MOST = 4  # groups within groups that a run file could have
AXES_MOST = 8
TEXTS_BYTES_MOST = 64 << 20  # of all texts of a value
EXPANSION_MOST = 1032  # deflate makes nothing smaller (zlib.net, Technical Details)
NAN = numpy.uint64(0x7FF8000000000000)
PIECE = 16384  # samples that are hashed together: what goes on stays in the caches
# Attributes that the library keeps for itself, and the hash.
UNHASHED = {b"DIMENSION_LIST", b"REFERENCE_LIST", b"CLASS", b"NAME", HASH.encode()}
FLOAT, SIGNED, UNSIGNED, TEXT = range(1, 5)
TYPES = {FLOAT: numpy.dtype("<f8"), SIGNED: numpy.dtype("<i8"), UNSIGNED: numpy.dtype("<u8"),
         TEXT: h5py.string_dtype()}  # in memory

Object = h5py.Group | h5py.Dataset
Objects = dict[str, Object]  # by full path


class Damaged(ValueError):
    """What in the file is not as it was written, and why, in one line."""

    def __init__(self, name: str, why: str):
        super().__init__(f"{name} {why}")


# -- XXH64 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md) of many records at once --

_PRIMES = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63,
           0x27D4EB2F165667C5)
_P1, _P2, _P3, _P4, _P5 = map(numpy.uint64, _PRIMES)
_LANES = [value % 2**64 for value in (_PRIMES[0] + _PRIMES[1], _PRIMES[1], 0, -_PRIMES[0])]


def _rotated(words: numpy.ndarray, bits: int) -> numpy.ndarray:
    return words << numpy.uint64(bits) | words >> numpy.uint64(64 - bits)


def _round(lane: numpy.ndarray | numpy.uint64, words: numpy.ndarray) -> numpy.ndarray:
    return _rotated(lane + words * _P2, 31) * _P1


def _piece(words: Sequence[numpy.ndarray]) -> numpy.ndarray:
    """The hashes of records whose first words are words[0], and so on: uint64 (records,)."""
    whole = len(words) // 4 * 4
    hashes = numpy.full(words[0].shape, _P5)
    if whole:
        lanes = [numpy.full(words[0].shape, value, "u8") for value in _LANES]
        for at in range(0, whole, 4):
            lanes = [_round(lane, word) for lane, word in zip(lanes, words[at:], strict=False)]
        hashes = sum(_rotated(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True))
        for lane in lanes:
            hashes = (hashes ^ _round(numpy.uint64(0), lane)) * _P1 + _P4
    hashes += numpy.uint64(8 * len(words))
    for word in words[whole:]:
        hashes = _rotated(hashes ^ _round(numpy.uint64(0), word), 27) * _P1 + _P4
    for bits, prime in ((33, _P2), (29, _P3)):
        hashes = (hashes ^ hashes >> numpy.uint64(bits)) * prime
    return hashes ^ hashes >> numpy.uint64(32)


def of_words(words: Sequence[numpy.ndarray]) -> numpy.ndarray:
    """The hashes of records of words: of each word an array of uint64 (records,)."""
    count = words[0].size
    if count == 0:
        return numpy.zeros(0, "u8")
    return numpy.concatenate([_piece([word[at : at + PIECE] for word in words])
                              for at in range(0, count, PIECE)])


# -- samples --

def words_of(numbers: numpy.ndarray) -> numpy.ndarray:
    """The words of numbers as doubles, every NaN being the same; one axis."""
    doubles = numpy.ascontiguousarray(numbers, "<f8").ravel()
    return numpy.where(numpy.isnan(doubles), NAN, doubles.view("<u8"))


def of_samples(columns: Sequence[numpy.ndarray], first: int) -> numpy.ndarray:
    """The hashes of the samples of some rounds, the first of them being round `first` from 0:
    uint64 (cells, rounds). `columns`: the values in the order of `sample_variables`, each with the
    axes of the samples, of ranks with one more."""
    shape = columns[0].shape[:SAMPLE_AXES]
    cells, rounds = numpy.divmod(numpy.arange(numpy.prod(shape), dtype="u8"),
                                 numpy.uint64(shape[-1]))
    words = [cells, rounds + numpy.uint64(first)]
    for column in columns:
        each = column.reshape(cells.size, -1).T
        words += [words_of(one) for one in each]
    return of_words(words).reshape(-1, shape[-1])


def in_order(group: h5py.Group) -> list[str]:
    """The names of the members in the order of their creation."""
    names: list[bytes] = []
    group.id.links.iterate(names.append, idx_type=h5py.h5.INDEX_CRT_ORDER)
    return [name.decode("utf-8", "surrogateescape") for name in names]


def sample_variables(found: Objects) -> list[h5py.Dataset]:
    """The datasets whose values a sample's hash covers, in their order."""
    paths = [f"/{name}" for name in in_order(found["/"]) if name != CHECK]
    if "/per_rank" in found:
        paths += [f"/per_rank/{name}" for name in in_order(found["/per_rank"])]
    items = [found[path] for path in paths]
    return [item for item in items if isinstance(item, h5py.Dataset) and item.ndim >= SAMPLE_AXES]


# -- objects --

def _word(number: int) -> bytes:
    return number.to_bytes(8, "little")


def _text(text: bytes) -> bytes:
    return _word(len(text)) + text


def _class(type_: h5py.h5t.TypeID) -> int | None:
    """What the elements of a value are; None for what no run file holds."""
    if isinstance(type_, h5py.h5t.TypeFloatID):
        return FLOAT
    if isinstance(type_, h5py.h5t.TypeIntegerID):
        return UNSIGNED if type_.get_sign() == h5py.h5t.SGN_NONE else SIGNED
    is_text = isinstance(type_, h5py.h5t.TypeStringID) and type_.is_variable_str()
    return TEXT if is_text else None


def _elements(value: h5py.h5d.DatasetID | h5py.h5a.AttrID, kind: int, name: str) -> bytes:
    """The elements of a value, each as a word or a text."""
    array = numpy.empty(value.shape, TYPES[kind])
    if isinstance(value, h5py.h5a.AttrID):
        value.read(array)
    else:
        value.read(h5py.h5s.ALL, h5py.h5s.ALL, array)
        if name == "/status":  # what a run that goes on changes: done and failed count as empty
            array[(array == 1) | (array == 3)] = 0
    if kind == TEXT:
        texts = [text or b"" for text in array.ravel().tolist()]
        if sum(map(len, texts)) > TEXTS_BYTES_MOST:
            raise Damaged(name, "holds too much text")
        return b"".join(map(_text, texts))
    return (words_of(array) if kind == FLOAT else array).tobytes()


def _most_bytes(value: h5py.h5d.DatasetID | h5py.h5a.AttrID, name: str, file_bytes: int) -> int:
    """The most that a value can take: no more than its file does or, where it is compressed, so many
    times what it takes there."""
    if isinstance(value, h5py.h5a.AttrID):
        return file_bytes
    creation = value.get_create_plist()
    filters = [creation.get_filter(i)[0] for i in range(creation.get_nfilters())]
    if set(filters) - {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE} or \
            filters.count(h5py.h5z.FILTER_DEFLATE) > 1:
        raise Damaged(name, "is packed in a way that no run file is")
    return min(value.get_storage_size(), file_bytes) * EXPANSION_MOST if filters else file_bytes


def _value(value: h5py.h5d.DatasetID | h5py.h5a.AttrID, name: str, file_bytes: int) -> bytes:
    """A dataset's or an attribute's value; of samples, the elements are left out."""
    type_ = value.get_type()
    kind, shape = _class(type_), value.shape
    if kind is None or shape is None:
        raise Damaged(name, "has an unknown type")
    bytes_ = type_.get_size()
    for length in shape:
        bytes_ *= max(length, 1)
    if len(shape) > AXES_MOST or bytes_ > _most_bytes(value, name, file_bytes):
        raise Damaged(name, "has an impossible size")
    head = b"".join(map(_word, (kind, len(shape), *shape)))
    is_samples = isinstance(value, h5py.h5d.DatasetID) and len(shape) >= SAMPLE_AXES
    return head if is_samples else head + _elements(value, kind, name)


def _attributes(item: Object, name: str, file_bytes: int) -> bytes:
    names: list[bytes] = []
    h5py.h5a.iterate(item.id, names.append)
    kept = sorted(one for one in names if one not in UNHASHED and not one.startswith(b"_Netcdf4"))
    return _word(len(kept)) + b"".join(
        _text(one) + _value(h5py.h5a.open(item.id, one), name, file_bytes) for one in kept)


def _members(group: h5py.Group) -> list[bytes]:
    """The names of what is in a group, by their bytes."""
    names: list[bytes] = []
    group.id.links.iterate(names.append)
    return sorted(names)


def of_object(item: Object, name: str) -> str:
    """The hash of a group or a dataset of that full path. Raises Damaged for what has none."""
    file_bytes = h5py.h5i.get_file_id(item.id).get_filesize()
    if isinstance(item, h5py.Group):
        members = _members(item)
        own = _word(0) + _word(len(members)) + b"".join(map(_text, members))
    else:
        own = _word(1) + _value(item.id, name, file_bytes)
    path = _text(name.encode("utf-8", "surrogateescape"))
    return xxhash.xxh64_hexdigest(path + own + _attributes(item, name, file_bytes))


def _member(group: h5py.Group, name: bytes, path: str) -> Object:
    """A member whose bytes stand in the file itself."""
    if group.id.links.get_info(name).type != h5py.h5l.TYPE_HARD:
        raise Damaged(path, "does not stand in it")
    item = group[name]
    if isinstance(item, h5py.Group):
        return item
    if not isinstance(item, h5py.Dataset):
        raise Damaged(path, "is neither a group nor a dataset")
    if item.is_virtual or item.external:
        raise Damaged(path, "does not stand in it")
    return item


def objects(group: h5py.Group, path: str = "/", depth: int = 0) -> Iterator[tuple[str, Object]]:
    """Full path and object of all that is in a group, and last of the group itself. Raises Damaged
    for what does not stand in the file."""
    for name in _members(group):
        inner = f"{path.rstrip('/')}/{name.decode('utf-8', 'surrogateescape')}"
        item = _member(group, name, inner)
        if isinstance(item, h5py.Group):
            if depth == DEPTH_MOST:
                raise Damaged(inner, "lies too deep")
            yield from objects(item, inner, depth + 1)
        else:
            yield inner, item
    yield path, group


def verify(file: h5py.File) -> Objects:
    """All objects of the file. Raises Damaged for the first that does not match its hash."""
    found = {}
    for path, item in objects(file):
        found[path] = item
        hash_ = of_object(item, path)
        if not h5py.h5a.exists(item.id, HASH.encode()):
            raise Damaged(path, "has no hash")
        if item.attrs[HASH] != hash_:
            raise Damaged(path, "does not match its hash")
    return found
