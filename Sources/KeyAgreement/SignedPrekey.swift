package import Primitives

/// This device's medium-term prekey: one bundle, one X25519 pair and the KEM pair of last resort (Protocol §5.2, C2).
///
/// Rotated weekly; destroyed 45 days after its successor was published.
package struct SignedPrekey: ~Copyable, Sendable {
  /// The bundle that carries it, ascending.
  package let bundleID: UInt32
  package let keyPair: X25519KeyPair
  /// What sessions without a one-time prekey encapsulate to; nil in suite 1.
  package let lastResort: KEMPrekey?

  package init(bundleID: UInt32, keyPair: consuming X25519KeyPair, lastResort: consuming KEMPrekey?) {
    self.bundleID = bundleID
    self.keyPair = keyPair
    self.lastResort = lastResort
  }

  /// Makes a new one from 32 and 64 random bytes. Its KEM prekey has the bundle's number.
  package init(bundleID: UInt32, from randomness: some Randomness) throws(KeyAgreementError) {
    let keyPair: X25519KeyPair
    do throws(PrimitiveError) { keyPair = try X25519KeyPair(from: randomness) } catch { throw .primitive(error) }
    self.init(bundleID: bundleID, keyPair: keyPair, lastResort: try KEMPrekey(id: bundleID, from: randomness))
  }
}
