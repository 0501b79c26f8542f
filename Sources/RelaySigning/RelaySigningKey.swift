import ByteLayout
import Crypto
import FoundationEssentials
import Glibc
package import Verification

/// Why the relay's key cannot be used.
package enum RelaySigningError: Error, Hashable, Sendable {
  /// `relay.key` cannot be read or written. Carries errno.
  case file(errno: Int32)
  /// `relay.key` is not a key of this format, or others than its owner may read it.
  case damaged
  /// The signing library refused.
  case signing
}

/// The relay's own Ed25519 key (C14): what `Hello` shows, routes pin, and checkpoints (C7) and
/// stored receipts (C8) are signed with.
///
/// It opens no envelope. The private half is swift-crypto's, whose memory is wiped when it goes.
package struct RelaySigningKey: Sendable {
  /// First bytes of `relay.key`, in front of the 32-byte seed.
  private static let format = [UInt8]("sotto relay key 1\n".utf8)

  private let key: Curve25519.Signing.PrivateKey
  /// The public half, 32 bytes.
  package let verifyingKey: VerifyingKey

  /// Reads `relay.key` in `directory`, or makes it there at the first start.
  ///
  /// The file is made readable by its owner alone (0600) and is on the disk, with its directory entry, before this
  /// returns: a relay never shows a key that a power cut could take from it.
  package init(directory: String) throws(RelaySigningError) {
    let path = directory + "/relay.key"
    let seed: [UInt8]
    if let bytes = try RelayKeyFile.read(path) {
      guard bytes.starts(with: Self.format), bytes.count == Self.format.count + 32 else { throw .damaged }
      seed = [UInt8](bytes.dropFirst(Self.format.count))
    } else {
      seed = [UInt8](Curve25519.Signing.PrivateKey().rawRepresentation)
      try RelayKeyFile.create(path, in: directory, Self.format + seed)
    }
    do {
      key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
      verifyingKey = VerifyingKey(try FixedBytes<32>(key.publicKey.rawRepresentation))
    } catch { throw .damaged }
  }

  /// Sign(relay, label, body) of C0: Ed25519 over label ‖ 0x00 ‖ body.
  package func sign(label: String, body: some Sequence<UInt8>) throws(RelaySigningError) -> Signature {
    do {
      let signature = try key.signature(for: SignedMessage.bytes(label: label, body: body))
      return Signature(try FixedBytes<64>(signature))
    } catch { throw .signing }
  }
}
