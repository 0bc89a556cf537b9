"""The hashes of a run file, computed by the description in src/runfile/integrity.h."""

import pathlib
import struct

import h5py
import numpy as np

AXES = 5  # of a cell; the sixth is the round
NAN = 0x7ff8000000000000
MASK = (1 << 64) - 1
PRIME = (11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579,
         2870177450012600261)
LIBRARY = ("DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME", "xxh64")


def _left(word: int, bits: int) -> int:
    return (word << bits | word >> 64 - bits) & MASK


def _round(lane: int, word: int) -> int:
    return _left((lane + word * PRIME[1]) & MASK, 31) * PRIME[0] & MASK


def xxh64(data: bytes) -> int:
    """XXH64 with seed 0, as its specification says it."""
    at, length = 0, len(data)
    if length >= 32:
        lanes = [(PRIME[0] + PRIME[1]) & MASK, PRIME[1], 0, -PRIME[0] & MASK]
        while length - at >= 32:
            words = struct.unpack_from("<4Q", data, at)
            lanes = [_round(lane, word) for lane, word in zip(lanes, words, strict=True)]
            at += 32
        hash_ = sum(_left(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True))
        for lane in lanes:
            hash_ = ((hash_ & MASK) ^ _round(0, lane)) * PRIME[0] + PRIME[3]
    else:
        hash_ = PRIME[4]
    hash_ = hash_ + length & MASK
    while length - at >= 8:
        hash_ ^= _round(0, struct.unpack_from("<Q", data, at)[0])
        hash_ = _left(hash_, 27) * PRIME[0] + PRIME[3] & MASK
        at += 8
    if length - at >= 4:
        hash_ ^= struct.unpack_from("<I", data, at)[0] * PRIME[0] & MASK
        hash_ = _left(hash_, 23) * PRIME[1] + PRIME[2] & MASK
        at += 4
    for byte in data[at:]:
        hash_ ^= byte * PRIME[4] & MASK
        hash_ = _left(hash_, 11) * PRIME[0] & MASK
    hash_ = (hash_ ^ hash_ >> 33) * PRIME[1] & MASK
    hash_ = (hash_ ^ hash_ >> 29) * PRIME[2] & MASK
    return hash_ ^ hash_ >> 32


def _bits(values: np.ndarray) -> np.ndarray:
    """Numbers as words: of doubles the bits, every NaN the same."""
    if values.dtype.kind == "f":
        doubles = values.astype("<f8")
        return np.where(np.isnan(doubles), np.uint64(NAN), doubles.view("<u8"))
    return values.astype("<i8" if values.dtype.kind == "i" else "<u8").view("<u8")


def names_of_variables(file: h5py.File) -> list[str]:
    """The sample variables in the order of their creation."""
    names: list[bytes] = []
    file.id.links.iterate(names.append, idx_type=h5py.h5.INDEX_CRT_ORDER)
    return [n for n in (name.decode() for name in names)
            if n != "check" and isinstance(file[n], h5py.Dataset) and file[n].ndim == AXES + 1]


def samples(file: h5py.File) -> np.ndarray:
    """The words of all samples: [cell, round, word], those with a hash that does not match 0."""
    check = file["check"][...]
    cells, rounds = check.size // check.shape[-1], check.shape[-1]
    columns = [_bits(file[n][...].astype("<f8")).reshape(cells, rounds)
               for n in names_of_variables(file)]
    if "per_rank" in file:
        per_rank = _bits(file["per_rank/time"][...]).reshape(cells, rounds, -1)
        columns += list(np.moveaxis(per_rank, -1, 0))
        for name in ("time_quantile", "slowest", "fastest"):
            if name in file["per_rank"]:
                found = _bits(file[f"per_rank/{name}"][...].astype("<f8"))
                columns += list(np.moveaxis(found.reshape(cells, rounds, -1), -1, 0))
    cell, number = np.indices((cells, rounds), dtype="<u8")
    words = np.stack([cell, number, *columns], axis=-1)
    check = check.reshape(cells, rounds)
    for at in zip(*np.nonzero(check), strict=True):
        if xxh64(words[at].tobytes()) != int(check[at]):
            check[at] = 0
    return np.where(check[..., None] != 0, words, np.uint64(0))


def _text(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def _value(values, shape: tuple, object_name: str = "") -> bytes:
    """The canonical bytes of a value, that of a dataset of samples without its elements."""
    array = np.asarray(values)
    text = array.dtype.kind in "OSU"
    kind = 4 if text else {"f": 1, "i": 2, "u": 3}[array.dtype.kind]
    head = struct.pack(f"<{2 + len(shape)}Q", kind, len(shape), *shape)
    if len(shape) > AXES:
        return head
    if text:
        return head + b"".join(_text(t) for t in array.reshape(-1).tolist())
    if object_name == "/status":
        array = np.where((array == 1) | (array == 3), 0, array).astype("u1")
    return head + _bits(array).tobytes()


def object_hash(item: h5py.Group | h5py.Dataset) -> str:
    """The hash of a group or a dataset as it should be."""
    group = isinstance(item, h5py.Group)
    data = _text(item.name) + struct.pack("<Q", not group)
    if group:
        data += struct.pack("<Q", len(item))
        data += b"".join(_text(n) for n in sorted(n.encode() for n in item))
    else:
        values = np.empty((), item.dtype) if item.ndim > AXES else item[...]
        data += _value(values, item.shape, item.name)
    names = sorted(n for n in item.attrs if n not in LIBRARY and not n.startswith("_Netcdf4"))
    data += struct.pack("<Q", len(names))
    for name in names:
        attribute = item.attrs.get_id(name)
        data += _text(name) + _value(item.attrs[name], attribute.shape)
    return f"{xxh64(data):016x}"


def check_objects(path: pathlib.Path) -> None:
    """Every object of the file matches its hash."""
    with h5py.File(path) as file:
        objects = [file]
        file.visititems(lambda _, item: objects.append(item))
        for item in objects:
            assert item.attrs["xxh64"] == object_hash(item), f"{item.name}: {object_hash(item)}"
