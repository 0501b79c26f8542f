package import ByteLayout
import Crypto
import FoundationEssentials
import RelayCore
import RelayProofs
package import RelayWire
import Synchronization
import Verification

/// A real Ed25519 relay key that is the same in every run, and counts what it signs.
package final class TestRelayKey: RelaySigner {
  private let key: Curve25519.Signing.PrivateKey
  private let labels = Mutex<[String]>([])
  package let relayKey: RelayKey

  /// - Parameter number: tells two relays of one test apart.
  package init(_ number: UInt8 = 1) throws {
    key = try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: number, count: 32))
    relayKey = RelayKey(try FixedBytes([UInt8](key.publicKey.rawRepresentation)))
  }

  package func signature(label: String, body: [UInt8]) -> FixedBytes<64>? {
    labels.withLock { $0.append(label) }
    let message = SignedMessage.bytes(label: label, body: body)
    return (try? key.signature(for: message)).flatMap { try? FixedBytes<64>([UInt8]($0)) }
  }

  /// Signs any checkpoint at all, as a lying relay may.
  package func sign(_ checkpoint: Checkpoint) throws -> SignedCheckpoint {
    guard let signature = signature(label: MailboxLogLabel.checkpoint, body: checkpoint.bytes) else {
      throw StoreError.unavailable
    }
    return SignedCheckpoint(checkpoint: checkpoint, signature: signature)
  }

  /// How often something was signed under `label`.
  package func count(of label: String) -> Int { labels.withLock { $0.count { $0 == label } } }
}
