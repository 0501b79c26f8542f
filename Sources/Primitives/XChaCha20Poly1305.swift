package import ByteLayout
import CSodium
package import SecretMemory

/// XChaCha20-Poly1305-IETF with full 16-byte tags at the end of the ciphertext.
///
/// It does not commit to its key: where an adversary could choose one, a commitment is compared beside it.
package enum XChaCha20Poly1305 {
  package static let keyByteCount = 32
  package static let nonceByteCount = 24
  package static let tagByteCount = 16

  /// Encrypts; the result is `plaintext.count + 16` bytes.
  package static func seal(
    _ plaintext: [UInt8], key: borrowing SecretBytes, nonce: FixedBytes<24>, additionalData: [UInt8]
  ) throws(PrimitiveError) -> [UInt8] {
    try key.withBytes { key throws(PrimitiveError) in
      try nonce.withBytes { nonce throws(PrimitiveError) in
        try unsafe seal(plaintext.span.bytes, key: key, nonce: nonce, additionalData: additionalData)
      }
    }
  }

  /// Encrypts a secret: a key under a key.
  package static func seal(
    secret: borrowing SecretBytes, key: borrowing SecretBytes, nonce: FixedBytes<24>, additionalData: [UInt8]
  ) throws(PrimitiveError) -> [UInt8] {
    try secret.withBytes { plaintext throws(PrimitiveError) in
      try key.withBytes { key throws(PrimitiveError) in
        try nonce.withBytes { nonce throws(PrimitiveError) in
          try seal(plaintext, key: key, nonce: nonce, additionalData: additionalData)
        }
      }
    }
  }

  /// Encrypts under key ‖ nonce, 56 bytes, as derived from a ratchet's message key: one key, one message.
  package static func seal(
    _ plaintext: [UInt8], keyAndNonce: borrowing SecretBytes, additionalData: [UInt8]
  ) throws(PrimitiveError) -> [UInt8] {
    try keyAndNonce.withBytes { keyAndNonce throws(PrimitiveError) in
      guard keyAndNonce.byteCount == keyByteCount + nonceByteCount else {
        throw .wrongByteCount(expected: keyByteCount + nonceByteCount, actual: keyAndNonce.byteCount)
      }
      return try unsafe seal(
        plaintext.span.bytes, key: keyAndNonce.extracting(0..<keyByteCount),
        nonce: keyAndNonce.extracting(keyByteCount..<keyByteCount + nonceByteCount), additionalData: additionalData)
    }
  }

  /// Decrypts and authenticates; the result is 16 bytes shorter than `ciphertext`.
  ///
  /// - Throws: ``PrimitiveError/authenticationFailed`` for everything that is wrong with the input.
  package static func open(
    _ ciphertext: [UInt8], key: borrowing SecretBytes, nonce: FixedBytes<24>, additionalData: [UInt8]
  ) throws(PrimitiveError) -> [UInt8] {
    try key.withBytes { key throws(PrimitiveError) in
      try nonce.withBytes { nonce throws(PrimitiveError) in
        try unsafe open(ciphertext.span.bytes, key: key, nonce: nonce, additionalData: additionalData)
      }
    }
  }

  /// Decrypts a key that was sealed under a key.
  package static func open(
    secret ciphertext: [UInt8], key: borrowing SecretBytes, nonce: FixedBytes<24>, additionalData: [UInt8]
  ) throws(PrimitiveError) -> SecretBytes {
    guard ciphertext.count >= tagByteCount else { throw .authenticationFailed }
    return try key.withBytes { key throws(PrimitiveError) in
      try nonce.withBytes { nonce throws(PrimitiveError) in
        try SecretBytes(byteCount: ciphertext.count - tagByteCount, wrapping: PrimitiveError.secretMemory) {
          output throws(PrimitiveError) in
          try unsafe output.withUnsafeMutableBytes { output throws(PrimitiveError) in
            try unsafe decrypt(
              ciphertext.span.bytes, key: key, nonce: nonce, additionalData: additionalData, to: output)
          }
        }
      }
    }
  }

  /// Decrypts under key ‖ nonce, 56 bytes.
  package static func open(
    _ ciphertext: [UInt8], keyAndNonce: borrowing SecretBytes, additionalData: [UInt8]
  ) throws(PrimitiveError) -> [UInt8] {
    try keyAndNonce.withBytes { keyAndNonce throws(PrimitiveError) in
      guard keyAndNonce.byteCount == keyByteCount + nonceByteCount else {
        throw .wrongByteCount(expected: keyByteCount + nonceByteCount, actual: keyAndNonce.byteCount)
      }
      return try unsafe open(
        ciphertext.span.bytes, key: keyAndNonce.extracting(0..<keyByteCount),
        nonce: keyAndNonce.extracting(keyByteCount..<keyByteCount + nonceByteCount), additionalData: additionalData)
    }
  }
}

