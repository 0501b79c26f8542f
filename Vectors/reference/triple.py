#!/usr/bin/env python3
"""Independent check of the conversations of suite 3: the Double Ratchet with the post-quantum ratchet beside it (Protocol §6a).
Only hashlib, hmac, libsodium primitives (PyNaCl) and ML-KEM (kyber-py); shares no code with Sotto.

usage: triple.py [VECTORS]      the folder that holds triple-ratchet/ and rejected/
Every message must come out byte for byte, and the archive of both sides after every step."""
import json, os, struct, sys
import nacl.bindings as s
from kyber_py.ml_kem import ML_KEM_768 as KEM
from common import H, Refused, comparisons, eq, hkdf, mac, need, sha

ROOT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
NOW, UNIT, UNITS, MOST = 1_790_000_000, 32, 37, 4
u32 = lambda n: struct.pack(">I", n)
thirds = lambda o: (o[:32], o[32:64], o[64:])
reduced = lambda ek: all(v & 0xFFF < 3329 and v >> 12 < 3329 for v in (int.from_bytes(ek[i : i + 3], "little") for i in range(0, 1152, 3)))


class Sparse:
    """The post-quantum ratchet. Phases: 0 offering, 1 confirming, 2 collecting, 3 answering."""

    def __init__(z, sk, initiator, draw):
        z.root, g, e = thirds(hkdf(bytes(32), sk, b"Sotto_PQ_Start_v1", 96))
        z.epoch, z.ns, z.nr = 0, 0, 0
        z.cks, z.ckr = (g, e) if initiator else (e, g)
        z.offer(draw) if initiator else z.collect(2)

    def copy(z):
        w = Sparse.__new__(Sparse)
        w.__dict__.update(z.__dict__)
        w.got = dict(z.got)
        return w

    def collect(z, phase):
        z.phase, z.got = phase, {}

    def offer(z, draw):
        z.collect(0)
        z.seed = draw(64)
        z.value, z.dk = KEM.key_derive(z.seed)
        z.next = 0

    def take(z, reserve):
        if not (z.phase == 0 and not z.got or z.phase == 3):
            return b"\0\0"
        count = min(max(reserve, 0) // UNIT, MOST)
        if count == 0:
            return b"\0\0"
        padded, first = z.value.ljust(UNIT * UNITS, b"\0"), z.next
        z.next = (first + count) % UNITS
        return bytes([first, count]) + b"".join(padded[UNIT * (u % UNITS) :][:UNIT] for u in range(first, first + count))

    def archive(z):
        out = bytes([z.phase]) + u32(z.epoch) + z.root + z.cks + u32(z.ns) + z.ckr + u32(z.nr)
        got = struct.pack(">Q", sum(1 << u for u in z.got)) + b"".join(z.got[u] for u in sorted(z.got))
        return out + [lambda: z.seed + z.value + bytes([z.next]) + got, lambda: z.nextr, lambda: got,
                      lambda: z.value + bytes([z.next]) + z.nexts + z.nextr][z.phase]()

    def following(z, ss, ek, ct):
        return thirds(hkdf(z.root, ss, b"Sotto_PQ_Epoch_v1" + u32(z.epoch + 1) + sha(ek + ct), 96))

    def walk(z, epoch, number, distance):
        """The chain keys of the messages up to this one, in the order in which they were sent."""
        if epoch == z.epoch:
            need(number - z.nr == distance, "wrong epoch")
            old = distance + 1
        else:
            need(epoch == z.epoch + 1 and z.phase in (1, 3) and number <= distance, "wrong epoch")
            old = distance - number
        for _ in range(old):
            yield z.ckr
            z.ckr, z.nr = mac(z.ckr, b"\2"), z.nr + 1
        if epoch == z.epoch:
            return
        z.ckr, z.nr, z.entered = z.nextr, 0, True
        for _ in range(number + 1):
            yield z.ckr
            z.ckr, z.nr = mac(z.ckr, b"\2"), z.nr + 1

    def received(z, fragment, draw):
        if z.__dict__.pop("entered", False):
            if z.phase == 1:
                z.collect(2)
            else:
                z.cks, z.ns = z.nexts, 0
                z.offer(draw)
            z.epoch += 1
        if z.phase not in (0, 2):
            return
        first, units = fragment[0], fragment[2:]
        for i in range(fragment[1]):
            z.got.setdefault((first + i) % UNITS, units[UNIT * i : UNIT * (i + 1)])
        if len(z.got) < UNITS:
            return
        value = b"".join(z.got[u] for u in range(UNITS))
        if z.phase == 2:
            need(reduced(value), "not an encapsulation key")
            ss, ct = KEM._encaps_internal(value, draw(32))
            z.root, z.nextr, z.nexts = z.following(ss, value, ct)
            z.phase, z.value, z.next, z.got = 3, ct, 0, {}
        else:
            ct = value[:1088]
            need(not any(value[1088:]), "bytes after the ciphertext")
            z.root, z.cks, z.nextr = z.following(KEM.decaps(z.dk, ct), z.value, ct)
            z.ns, z.phase, z.got = 0, 1, {}


class Triple:
    """The Double Ratchet of the Signal specification, whose every message key goes through the chain beside it."""

    def __init__(z, sk, ad, draw, spk, initiator):
        z.ad, z.draw, z.rk, z.skipped = ad, draw, sk, {}
        z.pq = Sparse(sk, initiator, draw)
        z.dhr = z.cks = z.ckr = None
        z.ns = z.nr = z.pn = 0
        if initiator:
            z.dhs, z.dhr = draw(32), s.crypto_scalarmult_base(spk)
            z.cks = z.step()
        else:
            z.dhs = spk

    def step(z):
        o = hkdf(z.rk, s.crypto_scalarmult(z.dhs, z.dhr), b"Sotto_DR_Root_v1", 64)
        z.rk = o[:32]
        return o[32:]

    def aad(z, header):
        return u32(len(z.ad)) + z.ad + header

    @staticmethod
    def key(prk):
        t = mac(prk, b"Sotto_DR_Message_v1\1")
        return t, mac(prk, t + b"Sotto_DR_Message_v1\2")[:24]

    def encrypt(z, plaintext, reserve):
        pq = z.pq
        place = u32(pq.epoch + (pq.phase == 1)) + u32(pq.ns)
        header = b"\2" + s.crypto_scalarmult_base(z.dhs) + u32(z.pn) + u32(z.ns) + place
        key, nonce = z.key(mac(pq.cks, mac(z.cks, b"\1")))
        z.cks, z.ns, pq.cks, pq.ns = mac(z.cks, b"\2"), z.ns + 1, mac(pq.cks, b"\2"), pq.ns + 1
        return header, s.crypto_aead_xchacha20poly1305_ietf_encrypt(pq.take(reserve) + plaintext, z.aad(header), nonce, key)

    def decrypt(z, header, ciphertext):
        w = Triple.__new__(Triple)
        w.__dict__.update(z.__dict__)
        w.skipped, w.pq = dict(z.skipped), z.pq.copy()
        plaintext = w.opened(header, ciphertext)
        z.__dict__.update(w.__dict__)
        return plaintext

    def opened(w, header, ciphertext):
        need(len(header) == 49 and header[0] == 2, "header")
        remote, (pn, n, epoch, number) = header[1:33], struct.unpack(">4I", header[33:])
        need(n < 2**32 - 1 and number < 2**32 - 1 and int.from_bytes(remote, "little") < 2**255 - 19, "header")
        prk, fresh = w.skipped.pop((remote, n), (None, 0))[0], True
        if prk is not None:
            fresh = False
        else:
            rest = 0
            if remote != w.dhr:
                rest = max(0, pn - w.nr) if w.ckr else 0
            else:
                need(n >= w.nr, "duplicate")
            ahead = n if remote != w.dhr else n - w.nr
            need(rest <= 1000 and ahead <= 1000, "too many skipped")
            salts = w.pq.walk(epoch, number, rest + ahead)
            w.skip(rest, salts)
            if remote != w.dhr:
                w.pn, w.ns, w.nr, w.dhr = w.ns, 0, 0, remote
                w.ckr = w.step()
                renew = True
            else:
                renew = False
            w.skip(ahead, salts)
            prk = mac(next(salts), mac(w.ckr, b"\1"))
            w.ckr, w.nr = mac(w.ckr, b"\2"), w.nr + 1
            need(next(salts, None) is None, "the walk ends here")
        key, nonce = w.key(prk)
        try:
            plain = s.crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, w.aad(header), nonce, key)
        except Exception as error:
            raise Refused("authentication") from error
        need(len(plain) >= 2 and plain[0] < UNITS and plain[1] <= MOST and (plain[1] or not plain[0]), "fragment")
        end = 2 + UNIT * plain[1]
        need(len(plain) >= end, "fragment")
        if fresh:
            w.pq.received(plain[:end], w.draw)
            if renew:
                w.dhs = w.draw(32)
                w.cks = w.step()
        return plain[end:]

    def skip(w, count, salts):
        for _ in range(count):
            w.skipped[(w.dhr, w.nr)] = (mac(next(salts), mac(w.ckr, b"\1")), NOW)
            w.ckr, w.nr = mac(w.ckr, b"\2"), w.nr + 1

    def archive(z):
        phase = 0 if z.dhr is None else 1 if z.ckr is None else 2
        out = b"\2" + z.pq.archive() + bytes([phase]) + u32(len(z.ad)) + z.ad + z.rk + z.dhs + s.crypto_scalarmult_base(z.dhs)
        if phase >= 1:
            out += z.dhr + z.cks + u32(z.ns)
        if phase == 2:
            out += u32(z.pn) + z.ckr + u32(z.nr) + struct.pack(">H", len(z.skipped))
            out += b"".join(d + u32(n) + struct.pack(">q", at) + k for (d, n), (k, at) in z.skipped.items())
        return out


