import ByteLayout
import CSodium
import SecretMemory

/// libsodium's state of one stream (its current key and nonce) in locked memory of its own, wiped when it goes.
// Sendable: one owner, which lends it to one call at a time.
@safe struct SecretStreamState: ~Copyable, @unchecked Sendable {
  private let address: UnsafeMutablePointer<crypto_secretstream_xchacha20poly1305_state>

  /// Starts at the first chunk.
  ///
  /// libsodium makes the same state for both directions out of key and header; its `init_push` only draws the header.
  init(key: borrowing SecretBytes, header: FixedBytes<24>) throws(SecretStreamError) {
    do throws(PrimitiveError) { try Library.start() } catch { throw .primitive(error) }
    guard key.byteCount == SecretStream.keyByteCount else {
      throw .primitive(.wrongByteCount(expected: SecretStream.keyByteCount, actual: key.byteCount))
    }
    let byteCount = MemoryLayout<crypto_secretstream_xchacha20poly1305_state>.size
    guard let memory = unsafe sodium_malloc(byteCount) else {
      throw .primitive(.secretMemory(.cannotLock(byteCount: byteCount)))
    }
    let state = unsafe memory.bindMemory(to: crypto_secretstream_xchacha20poly1305_state.self, capacity: 1)
    let result = key.withBytes { key in
      header.withBytes { header in
        unsafe key.withUnsafeBytes { key in
          unsafe header.withUnsafeBytes { header -> Int32 in
            guard let key = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self),
              let header = unsafe header.baseAddress?.assumingMemoryBound(to: UInt8.self)
            else { return -1 }
            return unsafe crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
          }
        }
      }
    }
    guard result == 0 else {
      unsafe sodium_free(memory)
      throw .primitive(.libraryUnusable)
    }
    unsafe address = state
  }

  deinit {
    // Wipes before it frees.
    unsafe sodium_free(address)
  }

  func push(
    _ chunk: [UInt8], _ place: SecretStream.Place, additionalData: [UInt8]
  ) throws(SecretStreamError) -> [UInt8] {
    var result: Int32 = -1
    let byteCount = chunk.count + SecretStream.chunkOverheadByteCount
    let ciphertext = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { output, initialized in
      guard let output = output.baseAddress else { return }
      result = unsafe crypto_secretstream_xchacha20poly1305_push(
        address, output, nil, chunk, UInt64(chunk.count), additionalData, UInt64(additionalData.count), place.tag)
      initialized = byteCount
    }
    guard result == 0 else { throw .primitive(.libraryUnusable) }
    return ciphertext
  }

  func pull(
    _ chunk: [UInt8], additionalData: [UInt8]
  ) throws(SecretStreamError) -> (content: [UInt8], place: SecretStream.Place) {
    guard chunk.count >= SecretStream.chunkOverheadByteCount else { throw .authenticationFailed }
    var result: Int32 = -1
    var tag: UInt8 = 0
    let byteCount = chunk.count - SecretStream.chunkOverheadByteCount
    let content = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { output, initialized in
      // An empty chunk has no address, and nothing is written to it.
      result = unsafe crypto_secretstream_xchacha20poly1305_pull(
        address, output.baseAddress, nil, &tag, chunk, UInt64(chunk.count), additionalData,
        UInt64(additionalData.count))
      initialized = result == 0 ? byteCount : 0
    }
    guard result == 0 else { throw .authenticationFailed }
    guard let place = SecretStream.Place(tag: tag) else { throw .unknownTag }
    return (content, place)
  }
}

extension SecretStream.Place {
  fileprivate init?(tag: UInt8) {
    switch Int32(tag) {
    case Int32(crypto_secretstream_xchacha20poly1305_TAG_MESSAGE): self = .middle
    case Self.final: self = .last
    default: return nil
    }
  }

  fileprivate var tag: UInt8 {
    switch self {
    case .middle: UInt8(crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
    case .last: UInt8(Self.final)
    }
  }

  /// `crypto_secretstream_xchacha20poly1305_TAG_FINAL`, which is a C expression that Swift does not see: PUSH and REKEY.
  private static let final = Int32(
    crypto_secretstream_xchacha20poly1305_TAG_PUSH | crypto_secretstream_xchacha20poly1305_TAG_REKEY)
}
