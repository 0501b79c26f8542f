#!/usr/bin/env python3
"""Puts public test vectors into the form of our families, so that every implementation that reads ours can be held against them.

    public.py VECTORS OUT

VECTORS is a folder with `wycheproof/` (C2SP/wycheproof, testvectors_v1), `rfc/` (the vectors of PyCA's cryptography) and `acvp-mlkem/` (NIST). What Wycheproof calls
valid must succeed and what it calls invalid must be refused. Sotto refuses more in one place, X25519: keys that are not canonical, and results
of zero, whatever a file says of them.
"""
import json
import pathlib
import sys

P = 2**255 - 19
source, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def wycheproof(name):
    for group in json.load(open(source / "wycheproof" / f"{name}_test.json"))["testGroups"]:
        for test in group["tests"]:
            yield group, test, f"Wycheproof {name} {test['tcId']}: {test.get('comment', '')}", test["result"]


def rfc(name):
    """The records of a file of `KEY = value` lines; a key that was seen begins the next one."""
    record = {}
    for line in (source / "rfc" / name).read_text().splitlines():
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or key.startswith("#"):
            continue
        if key in record:
            yield record
            record = {}
        record[key] = value
    yield record


def x25519(comment, scalar, point, shared):
    number = int.from_bytes(bytes.fromhex(point), "little")
    expect = "non-canonical key" if number >= P else "small-order key" if not int(shared, 16) else "success"
    case = {"comment": comment, "expect": expect, "scalar": scalar, "point": point}
    return {**case, "shared": shared} if expect == "success" else case


def x25519_cases():
    for _, t, comment, result in wycheproof("x25519"):
        yield x25519(comment, t["private"], t["public"], t["shared"])
    for record in rfc("rfc7748.txt"):
        if "INPUT_SCALAR" in record and "OUTPUT_U" in record:
            yield x25519(f"RFC 7748 section 5.2, {record['COUNT']}", record["INPUT_SCALAR"], record["INPUT_U"], record["OUTPUT_U"])


def ed25519_cases():
    for group, t, comment, result in wycheproof("ed25519"):
        size = len(t["sig"]) == 128
        yield {"comment": comment, "expect": "success" if result == "valid" else "invalid signature" if size else "wrong size",
               "key": group["publicKey"]["pk"], "message": t["msg"], "signature": t["sig"]}
    for number, line in enumerate((source / "rfc" / "sign.input").read_text().splitlines(), 1):
        seed, key, message, signature, *_ = line.split(":")
        yield {"comment": f"sign.input, line {number}", "expect": "success", "seed": seed[:64], "key": key, "message": message,
               "signature": signature[:128]}


def aead_cases():
    for group, t, comment, result in wycheproof("xchacha20_poly1305"):
        case = {"comment": comment, "expect": "success", "key": t["key"], "nonce": t["iv"], "additional_data": t["aad"],
                "ciphertext": t["ct"] + t["tag"], "plaintext": t["msg"]}
        if result != "valid":
            del case["plaintext"]
            case["expect"] = "authentication failure" if len(t["iv"]) == 48 else "wrong size"
        yield case


def hkdf_cases():
    for _, t, comment, result in wycheproof("hkdf_sha256"):
        case = {"comment": comment, "expect": "success" if result == "valid" else "output too long", "salt": t["salt"],
                "input_key_material": t["ikm"], "info": t["info"], "byte_count": t["size"]}
        yield {**case, "output": t["okm"]} if result == "valid" else case
    for record in rfc("rfc-5869-HKDF-SHA256.txt"):
        yield {"comment": f"RFC 5869, {record['COUNT']}", "expect": "success", "salt": record["salt"], "input_key_material": record["IKM"],
               "info": record["info"], "byte_count": int(record["L"]), "output": record["OKM"]}


def hmac_cases():
    for _, t, comment, result in wycheproof("hmac_sha256"):
        yield {"comment": comment, "expect": "success" if result == "valid" else "mismatch", "key": t["key"], "message": t["msg"],
               "code": t["tag"]}
    for number, record in enumerate(rfc("rfc-4231-sha256.txt"), 1):
        yield {"comment": f"RFC 4231, {number}", "expect": "success", "key": record["Key"], "message": record["Msg"], "code": record["MD"]}


def ml_kem_cases():
    for parameters, name, size in (("ML-KEM-768", "mlkem_768", 1184), ("ML-KEM-1024", "mlkem_1024", 1568)):
        valid_key = None
        for _, t, comment, result in wycheproof(name):
            case = {"comment": comment, "expect": "success", "parameters": parameters, "seed": t["seed"], "public_key": t.get("ek", ""),
                    "ciphertext": t["c"], "shared_secret": t["K"]}
            valid_key = valid_key or t.get("ek")
            if result != "valid":  # a seed or a ciphertext of another size; what has no key gets one, so that the seed is judged
                del case["shared_secret"]
                case.update(expect="wrong size", public_key=t.get("ek") or valid_key)
            yield case
        for _, t, comment, result in wycheproof(f"{name}_keygen_seed"):
            yield {"comment": comment, "expect": "success", "parameters": parameters, "seed": t["seed"], "public_key": t["ek"]}
        for _, t, comment, result in wycheproof(f"{name}_encaps"):
            case = {"comment": comment, "parameters": parameters, "public_key": t["ek"]}
            if result == "valid":
                yield {**case, "expect": "success", "message": t["m"], "ciphertext": t["c"], "shared_secret": t["K"]}
            else:  # a coefficient of 3 329 or more, or another size
                yield {**case, "expect": "non-canonical key" if len(t["ek"]) == 2 * size else "wrong size"}
        for folder in ("keyGen", "encapDecap"):
            for group in json.load(open(source / "acvp-mlkem" / folder / "internalProjection.json"))["testGroups"]:
                if group["parameterSet"] != parameters:
                    continue
                for t in group["tests"]:
                    case = {"comment": f"ACVP {folder} {t['tcId']}", "expect": "success", "parameters": parameters}
                    if folder == "keyGen":
                        yield {**case, "seed": (t["d"] + t["z"]).lower(), "public_key": t["ek"].lower()}
                    elif group["function"] == "encapsulation":
                        yield {**case, "public_key": t["ek"].lower(), "message": t["m"].lower(), "ciphertext": t["c"].lower(),
                               "shared_secret": t["k"].lower()}


FAMILIES = {"ml-kem": ml_kem_cases, "x25519": x25519_cases, "ed25519": ed25519_cases, "xchacha20-poly1305": aead_cases, "hkdf-sha256": hkdf_cases,
            "hmac-sha256": hmac_cases}
out.mkdir(parents=True, exist_ok=True)
for family, cases in FAMILIES.items():
    document = {"family": family, "origin": "public vectors, put into this form by public.py", "cases": list(cases())}
    (out / f"{family}.json").write_text(json.dumps(document, indent=1))