// MARK: - The calls

extension XChaCha20Poly1305 {
  private static func seal(
    _ plaintext: RawSpan, key: RawSpan, nonce: RawSpan, additionalData: [UInt8]
  ) throws(PrimitiveError) -> [UInt8] {
    try Library.start()
    try check(key: key, nonce: nonce)
    let byteCount = plaintext.byteCount + tagByteCount
    var result: Int32 = -1
    let ciphertext = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { output, initialized in
      unsafe plaintext.withUnsafeBytes { plaintext in
        unsafe key.withUnsafeBytes { key in
          unsafe nonce.withUnsafeBytes { nonce in
            guard let key = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self),
              let nonce = unsafe nonce.baseAddress?.assumingMemoryBound(to: UInt8.self),
              let output = output.baseAddress
            else { return }
            result = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
              output, nil, plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self),
              UInt64(plaintext.count), additionalData, UInt64(additionalData.count), nil, nonce, key)
          }
        }
      }
      initialized = byteCount
    }
    guard result == 0 else { throw .libraryUnusable }
    return ciphertext
  }

  private static func open(
    _ ciphertext: RawSpan, key: RawSpan, nonce: RawSpan, additionalData: [UInt8]
  ) throws(PrimitiveError) -> [UInt8] {
    guard ciphertext.byteCount >= tagByteCount else { throw .authenticationFailed }
    let byteCount = ciphertext.byteCount - tagByteCount
    var failure: PrimitiveError?
    let plaintext = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { output, initialized in
      do throws(PrimitiveError) {
        try unsafe decrypt(
          ciphertext, key: key, nonce: nonce, additionalData: additionalData,
          to: UnsafeMutableRawBufferPointer(output))
        initialized = byteCount
      } catch {
        failure = error
        initialized = 0
      }
    }
    if let failure { throw failure }
    return plaintext
  }

  private static func decrypt(
    _ ciphertext: RawSpan, key: RawSpan, nonce: RawSpan, additionalData: [UInt8],
    to output: UnsafeMutableRawBufferPointer
  ) throws(PrimitiveError) {
    try Library.start()
    try check(key: key, nonce: nonce)
    let result = unsafe ciphertext.withUnsafeBytes { ciphertext in
      unsafe key.withUnsafeBytes { key in
        unsafe nonce.withUnsafeBytes { nonce -> Int32 in
          guard let key = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let nonce = unsafe nonce.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let ciphertextStart = unsafe ciphertext.baseAddress?.assumingMemoryBound(to: UInt8.self)
          else { return -1 }
          return unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
            output.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, nil, ciphertextStart,
            UInt64(ciphertext.count), additionalData, UInt64(additionalData.count), nonce, key)
        }
      }
    }
    guard result == 0 else { throw .authenticationFailed }
  }

  private static func check(key: RawSpan, nonce: RawSpan) throws(PrimitiveError) {
    guard key.byteCount == keyByteCount else {
      throw .wrongByteCount(expected: keyByteCount, actual: key.byteCount)
    }
    guard nonce.byteCount == nonceByteCount else {
      throw .wrongByteCount(expected: nonceByteCount, actual: nonce.byteCount)
    }
  }
}
