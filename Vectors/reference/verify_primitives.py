#!/usr/bin/env python3
"""Independent check of the primitives' families, with hashlib, hmac and libsodium by PyNaCl.

    verify_primitives.py FOLDER
"""
import hashlib
import hmac
import json
import os
import sys

import nacl.bindings as s

H = bytes.fromhex


class Refused(Exception):
    pass


def need(condition, reason):
    if not condition:
        raise Refused(reason)


def eq(computed, expected, what):
    assert computed.hex() == expected, f"{what}: {computed.hex()} is not {expected}"


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


FAMILIES = {"x25519": check_x25519, "ed25519": check_ed25519, "ed25519-to-x25519": check_conversion, "xchacha20-poly1305": check_aead,
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
