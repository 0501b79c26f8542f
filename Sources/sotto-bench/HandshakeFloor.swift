import CSodium
import Crypto
import Foundation

/// The calls that both sides of a whole handshake must make, and little around them: what `sotto-bench ratchet` races.
///
/// libsodium's and, for ML-KEM, swift-crypto's. Keys are plain arrays that are neither locked nor wiped, nothing is parsed
/// or compared, what is signed has the right length and no content, and a KEM key that serves twice stays expanded.
final class HandshakeFloorPair {
  struct FirstMessage {
    let ephemeral: [UInt8]
    let ratchetKey: [UInt8]
    let encapsulated: Data
    let ciphertext: [UInt8]
  }

  /// What an account shows of itself: its list under the root key, and its device's consent.
  private struct Person {
    let root = FloorSigningKey()
    let device = FloorSigningKey()
    let list = [UInt8](repeating: 1, count: 292)
    let consent = [UInt8](repeating: 2, count: 37)
    let listSignature: [UInt8]
    let consentSignature: [UInt8]
    /// The device key for agreements, converted once.
    let scalar: [UInt8]

    init() {
      listSignature = root.signature(of: list)
      consentSignature = device.signature(of: consent)
      var scalar = [UInt8](repeating: 0, count: 32)
      crypto_sign_ed25519_sk_to_curve25519(&scalar, device.secret)
      self.scalar = scalar
    }

    /// Verifies what it shows, and converts its device key.
    func verified() throws -> [UInt8] {
      try root.verify(listSignature, of: list)
      try device.verify(consentSignature, of: consent)
      var point = [UInt8](repeating: 0, count: 32)
      guard crypto_sign_ed25519_pk_to_curve25519(&point, device.publicKey) == 0 else {
        throw RatchetBenchError.bareCallsDisagree
      }
      return point
    }
  }

  /// What the responder publishes for one session.
  private struct Prekeys {
    let signed = FloorKeyPair()
    let oneTime = FloorKeyPair()
    let lastResortKEM: MLKEM1024.PrivateKey?
    let oneTimeKEM: MLKEM1024.PrivateKey?
    let bundle: [UInt8]
    let prekey: [UInt8]
    let record: [UInt8]
    let publishedKEM: Data
    let signatures: [[UInt8]]

    init(of person: Person, hasKEM: Bool) throws {
      lastResortKEM = hasKEM ? try MLKEM1024.PrivateKey() : nil
      oneTimeKEM = hasKEM ? try MLKEM1024.PrivateKey() : nil
      publishedKEM = oneTimeKEM?.publicKey.rawRepresentation ?? Data()
      bundle = [UInt8](repeating: 3, count: hasKEM ? 1_791 : 218)
      prekey = [5] + signed.point
      record = [UInt8](repeating: 4, count: hasKEM ? 1_647 : 74)
      signatures = [bundle, prekey, record].map { person.device.signature(of: $0) }
    }

    func verify(by person: Person) throws {
      for (signature, signed) in zip(signatures, [bundle, prekey, record]) {
        try person.device.verify(signature, of: signed)
      }
    }
  }

  private let hasKEM: Bool
  /// Suite 3: with a post-quantum ratchet that begins.
  private let isPostQuantum: Bool
  private let alice: Person
  private let bob: Person
  private var prekeys: Prekeys
  private let plaintext = [UInt8](repeating: 7, count: 64)
  /// u32(98) ‖ AD ‖ header.
  private let additionalData = [UInt8](repeating: 6, count: 4 + 98 + 41)

  init(hasKEM: Bool, isPostQuantum: Bool) throws {
    guard sodium_init() >= 0 else { throw RatchetBenchError.libraryUnusable }
    self.hasKEM = hasKEM
    self.isPostQuantum = isPostQuantum
    alice = Person()
    bob = Person()
    prekeys = try Prekeys(of: bob, hasKEM: hasKEM)
  }

  func publish() throws { prekeys = try Prekeys(of: bob, hasKEM: hasKEM) }

