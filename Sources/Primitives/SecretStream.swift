package import ByteLayout
import CSodium
package import SecretMemory

/// A sequence of chunks that can only be read whole, unchanged and in order: libsodium's
/// `crypto_secretstream_xchacha20poly1305` with its tags MESSAGE and FINAL.
///
/// Key and header together are used once. It does not commit to its key: where an adversary could choose one, a
/// commitment is compared beside it.
package enum SecretStream {
  package static let keyByteCount = 32
  package static let headerByteCount = 24
  /// What every chunk grows by: its tag byte and its 16-byte authenticator.
  package static let chunkOverheadByteCount = 17

  /// Whether more chunks follow.
  package enum Place: Hashable, Sendable {
    case middle
    case last
  }
}

extension SecretStream {
  /// Encrypts chunks, one after the other.
  package struct Writer: ~Copyable, Sendable {
    private let state: SecretStreamState
    private var hasEnded = false

    /// - Parameter header: 24 fresh random bytes, which the reader needs too. libsodium would draw them by itself; here
    ///   they come from the caller's randomness.
    /// - Throws: ``SecretStreamError/primitive(_:)``.
    package init(key: borrowing SecretBytes, header: FixedBytes<24>) throws(SecretStreamError) {
      state = try SecretStreamState(key: key, header: header)
    }

    /// Encrypts one chunk of any size; the result is 17 bytes longer.
    ///
    /// - Throws: ``SecretStreamError/afterFinal`` once a chunk was the last.
    package mutating func push(
      _ chunk: [UInt8], _ place: Place, additionalData: [UInt8] = []
    ) throws(SecretStreamError) -> [UInt8] {
      guard !hasEnded else { throw .afterFinal }
      let ciphertext = try state.push(chunk, place, additionalData: additionalData)
      hasEnded = place == .last
      return ciphertext
    }
  }

  /// Decrypts and authenticates chunks, one after the other.
  package struct Reader: ~Copyable, Sendable {
    private let state: SecretStreamState
    private var hasEnded = false

    /// - Throws: ``SecretStreamError/primitive(_:)``; a header of other bytes shows at the first chunk.
    package init(key: borrowing SecretBytes, header: FixedBytes<24>) throws(SecretStreamError) {
      state = try SecretStreamState(key: key, header: header)
    }

    /// Decrypts the next chunk; the result is 17 bytes shorter. After a refusal nothing of the stream may be used.
    package mutating func pull(
      _ chunk: [UInt8], additionalData: [UInt8] = []
    ) throws(SecretStreamError) -> (content: [UInt8], place: Place) {
      guard !hasEnded else { throw .afterFinal }
      let pulled = try state.pull(chunk, additionalData: additionalData)
      hasEnded = pulled.place == .last
      return pulled
    }

    /// Says that no more chunks come.
    ///
    /// - Throws: ``SecretStreamError/missingFinal`` unless the last one was marked as such.
    package borrowing func finish() throws(SecretStreamError) {
      guard hasEnded else { throw .missingFinal }
    }
  }
}
