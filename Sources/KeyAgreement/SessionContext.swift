package import ByteLayout
package import Primitives
package import Verification

/// What a session is for; part of its context, so that messages of one kind never open as the other (C4).
package enum SessionPurpose: UInt8, Hashable, Sendable {
  case normal = 0
  case secretChat = 1
}

/// Everything that both sides must agree on, hashed into the associated data of every message (C4).
///
/// context = H("Sotto_Session_v1", suite ‖ purpose ‖ purposeId(16) ‖ replaces(16) ‖ accountId_A(33) ‖ device_A u32
/// ‖ accountId_B(33) ‖ device_B u32 ‖ bundleHash_B(32) ‖ EncodeEC(EK)(33) ‖ opkId u32 ‖ EncodeEC(OPK)(33) or Z(33)
/// [‖ SHA-256(EncodeKEM(PQPK)) ‖ SHA-256(KEM ciphertext), from suite 2 on]).
/// A is the initiator, so that a reflected start has another context. The KEM fields bind the secret to the key that it was
/// made for: a ciphertext that somebody encapsulates again to another key is another session.
package struct SessionContext: Hashable, Sendable {
  /// One end of a session.
  package struct Party: Hashable, Sendable {
    package let account: AccountID
    package let device: DeviceNumber
    package let deviceKey: VerifyingKey

    package init(account: AccountID, device: DeviceNumber, deviceKey: VerifyingKey) {
      self.account = account
      self.device = device
      self.deviceKey = deviceKey
    }
  }

  /// The one-time prekey that was used, by id and public key.
  package struct UsedOneTimePrekey: Hashable, Sendable {
    package let id: UInt32
    package let publicKey: X25519PublicKey

    package init(id: UInt32, publicKey: X25519PublicKey) {
      self.id = id
      self.publicKey = publicKey
    }
  }

  /// The KEM prekey that was used, and what was encapsulated to it.
  package struct UsedKEMPrekey: Hashable, Sendable {
    package let publicKey: MLKEMPublicKey
    package let ciphertext: MLKEMCiphertext

    package init(publicKey: MLKEMPublicKey, ciphertext: MLKEMCiphertext) {
      self.publicKey = publicKey
      self.ciphertext = ciphertext
    }
  }

  package let suite: Suite
  package let purpose: SessionPurpose
  package let purposeID: FixedBytes<16>
  /// The session that this one is to replace.
  package let replaces: SessionID?
  package let initiator: Party
  package let responder: Party
  package let bundleHash: FixedBytes<32>
  package let ephemeralKey: X25519PublicKey
  package let oneTimePrekey: UsedOneTimePrekey?
  /// There from suite 2 on.
  package let kem: UsedKEMPrekey?

  package init(
    suite: Suite, purpose: SessionPurpose, purposeID: FixedBytes<16>, replaces: SessionID?, initiator: Party,
    responder: Party, bundleHash: FixedBytes<32>, ephemeralKey: X25519PublicKey, oneTimePrekey: UsedOneTimePrekey?,
    kem: UsedKEMPrekey?
  ) {
    self.suite = suite
    self.purpose = purpose
    self.purposeID = purposeID
    self.replaces = replaces
    self.initiator = initiator
    self.responder = responder
    self.bundleHash = bundleHash
    self.ephemeralKey = ephemeralKey
    self.oneTimePrekey = oneTimePrekey
    self.kem = kem
  }

  /// The context hash, 32 bytes.
  package var hash: FixedBytes<32> {
    var writer = LayoutWriter(capacity: 274)
    writer.uint8(suite.rawValue)
    writer.uint8(purpose.rawValue)
    writer.append(purposeID)
    writer.append(replaces?.bytes ?? FixedBytes<16>())
    for party in [initiator, responder] {
      writer.append(party.account.bytes)
      writer.uint32(party.device.value)
    }
    writer.append(bundleHash)
    writer.append(EncodedKey.x25519(ephemeralKey).bytes)
    writer.uint32(oneTimePrekey?.id ?? 0)
    writer.append(oneTimePrekey.map { EncodedKey.x25519($0.publicKey).bytes } ?? FixedBytes<33>())
    if let kem {
      writer.append(ContentHash.sha256(EncodedKEMKey(kem.publicKey).bytes))
      writer.append(ContentHash.sha256(kem.ciphertext.bytes))
    }
    return ContentHash.labelled(KeyAgreementLabel.session, writer.bytes)
  }

  /// The first 16 bytes of the context.
  package var sessionID: SessionID { SessionID(hash.prefix()) }

  /// AD = EncodeEC(deviceKey_A) ‖ EncodeEC(deviceKey_B) ‖ context, 98 bytes.
  package var associatedData: [UInt8] {
    X3DH.associatedData(
      initiator: .ed25519(initiator.deviceKey), responder: .ed25519(responder.deviceKey), appendix: hash.array)
  }
}
