#!/usr/bin/env python3
"""Independent check of the generated vectors that are no transcripts: device lists, bundles, one-time prekeys, session
starts and sealed envelopes. Only hashlib, hmac, libsodium primitives (PyNaCl) and ML-KEM (kyber-py); shares no code with
Sotto.

usage: verify_structures.py [VECTORS]      the folder that holds key-agreement/, sealed-sender/ and rejected/
Accepted cases must come out number by number. Refused cases must be refused here too, for whatever reason."""
import json, os, struct, sys
import nacl.bindings as s
from kyber_py.ml_kem import ML_KEM_768, ML_KEM_1024
from common import H, Refused, comparisons, eq, hkdf, need, sha

ROOT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
P = 2**255 - 19
SUITES = (0x02, 0x06, 0x0E)  # bit n is suite n; no suite without those below it
labelled = lambda label, x: sha(label.encode() + b"\0" + x)


def verify(key, label, body, signature):
    try:
        s.crypto_sign_open(signature + ((label.encode() + b"\0") if label else b"") + body, key)
    except Exception as error:
        raise Refused("signature") from error


def dh(scalar, point):
    need(int.from_bytes(point, "little") < P, "not canonical")
    try:
        return s.crypto_scalarmult(scalar, point)
    except Exception as error:
        raise Refused("small order") from error


def opened(c, aad, nonce, key):
    try:
        return s.crypto_aead_xchacha20poly1305_ietf_decrypt(c, aad, nonce, key)
    except Exception as error:
        raise Refused("tag") from error


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        need(self.at + n <= len(self.data), "truncated")
        self.at += n
        return self.data[self.at - n : self.at]

    def u(self, n):
        return int.from_bytes(self.take(n), "big")

    def one(self, value):
        need(self.u(1) == value, "unknown value")

    def ext(self):
        inner, last = Reader(self.take(self.u(2))), -1
        while inner.at < len(inner.data):
            kind = inner.u(2)
            need(kind > last and not kind & 0x8000, "extension")
            last = kind
            inner.take(inner.u(2))

    def end(self):
        need(self.at == len(self.data), "trailing bytes")


# ---- C1 ------------------------------------------------------------------------------------------------------------
def device_list(data, account, signer):
    need(64 < len(data) <= 3072, "size")
    body = data[:-64]
    verify(signer, "Sotto_DeviceList_v1", body, data[-64:])
    r = Reader(body)
    r.one(1)
    need(r.take(33) == account, "account")
    major, minor, issued, prev, by, following, count = r.u(4), r.u(4), r.u(8), r.take(32), r.u(4), r.u(4), r.u(1)
    need(1 <= count <= 8 and major >= 1, "count or version")
    entries = {}
    for _ in range(count):
        number, key, role, suites, added, consent, routes = r.u(4), r.take(32), r.u(1), r.u(1), r.u(8), r.take(64), r.u(1)
        need(1 <= number <= 127 and role <= 1 and suites in SUITES and 1 <= routes <= 4, "entry")
        need(number < following and all(number > n for n in entries), "numbers")
        for _ in range(routes):
            r.take(r.u(1) + 64)
        r.ext()
        verify(key, "Sotto_DeviceConsent_v1", account + struct.pack(">I", number), consent)
        entries[number] = (key, role, suites)
    r.ext()
    r.end()
    need([role for _, role, _ in entries.values()].count(1) == 1, "one manager")
    return dict(version=(major, minor), by=by, entries=entries, bytes=data)


def device_lists(data, account):
    need(account[0] == 6, "account type")
    r = Reader(data)
    n = r.u(1)
    need(n in (1, 2), "list count")
    root = device_list(r.take(r.u(2)), account, account[1:])
    need(root["by"] == 0 and root["version"][1] == 0, "root list")
    newest = root
    if n == 2:
        manager, key = next((i, k) for i, (k, role, _) in root["entries"].items() if role == 1)
        newest = device_list(r.take(r.u(2)), account, key)
        need(newest["by"] == manager and newest["version"][0] == root["version"][0] and newest["version"][1] > 0, "manager list")
        need(newest["entries"].get(manager, ())[:2] == root["entries"][manager][:2], "manager changed")
    r.end()
    return newest


