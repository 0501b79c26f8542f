"""The other side: Syndace's `X3DH` and `DoubleRatchet` from PyPI, with Sotto's parameters and nothing of Sotto's code.

The libraries leave open what a protocol must choose: labels, encodings, the header, the additional data, the AEAD. These choices are
below, each once, so that any of them can be set wrong on purpose (`WRONG`).
"""
import struct

import doubleratchet
import nacl.bindings as sodium
import x3dh
from doubleratchet.recommended import HashFunction, diffie_hellman_ratchet_curve25519, kdf_hkdf, kdf_separate_hmacs
from doubleratchet.recommended.crypto_provider_impl import CryptoProviderImpl

PARAMETERS = {
    "x3dh-info": b"Sotto_X3DH_25519_SHA-256_v1",
    "root-info": b"Sotto_DR_Root_v1",
    "message-info": b"Sotto_DR_Message_v1",
    # The library's chain takes the first constant for the chain key and the second for the message key.
    "chain-constants": b"\x02\x01",
    "x25519-type": 0x05,
    "ed25519-type": 0x06,
    "header-version": 0x01,
    # The length in front of the associated data, 32 bits, big-endian.
    "length-format": ">I",
    # The numbers in the header, PN then N.
    "header-format": ">II",
    "key-byte-count": 32,
}
# A wrong value for each of them: with any of these no conversation may succeed.
WRONG = {
    "x3dh-info": b"Sotto_X3DH_25519_SHA-256_v2",
    "root-info": b"Sotto_DR_root_v1",
    "message-info": b"Sotto_DR_Message_v1\x00",
    "chain-constants": b"\x01\x02",
    "x25519-type": 0x06,
    "ed25519-type": 0x05,
    "header-version": 0x02,
    "length-format": "<I",
    "header-format": "<II",
    "key-byte-count": 24,
}
MAXIMUM_JUMP, MAXIMUM_STORED = 1_000, 2_000


def run(coroutine):
    """The libraries are asynchronous, but never wait for anything."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a library waited")


class State(x3dh.BaseState):
    @staticmethod
    def _encode_public_key(key_format, pub):
        curve = key_format is x3dh.IdentityKeyFormat.CURVE_25519
        return bytes([PARAMETERS["x25519-type" if curve else "ed25519-type"]]) + pub


class RatchetKeys(diffie_hellman_ratchet_curve25519.DiffieHellmanRatchet):
    pass


class RootChain(kdf_hkdf.KDF):
    @staticmethod
    def _get_hash_function():
        return HashFunction.SHA_256

    @staticmethod
    def _get_info():
        return PARAMETERS["root-info"]


class MessageChain(kdf_separate_hmacs.KDF):
    @staticmethod
    def _get_hash_function():
        return HashFunction.SHA_256


class Cipher(doubleratchet.AEAD):
    @staticmethod
    async def key_and_nonce(message_key):
        output = await CryptoProviderImpl.hkdf_derive(
            HashFunction.SHA_256, 56, bytes(32), PARAMETERS["message-info"], message_key)
        count = PARAMETERS["key-byte-count"]
        return (output[:count] + bytes(32))[:32], output[count:count + 24]

    @classmethod
    async def encrypt(cls, plaintext, key, associated_data):
        key, nonce = await cls.key_and_nonce(key)
        return sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associated_data, nonce, key)

    @classmethod
    async def decrypt(cls, ciphertext, key, associated_data):
        key, nonce = await cls.key_and_nonce(key)
        try:
            return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, associated_data, nonce, key)
        except Exception as error:
            raise doubleratchet.AuthenticationFailedException("tag") from error


def header_bytes(header):
    return (bytes([PARAMETERS["header-version"]]) + header.ratchet_pub
            + struct.pack(PARAMETERS["header-format"], header.previous_sending_chain_length, header.sending_chain_length))


def parsed_header(data):
    if len(data) != 41 or data[0] != PARAMETERS["header-version"]:
        raise ValueError("no header")
    previous, number = struct.unpack(PARAMETERS["header-format"], data[33:])
    return doubleratchet.Header(data[1:33], previous, number)


class Ratchet(doubleratchet.DoubleRatchet):
    @staticmethod
    def _build_associated_data(associated_data, header):
        return struct.pack(PARAMETERS["length-format"], len(associated_data)) + associated_data + header_bytes(header)


class SyndacePeer:
    """One side of one session: the same five verbs as the other peer."""

    def __init__(self):
        # A fresh identity from the library's own randomness; Ed25519 on the wire, as Sotto has it.
        self.state = State.create(
            x3dh.IdentityKeyFormat.ED_25519, x3dh.HashFunction.SHA_256, PARAMETERS["x3dh-info"])
        self.ratchet = None
        self.settings = dict(
            diffie_hellman_ratchet_class=RatchetKeys, root_chain_kdf=RootChain, message_chain_kdf=MessageChain,
            message_chain_constant=PARAMETERS["chain-constants"], dos_protection_threshold=MAXIMUM_JUMP,
            max_num_skipped_message_keys=MAXIMUM_STORED, aead=Cipher)

    def publish(self, one_time_prekeys):
        self.state.generate_pre_keys(one_time_prekeys)
        bundle = self.state.bundle
        return {"identity_key": bundle.identity_key, "signed_prekey": bundle.signed_pre_key,
                "signed_prekey_sig": bundle.signed_pre_key_sig, "one_time_prekeys": sorted(bundle.pre_keys)}

    def begin(self, published, one_time_prekey, appendix):
        bundle = x3dh.Bundle(
            identity_key=published["identity_key"], signed_pre_key=published["signed_prekey"],
            signed_pre_key_sig=published["signed_prekey_sig"],
            pre_keys=frozenset([one_time_prekey] if one_time_prekey else []))
        self.secret, self.associated_data, header = run(
            self.state.get_shared_secret_active(bundle, appendix, require_pre_key=False))
        self.remote_prekey, self.own_prekey = bundle.signed_pre_key, None
        return {"identity_key": header.identity_key, "ephemeral_key": header.ephemeral_key,
                "one_time_prekey": header.pre_key}

    def answer(self, begun, signed_prekey, appendix):
        header = x3dh.Header(identity_key=begun["identity_key"], ephemeral_key=begun["ephemeral_key"],
                             signed_pre_key=signed_prekey, pre_key=begun["one_time_prekey"])
        self.secret, self.associated_data, pair = run(
            self.state.get_shared_secret_passive(header, appendix, require_pre_key=False))
        self.remote_prekey, self.own_prekey = None, pair.priv

    def encrypt(self, plaintext):
        if self.ratchet is None:
            self.ratchet, message = run(Ratchet.encrypt_initial_message(
                shared_secret=self.secret, recipient_ratchet_pub=self.remote_prekey, message=plaintext,
                associated_data=self.associated_data, **self.settings))
        else:
            message = run(self.ratchet.encrypt_message(plaintext, self.associated_data))
        return header_bytes(message.header), message.ciphertext

    def decrypt(self, header, ciphertext):
        message = doubleratchet.EncryptedMessage(parsed_header(header), ciphertext)
        if self.ratchet is None:
            self.ratchet, plaintext = run(Ratchet.decrypt_initial_message(
                shared_secret=self.secret, own_ratchet_priv=self.own_prekey, message=message,
                associated_data=self.associated_data, **self.settings))
            return plaintext
        return run(self.ratchet.decrypt_message(message, self.associated_data))
