package import ByteLayout
import CSodium

/// BLAKE2b with a 32-byte digest (RFC 7693) over public bytes that come in pieces, such as a file.
@safe package struct IncrementalBLAKE2b256: ~Copyable, @unchecked Sendable {  // Sendable: one owner
  /// libsodium's state: opaque, because Swift does not import a structure that is aligned to 64 bytes.
  private let state: OpaquePointer

  package init() {
    unsafe state = OpaquePointer(
      UnsafeMutableRawPointer.allocate(byteCount: crypto_generichash_statebytes(), alignment: 64))
    // Fails only for sizes outside 16…64 bytes.
    _ = unsafe crypto_generichash_init(state, nil, 0, 32)
  }

  deinit { unsafe UnsafeMutableRawPointer(state).deallocate() }

  package mutating func update(_ bytes: [UInt8]) {
    _ = unsafe crypto_generichash_update(state, bytes, UInt64(bytes.count))
  }

  /// The digest of everything that was given.
  package consuming func finish() -> FixedBytes<32> {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = unsafe crypto_generichash_final(state, &digest, 32)
    return FixedBytes<32> { output in
      for index in 0..<32 { output.storeBytes(of: digest[index], toByteOffset: index, as: UInt8.self) }
    }
  }
}

/// SHA-256 (FIPS 180-4) over public bytes that come in pieces.
package struct IncrementalSHA256: Sendable {
  private var state = crypto_hash_sha256_state()

  package init() {
    // The three calls always return 0.
    _ = unsafe crypto_hash_sha256_init(&state)
  }

  package mutating func update(_ bytes: [UInt8]) {
    _ = unsafe crypto_hash_sha256_update(&state, bytes, UInt64(bytes.count))
  }

  /// The digest of everything that was given.
  package consuming func finish() -> FixedBytes<32> {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = unsafe crypto_hash_sha256_final(&state, &digest)
    return FixedBytes<32> { output in
      for index in 0..<32 { output.storeBytes(of: digest[index], toByteOffset: index, as: UInt8.self) }
    }
  }
}
