package import ByteLayout
import CSodium
package import SecretMemory

/// HMAC-SHA-256 (RFC 2104, RFC 4231) over libsodium's incremental calls, which take keys of any length.
package enum HMACSHA256 {
  /// The code of `message` as a new secret of 32 bytes: a key derived from a key.
  package static func secret(
    _ message: [UInt8], key: borrowing SecretBytes
  ) throws(PrimitiveError) -> SecretBytes {
    try key.withBytes { key throws(PrimitiveError) in
      try SecretBytes(byteCount: 32, wrapping: PrimitiveError.secretMemory) { output throws(PrimitiveError) in
        unsafe write(message.span.bytes, key: key, to: &output)
      }
    }
  }

  /// The code of `message` as a public value of 32 bytes: a tag or a look-up hash.
  package static func code(_ message: [UInt8], key: borrowing SecretBytes) -> FixedBytes<32> {
    key.withBytes { key in
      FixedBytes<32> { output in unsafe write(message.span.bytes, key: key, to: &output) }
    }
  }

  /// Prepares `key` once and lends it for several codes: half of the work of a short code is its key's.
  package static func withPreparedKey<Result: ~Copyable, Failure: Error>(
    _ key: borrowing SecretBytes, _ body: (borrowing PreparedKey) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try key.withBytes { key throws(Failure) in try withPreparedKey(key, body) }
  }

  static func withPreparedKey<Result: ~Copyable, Failure: Error>(
    _ key: RawSpan, _ body: (borrowing PreparedKey) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var prepared = PreparedKey(key)
    defer { prepared.wipe() }
    return try body(prepared)
  }

  /// Writes the 32-byte code of `message` to the start of `output`.
  static func write(_ message: RawSpan, key: RawSpan, to output: inout MutableRawSpan) {
    var state = crypto_auth_hmacsha256_state()
    start(&state, key: key)
    update(&state, message)
    finish(&state, to: &output, byteCount: 32)
  }

  // The three calls below cannot fail: libsodium documents 0 as their only result.

  static func start(_ state: inout crypto_auth_hmacsha256_state, key: RawSpan) {
    unsafe key.withUnsafeBytes { key in
      // An empty key has no address; libsodium wants one all the same and reads nothing from it.
      var nothing: UInt8 = 0
      if let address = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self) {
        _ = unsafe crypto_auth_hmacsha256_init(&state, address, key.count)
      } else {
        _ = unsafe crypto_auth_hmacsha256_init(&state, &nothing, 0)
      }
    }
  }

  static func update(_ state: inout crypto_auth_hmacsha256_state, _ message: RawSpan) {
    unsafe message.withUnsafeBytes { message in
      guard let address = unsafe message.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      _ = unsafe crypto_auth_hmacsha256_update(&state, address, UInt64(message.count))
    }
  }

  static func update(_ state: inout crypto_auth_hmacsha256_state, _ byte: UInt8) {
    var byte = byte
    _ = unsafe crypto_auth_hmacsha256_update(&state, &byte, 1)
  }

  /// Ends the computation, writes the first `byteCount` ≤ 32 bytes and wipes the state and the rest.
  static func finish(
    _ state: inout crypto_auth_hmacsha256_state, to output: inout MutableRawSpan, at offset: Int = 0, byteCount: Int
  ) {
    unsafe withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { code in
      guard let address = code.baseAddress else { return }
      _ = unsafe crypto_auth_hmacsha256_final(&state, address.assumingMemoryBound(to: UInt8.self))
      for index in 0..<byteCount {
        unsafe output.storeBytes(of: code[index], toByteOffset: offset + index, as: UInt8.self)
      }
      unsafe sodium_memzero(address, 32)
    }
    wipe(&state)
  }

  fileprivate static func wipe(_ state: inout crypto_auth_hmacsha256_state) {
    unsafe withUnsafeMutableBytes(of: &state) { state in
      guard let address = state.baseAddress else { return }
      unsafe sodium_memzero(address, state.count)
    }
  }
}

extension HMACSHA256 {
  /// A key with its two paddings already hashed. A secret one exists only while `withPreparedKey` lends it.
  package struct PreparedKey: ~Copyable, Sendable {
    private var prepared = crypto_auth_hmacsha256_state()

    init(_ key: RawSpan) {
      HMACSHA256.start(&prepared, key: key)
    }

    fileprivate mutating func wipe() {
      HMACSHA256.wipe(&prepared)
    }

    /// The code of one byte as a new secret of 32 bytes: a step of a chain.
    package borrowing func secret(_ byte: UInt8) throws(PrimitiveError) -> SecretBytes {
      try SecretBytes(byteCount: 32, wrapping: PrimitiveError.secretMemory) { output throws(PrimitiveError) in
        var state = startedState
        HMACSHA256.update(&state, byte)
        HMACSHA256.finish(&state, to: &output, byteCount: 32)
      }
    }

    /// The code of a secret as a new secret of 32 bytes: HKDF's extraction, with this key as the salt.
    package borrowing func secret(_ message: borrowing SecretBytes) throws(PrimitiveError) -> SecretBytes {
      try message.withBytes { message throws(PrimitiveError) in
        try SecretBytes(byteCount: 32, wrapping: PrimitiveError.secretMemory) { output throws(PrimitiveError) in
          var state = startedState
          HMACSHA256.update(&state, message)
          HMACSHA256.finish(&state, to: &output, byteCount: 32)
        }
      }
    }

    /// The code of `message` as a public value of 32 bytes.
    package borrowing func code(_ message: [UInt8]) -> FixedBytes<32> {
      FixedBytes<32> { output in
        var state = startedState
        unsafe HMACSHA256.update(&state, message.span.bytes)
        HMACSHA256.finish(&state, to: &output, byteCount: 32)
      }
    }

    /// A copy of the prepared state; ``HMACSHA256/finish(_:to:at:byteCount:)`` wipes it.
    var startedState: crypto_auth_hmacsha256_state { prepared }
  }
}
