import ByteLayout
import SecretMemory
import Synchronization

/// Another generator with a key of this device mixed into all that it gives (RFC 8937).
///
/// ```
/// G′(n) = HKDF(salt = SHA-256(Sig(device key, label ‖ 0)), ikm = G(32), info = label ‖ 0 ‖ start u64 ‖ count u64, n)
/// ```
/// Whoever knows or repeats what the generator gives still does not know what comes out without the device key; whoever
/// has the device key does not without the generator. The signature is made once, over a label of its own, and never shown.
/// Until there is a key, at the making of an account and the opening of a vault, it gives what the generator gives.
package final class HedgedRandomness: Randomness {
  /// The key, as it is mixed in, and what makes every draw differ.
  private final class Hedge: Sendable {
    let salt: SecretBytes
    let start: UInt64
    let count = Atomic<UInt64>(0)

    init(salt: consuming SecretBytes, start: UInt64) {
      self.salt = salt
      self.start = start
    }
  }

  private static let label = "Sotto_Randomness_v1"
  /// G's part, in bytes.
  private static let drawnByteCount = 32

  private let base: any Randomness
  private let hedge = Mutex<Hedge?>(nil)

  package init(_ base: any Randomness) { self.base = base }

  /// Mixes in a key from now on.
  ///
  /// - Parameter start: when the process began to use it, in milliseconds: a generator that repeats itself in the next
  ///   process meets another start.
  /// - Throws: ``PrimitiveError/secretMemory(_:)``; then nothing is mixed in.
  package func hedge(by key: borrowing Ed25519SigningKey, start: UInt64) throws(PrimitiveError) {
    let salt = try key.secretHash(ofSignatureUnder: Self.label)
    let hedge = Hedge(salt: salt, start: start)
    self.hedge.withLock { $0 = hedge }
  }

  package func fill(_ bytes: inout MutableRawSpan) {
    guard let hedge = hedge.withLock({ $0 }), let derived = derived(hedge, byteCount: bytes.byteCount) else {
      // No key yet, or no secret memory to mix it in: the generator alone, which is what everything else relies on as well.
      return base.fill(&bytes)
    }
    derived.withBytes { source in
      for index in 0..<source.byteCount {
        bytes.storeBytes(
          of: unsafe source.unsafeLoad(fromByteOffset: index, as: UInt8.self), toByteOffset: index, as: UInt8.self)
      }
    }
  }

  private func derived(_ hedge: Hedge, byteCount: Int) -> SecretBytes? {
    guard byteCount <= HKDFSHA256.maximumByteCount else { return nil }
    var info = LayoutWriter(capacity: 40)
    info.append([UInt8](Self.label.utf8) + [0])
    info.uint64(hedge.start)
    info.uint64(hedge.count.wrappingAdd(1, ordering: .relaxed).newValue)
    do throws(PrimitiveError) {
      return try HKDFSHA256.derive(
        salt: hedge.salt, inputKeyMaterial: try base.secret(byteCount: Self.drawnByteCount), info: info.bytes,
        byteCount: byteCount)
    } catch { return nil }
  }
}