  func initiate() throws -> FirstMessage {
    let bobsPoint = try bob.verified()
    try prekeys.verify(by: bob)
    let ephemeral = FloorKeyPair()
    var material = [UInt8](repeating: 0xff, count: 32)
    material += try FloorKeyPair.agree(alice.scalar, prekeys.signed.point)
    material += try FloorKeyPair.agree(ephemeral.scalar, bobsPoint)
    material += try FloorKeyPair.agree(ephemeral.scalar, prekeys.signed.point)
    material += try FloorKeyPair.agree(ephemeral.scalar, prekeys.oneTime.point)
    var encapsulated = Data()
    if hasKEM {
      let result = try MLKEM1024.PublicKey(rawRepresentation: prekeys.publishedKEM).encapsulate()
      encapsulated = result.encapsulated
      material += result.sharedSecret.withUnsafeBytes { [UInt8]($0) }
    }
    let root = session(material, encapsulated)
    if isPostQuantum { _ = try MLKEM768.PrivateKey().publicKey.rawRepresentation }
    let ratchetKey = FloorKeyPair()
    let chain = Array(
      FloorKDF.derive(
        salt: root, from: try FloorKeyPair.agree(ratchetKey.scalar, prekeys.signed.point), "root", count: 64)[32...])
    let keyAndNonce = FloorKDF.messageKey(chain)
    var ciphertext = [UInt8](repeating: 0, count: plaintext.count + 16)
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      &ciphertext, nil, plaintext, UInt64(plaintext.count), additionalData, UInt64(additionalData.count), nil,
      Array(keyAndNonce[32..<56]), keyAndNonce)
    return FirstMessage(
      ephemeral: ephemeral.point, ratchetKey: ratchetKey.point, encapsulated: encapsulated, ciphertext: ciphertext)
  }

  func respond(to first: FirstMessage) throws {
    let alicesPoint = try alice.verified()
    var material = [UInt8](repeating: 0xff, count: 32)
    material += try FloorKeyPair.agree(prekeys.signed.scalar, alicesPoint)
    material += try FloorKeyPair.agree(bob.scalar, first.ephemeral)
    material += try FloorKeyPair.agree(prekeys.signed.scalar, first.ephemeral)
    material += try FloorKeyPair.agree(prekeys.oneTime.scalar, first.ephemeral)
    if let secret = try prekeys.oneTimeKEM?.decapsulate(first.encapsulated) {
      material += secret.withUnsafeBytes { [UInt8]($0) }
    }
    let received = FloorKDF.derive(
      salt: session(material, first.encapsulated),
      from: try FloorKeyPair.agree(prekeys.signed.scalar, first.ratchetKey), "root", count: 64)
    // The chain that it will send on.
    let next = FloorKeyPair()
    _ = FloorKDF.derive(
      salt: Array(received[..<32]), from: try FloorKeyPair.agree(next.scalar, first.ratchetKey), "root", count: 64)
    let keyAndNonce = FloorKDF.messageKey(Array(received[32...]))
    var opened = [UInt8](repeating: 0, count: plaintext.count)
    guard
      crypto_aead_xchacha20poly1305_ietf_decrypt(
        &opened, nil, nil, first.ciphertext, UInt64(first.ciphertext.count), additionalData,
        UInt64(additionalData.count), Array(keyAndNonce[32..<56]), keyAndNonce) == 0, opened == plaintext
    else { throw RatchetBenchError.bareCallsDisagree }
  }

  /// SK, after the hashes that a session's context covers and the keys that it exports.
  private func session(_ material: [UInt8], _ encapsulated: Data) -> [UInt8] {
    _ = FloorKDF.hash(prekeys.bundle)
    if hasKEM {
      _ = FloorKDF.hash([UInt8](prekeys.publishedKEM))
      _ = FloorKDF.hash([UInt8](encapsulated))
    }
    let context = FloorKDF.hash([UInt8](repeating: 8, count: 300))
    let secret = FloorKDF.derive(salt: [UInt8](repeating: 0, count: 32), from: material, "handshake", count: 32)
    _ = FloorKDF.derive(salt: context, from: secret, "export", count: 96)
    if isPostQuantum {
      // Epoch 0, and the step of its chain that the one message takes.
      let chain = Array(FloorKDF.derive(salt: context, from: secret, "epoch", count: 96)[..<32])
      _ = FloorKDF.code([2], key: chain)
      _ = FloorKDF.code(chain, key: chain)
    }
    return secret
  }
}