def check_device_lists(c):
    newest = device_lists(H(c["lists"]), H(c["account"]))
    eq(newest["version"], (c["version_major"], c["version_minor"]), "version")
    eq(sorted(newest["entries"]), c["devices"], "devices")
    eq(labelled("Sotto_DeviceListHash_v1", newest["bytes"]), c["hash"], "list hash")


# ---- C2 ------------------------------------------------------------------------------------------------------------
def ec(key):
    return b"\x05" + key


def kem_key(r):
    """kemId u32 ‖ EncodeKEM(1 569), of ML-KEM-1024: the number and the encoded key."""
    number, encoded = r.u(4), r.take(1569)
    need(number >= 1 and encoded[0] == 0x0A and reduced(encoded[1:]), "KEM prekey")
    return number, encoded


def bundle(data, account, device, key, suites):
    need(282 <= len(data) <= 2047, "size")
    verify(key, "Sotto_Bundle_v1", data[:-64], data[-64:])
    r = Reader(data[:-64])
    r.one(1)
    need(r.take(33) == account and r.u(4) == device, "of another device")
    b = dict(id=r.u(4), issued=r.u(8))
    r.one(suites)
    need(r.take(32) == key, "device key")
    b.update(seal_id=r.u(4), seal=r.take(32))
    r.one(5)
    b.update(spk=r.take(32))
    verify(key, "", ec(b["spk"]), r.take(64))
    b["kem"] = kem_key(r) if suites & 4 else None
    r.ext()
    r.end()
    need(all(int.from_bytes(b[k], "little") < P for k in ("seal", "spk")), "not canonical")
    b["hash"] = labelled("Sotto_BundleHash_v1", data)
    return b


def check_kem(kem, c):
    eq(kem and kem[0], c.get("kem_id"), "KEM prekey id")
    eq(kem and sha(kem[1]), c.get("kem_key_sha256"), "KEM prekey")


def check_bundle(c):
    account = H(c["account"])
    key, _, suites = device_lists(H(c["lists"]), account)["entries"][c["device"]]
    b = bundle(H(c["bundle"]), account, c["device"], key, suites)
    need(c["now"] - b["issued"] <= 60 * 86400, "too old")
    need(b["id"] >= c.get("newest_bundle_id_seen", 0), "superseded")
    eq(b["id"], c["bundle_id"], "bundle id")
    eq(b["seal_id"], c["seal_id"], "seal id")
    eq(b["seal"], c["seal_key"], "sealing key")
    eq(b["spk"], c["signed_prekey"], "signed prekey")
    check_kem(b["kem"], c)
    eq(b["hash"], c["hash"], "bundle hash")


def one_time(data, account, device, key, suites):
    need(len(data) == (1674 if suites & 4 else 101), "size")
    verify(key, "Sotto_OneTimePrekey_v1", account + struct.pack(">I", device) + data[:-64], data[-64:])
    number = int.from_bytes(data[:4], "big")
    need(number >= 1 and data[4] == 5 and int.from_bytes(data[5:37], "little") < P, "record")
    return number, data[5:37], kem_key(Reader(data[37:-64])) if suites & 4 else None


def check_one_time(c):
    account = H(c["account"])
    key, _, suites = device_lists(H(c["lists"]), account)["entries"][c["device"]]
    number, public, kem = one_time(H(c["record"]), account, c["device"], key, suites)
    eq(number, c["id"], "id")
    eq(public, c["key"], "key")
    check_kem(kem, c)


# ---- C4 ------------------------------------------------------------------------------------------------------------
def pair(seed):
    public, secret = s.crypto_sign_seed_keypair(seed)
    return public, s.crypto_sign_ed25519_sk_to_curve25519(secret)