def draws(values):
    left = [H(v) for v in values]

    def draw(count):
        value = left.pop(0)
        assert len(value) == count, "a draw of another size"
        return value

    draw.left = left
    return draw


def check(case):
    sk, ad, spk = H(case["shared_secret"]), H(case["associated_data"]), H(case["signed_prekey"])
    give = {w: draws(case[w + "_draws"]) for w in ("alice", "bob")}
    side = {w: Triple(sk, ad, give[w], spk, w == "alice") for w in give}
    sent = {"alice": [], "bob": []}
    for i, event in enumerate(case["events"]):
        who, what = event["who"], f"{case['comment']}, event {i}"
        refusal = None
        if "send" in event:
            m = event["send"]
            header, ciphertext = side[who].encrypt(H(m["plaintext"]), m["reserve"])
            eq(header, m["header"], what)
            eq(ciphertext, m["ciphertext"], what)
            sent[who].append((header, ciphertext, m["plaintext"]))
        else:
            header, ciphertext, plaintext = sent["bob" if who == "alice" else "alice"][event["receive"]]
            header, ciphertext = H(event.get("header", header.hex())), H(event.get("ciphertext", ciphertext.hex()))
            try:
                eq(side[who].decrypt(header, ciphertext), plaintext, what)
            except Refused as error:
                refusal = error
        eq(sha(side[who].archive()), event["state_sha256"], what + ", state")
        if refusal:
            raise refusal
    assert not give["alice"].left and not give["bob"].left, "draws are left"


for name in ("triple-ratchet/conversations.json", "rejected/conversations.json"):
    document = json.load(open(os.path.join(ROOT, name)))
    accepted = refused = 0
    for case in document["cases"]:
        try:
            check(case)
            assert case["expect"] == "success", f"{case['comment']}: accepted"
            accepted += 1
        except Refused as error:
            assert case["expect"] != "success", f"{case['comment']}: {error}"
            refused += 1
    print(f"{name}: {accepted} accepted, {refused} refused")
print(f"{comparisons()} comparisons, all equal")
