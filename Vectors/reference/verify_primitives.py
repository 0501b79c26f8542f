#!/usr/bin/env python3
"""Independent check of the primitives' families, with hashlib, hmac, libsodium by PyNaCl, and ML-KEM by kyber-py.

    verify_primitives.py FOLDER
"""
import hashlib
import hmac
import json
import os
import sys

import nacl.bindings as s
from kyber_py.ml_kem import ML_KEM_768, ML_KEM_1024
from common import H, Refused, eq, need


def attempt(reason, call, *arguments):
    try:
        return call(*arguments)
    except Exception as error:
        raise Refused(reason) from error


def check_x25519(c):
    need(len(H(c["scalar"])) == len(H(c["point"])) == 32, "wrong size")
    need(int.from_bytes(H(c["point"]), "little") < 2**255 - 19, "non-canonical key")
    eq(attempt("small-order key", s.crypto_scalarmult, H(c["scalar"]), H(c["point"])), c["shared"], "shared")


def check_ed25519(c):
    if "seed" in c:
        key, secret = s.crypto_sign_seed_keypair(H(c["seed"]))
        eq(key, c["key"], "key")
        eq(s.crypto_sign(H(c["message"]), secret)[:64], c["signature"], "signature")
    need(len(H(c["signature"])) == 64, "wrong size")
    attempt("invalid signature", s.crypto_sign_open, H(c["signature"]) + H(c["message"]), H(c["key"]))


def check_conversion(c):
    need(len(H(c["key"])) == 32, "wrong size")
    eq(attempt("invalid point", s.crypto_sign_ed25519_pk_to_curve25519, H(c["key"])), c["x25519_point"], "point")
    if "seed" in c:
        key, secret = s.crypto_sign_seed_keypair(H(c["seed"]))
        eq(key, c["key"], "key")
        scalar = s.crypto_sign_ed25519_sk_to_curve25519(secret)
        eq(scalar, c["x25519_scalar"], "scalar")
        eq(s.crypto_scalarmult_base(scalar), c["x25519_point"], "point, from the scalar")


def check_aead(c):
    need(len(H(c["nonce"])) == 24 and len(H(c["key"])) == 32, "wrong size")
    opened = attempt("authentication failure", s.crypto_aead_xchacha20poly1305_ietf_decrypt, H(c["ciphertext"]),
                     H(c["additional_data"]), H(c["nonce"]), H(c["key"]))
    eq(opened or b"", c["plaintext"], "plaintext")
    eq(s.crypto_aead_xchacha20poly1305_ietf_encrypt(opened, H(c["additional_data"]), H(c["nonce"]), H(c["key"])),
       c["ciphertext"], "ciphertext")


def check_hmac(c):
    code = hmac.digest(H(c["key"]), H(c["message"]), "sha256")[:len(H(c["code"]))]
    need(code == H(c["code"]), "mismatch")


def check_hkdf(c):
    count, info = c["byte_count"], H(c["info"])
    need(0 <= count <= 255 * 32, "output too long")
    key = hmac.digest(H(c["salt"]) or bytes(32), H(c["input_key_material"]), "sha256")
    output = block = b""
    for index in range((count + 31) // 32):
        block = hmac.digest(key, block + info + bytes([index + 1]), hashlib.sha256)
        output += block
    eq(output[:count], c["output"], "output")


def reduced(key):
    """Whether every coefficient of an encoded encapsulation key, 12 bits each, is reduced (FIPS 203 §7.2)."""
    values = (int.from_bytes(key[at:at + 3], "little") for at in range(0, len(key) - 32, 3))
    return all(v & 0xFFF < 3329 and v >> 12 < 3329 for v in values)


def check_ml_kem(c):
    k, key_size, ciphertext_size = {"ML-KEM-768": (ML_KEM_768, 1184, 1088), "ML-KEM-1024": (ML_KEM_1024, 1568, 1568)}[c["parameters"]]
    key = H(c["public_key"])
    need(len(key) == key_size, "wrong size")
    need(reduced(key), "non-canonical key")
    if "message" in c:
        secret, ciphertext = k._encaps_internal(key, H(c["message"]))
        eq(ciphertext, c["ciphertext"], "ciphertext")
        eq(secret, c["shared_secret"], "shared secret, by encapsulation")
    if "seed" not in c:
        return
    need(len(H(c["seed"])) == 64, "wrong size")
    public, private = k.key_derive(H(c["seed"]))
    eq(public, key.hex(), "public key")
    if "ciphertext" in c:
        need(len(H(c["ciphertext"])) == ciphertext_size, "wrong size")
        eq(k.decaps(private, H(c["ciphertext"])), c["shared_secret"], "shared secret")


FAMILIES = {"ml-kem": check_ml_kem, "x25519": check_x25519,
            "ed25519": check_ed25519, "ed25519-to-x25519": check_conversion, "xchacha20-poly1305": check_aead,
            "hmac-sha256": check_hmac, "hkdf-sha256": check_hkdf}
folder = sys.argv[1]
for name in sorted(os.listdir(folder)):
    content = json.load(open(os.path.join(folder, name)))
    if content.get("family") not in FAMILIES:
        continue
    taken = refused = 0
    for case in content["cases"]:
        try:
            FAMILIES[content["family"]](case)
            assert case["expect"] == "success", f"{name}: accepted: {case['comment']}"
            taken += 1
        except Refused as reason:
            assert case["expect"] == str(reason), f"{name}: refused ({reason}): {case['comment']}"
            refused += 1
    print(f"{os.path.basename(os.path.normpath(folder))}/{name}: {taken} accepted, {refused} refused")