def check_start(c):
    data, a, b = H(c["start"]), c["initiator"], c["responder"]
    r = Reader(data)
    r.one(1)
    suite = r.u(1)
    need(suite in (1, 2, 3), "suite")
    purpose = r.u(1)
    need(purpose <= 1, "purpose")
    rest, bundle_id, opk_id, ek = r.take(32), r.take(4), r.take(4), r.take(32)
    need(int.from_bytes(ek, "little") < P, "not canonical")
    kem_id, ciphertext = (r.u(4), r.take(1568)) if suite >= 2 else (None, None)
    lists = r.take(r.u(2))
    r.end()
    acc_a, acc_b, key_b, ik_b = H(a["account"]), H(b["account"]), *pair(H(b["device_seed"]))
    shown = device_lists(lists if lists != b"\0" else H(a["lists"]), acc_a)
    key_a, _, suites_a = shown["entries"][a["device"]]
    listed, _, suites_b = device_lists(H(b["lists"]), acc_b)["entries"][b["device"]]
    eq(key_b, listed.hex(), "responder's device key")
    need(suite == (suites_a & suites_b).bit_length() - 1, "not the highest common suite")
    spk, opk = c["signed_prekey"], c.get("one_time_prekey")
    published = bundle(H(spk["published"]), acc_b, b["device"], key_b, suites_b)
    eq(s.crypto_scalarmult_base(H(spk["scalar"])), published["spk"].hex(), "signed prekey")
    need(int.from_bytes(bundle_id, "big") == spk["id"] == published["id"], "bundle id")
    need(int.from_bytes(opk_id, "big") == (opk["id"] if opk else 0), "one-time prekey id")
    record = one_time(H(opk["published"]), acc_b, b["device"], key_b, suites_b) if opk else None
    encoded_opk, kem_fields, kem_secret = ec(record[1]) if opk else bytes(33), b"", b""
    if suite >= 2:
        number, encoded = record[2] if opk else published["kem"]
        need(kem_id == number, "KEM prekey id")
        public, private = ML_KEM_1024.key_derive(H((opk or spk)["kem_seed"]))
        eq(b"\x0a" + public, encoded.hex(), "KEM prekey")
        kem_fields, kem_secret = sha(encoded) + sha(ciphertext), ML_KEM_1024.decaps(private, ciphertext)
    context = labelled("Sotto_Session_v1", bytes([suite, purpose]) + rest + acc_a + struct.pack(">I", a["device"]) + acc_b
                       + struct.pack(">I", b["device"]) + published["hash"] + ec(ek) + opk_id + encoded_opk + kem_fields)
    need(context[:16].hex() == c["session_id"], "session id")
    ik_a_pub = s.crypto_sign_ed25519_pk_to_curve25519(key_a)
    outputs = [dh(H(spk["scalar"]), ik_a_pub), dh(ik_b, ek), dh(H(spk["scalar"]), ek)]
    outputs += [dh(H(opk["scalar"]), ek)] if opk else []
    info = b"Sotto_PQXDH_25519_SHA-256_ML-KEM-1024_v1" if suite >= 2 else b"Sotto_X3DH_25519_SHA-256_v1"
    sk = hkdf(bytes(32), b"\xff" * 32 + b"".join(outputs) + kem_secret, info, 32)
    eq(sk, c["shared_secret"], "shared secret")
    eq(b"\x06" + key_a + b"\x06" + key_b + context, c["associated_data"], "associated data")
    eq(hkdf(context, sk, b"Sotto_Export_v1", 96), c["exporter"], "exporter")
    if "ephemeral_scalar" in c:  # the initiator's side
        eq(s.crypto_scalarmult_base(H(c["ephemeral_scalar"])), ek.hex(), "ephemeral key")
        eq(rest[16:].hex(), c.get("replaces", "00" * 16), "replaces")
        if suite >= 2:
            made = ML_KEM_1024._encaps_internal(encoded[1:], H(c["encapsulation_message"]))
            eq(made[1], ciphertext.hex(), "KEM ciphertext")
            eq(made[0], kem_secret.hex(), "KEM secret")


# ---- ML-KEM ----------------------------------------------------------------------------------------------------------
def reduced(key):
    """Whether every coefficient of an encoded encapsulation key, 12 bits each, is reduced (FIPS 203 §7.2)."""
    values = (int.from_bytes(key[at : at + 3], "little") for at in range(0, len(key) - 32, 3))
    return all(v & 0xFFF < 3329 and v >> 12 < 3329 for v in values)


