#!/usr/bin/env python3
"""The mailbox log and stored receipts (C7, C8) once more, on hashlib and libsodium's Ed25519 (PyNaCl). Shares no code with
Sotto. Without an option: makes relay-log/*.json again in memory and compares them with the committed files, byte for byte.

usage: relay_log.py [--write] [VECTORS]"""
import hashlib, json, os, sys
import nacl.bindings as s

ARGUMENTS = [a for a in sys.argv[1:] if a != "--write"]
ROOT = ARGUMENTS[0] if ARGUMENTS else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sha = lambda x: hashlib.sha256(x).digest()
H = lambda label, x: sha(label.encode() + b"\0" + x)
blake = lambda x: hashlib.blake2b(x, digest_size=32).digest()
u16, u32, u64 = (lambda n, k=k: n.to_bytes(k, "big") for k in (2, 4, 8))
RELAY, SECRET = s.crypto_sign_seed_keypair(sha(b"relay-log|relay"))
OTHER, OTHER_SECRET = s.crypto_sign_seed_keypair(sha(b"relay-log|another relay"))
MAILBOX = sha(b"relay-log|mailbox")
NOW, DAY = 1_790_000_000, 86_400
sign = lambda label, x, secret=SECRET: s.crypto_sign(label.encode() + b"\0" + x, secret)[:64]
name = lambda n, what: sha(f"relay-log|{what}|{n}".encode())[:16]
flip = lambda x, at: x[:at] + bytes([x[at] ^ 1]) + x[at + 1:]


# ---- C7 ------------------------------------------------------------------------------------------------------------
TOKEN = name(0, "deletion token")
hash_of_token = H("Sotto_DeletionHash_v1", TOKEN)[:16]


def envelope(n, size=1024, expires=NOW + 7 * DAY, deletion=None):
    deletion = deletion or name(n, "deletion hash")
    fields = dict(seq=n, envelope_id=name(n, "envelope").hex(), stored_at=NOW - 10 + n, expires_at=expires,
                  deletion_hash=deletion.hex(), envelope=dict(fill=n & 255, byte_count=size))
    leaf = u64(n) + name(n, "envelope") + blake(bytes([n & 255]) * size) + u64(NOW - 10 + n) + u64(expires) + deletion
    return fields, leaf


def gap(n, reason, **how):
    leaf = envelope(n, **how)[1]
    return dict(gap=(leaf + reason).hex()), leaf


def log(comment, items, expect="success", epoch=1, last=(0, bytes(32)), key=RELAY, secret=SECRET, mailbox=MAILBOX,
        shown=None, edit=lambda x: x, label="Sotto_Checkpoint_v1", seq=None, stated_epoch=None, now=NOW):
    head = H("Sotto_LogStart_v1", RELAY + MAILBOX + u32(epoch) + u64(last[0]) + last[1])
    for _, leaf in items:
        head = H("Sotto_LogNode_v1", head + H("Sotto_LogLeaf_v1", leaf))
    end = last[0] + len(items) if seq is None else seq
    body = b"\1" + key + mailbox + u32(stated_epoch or epoch) + u64(end) + head + u64(NOW)
    case = dict(comment=comment, expect=expect, relay_key=RELAY.hex(), mailbox=MAILBOX.hex(), epoch=epoch,
                last_seq=last[0], last_head=last[1].hex(), now=now,
                items=[i[0] for i in (items if shown is None else shown)],
                checkpoint=edit(body + sign(label, body, secret)).hex())
    return case, head


def logs():
    three = [envelope(1), envelope(2, 4096), envelope(3, 65536)]
    first, head = log("three envelopes", three)
    yield first
    yield log("nothing yet", [])[0]
    expired = [envelope(1), gap(2, b"\0", expires=NOW)]
    yield log("an expired envelope is a gap", expired)[0]
    yield log("expired by the relay's clock, which is an hour ahead", [gap(1, b"\0", expires=NOW + 3600)])[0]
    yield log("retracted with the sender's token", [gap(1, b"\1" + TOKEN, deletion=hash_of_token)])[0]
    yield log("a new epoch behind a checkpoint", [envelope(4), envelope(5)], epoch=2, last=(3, head))[0]
    no = lambda *a, **k: log(*a, **k)[0]
    yield no("a bit of the signature changed", three, "invalid signature", edit=lambda x: flip(x, 180))
    yield no("a bit of the head changed", three, "invalid signature", edit=lambda x: flip(x, 80))
    yield no("signed by another relay", three, "invalid signature", secret=OTHER_SECRET)
    yield no("another relay's checkpoint", three, "invalid signature", key=OTHER, secret=OTHER_SECRET)
    yield no("another mailbox's checkpoint", three, "invalid signature", mailbox=sha(b"another"))
    yield no("signed as something else", three, "invalid signature", label="Sotto_StoredRoot_v1")
    yield no("without its signature", three, "malformed", edit=lambda x: x[:117])
    yield no("with a byte more", three, "malformed", edit=lambda x: x + b"\0")
    yield no("version 2", three, "malformed", edit=lambda x: b"\2" + x[1:])
    yield no("the second left out", three, "mismatch", shown=[three[0], three[2]])
    yield no("the last left out", three, "mismatch", shown=three[:2])
    swapped = [dict(three[1][0], seq=1), dict(three[0][0], seq=2), three[2][0]]
    yield no("two exchanged, with their numbers", three, "mismatch", shown=[(i, b"") for i in swapped])
    yield no("another time of storing", three, "mismatch", shown=[(dict(three[0][0], stored_at=1), b"")] + three[1:])
    yield no("another epoch than the one that is signed", three, "mismatch", stated_epoch=2)
    yield no("another seq than the last one", three, "mismatch", seq=4)
    yield no("a new epoch that begins elsewhere", [envelope(4)], "mismatch", epoch=2, last=(3, head), stated_epoch=3)
    yield no("a gap before its time", [gap(1, b"\0", expires=NOW + 3601)], "refused")
    yield no("a gap with another token", [gap(1, b"\1" + name(1, "token"), deletion=hash_of_token)], "refused")
    yield no("a gap for a third reason", [gap(1, b"\2")], "malformed")
    yield no("a gap without a reason's token", [gap(1, b"\1")], "malformed")


