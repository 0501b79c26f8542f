import ByteLayout
import CSodium
package import SecretMemory

/// HKDF-SHA-256 (RFC 5869). libsodium 1.0.18 has none; this one is built on its HMAC.
package enum HKDFSHA256 {
  /// The largest output, 255 blocks of 32 bytes.
  package static let maximumByteCount = 255 * 32

  /// HKDF(salt, ikm, info, n) with a public salt.
  ///
  /// - Parameters:
  ///   - salt: any length; 32 zero bytes where the specification says so.
  ///   - inputKeyMaterial: any length.
  ///   - byteCount: 0 … 8 160.
  /// - Throws: ``PrimitiveError/outputTooLong(_:)``, ``PrimitiveError/secretMemory(_:)``.
  package static func derive(
    salt: [UInt8], inputKeyMaterial: borrowing SecretBytes, info: [UInt8], byteCount: Int
  ) throws(PrimitiveError) -> SecretBytes {
    try inputKeyMaterial.withBytes { material throws(PrimitiveError) in
      try unsafe derive(salt: salt.span.bytes, material: material, info: info, byteCount: byteCount)
    }
  }

  /// HKDF(salt, ikm, info, n) with a secret salt: the root KDF of the ratchet.
  package static func derive(
    salt: borrowing SecretBytes, inputKeyMaterial: borrowing SecretBytes, info: [UInt8], byteCount: Int
  ) throws(PrimitiveError) -> SecretBytes {
    try salt.withBytes { salt throws(PrimitiveError) in
      try inputKeyMaterial.withBytes { material throws(PrimitiveError) in
        try derive(salt: salt, material: material, info: info, byteCount: byteCount)
      }
    }
  }

  /// HKDF(Z(32), ikm, info, n): with a salt of 32 zero bytes, whose HMAC key is prepared once for the process.
  package static func deriveWithZeroSalt(
    inputKeyMaterial: borrowing SecretBytes, info: [UInt8], byteCount: Int
  ) throws(PrimitiveError) -> SecretBytes {
    try inputKeyMaterial.withBytes { material throws(PrimitiveError) in
      try derive(salt: zeroSalt, material: material, info: info, byteCount: byteCount)
    }
  }

  /// 32 zero bytes as an HMAC key. No secret.
  private static let zeroSalt: HMACSHA256.PreparedKey = {
    let zeros = [UInt8](repeating: 0, count: 32)
    return unsafe HMACSHA256.PreparedKey(zeros.span.bytes)
  }()

  private static func derive(
    salt: RawSpan, material: RawSpan, info: [UInt8], byteCount: Int
  ) throws(PrimitiveError) -> SecretBytes {
    try HMACSHA256.withPreparedKey(salt) { salt throws(PrimitiveError) in
      try derive(salt: salt, material: material, info: info, byteCount: byteCount)
    }
  }

  private static func derive(
    salt: borrowing HMACSHA256.PreparedKey, material: RawSpan, info: [UInt8], byteCount: Int
  ) throws(PrimitiveError) -> SecretBytes {
    guard byteCount >= 0, byteCount <= maximumByteCount else { throw .outputTooLong(byteCount) }
    try Library.start()
    let pseudorandomKey = try SecretBytes(byteCount: 32, wrapping: PrimitiveError.secretMemory) {
      output throws(PrimitiveError) in
      var state = salt.startedState
      HMACSHA256.update(&state, material)
      HMACSHA256.finish(&state, to: &output, byteCount: 32)
    }
    return try expand(pseudorandomKey: pseudorandomKey, info: info, byteCount: byteCount)
  }

  /// HKDF-Expand(PRK, info, n) alone, for what was extracted elsewhere.
  ///
  /// - Throws: ``PrimitiveError/outputTooLong(_:)``, ``PrimitiveError/secretMemory(_:)``.
  package static func expand(
    pseudorandomKey: borrowing SecretBytes, info: [UInt8], byteCount: Int
  ) throws(PrimitiveError) -> SecretBytes {
    guard byteCount >= 0, byteCount <= maximumByteCount else { throw .outputTooLong(byteCount) }
    return try HMACSHA256.withPreparedKey(pseudorandomKey) { key throws(PrimitiveError) in
      try SecretBytes(byteCount: byteCount, wrapping: PrimitiveError.secretMemory) { output throws(PrimitiveError) in
        expand(key, info: info, to: &output)
      }
    }
  }

  /// T(i) = HMAC(PRK, T(i − 1) ‖ info ‖ i), written one block after the other.
  private static func expand(
    _ key: borrowing HMACSHA256.PreparedKey, info: [UInt8], to output: inout MutableRawSpan
  ) {
    let byteCount = output.byteCount
    var counter: UInt8 = 0
    var offset = 0
    while offset < byteCount {
      counter += 1
      var state = key.startedState
      if offset > 0 {
        // Only full blocks precede another one.
        HMACSHA256.update(&state, output.bytes.extracting(offset - 32..<offset))
      }
      unsafe HMACSHA256.update(&state, info.span.bytes)
      HMACSHA256.update(&state, counter)
      HMACSHA256.finish(&state, to: &output, at: offset, byteCount: min(32, byteCount - offset))
      offset += 32
    }
  }
}
