#!/usr/bin/env python3
"""Encrypted files (C11) once more, on hashlib, hmac and libsodium's secretstream (PyNaCl). Shares no code with Sotto.
Without an option: makes blob/*.json again in memory and compares them with the committed files, byte for byte.

usage: blob.py [--write] [VECTORS]"""
import hashlib, hmac, json, os, sys
import nacl.bindings as s

ARGUMENTS = [a for a in sys.argv[1:] if a != "--write"]
ROOT = ARGUMENTS[0] if ARGUMENTS else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sha = lambda x: hashlib.sha256(x).digest()
blake = lambda x: hashlib.blake2b(x, digest_size=32).digest()
mac = lambda key, x: hmac.new(key, x, hashlib.sha256).digest()
KEY, OTHER, HEADER = sha(b"blob|key"), sha(b"blob|another key"), sha(b"blob|header")[:24]
CHUNK, OPENING, LARGEST = 65_536, 57, 1 << 32
MIDDLE, FINAL = 0, 3


def hkdf(key, info):
    """64 bytes, with a salt of 32 zeros (RFC 5869)."""
    prk = mac(bytes(32), key)
    first = mac(prk, info + b"\1")
    return first + mac(prk, first + info + b"\2")


def padded(length):
    """PADMÉ, but at least 16 384."""
    if length <= 16_384:
        return 16_384
    exponent = length.bit_length() - 1
    low = exponent - exponent.bit_length()
    return (length + (1 << low) - 1) >> low << low


def file_size(length):
    chunks = -(-padded(length) // CHUNK)
    return OPENING + padded(length) + 17 * chunks


def content(length):
    return bytes((i * 7 + 3) & 255 for i in range(256)) * (length // 256) + bytes((i * 7 + 3) & 255 for i in range(length % 256))


def encrypt(key, length):
    keys = hkdf(key, b"Sotto_Blob_v1")
    stream_key, commit = keys[:32], keys[32:]
    state = s.crypto_secretstream_xchacha20poly1305_state()
    # A state made from key and header is the same for both directions; so the header need not be random here.
    s.crypto_secretstream_xchacha20poly1305_init_pull(state, HEADER, stream_key)
    plain = content(length) + bytes(padded(length) - length)
    file = b"\1" + commit + HEADER
    for at in range(0, len(plain), CHUNK):
        ad = b"\1" + commit if at == 0 else None
        tag = FINAL if at + CHUNK >= len(plain) else MIDDLE
        file += s.crypto_secretstream_xchacha20poly1305_push(state, plain[at:at + CHUNK], ad, tag)
    return file


def edited(file, edits):
    for edit in edits:
        if "flip" in edit:
            at = edit["flip"] % len(file)
            file = file[:at] + bytes([file[at] ^ 1]) + file[at + 1:]
        if "cut_to" in edit:
            file = file[:edit["cut_to"]]
        if "chunks" in edit:
            sealed = CHUNK + 17
            file = file[:OPENING] + b"".join(
                file[OPENING + sealed * n:OPENING + sealed * (n + 1)] for n in edit["chunks"])
    return file


def case(comment, length, expect="success", edits=(), stated=None, key=KEY, digest=None, size=None):
    """`stated`, `key`, `digest` and `size` are what the pointer in the message says."""
    file = encrypt(KEY, length)
    arrived = edited(file, edits)
    return dict(
        comment=comment, expect=expect, key=KEY.hex(), header=HEADER.hex(), content_byte_count=length,
        file_digest=blake(file).hex(), edits=list(edits),
        pointer=dict(key=key.hex(), content_byte_count=length if stated is None else stated,
                     digest=(digest or blake(arrived)).hex(), file_byte_count=size or len(arrived)))


def files():
    for length in (0, 1, 16_383, 16_384, 16_385, 65_536, 65_537, 100_000, 131_072, 200_001):
        assert len(encrypt(KEY, length)) == file_size(length)
        yield case(f"{length} bytes", length)
    whole = blake(encrypt(KEY, 100))
    yield case("a bit of the last chunk changed on the way", 100, "mismatch", [dict(flip=16_000)], digest=whole)
    yield case("cut on the way", 100, "wrong size", [dict(cut_to=16_000)], digest=whole, size=file_size(100))
    yield case("a size that no file has", 100, "wrong size", [dict(cut_to=16_000)])
    yield case("a length of another size", 100, "wrong size", stated=16_385)
    yield case("another key: the file commits to one", 100, "mismatch", key=OTHER)
    yield case("a bit of the commitment changed", 100, "mismatch", [dict(flip=1)])
    yield case("version 0", 100, "malformed", [dict(flip=0)])
    yield case("a bit of the stream's header changed", 100, "authentication failure", [dict(flip=40)])
    yield case("a bit of a chunk changed", 100, "authentication failure", [dict(flip=5_000)])
    yield case("a bit of the last tag changed", 100, "authentication failure", [dict(flip=-1)])
    yield case("the last chunk missing, and the length to match", 131_072, "authentication failure",
               [dict(chunks=[0])], stated=65_536)
    yield case("chunks in another order", 131_072, "authentication failure", [dict(chunks=[1, 0])])
    yield case("the first chunk twice", 131_072, "authentication failure", [dict(chunks=[0, 0])])
    yield case("a chunk behind the last one", 65_536, "authentication failure", [dict(chunks=[0, 0])], stated=131_072)


def sizes():
    for length in (0, 1, 16_384, 16_385, 65_536, 65_537, 1_000_000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 123_456_789,
                   LARGEST - 1, LARGEST):
        yield dict(comment=f"{length} bytes", expect="success", content_byte_count=length,
                   file_byte_count=file_size(length))
    yield dict(comment="a byte too much", expect="malformed", content_byte_count=LARGEST + 1)


for family, cases in (("blob-file", files()), ("blob-size", sizes())):
    path = os.path.join(ROOT, "blob", family.split("-")[1] + "s.json")
    document = dict(family=family, origin="Vectors/reference/blob.py", cases=list(cases))
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    if "--write" in sys.argv:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").write(text)
    assert open(path).read() == text, f"{path} is not what the reference makes"
    print(f"blob/{os.path.basename(path)}: {len(document['cases'])} cases, the same byte for byte")