# ---- C8 ------------------------------------------------------------------------------------------------------------
def leaf(n, at=NOW):
    return sha(b"\0Sotto_StoredLeaf_v1\0" + MAILBOX + name(n, "envelope") + blake(bytes([n & 255]) * 1024) + u64(at))


def tree(leaves):
    """The root, and every leaf's path from itself up (RFC 6962, 2.1)."""
    if len(leaves) == 1:
        return leaves[0], [[]]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    (left, lefts), (right, rights) = tree(leaves[:k]), tree(leaves[k:])
    return sha(b"\1" + left + right), [p + [right] for p in lefts] + [p + [left] for p in rights]


def receipt(comment, n, count, expect="success", key=RELAY, secret=SECRET, label="Sotto_StoredRoot_v1", index=None,
            stated=None, path=lambda p: p, edit=lambda x: x, **changed):
    root, paths = tree([leaf(i) for i in range(1, count + 1)])
    body = b"\1" + key + u64(NOW + 1) + u16(stated or count) + root
    steps = path(paths[n - 1])
    proof = body + sign(label, body, secret) + u16(n - 1 if index is None else index) + bytes([len(steps)]) + b"".join(steps)
    case = dict(comment=comment, expect=expect, relay_key=RELAY.hex(), mailbox=MAILBOX.hex(),
                envelope_id=name(n, "envelope").hex(), envelope=dict(fill=n & 255, byte_count=1024), stored_at=NOW,
                proof=edit(proof).hex())
    return case | changed


def receipts():
    for n, count in [(1, 1), (1, 2), (2, 2), (3, 3), (5, 7), (7, 7), (1, 64), (64, 64), (65, 65), (200, 256)]:
        yield receipt(f"place {n} of {count}", n, count)
    yield receipt("another envelope", 5, 7, "refused", envelope=dict(fill=6, byte_count=1024))
    yield receipt("another envelope id", 5, 7, "refused", envelope_id=name(6, "envelope").hex())
    yield receipt("another mailbox", 5, 7, "refused", mailbox=sha(b"another").hex())
    yield receipt("another time", 5, 7, "refused", stored_at=NOW + 1)
    yield receipt("another relay", 5, 7, "refused", relay_key=OTHER.hex())
    yield receipt("signed by another relay", 5, 7, "refused", secret=OTHER_SECRET)
    yield receipt("signed as something else", 5, 7, "refused", label="Sotto_Checkpoint_v1")
    yield receipt("a neighbour's index", 5, 7, "refused", index=5)
    yield receipt("an index beyond the count", 7, 7, "refused", index=7)
    yield receipt("a path one step short", 5, 7, "refused", path=lambda p: p[:-1])
    yield receipt("a path one step long", 5, 7, "refused", path=lambda p: p + [bytes(32)])
    yield receipt("a path in another order", 5, 7, "refused", path=lambda p: p[::-1])
    yield receipt("a count below its place", 5, 7, "refused", stated=4)
    yield receipt("no leaves", 1, 1, "refused", edit=lambda x: x[:41] + u16(0) + x[43:])
    yield receipt("a bit of the root changed", 5, 7, "refused", edit=lambda x: flip(x, 50))
    yield receipt("a bit of the signature changed", 5, 7, "refused", edit=lambda x: flip(x, 100))
    yield receipt("cut", 5, 7, "malformed", edit=lambda x: x[:-1])
    yield receipt("a byte more", 5, 7, "malformed", edit=lambda x: x + b"\0")
    yield receipt("deeper than a tree can be", 5, 7, "malformed", path=lambda p: p * 3)
    yield receipt("version 2", 5, 7, "malformed", edit=lambda x: b"\2" + x[1:])
    yield receipt("empty", 5, 7, "malformed", edit=lambda x: b"")


for family, cases in (("mailbox-log", logs()), ("stored-receipt", receipts())):
    path = os.path.join(ROOT, "relay-log", family + "s.json")
    content = dict(family=family, origin="Vectors/reference/relay_log.py", cases=list(cases))
    text = json.dumps(content, indent=2, sort_keys=True) + "\n"
    if "--write" in sys.argv:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").write(text)
    assert open(path).read() == text, f"{path} is not what the reference makes"
    print(f"relay-log/{family}s.json: {len(content['cases'])} cases, the same byte for byte")
