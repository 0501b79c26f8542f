"""What the programs of this folder share: how a refusal and a comparison look, hashes, and HKDF from RFC 5869."""
import hashlib, hmac

H = bytes.fromhex
sha = lambda x: hashlib.sha256(x).digest()
mac = lambda k, m: hmac.new(k, m, hashlib.sha256).digest()
_checked = 0


class Refused(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Refused(why)


def eq(computed, expected, what):
    """Bytes are compared with their text in hexadecimal digits."""
    global _checked
    _checked += 1
    if isinstance(computed, bytes):
        computed = computed.hex()
    assert computed == expected, f"{what}: {str(computed)[:80]} != {str(expected)[:80]}"


def comparisons():
    return _checked


def hkdf(salt, ikm, info, n):
    prk, out, t, i = mac(salt, ikm), b"", b"", 1
    while len(out) < n:
        t = mac(prk, t + info + bytes([i]))
        out, i = out + t, i + 1
    return out[:n]