# ---- C3 ------------------------------------------------------------------------------------------------------------
def check_envelope(c):
    scalar, mailbox, eid, seal_id = H(c["seal_scalar"]), H(c["mailbox"]), H(c["envelope_id"]), struct.pack(">I", c["seal_id"])
    seal = s.crypto_scalarmult_base(scalar)
    known = H(c.get("seal_secret", ""))
    zero = bytes(24)
    bound = lambda version, e: labelled("Sotto_Sealed_v1", version + mailbox + eid + seal_id + seal + e)
    if "ephemeral_scalar" in c:  # the sender's side
        secret = b"" if c.get("without_secret") else known
        version, e = b"\2" if secret else b"\1", H(c["ephemeral_scalar"])
        public, t = s.crypto_scalarmult_base(e), bound(version, s.crypto_scalarmult_base(e))
        key, agreement = pair(H(c["device_seed"]))
        payload = H(c["payload"]) if "payload" in c else bytes((i * 7 + 3) & 255 for i in range(c["payload_byte_count"]))
        size = next(1024 << i for i in range(7) if (1024 << i) >= len(payload) + 140)
        enc = s.crypto_aead_xchacha20poly1305_ietf_encrypt
        name = H(c["account"]) + struct.pack(">I", c["device"]) + key + bytes([c["kind"]])
        c1 = enc(name, t, zero, hkdf(t, dh(e, seal) + secret, b"Sotto_Sealed_Sender_v1", 32))
        k2 = hkdf(t, dh(e, seal) + dh(agreement, seal) + secret, b"Sotto_Sealed_Body_v1", 32)
        envelope = version + seal_id + public + c1 + enc((payload + b"\x80").ljust(size - 139, b"\0"), t + c1, zero, k2)
        eq(len(envelope), size, "size")
        if "envelope" in c:
            eq(envelope, c["envelope"], "envelope")
        if "envelope_sha256" in c:
            eq(sha(envelope), c["envelope_sha256"], "hash of the envelope")
    else:
        envelope = H(c["envelope"])
    need(len(envelope) in [1024 << i for i in range(7)] and envelope[1:5] == seal_id, "size or seal id")
    version, e, c1, c2 = envelope[:1], envelope[5:37], envelope[37:123], envelope[123:]
    need(version == b"\1" or version == b"\2" and known, "version")
    secret = known if version == b"\2" else b""
    t, d1 = bound(version, e), dh(scalar, e)
    name = opened(c1, t, zero, hkdf(t, d1 + secret, b"Sotto_Sealed_Sender_v1", 32))
    device, kind = int.from_bytes(name[33:37], "big"), name[69]
    need(name[0] == 6 and 1 <= device <= 127 and 1 <= kind <= 4, "claim")
    d2 = dh(scalar, s.crypto_sign_ed25519_pk_to_curve25519(name[37:69]))
    body = opened(c2, t + c1, zero, hkdf(t, d1 + d2 + secret, b"Sotto_Sealed_Body_v1", 32)).rstrip(b"\0")
    need(body[-1:] == b"\x80", "marker")
    eq((name[:33].hex(), device, kind), (c["account"], c["device"], c["kind"]), "sender")
    eq(body[:-1], payload.hex(), "payload")


FAMILIES = {"device-lists": check_device_lists, "prekey-bundle": check_bundle, "one-time-prekey": check_one_time,
            "session-start": check_start, "sealed-envelope": check_envelope}
for folder in ("key-agreement", "sealed-sender", "rejected"):
    for name in sorted(os.listdir(os.path.join(ROOT, folder))):
        content = json.load(open(os.path.join(ROOT, folder, name)))
        if content.get("family") not in FAMILIES:
            continue
        taken = refused = 0
        for case in content["cases"]:
            try:
                FAMILIES[content["family"]](case)
                assert case["expect"] == "success", f"{name}: accepted: {case['comment']}"
                taken += 1
            except Refused as reason:
                assert case["expect"] != "success", f"{name}: refused ({reason}): {case['comment']}"
                refused += 1
        print(f"{folder}/{name}: {taken} accepted, {refused} refused")
print(f"{comparisons()} comparisons, all equal")
